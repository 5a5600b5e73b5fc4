"""Where requests come in and answers go out: versions, credentials, transactions, errors, CORS.

A plain WSGI application: what a page needs (sessions, languages, templates, compression) no Statement needs, and it
would take longer than storing one.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final, Protocol

import orjson
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.http import parse_accept_header

from lrs_adapter.credentials import forget, is_use_worth_noting, note_use
from lrs_adapter.documents import ConditionsRequired, DocumentConflict, NotMergeable, PreconditionFailed
from lrs_adapter.errors import (
    CredentialGone,
    Forbidden,
    InvalidStatement,
    LrsError,
    RuleBroken,
    StatementConflict,
    TooLarge,
)
from lrs_adapter.familiar import FamiliarParts
from lrs_adapter.resources import about, activities, agents, statements
from lrs_adapter.resources.answer import Answer
from lrs_adapter.resources.call import (
    BadRequest,
    Call,
    Limits,
    SessionOver,
    Sessions,
    Settings,
    Unauthorized,
    authenticate,
    check_version,
    key_in,
    read_call,
)
from lrs_adapter.resources.documents import ACTIVITY_PROFILE, AGENT_PROFILE, STATE
from lrs_adapter.sharing import SharedCommits
from lrs_adapter.store import OnStored
from lrs_adapter.times import isoformat_exact

log = logging.getLogger(__name__)

Handler = Callable[..., Answer]
Handlers = Mapping[str, Handler]
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Observer(Protocol):
    def __call__(self, endpoint: str, method: str, status: int, seconds: float, /) -> None:
        """One request has been answered."""


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
_STORING: Final = (statements.put, statements.post)
_ONLY_LOOKING: Final = (statements.get, statements.get_more)
_LOOKING_AGAIN: Final = (*_STORING, *_ONLY_LOOKING)
_DOCUMENTS: Final = {
    "/activities/state": ("state", STATE),
    "/activities/profile": ("activity_profile", ACTIVITY_PROFILE),
    "/agents/profile": ("agent_profile", AGENT_PROFILE),
}
_RESOURCES: Final[Mapping[str, tuple[str, Handlers]]] = {
    "/about": ("about", {"GET": about.get}),
    "/statements": ("statements", {"GET": statements.get, "PUT": statements.put, "POST": statements.post}),
    "/activities": ("activities", {"GET": activities.get}),
    "/agents": ("agents", {"GET": agents.get}),
    **{
        path: (name, {"GET": kind.get, "PUT": kind.put, "POST": kind.post, "DELETE": kind.delete})
        for path, (name, kind) in _DOCUMENTS.items()
    },
}
_MORE: Final = "/statements/more/"
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


def create_lrs_app(
    engine: Engine,
    *,
    on_stored: OnStored | None = None,
    now: Callable[[], datetime] = _utc_now,
    limits: Limits | None = None,
    headers: Mapping[str, str] | None = None,
    going_to_write: Callable[[bool], object] = lambda writing: None,
    too_often: Callable[[str], tuple[str, int] | None] | None = None,
    observe: Observer | None = None,
    sessions: Sessions | None = None,
    challenge: bool = True,
) -> Wsgi:
    """All of xAPI, to be mounted under a prefix.

    ``on_stored`` gets every Statement that is new, before the commit; an ``LrsError`` that it raises becomes the
    answer, and nothing is stored. ``headers`` stand on every answer that doesn't set them itself. ``going_to_write`` is
    told before a request's first transaction whether it may write. ``too_often`` is asked with the key of the
    credential, or the network address where there is none, and answers what is allowed and the seconds to wait.
    ``sessions`` holds the rules for credentials that are bound to a session. Without ``challenge`` no answer asks for
    credentials: in a page that is somebody else's, the browser would ask the learner for a password. Such a page's
    origin is then answered by its name, and no key opens it but those of sessions.
    """
    limits = limits or Limits()
    settings = Settings(
        engine=engine,
        reading=_for_reading(engine),
        now=now,
        limits=limits,
        on_stored=on_stored,
        going_to_write=going_to_write,
        shared=SharedCommits(engine, on_stored, going_to_write),
        familiar=FamiliarParts(limits.depth),
        sessions=sessions,
        challenge=challenge,
    )
    always = {
        **(headers or {}),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        **_CORS,
    }

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        started = perf_counter()
        method = environ["REQUEST_METHOD"]
        resource, handlers, arguments = _find(environ["PATH_INFO"])
        if method == "OPTIONS" and resource != "none":
            answer = Answer(status=204)
            answer.headers.update(_PREFLIGHT)
        elif too_often is not None and (told := too_often(key_in(environ) or environ.get("REMOTE_ADDR", ""))):
            answer = _refused(environ, 429, f"This credential may ask for {told[0]}; try again in {told[1]} s")
            answer.headers["Retry-After"] = str(told[1])
        else:
            answer = _answer(settings, environ, resource, handlers, arguments)
        if "X-Experience-API-Version" not in answer.headers:
            is_2 = environ.get("HTTP_X_EXPERIENCE_API_VERSION", "").startswith("2.")
            answer.headers["X-Experience-API-Version"] = "2.0.0" if is_2 else "1.0.3"
        answer.headers = always | answer.headers
        if not challenge:
            answer.headers.pop("WWW-Authenticate", None)
            answer.headers.update(_by_name(environ))
        if observe is not None:
            observe(f"xapi.{resource}", method, answer.status, perf_counter() - started)
        return answer.send(method, start_response)

    return application


def _for_reading(engine: Engine) -> Engine:
    """On PostgreSQL each query sees what is committed when it starts, in a transaction or not; one saves two trips.

    On SQLite a transaction costs no trip, and shows all queries the same.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT") if engine.dialect.name == "postgresql" else engine


