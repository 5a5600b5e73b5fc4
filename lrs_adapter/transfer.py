"""Statements in and out in bulk: files, and other LRSs. Streams, and is safe to run twice.

The functions yield after each portion, so that the caller can commit it and show how far it is.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import BinaryIO, Final
from urllib.parse import urlencode
from uuid import UUID, uuid5

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lrs_adapter.attachments import store_attachments
from lrs_adapter.errors import InvalidStatement, LrsError
from lrs_adapter.identity import Authority, iri_key
from lrs_adapter.jsontext import members, parse, split_array
from lrs_adapter.models import StatementRow
from lrs_adapter.multipart import Part, parse_multipart
from lrs_adapter.remote_lrs import OutsideLRS
from lrs_adapter.store import OnStored, Received, record_received
from lrs_adapter.validation import validate_statement

# Statements without an id get one from their text: the second run finds those of the first.
_NAMELESS: Final = UUID("0d7a1c1e-4d0b-5d3c-9a52-6d1f5f5f1d11")


@dataclass(frozen=True, slots=True)
class Portion:
    """Texts of Statements, the data that came with them, and where to go on from after them.

    ``resume`` is what ``since`` takes in ``fetch``.
    """

    texts: list[bytes]
    parts: dict[str, Part] = field(default_factory=dict)
    resume: str | None = None


@dataclass(slots=True)
class Imported:
    """``refused``: the number of the Statement in the source, from 1, and why."""

    read: int = 0
    new: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    resume: str | None = None


def export(
    db: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    verb: str | None = None,
    activity: str | None = None,
    batch: int = 1_000,
) -> Iterator[str]:
    """Each Statement as it is returned, one line each, in the order of storing; voided ones and voiding ones too."""
    query = _chosen(since, until, verb, activity).order_by(StatementRow.seq).limit(batch)
    after = 0
    while rows := db.execute(query.where(StatementRow.seq > after)).all():
        for _, statement in rows:
            # JSON may hold line breaks between its parts, never within a string.
            yield statement.replace("\r", " ").replace("\n", " ")
        after = rows[-1][0]


def count(
    db: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    verb: str | None = None,
    activity: str | None = None,
) -> int:
    """How many ``export`` will give."""
    return db.scalar(select(func.count()).select_from(_chosen(since, until, verb, activity).subquery())) or 0


def read_file(stream: BinaryIO, *, batch: int = 500) -> Iterator[Portion]:
    """A JSON array, the answer of an LRS, or JSON Lines. Only JSON Lines are read without holding the whole.

    :raises InvalidStatement: when it is none of these.
    """
    first = stream.readline()
    while first and not first.strip():
        first = stream.readline()
    start = first.lstrip()
    if start.startswith(b"["):
        yield from _portions(iter(_array(start + stream.read())), batch)
    elif start.startswith(b"{") and not _is_line(start):
        whole = start + stream.read()
        inside = members(whole) if isinstance(parse(whole, max_depth=1_000), dict) else {}
        yield from _portions(iter(_array(inside["statements"]) if "statements" in inside else [whole]), batch)
    else:
        yield from _portions(_lines(first, stream), batch)


def fetch(endpoint: str, key: str, secret: str, *, since: str | None = None, page: int = 500) -> Iterator[Portion]:
    """All that another LRS has, oldest first, with the data of attachments (Communication 1.5.2).

    :raises OutsideLrsError: the ``resume`` of the last portion is where to go on.
    """
    parameters = {"ascending": "true", "attachments": "true", "limit": str(page), **({"since": since} if since else {})}
    more = f"statements?{urlencode(parameters)}"
    with closing(OutsideLRS(endpoint.rstrip("/") + "/", key, secret)) as outside:
        while more:
            content_type, body = outside.read(more)
            text, parts = body, dict[str, Part]()
            if content_type.startswith("multipart/mixed"):
                text, parts = parse_multipart(content_type, body, most=len(body))
            answer = parse(text, max_depth=1_000)
            texts = split_array(members(text)["statements"])
            more = answer.get("more", "")
            if not texts:
                return
            yield Portion(texts, parts, resume=str(answer["statements"][-1]["stored"]))


def import_statements(
    db: Session,
    portions: Iterable[Portion],
    *,
    authority: Authority,
    now: datetime,
    on_stored: OnStored | None = None,
) -> Iterator[Imported]:
    """Store them, and yield how far it has come after each portion, which the caller then commits.

    A Statement that breaks a rule, or whose id another one has, is set aside and the rest goes on. ``authority`` is who
    answers for the import; ``stored`` is now.
    """
    so_far = Imported()
    for portion in portions:
        store_attachments(db, portion.parts, now=now)
        received: list[tuple[int, Received]] = []
        for text in portion.texts:
            so_far.read += 1
            try:
                received.append((so_far.read, _receive(text)))
            except InvalidStatement as error:
                so_far.refused.append((so_far.read, str(error)))
        _store(db, received, so_far, authority=authority, now=now, on_stored=on_stored)
        so_far.resume = portion.resume
        yield so_far


def _store(
    db: Session,
    received: list[tuple[int, Received]],
    so_far: Imported,
    *,
    authority: Authority,
    now: datetime,
    on_stored: OnStored | None,
) -> None:
    """All at once; where one of them can't be stored, the halves by themselves."""
    if not received:
        return
    try:
        with db.begin_nested():
            stored = record_received(
                db, [one for _, one in received], authority=authority, now=now, on_stored=on_stored
            )
    except LrsError as error:
        if len(received) == 1:
            so_far.refused.append((received[0][0], str(error)))
            return
        middle = len(received) // 2
        for half in (received[:middle], received[middle:]):
            _store(db, half, so_far, authority=authority, now=now, on_stored=on_stored)
    else:
        so_far.new += sum(one.new for one in stored)
        so_far.known += sum(not one.new for one in stored)


def _receive(text: bytes) -> Received:
    text = text.strip()
    value = parse(text)
    # A file doesn't say which version it was written for; 2.0 takes in all that 1.0.3 knows.
    validate_statement(value, version_2=True)
    version_2 = value.get("version", "1").startswith("2.") or "contextAgents" in value.get("context", {})
    return Received(text, value, version_2, uuid5(_NAMELESS, text.decode()))


def _portions(texts: Iterator[bytes], batch: int) -> Iterator[Portion]:
    portion: list[bytes] = []
    for text in texts:
        portion.append(text)
        if len(portion) == batch:
            yield Portion(portion)
            portion = []
    if portion:
        yield Portion(portion)


def _array(text: bytes) -> list[bytes]:
    if not isinstance(parse(text, max_depth=1_000), list):
        raise InvalidStatement("$", "must be an array of Statements")
    return split_array(text)


def _is_line(start: bytes) -> bool:
    """A whole Statement, and no answer that holds Statements?"""
    try:
        return "statements" not in parse(start, max_depth=1_000)
    except InvalidStatement:
        return False


def _lines(first: bytes, stream: BinaryIO) -> Iterator[bytes]:
    for line in chain([first], stream):
        if line.strip():
            yield line


def _chosen(since: datetime | None, until: datetime | None, verb: str | None, activity: str | None) -> Select[int, str]:
    query = select(StatementRow.seq, StatementRow.statement)
    if since is not None:
        query = query.where(StatementRow.stored > since)
    if until is not None:
        query = query.where(StatementRow.stored <= until)
    if verb is not None:
        query = query.where(StatementRow.verb_key == iri_key(verb))
    if activity is not None:
        query = query.where(StatementRow.activity_key == iri_key(activity))
    return query


__all__ = ["Imported", "Portion", "count", "export", "fetch", "import_statements", "read_file"]
