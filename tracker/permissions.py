"""Who may do what. Every view says it with ``@allow``; a view that says nothing is refused."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug import Response

__all__ = ["Role", "allow", "allowed_roles", "init_app"]

View = TypeVar("View", bound=Callable[..., object])


class Role(StrEnum):
    ANYONE = "anyone"
    """No sign-in is needed."""
    LEARNER = "learner"
    """Somebody who has begun the course, as a guest too."""
    MACHINE = "machine"
    """The view checks its own credentials (API, monitoring)."""
    ADMINISTRATOR = "administrator"


def allow(*roles: Role) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.allowed_roles = frozenset(roles)  # type: ignore[attr-defined]  # a mark on the function, read below
        return view

    return mark


def allowed_roles(view: Callable[..., object]) -> frozenset[Role]:
    return getattr(view, "allowed_roles", frozenset())


def init_app(app: Flask) -> None:
    @app.before_request
    def _who_may() -> Response | None:
        if request.endpoint is None:
            return None
        roles = allowed_roles(current_app.view_functions[request.endpoint])
        if roles & {Role.ANYONE, Role.MACHINE}:
            return None
        if not current_user.is_authenticated:
            if request.method == "GET":
                return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))
            abort(403)
        if not roles & current_user.roles:
            abort(403)
        return None