def _by_name(environ: Mapping[str, Any]) -> dict[str, str]:
    """For pages that ask with credentials, which play no part: a browser then takes no ``*``."""
    if (origin := environ.get("HTTP_ORIGIN")) is None:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Vary": "Origin"}


def _find(path: str) -> tuple[str, Handlers, tuple[str, ...]]:
    if path.startswith("//"):
        # Many clients put a slash of their own behind the one that an endpoint ends with.
        path = "/" + path.lstrip("/")
    if (found := _RESOURCES.get(path) or _RESOURCES.get(path.removesuffix("/"))) is not None:
        return *found, ()
    if path.startswith(_MORE) and (token := path.removeprefix(_MORE).removesuffix("/")) and "/" not in token:
        return "more", {"GET": statements.get_more}, (token,)
    return "none", {}, ()


def _answer(
    settings: Settings, environ: dict[str, Any], resource: str, handlers: Handlers, arguments: tuple[str, ...]
) -> Answer:
    call: Call | None = None
    try:
        if resource == "none":
            return _refused(environ, 404, "There is no such resource (xAPI 1.0.3 Communication 2)")
        call = read_call(environ, settings)
        answer = _handled(call, environ, handlers, arguments, is_open=resource == "about")
    except RequestEntityTooLarge:
        answer = _refused(environ, 413, f"The request has more than {settings.limits.body} bytes")
    except HTTPException as error:
        answer = _refused(environ, error.code or 400, error.description or error.name)
    except LrsError as error:
        status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
        answer = _refused(environ, status, str(error), error)
    except DBAPIError:
        log.exception("The database gave up on an xAPI request")
        answer = _refused(environ, 503, "The database can't take this request now; send it again")
        answer.headers["Retry-After"] = "2"
    except Exception:
        # The server would log the whole address, and in its query an Agent's mail address can stand.
        log.exception("An xAPI request failed: %s %s", environ["REQUEST_METHOD"], resource)
        answer = _refused(environ, 500, "Something went wrong here")
    finally:
        if call is not None:
            call.close()
    if resource in ("statements", "more"):
        # On every answer of this resource, whatever its status (Communication 2.1.3).
        answer.headers.setdefault("X-Experience-API-Consistent-Through", isoformat_exact(settings.now()))
    if call is not None and call.credential is not None and "x-experience-api-version" not in call.headers:
        # It answers in the version that this credential last spoke.
        answer.headers["X-Experience-API-Version"] = "2.0.0" if call.credential.version_2 else "1.0.3"
    elif call is not None:
        answer.headers["X-Experience-API-Version"] = "2.0.0" if call.version_2 else "1.0.3"
    return answer


def _handled(
    call: Call, environ: dict[str, Any], handlers: Handlers, arguments: tuple[str, ...], *, is_open: bool
) -> Answer:
    for tries_left in reversed(range(_TRIES)):
        try:
            return _attempt(call, environ, handlers, arguments, is_open=is_open)
        except CredentialGone:
            call.close()
            if call.credential is None or not tries_left:
                raise
            forget(call.settings.engine, call.credential)
        except DBAPIError as error:
            call.close()
            if not tries_left or getattr(error.orig, "sqlstate", None) not in _AGAIN:
                raise
    raise AssertionError("unreachable")


def _attempt(
    call: Call, environ: dict[str, Any], handlers: Handlers, arguments: tuple[str, ...], *, is_open: bool
) -> Answer:
    call.only_looks = handlers.get(call.method) in _ONLY_LOOKING
    if not is_open:
        authenticate(call, recalled=handlers.get(call.method) in _LOOKING_AGAIN)
        if not call.settings.challenge and call.who.binding.session_id is None:
            # A browser that remembers a key would send it along from any page, which may read what is answered by name.
            raise Unauthorized("Only keys of sessions open this endpoint")
        if call.sessions is not None:
            call.sessions.enter(call.db, call.who, handlers.get(call.method) in _STORING)
        check_version(call)
    handler = handlers.get(call.method)
    if handler is None:
        answer = _refused(environ, 405, f"{call.method} is not for this resource (xAPI 1.0.3 Communication 2)")
        answer.headers["Allow"] = ", ".join(sorted(handlers))
        return answer
    answer = handler(call, *arguments)
    if call.method != "GET":
        call.commit()
    who = call.credential
    if who is not None and is_use_worth_noting(who, version_2=call.version_2, now=call.now):
        # Apart from what was written, so that no two requests hold anything while they want this row.
        call.close()
        call.only_looks = False
        forget(call.settings.engine, who)
        note_use(call.db, who, version_2=call.version_2, now=call.now)
        call.commit()
    return answer


def _refused(environ: dict[str, Any], status: int, message: str, error: LrsError | None = None) -> Answer:
    """In the form that was asked for; JSON where nothing was (xAPI 1.0.3 Communication 3.2)."""
    accepted = parse_accept_header(environ.get("HTTP_ACCEPT"), MIMEAccept)
    wanted = accepted.best_match(("application/json", "text/plain"), default="application/json")
    if wanted == "text/plain":
        answer = Answer(message.encode(errors="replace"), status, "text/plain; charset=utf-8")
    else:
        body: dict[str, Any] = {"error": message}
        if isinstance(error, InvalidStatement):
            body |= {"place": error.place, "rule": error.rule}
        if isinstance(error, RuleBroken):
            body |= {"place": error.place, "rule": error.rule, "requirement": error.requirement}
        answer = Answer(orjson.dumps(body), status, "application/json")
    if status == 401 and not isinstance(error, SessionOver):
        answer.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    return answer
