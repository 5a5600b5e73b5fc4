"""Who asks the API: a bearer token, and nothing else. Cookies play no part, so there is nothing to forge."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, request

from tracker.api import tokens
from tracker.api.tokens import TokenScope
from tracker.clock import now
from tracker.db import db
from tracker.errors import ApiProblem

__all__ = ["token_here", "with_token"]

P = ParamSpec("P")
R = TypeVar("R")


def with_token(scope: TokenScope) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The view runs only for a good token with this scope. It gets a transaction of its own.

    :raises ApiProblem: 401 or 403.
    """

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            _check(scope)
            return view(*args, **kwargs)

        return checked

    return mark


def token_here() -> str:
    """The id of the token that the request has shown, for the audit log."""
    return str(g.api_token_id)


def _check(scope: TokenScope) -> None:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    token = tokens.check_token(db.session, secret.strip()) if kind.lower() == "bearer" else None
    if token is None:
        raise ApiProblem(401, "unauthorized", "Send a good token as Authorization: Bearer …")
    if scope not in token.scopes.split():
        raise ApiProblem(403, "forbidden", f"This token has no scope for it ({scope})")
    if request.method != "GET":
        tokens.note_use(db.session, token, now=now())
    g.api_token_id = token.id
    # What follows can take its time, unpacking a package for example; nobody waits for this transaction meanwhile.
    db.session.commit()
