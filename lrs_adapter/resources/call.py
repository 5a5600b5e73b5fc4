"""One xAPI request, whatever its syntax: method, parameters, headers, body, and who asks in which version."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from lrs_adapter.credentials import Credential, Scope, check_credential, recall, remember, was_bound
from lrs_adapter.errors import Forbidden, InvalidStatement, LrsError
from lrs_adapter.familiar import FamiliarParts
from lrs_adapter.sharing import SharedCommits
from lrs_adapter.store import OnStored, Stored
from lrs_adapter.validation.actor import validate_actor
from lrs_adapter.validation.primitives import is_iri, is_uuid, parse_timestamp

# Form parameters of the alternate syntax that stand for headers (xAPI 1.0.3 Communication 1.3).
_HEADERS: Final = frozenset(
    {
        "authorization",
        "x-experience-api-version",
        "content-type",
        "content-length",
        "if-match",
        "if-none-match",
        "accept",
        "accept-language",
    }
)
_WRONG: Final = "Key and secret don't open this LRS (xAPI 1.0.3 Communication 3.2)"
_FORM: Final = "application/x-www-form-urlencoded"
_LONGEST_HEADER: Final = 8_190  # as the server takes them


class BadRequest(LrsError):
    """The request itself is wrong, apart from any Statement in it."""


class Unauthorized(LrsError):
    """No credentials, or wrong ones (xAPI 1.0.3 Communication 3.2)."""


class SessionOver(Unauthorized):
    """They were made for a session that is over. Nobody is asked for others: a browser would ask the learner."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Past these a request is answered with 413 or 400, with the place and the rule. Sizes are in bytes.

    ``page`` is the most Statements in one answer. ``part`` is the most for one attachment, ``document`` for a State or
    profile document, ``depth`` for nesting of arrays and objects.
    """

    body: int = 20_000_000
    batch: int = 10_000
    depth: int = 100
    part: int = 10_000_000
    document: int = 5_000_000
    page: int = 500


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """What is asked of a State or profile resource. ``kind``: as in ``documents.Kind``; ``document_id`` None: all."""

    kind: str
    method: str
    document_id: str | None
    activity_id: str | None
    agent: Mapping[str, Any] | None
    registration: UUID | None
    media_type: str
    content: bytes


class Sessions(Protocol):
    """The rules for credentials that are bound to one session. Each raises an ``LrsError`` to refuse."""

    def enter(self, db: Session, credential: Credential, stores_statements: bool, /) -> None:
        """Any request, before anything else is looked at."""

    def before(self, db: Session, credential: Credential, statements: Sequence[Mapping[str, Any]], /) -> None:
        """Valid Statements that are about to be stored, all of them or none."""

    def after(self, db: Session, credential: Credential, stored: Sequence[Stored], now: datetime, /) -> None:
        """They are stored, and not yet committed."""

    def document(self, db: Session, credential: Credential, request: DocumentRequest, /) -> None:
        """A document is about to be read or changed."""

    def has_read(self, db: Session, credential: Credential, request: DocumentRequest, now: datetime, /) -> None:
        """It has been read. In a transaction of its own that may write."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``create_lrs_app`` was given."""

    engine: Engine
    reading: Engine
    """The same database, for what only looks: no transaction is begun and ended around it."""
    now: Callable[[], datetime]
    limits: Limits
    on_stored: OnStored | None
    going_to_write: Callable[[bool], object]
    shared: SharedCommits
    familiar: FamiliarParts
    sessions: Sessions | None
    challenge: bool
    """Whether any key opens it; else only one that is bound to a session."""


