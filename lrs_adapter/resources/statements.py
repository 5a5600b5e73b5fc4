"""The Statement resource (xAPI 1.0.3 Communication 2.1)."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from uuid import uuid4

import orjson

from lrs_adapter import definitions
from lrs_adapter.attachments import attachment_data, attachments_of, store_attachments
from lrs_adapter.credentials import Scope
from lrs_adapter.errors import Forbidden
from lrs_adapter.formats import activity_ids, canonical, ids_only, parse_accept_language
from lrs_adapter.identity import agent_key, iri_key
from lrs_adapter.multipart import Part, build_multipart
from lrs_adapter.queries import Found, Page, StatementQuery, consistent_through, find, find_one
from lrs_adapter.resources.answer import Answer
from lrs_adapter.resources.call import BadRequest, Call
from lrs_adapter.resources.incoming import read_statements
from lrs_adapter.store import Received, Stored, record_received
from lrs_adapter.times import isoformat_exact
from lrs_adapter.vocabulary import VOIDED

_SINGLE: Final = ("statementId", "voidedStatementId", "attachments", "format")
_MANY: Final = (
    "agent",
    "verb",
    "activity",
    "registration",
    "related_activities",
    "related_agents",
    "since",
    "until",
    "limit",
    "format",
    "attachments",
    "ascending",
)
_FORMATS: Final = ("exact", "ids", "canonical")


def put(call: Call) -> Answer:
    call.allow(Scope.STATEMENTS_WRITE)
    call.only("statementId")
    call.text("statementId")
    received, parts = read_statements(call, call.uuid("statementId"))
    _store(call, received, parts)
    return _answer(Answer(status=204), call.now)


def post(call: Call) -> Answer:
    call.allow(Scope.STATEMENTS_WRITE)
    call.only()
    received, parts = read_statements(call)
    stored = _store(call, received, parts)
    body = orjson.dumps([one.statement_id for one in stored])
    return _answer(Answer(body, content_type="application/json"), call.now)


def get(call: Call) -> Answer:
    call.allow(Scope.ALL_READ, Scope.STATEMENTS_READ, Scope.STATEMENTS_READ_MINE)
    through = _consistent_through(call)
    if "statementId" in call.parameters or "voidedStatementId" in call.parameters:
        return _answer(_get_one(call), through)
    call.only(*_MANY)
    return _answer(_get_many(call, _query(call)), through)


def get_more(call: Call, token: str) -> Answer:
    """The next page: ``token`` holds the parameters of the first and where it ended."""
    call.allow(Scope.ALL_READ, Scope.STATEMENTS_READ, Scope.STATEMENTS_READ_MINE)
    through = _consistent_through(call)
    call.only()
    try:
        parameters, cursor = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        call.parameters = {str(name): str(value) for name, value in parameters.items()}
        call.only(*_MANY)
        query = replace(_query(call), cursor=int(cursor))
    except (binascii.Error, orjson.JSONDecodeError, ValueError, TypeError, AttributeError):
        raise BadRequest("This is no address that was given as 'more' (xAPI 1.0.3 Data 2.5)") from None
    if not -(2**63) <= int(cursor) < 2**63:
        raise BadRequest("This is no address that was given as 'more' (xAPI 1.0.3 Data 2.5)")
    return _answer(_get_many(call, query), through)


def _store(call: Call, received: list[Received], parts: dict[str, Part]) -> list[Stored]:
    if call.sessions is not None:
        call.sessions.before(call.db, call.who, [item.statement for item in received])
    binding = call.who.binding
    for item in received:
        statement = item.statement
        if binding:
            if statement["verb"]["id"] == VOIDED.id:
                raise Forbidden("A credential made for one session voids nothing (xAPI 1.0.3 Data 2.3.2)")
            if binding.actor is not None and agent_key(statement["actor"]) != agent_key(binding.actor):
                raise Forbidden("$.actor: this credential is for another Actor (xAPI 1.0.3 Communication 3.2)")
            registration = statement.get("context", {}).get("registration", "")
            if binding.registration is not None and registration.lower() != str(binding.registration):
                raise Forbidden("$.context.registration: this credential is for another registration")
    if received and not parts and call.is_recalled and call.sessions is None:
        # Most of what a lone Statement costs is the transaction around it, so those that are here at once share one.
        call.close()
        # Should nobody know afterwards whether one was stored, then trying again stores it under the same id.
        received = [
            one if "id" in one.statement or one.statement_id is not None else replace(one, statement_id=uuid4())
            for one in received
        ]
        shared = call.settings.shared
        if len(received) > 1:
            batch = shared.store_batch(received, call.who)
        else:
            batch = [alone] if (alone := shared.store(received[0], call.who)) is not None else None
        if batch is not None:
            return batch
    store_attachments(call.db, parts, now=call.now)
    stored = record_received(
        call.db,
        received,
        authority=call.who.authority,
        now=call.now,
        on_stored=call.settings.on_stored,
        credential_id=call.who.id if call.is_recalled else None,
    )
    if call.sessions is not None:
        call.sessions.after(call.db, call.who, stored, call.now)
    return stored


def _consistent_through(call: Call) -> datetime:
    return consistent_through(call.db, call.now, credential_id=call.who.id if call.is_recalled else None)


def _get_one(call: Call) -> Answer:
    call.only(*_SINGLE)
    wanted, voided = call.uuid("statementId"), call.uuid("voidedStatementId")
    if wanted is not None and voided is not None:
        raise BadRequest("Either statementId or voidedStatementId (xAPI 1.0.3 Communication 2.1.3)")
    mine = _permitted(call)
    statement_id = voided if wanted is None else wanted
    if statement_id is None:
        raise BadRequest("An id is required (xAPI 1.0.3 Communication 2.1.3)")
    row = find_one(
        call.db,
        statement_id,
        voided=wanted is None,
        authority=mine.authority,
        actor=mine.actor,
        registration=mine.only_registration,
    )
    if row is None:
        return Answer(b'{"error":"There is no such Statement"}', 404, content_type="application/json")
    (text,) = _formatted(call, [row])
    response = _with_attachments(call, [row], text)
    response.headers["Last-Modified"] = format_datetime(row.stored, usegmt=True)
    return response


def _get_many(call: Call, query: StatementQuery) -> Answer:
    page = find(call.db, query)
    if call.flag("attachments"):
        page = _as_much_as_fits(page, call.limits.body)
    more = b"" if page.cursor is None else _more(call, page.cursor)
    body = b'{"statements":[%b],"more":"%b"}' % (b",".join(_formatted(call, page.rows)), more)
    response = _with_attachments(call, page.rows, body)
    if page.rows:
        response.headers["Last-Modified"] = format_datetime(max(row.stored for row in page.rows), usegmt=True)
    return response


def _as_much_as_fits(page: Page, most: int) -> Page:
    """The data of all attachments of a page is held at once: no more than one request could bring, or one Statement."""
    total = 0
    for number, row in enumerate(page.rows):
        total += sum(attachment["length"] for _, attachment in attachments_of(orjson.loads(row.statement)))
        if total > most and number:
            return Page(page.rows[:number], page.rows[number - 1].seq)
    return page


def _more(call: Call, cursor: int) -> bytes:
    token = base64.urlsafe_b64encode(orjson.dumps([call.parameters, str(cursor)])).rstrip(b"=")
    return b"%b/statements/more/%b" % (call.root.encode(), token)


def _query(call: Call) -> StatementQuery:
    limit = call.parameters.get("limit", "0")
    if not limit.isdecimal() or not limit.isascii() or len(limit) > 9:
        raise BadRequest("The parameter 'limit' is a number from 0 up (xAPI 1.0.3 Communication 2.1.3)")
    agent, verb, activity = call.agent("agent"), call.iri("verb"), call.iri("activity")
    if agent is not None and agent_key(agent) is None:
        raise BadRequest("The parameter 'agent' is an Agent or an identified Group (Communication 2.1.3)")
    _format(call)
    call.flag("attachments")
    return replace(
        _permitted(call),
        agent=agent_key(agent) if agent else None,
        verb=iri_key(verb) if verb else None,
        activity=iri_key(activity) if activity else None,
        registration=call.uuid("registration"),
        related_agents=call.flag("related_agents"),
        related_activities=call.flag("related_activities"),
        since=call.moment("since"),
        until=call.moment("until"),
        ascending=call.flag("ascending"),
        limit=min(int(limit) or call.limits.page, call.limits.page),
    )


def _permitted(call: Call) -> StatementQuery:
    """What this credential may see at all (xAPI 1.0.3 Communication 4.2)."""
    who = call.who
    mine = not who.may(Scope.ALL_READ, Scope.STATEMENTS_READ)
    actor = who.binding.actor
    return StatementQuery(
        authority=who.authority.key if mine else None,
        actor=agent_key(actor) if actor else None,
        only_registration=who.binding.registration,
    )


def _format(call: Call) -> str:
    wanted = call.parameters.get("format", "exact")
    if wanted not in _FORMATS:
        raise BadRequest("The parameter 'format' is exact, ids or canonical (xAPI 1.0.3 Communication 2.1.3)")
    return wanted


def _formatted(call: Call, rows: Sequence[Found]) -> list[bytes]:
    wanted = _format(call)
    if wanted == "exact":
        return [row.statement.encode() for row in rows]
    statements = [orjson.loads(row.statement) for row in rows]
    if wanted == "ids":
        return [orjson.dumps(ids_only(one)) for one in statements]
    known = definitions.canonical(call.db, sorted({iri for one in statements for iri in activity_ids(one)}))
    languages = parse_accept_language(call.headers.get("accept-language", ""))
    return [orjson.dumps(canonical(one, known, languages)) for one in statements]


def _with_attachments(call: Call, rows: Sequence[Found], body: bytes) -> Answer:
    if not call.flag("attachments"):
        return Answer(body, content_type="application/json")
    named = {
        attachment["sha2"].lower(): attachment["contentType"]
        for row in rows
        for _, attachment in attachments_of(orjson.loads(row.statement))
    }
    data = attachment_data(call.db, sorted(named))
    content_type, content = build_multipart(body, [Part(named[sha2], sha2, data[sha2]) for sha2 in sorted(data)])
    return Answer(content, content_type=content_type)


def _answer(response: Answer, through: datetime) -> Answer:
    response.headers["X-Experience-API-Consistent-Through"] = isoformat_exact(through)
    return response
