"""Where requests come in and answers go out: versions, credentials, transactions, errors, CORS."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from flask import Blueprint, Request, Response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from lrs_adapter.credentials import forget, is_use_worth_noting, note_use
from lrs_adapter.documents import ConditionsRequired, DocumentConflict, NotMergeable, PreconditionFailed
from lrs_adapter.errors import CredentialGone, Forbidden, InvalidStatement, LrsError, StatementConflict, TooLarge
from lrs_adapter.resources import about, activities, agents, statements
from lrs_adapter.resources.call import (
    BadRequest,
    Call,
    Limits,
    Settings,
    Unauthorized,
    authenticate,
    check_version,
    read_call,
)
from lrs_adapter.resources.documents import ACTIVITY_PROFILE, AGENT_PROFILE, STATE
from lrs_adapter.store import OnStored
from lrs_adapter.times import isoformat_exact

log = logging.getLogger(__name__)

Handler = Callable[..., Response]

_STATUS: Final[Mapping[type[LrsError], int]] = {
    BadRequest: 400,
    InvalidStatement: 400,
    NotMergeable: 400,
    ConditionsRequired: 400,
    Unauthorized: 401,
    CredentialGone: 401,
    Forbidden: 403,
    StatementConflict: 409,
    DocumentConflict: 409,
    PreconditionFailed: 412,
    TooLarge: 413,
}
# What PostgreSQL says of two transactions that can't both go on: the request as a whole can simply be done again.
_AGAIN: Final = frozenset({"40001", "40P01"})
_TRIES: Final = 4
# What these do finds out by itself whether the credential has been revoked meanwhile.
_LOOKING_AGAIN: Final = (statements.put, statements.post)
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, X-Experience-API-Version, "
    "X-Experience-API-Consistent-Through, Retry-After",
}
_PREFLIGHT: Final = {
    **_CORS,
    "Access-Control-Allow-Methods": "GET, HEAD, PUT, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Length, If-Match, If-None-Match, "
    "Accept-Language, X-Experience-API-Version, X-Experience-API-Hash",
    "Access-Control-Max-Age": "86400",
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_lrs_blueprint(
    *,
    get_db: Callable[[], Session],
    on_stored: OnStored | None = None,
    now: Callable[[], datetime] = _utc_now,
    limits: Limits | None = None,
    name: str = "lrs",
) -> Blueprint:
    """All of xAPI under the prefix that the blueprint is registered with.

    ``get_db`` gives the session of the request, which is committed or rolled back here and closed by the app.
    ``on_stored`` gets every Statement that is new, before the commit; an ``LrsError`` that it raises becomes the
    answer, and nothing is stored. Cookies play no part here: exempt it from CSRF protection.
    """
    settings = Settings(get_db=get_db, now=now, limits=limits or Limits(), on_stored=on_stored, name=name)
    bp = Blueprint(name, __name__)

    def resource(rule: str, endpoint: str, handlers: Mapping[str, Handler], *, is_open: bool = False) -> None:
        def view(**path: str) -> Response:
            return _answer(settings, handlers, path, is_open=is_open)

        bp.add_url_rule(
            rule,
            endpoint,
            view,
            methods=["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"],
            provide_automatic_options=False,
            strict_slashes=False,
        )

    documents = {"state": STATE, "activity_profile": ACTIVITY_PROFILE, "agent_profile": AGENT_PROFILE}
    rules = {
        "state": "/activities/state",
        "activity_profile": "/activities/profile",
        "agent_profile": "/agents/profile",
    }
    resource("/about", "about", {"GET": about.get}, is_open=True)
    resource("/statements", "statements", {"GET": statements.get, "PUT": statements.put, "POST": statements.post})
    resource("/statements/more/<token>", "more", {"GET": statements.get_more})
    resource("/activities", "activities", {"GET": activities.get})
    resource("/agents", "agents", {"GET": agents.get})
    for endpoint, kind in documents.items():
        resource(
            rules[endpoint],
            endpoint,
            {"GET": kind.get, "PUT": kind.put, "POST": kind.post, "DELETE": kind.delete},
        )
    return bp


def _answer(settings: Settings, handlers: Mapping[str, Handler], path: dict[str, str], *, is_open: bool) -> Response:
    if request.method == "OPTIONS":
        return _finished(Response(status=204, headers=_PREFLIGHT), request)
    call: Call | None = None
    try:
        call = read_call(request, settings)
        response = _handled(call, handlers, path, is_open=is_open)
    except RequestEntityTooLarge:
        response = _refused(413, f"The request has more than {settings.limits.body} bytes")
    except HTTPException as error:
        response = _refused(error.code or 400, error.description or error.name)
    except LrsError as error:
        status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
        response = _refused(status, str(error), error)
    except DBAPIError:
        log.exception("The database gave up on an xAPI request")
        response = _refused(503, "The database can't take this request now; send it again")
        response.headers["Retry-After"] = "2"
    finally:
        if call is not None:
            call.db.rollback()
    if request.endpoint and request.endpoint.endswith((".statements", ".more")):
        # On every answer of this resource, whatever its status (Communication 2.1.3).
        response.headers.setdefault("X-Experience-API-Consistent-Through", isoformat_exact(settings.now()))
    return _finished(response, request, call)


def _handled(call: Call, handlers: Mapping[str, Handler], path: dict[str, str], *, is_open: bool) -> Response:
    for tries_left in reversed(range(_TRIES)):
        try:
            return _attempt(call, handlers, path, is_open=is_open)
        except CredentialGone:
            call.db.rollback()
            if call.credential is None or not tries_left:
                raise
            forget(call.db, call.credential)
        except DBAPIError as error:
            call.db.rollback()
            if not tries_left or getattr(error.orig, "sqlstate", None) not in _AGAIN:
                raise
    raise AssertionError("unreachable")


def _attempt(call: Call, handlers: Mapping[str, Handler], path: dict[str, str], *, is_open: bool) -> Response:
    if not is_open:
        authenticate(call, recalled=handlers.get(call.method) in _LOOKING_AGAIN)
        check_version(call)
    handler = handlers.get(call.method)
    if handler is None:
        response = _refused(405, f"{call.method} is not for this resource (xAPI 1.0.3 Communication 2)")
        response.headers["Allow"] = ", ".join(sorted(handlers))
        return response
    response = handler(call, **path)
    if call.method != "GET":
        call.db.commit()
    who = call.credential
    if who is not None and is_use_worth_noting(who, version_2=call.version_2, now=call.now):
        # Apart from what was written, so that no two requests hold anything while they want this row.
        call.db.rollback()
        forget(call.db, who)
        note_use(call.db, who, version_2=call.version_2, now=call.now)
        call.db.commit()
    return response


def _refused(status: int, message: str, error: LrsError | None = None) -> Response:
    """In the form that was asked for; JSON where nothing was (xAPI 1.0.3 Communication 3.2)."""
    wanted = request.accept_mimetypes.best_match(("application/json", "text/plain"), default="application/json")
    if wanted == "text/plain":
        response = Response(message, status, content_type="text/plain; charset=utf-8")
    else:
        body: dict[str, Any] = {"error": message}
        if isinstance(error, InvalidStatement):
            body |= {"place": error.place, "rule": error.rule}
        response = Response(orjson.dumps(body), status, content_type="application/json")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    return response


def _finished(response: Response, asked: Request, call: Call | None = None) -> Response:
    version_2 = asked.headers.get("X-Experience-API-Version", "").startswith("2.")
    if call is not None:
        named = "x-experience-api-version" in call.headers
        version_2 = call.version_2 if named or call.credential is None else call.credential.version_2
    response.headers["X-Experience-API-Version"] = "2.0.0" if version_2 else "1.0.3"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.update(_CORS)
    return response