@dataclass(slots=True)
class Call:
    settings: Settings
    method: str
    parameters: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    version_2: bool
    now: datetime
    root: str
    """The path that the LRS is mounted under."""
    credential: Credential | None = None
    is_recalled: bool = False
    only_looks: bool = False
    session: Session | None = None

    @property
    def db(self) -> Session:
        """The session of this request, from its first use on: most writers never need one of their own."""
        if self.session is None:
            self.settings.going_to_write(self.method != "GET")
            engine = self.settings.reading if self.only_looks else self.settings.engine
            self.session = Session(engine, expire_on_commit=False)
        return self.session

    def commit(self) -> None:
        if self.session is not None:
            self.session.commit()

    def close(self) -> None:
        """End the transaction, if there is one, with nothing written."""
        if self.session is not None:
            self.session.close()
            self.session = None

    @property
    def limits(self) -> Limits:
        return self.settings.limits

    @property
    def who(self) -> Credential:
        if self.credential is None:
            raise Unauthorized("This resource asks for credentials (xAPI 1.0.3 Communication 4.0)")
        return self.credential

    @property
    def sessions(self) -> Sessions | None:
        """The rules, where the credential is bound to a session."""
        return self.settings.sessions if self.who.binding.session_id is not None else None

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def media_type(self) -> str:
        return self.content_type.split(";")[0].strip().lower()

    def allow(self, *scopes: Scope) -> None:
        """:raises Forbidden: when the credential has none of these scopes."""
        if not self.who.may(*scopes):
            wanted = ", ".join(scopes)
            raise Forbidden(f"This credential has no scope for it ({wanted}; xAPI 1.0.3 Communication 4.2)")

    def only(self, *known: str) -> None:
        """:raises BadRequest: for any other parameter (xAPI 1.0.3 Communication 3.2)."""
        for name in self.parameters:
            if name not in known:
                raise BadRequest(f"The parameter {name[:100]!r} is not known here (xAPI 1.0.3 Communication 3.2)")

    def text(self, name: str) -> str:
        if (value := self.parameters.get(name)) is None:
            raise BadRequest(f"The parameter {name!r} is required (xAPI 1.0.3 Communication 2)")
        return value

    def uuid(self, name: str) -> UUID | None:
        if (value := self.parameters.get(name)) is None:
            return None
        if not is_uuid(value):
            raise BadRequest(f"The parameter {name!r} is not a UUID (xAPI 1.0.3 Data 4.4)")
        return UUID(value)

    def iri(self, name: str) -> str | None:
        if (value := self.parameters.get(name)) is None:
            return None
        if not is_iri(value):
            raise BadRequest(f"The parameter {name!r} is not an absolute IRI (xAPI 1.0.3 Data 4.3)")
        return value

    def moment(self, name: str) -> datetime | None:
        if (value := self.parameters.get(name)) is None:
            return None
        # In a query string a plus sign that nobody escaped arrives as a space.
        moment = parse_timestamp(value) or parse_timestamp(value.replace(" ", "+"))
        if moment is None:
            raise BadRequest(f"The parameter {name!r} is not a timestamp (xAPI 1.0.3 Data 4.5)")
        return moment

    def flag(self, name: str) -> bool:
        value = self.parameters.get(name, "false")
        if value not in ("true", "false"):
            raise BadRequest(f"The parameter {name!r} is true or false (xAPI 1.0.3 Communication 2.1.3)")
        return value == "true"

    def agent(self, name: str) -> dict[str, Any] | None:
        """An Agent or an identified Group."""
        if (value := self.parameters.get(name)) is None:
            return None
        try:
            agent: dict[str, Any] = orjson.loads(value)
            validate_actor(agent, name)
        except orjson.JSONDecodeError:
            raise BadRequest(f"The parameter {name!r} is not JSON (xAPI 1.0.3 Communication 2)") from None
        except InvalidStatement as error:
            raise BadRequest(f"The parameter {error}") from None
        return agent


def read_call(environ: dict[str, Any], settings: Settings) -> Call:
    """:raises BadRequest: for a version that isn't spoken here, a repeated parameter, or a broken alternate request."""
    method = environ["REQUEST_METHOD"]
    parameters = _parameters(query) if (query := environ.get("QUERY_STRING")) else {}
    headers = {_header_name(name): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[_header_name("HTTP_" + name)] = environ[name]
    # One that comes in chunks tells no length, and would otherwise end at the limit as if that were all of it.
    body = get_input_stream(environ, max_content_length=settings.limits.body + 1).read()
    if len(body) > settings.limits.body:
        raise RequestEntityTooLarge
    alternate = method == "POST" and "method" in parameters
    if alternate:
        method, parameters, headers, body = _alternate(parameters, headers, body)
    call = Call(
        settings=settings,
        method="GET" if method == "HEAD" else method,
        parameters=parameters,
        headers=headers,
        body=body,
        version_2=headers.get("x-experience-api-version", "").startswith("2."),
        now=settings.now(),
        root=environ.get("SCRIPT_NAME", ""),
    )
    if alternate and call.version_2:
        raise BadRequest("The alternate request syntax ended with xAPI 1.0.3 (IEEE 9274.1.1)")
    return call


@lru_cache(maxsize=1_024)
def _header_name(name: str) -> str:
    return name[5:].replace("_", "-").lower()


def _parameters(query: str) -> dict[str, str]:
    try:
        # WSGI gives bytes as Latin-1.
        pairs = parse_qsl(query.encode("latin-1").decode(), keep_blank_values=True, errors="strict")
    except UnicodeError:
        raise BadRequest("The parameters are not UTF-8 (RFC 3986 2.5)") from None
    return _unique(pairs)


def check_version(call: Call) -> None:
    """xAPI 1.0.3 Communication 3.3. Any patch of 1.0 and 2.0 is understood."""
    version = call.headers.get("x-experience-api-version")
    if version is None:
        raise BadRequest("The header X-Experience-API-Version is required (xAPI 1.0.3 Communication 3.3)")
    parts = version.split(".")
    known = parts[:2] in (["1", "0"], ["2", "0"]) and (len(parts) == 2 or (len(parts) == 3 and parts[2].isdecimal()))
    if not known:
        raise BadRequest(
            f"xAPI {version[:20]!r} is not spoken here, 1.0.x and 2.0.x are (xAPI 1.0.3 Communication 3.3)"
        )


def authenticate(call: Call, *, recalled: bool = False) -> None:
    """HTTP Basic with key and secret (xAPI 1.0.3 Communication 4.0).

    ``recalled``: what is done with the credential looks again whether it is revoked, so a known one is not fetched.

    :raises Unauthorized:
    """
    key, secret = _basic(call.headers.get("authorization", ""))
    # No key of ours has other characters, and not every database takes every character.
    if not (key.isalnum() and key.isascii()):
        raise Unauthorized(_WRONG)
    engine = call.settings.engine
    credential = recall(engine, key, secret) if recalled else None
    call.is_recalled = credential is not None
    if credential is None:
        credential = check_credential(call.db, key, secret, now=call.now)
        if credential is None:
            raise (SessionOver if was_bound(call.db, key) else Unauthorized)(_WRONG)
        if recalled:
            remember(engine, secret, credential)
    call.credential = credential


def key_in(environ: Mapping[str, Any]) -> str | None:
    """The key that a request comes with, right or wrong."""
    try:
        return _basic(environ.get("HTTP_AUTHORIZATION", ""))[0]
    except Unauthorized:
        return None


def _basic(header: str) -> tuple[str, str]:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "basic":
        raise Unauthorized("This resource asks for HTTP Basic credentials (xAPI 1.0.3 Communication 4.0)")
    try:
        key, _, secret = base64.b64decode(token.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise Unauthorized("The credentials can't be read (RFC 7617)") from None
    return key, secret


def _alternate(
    query: Mapping[str, str], headers: dict[str, str], body: bytes
) -> tuple[str, dict[str, str], dict[str, str], bytes]:
    """xAPI 1.0.3 Communication 1.3: the whole request stands in a form."""
    method = query["method"]
    if len(query) > 1:
        raise BadRequest("The alternate syntax has no query parameter but 'method' (xAPI 1.0.3 Communication 1.3)")
    if method not in ("GET", "HEAD", "PUT", "POST", "DELETE"):
        raise BadRequest(f"{method[:20]!r} is no method of xAPI (xAPI 1.0.3 Communication 1.3)")
    if headers.get("content-type", _FORM).split(";")[0].strip().lower() != _FORM:
        raise BadRequest(f"The alternate syntax comes as {_FORM} (xAPI 1.0.3 Communication 1.3)")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise BadRequest("The form can't be read (xAPI 1.0.3 Communication 1.3)") from None
    form = _unique(pairs)
    content = form.pop("content", None)
    if content is None and method in ("PUT", "POST"):
        raise BadRequest("The form has no 'content' (xAPI 1.0.3 Communication 1.3)")
    named = {name.lower(): form.pop(name) for name in list(form) if name.lower() in _HEADERS}
    for name, value in named.items():
        # As a header it could not have come. Kept with a document, it would go out as one.
        if len(value) > _LONGEST_HEADER or any(
            sign != "\t" and (sign < " " or sign > "\xff" or sign == "\x7f") for sign in value
        ):
            raise BadRequest(f"{name!r} in the form is no value of a header (RFC 9110 5.5)")
    kept = {name: value for name, value in headers.items() if name not in ("content-type", "content-length")}
    return method, form, {**kept, "content-type": "application/json", **named}, (content or "").encode()


def _unique(pairs: list[tuple[str, str]]) -> dict[str, str]:
    unique = dict(pairs)
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise BadRequest("A parameter holds the character NUL, which no text here can (xAPI 1.0.3 Data 2.2)")
    if len(unique) != len(pairs):
        raise BadRequest("A parameter is given more than once (xAPI 1.0.3 Communication 3.2)")
    return unique
