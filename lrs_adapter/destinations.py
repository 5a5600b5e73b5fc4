"""Outside LRSs: which they are, what each is owed, and how far behind each is. Sending is in ``outbox``."""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from lrs_adapter.errors import UnknownDestination, UnreadableSecret
from lrs_adapter.former import remember
from lrs_adapter.identity import iri_key
from lrs_adapter.models import BackfillRow, DestinationRow, OutboxRow, StatementRow

_BACKFILL: Final = 5_000


@dataclass(frozen=True, slots=True)
class Destination:
    """An outside LRS as an administrator sees it. The secret is never read back."""

    id: int
    name: str
    endpoint: str
    key: str
    verbs: tuple[str, ...]
    activities: tuple[str, ...]
    paused: datetime | None
    pause_reason: str | None
    failures: int
    next_attempt: datetime | None
    last_success: datetime | None
    last_error: str | None
    last_error_at: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """``oldest``: when the Statement that has waited longest was queued; None when nothing waits."""

    destination: Destination
    waiting: int
    oldest: datetime | None
    refused: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A Statement that the outside LRS won't have, and what it answered."""

    destination_id: int
    seq: int
    statement_id: str
    refused: datetime
    answer: str


def add_destination(
    db: Session,
    *,
    name: str,
    endpoint: str,
    key: str,
    secret: str,
    secret_key: str | bytes,
    now: datetime,
    verbs: Sequence[str] = (),
    activities: Sequence[str] = (),
) -> Destination:
    """From now on every new Statement is queued for it: all, or those with one of the verbs and object Activities."""
    row = DestinationRow(
        name=name,
        endpoint=_endpoint(endpoint),
        key=key,
        secret=encrypt(secret, secret_key),
        verbs=_iris(verbs),
        activities=_iris(activities),
        created=now,
        failures=0,
    )
    db.add(row)
    db.flush()
    return as_destination(row)


def ensure_destination(
    db: Session,
    *,
    endpoint: str,
    key: str,
    secret: str,
    secret_key: str | bytes,
    now: datetime,
    name: str | None = None,
) -> Destination:
    """The destination with this endpoint and key: the one there is, with the secret given here, or a new one."""
    address = _endpoint(endpoint)
    row = db.scalar(select(DestinationRow).where(DestinationRow.endpoint == address, DestinationRow.key == key))
    if row is None:
        return add_destination(
            db, name=name or address, endpoint=address, key=key, secret=secret, secret_key=secret_key, now=now
        )
    if not _is_secret(row.secret, secret, secret_key):
        row.secret = encrypt(secret, secret_key)
        _resume(row)
        db.flush()
    return as_destination(row)


def list_destinations(db: Session) -> list[Destination]:
    return [as_destination(row) for row in db.scalars(select(DestinationRow).order_by(DestinationRow.id))]


def remove_destination(db: Session, destination_id: int, *, now: datetime) -> None:
    """With all that is queued for it. The Statements stay, here and there; that it got some is remembered."""
    row = db.get(DestinationRow, destination_id, with_for_update=True)
    if row is not None:
        remember(db, row, now=now)
    db.execute(delete(BackfillRow).where(BackfillRow.destination_id == destination_id))
    db.execute(delete(OutboxRow).where(OutboxRow.destination_id == destination_id))
    db.execute(delete(DestinationRow).where(DestinationRow.id == destination_id))


def pause(db: Session, destination_id: int, *, reason: str, now: datetime) -> None:
    row = _row(db, destination_id)
    row.paused, row.pause_reason = now, reason
    db.flush()


def try_again(db: Session, destination_id: int) -> None:
    """Ends a pause and any wait, and puts refused Statements back in the queue."""
    _resume(_row(db, destination_id))
    db.execute(
        update(OutboxRow)
        .where(OutboxRow.destination_id == destination_id, OutboxRow.refused.is_not(None))
        .values(refused=None, answer=None)
    )
    db.flush()


def backlog(db: Session) -> list[Backlog]:
    """How far behind each destination is."""
    refused = OutboxRow.refused.is_not(None)
    figures = {
        row.destination_id: row
        for row in db.execute(
            select(
                OutboxRow.destination_id,
                func.count().filter(~refused).label("waiting"),
                func.min(OutboxRow.queued).filter(~refused).label("oldest"),
                func.count().filter(refused).label("refused"),
            ).group_by(OutboxRow.destination_id)
        )
    }
    return [
        Backlog(
            one,
            waiting=figures[one.id].waiting if one.id in figures else 0,
            oldest=figures[one.id].oldest if one.id in figures else None,
            refused=figures[one.id].refused if one.id in figures else 0,
        )
        for one in list_destinations(db)
    ]


def refusals(db: Session, destination_id: int, *, limit: int = 100) -> list[Refusal]:
    rows = db.execute(
        select(OutboxRow.seq, StatementRow.statement_id, OutboxRow.refused, OutboxRow.answer)
        .join(StatementRow, StatementRow.seq == OutboxRow.seq)
        .where(OutboxRow.destination_id == destination_id, OutboxRow.refused.is_not(None))
        .order_by(OutboxRow.seq)
        .limit(limit)
    )
    return [Refusal(destination_id, seq, str(sid), moment, answer or "") for seq, sid, moment, answer in rows if moment]


def enqueue(db: Session, stored: Iterable[tuple[int, Mapping[str, Any]]], *, now: datetime) -> None:
    """One row for each destination that is to have the Statement, in the Statement's own transaction."""
    wanted = db.execute(select(DestinationRow.id, DestinationRow.verbs, DestinationRow.activities)).all()
    if not wanted:
        return
    filters = [(d.id, _read(d.verbs), _read(d.activities)) for d in wanted]
    rows = [
        {"destination_id": destination_id, "seq": seq, "queued": now}
        for seq, statement in stored
        for destination_id, verbs, activities in filters
        if (not verbs or statement["verb"]["id"] in verbs)
        and (not activities or statement["object"].get("id") in activities)
    ]
    if rows:
        db.execute(insert(OutboxRow), rows)


def backfill(
    db: Session,
    destination_id: int,
    *,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Queue what is stored already (from ``since``, exclusive, to ``until``), also what was sent once. How many.

    ``progress`` is told how many of how many have been looked at. Safe to run twice: what waits is not queued again,
    and the outside LRS knows each Statement by its id.
    """
    chosen = owed(_row(db, destination_id), since=since, until=until)
    total = db.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    after = done = 0
    while seqs := db.scalars(chosen.where(StatementRow.seq > after).order_by(StatementRow.seq).limit(_BACKFILL)).all():
        queue(db, destination_id, seqs, now=now)
        after, done = seqs[-1], done + len(seqs)
        if progress:
            progress(done, total)
    return done


def owed(row: DestinationRow, *, since: datetime | None, until: datetime | None) -> Select[int]:
    """The ``seq`` of all that is stored and that the destination is to have (from ``since``, exclusive)."""
    chosen = select(StatementRow.seq)
    if since is not None:
        chosen = chosen.where(StatementRow.stored > since)
    if until is not None:
        chosen = chosen.where(StatementRow.stored <= until)
    if row.verbs:
        chosen = chosen.where(StatementRow.verb_key.in_([iri_key(iri) for iri in _read(row.verbs)]))
    if row.activities:
        chosen = chosen.where(StatementRow.activity_key.in_([iri_key(iri) for iri in _read(row.activities)]))
    return chosen


def queue(db: Session, destination_id: int, seqs: Sequence[int], *, now: datetime) -> None:
    """What waits already, or was refused, is left as it is."""
    rows = [{"destination_id": destination_id, "seq": seq, "queued": now} for seq in seqs]
    if db.get_bind().dialect.name == "postgresql":
        db.execute(postgresql_insert(OutboxRow).on_conflict_do_nothing(), rows)
    else:
        db.execute(sqlite_insert(OutboxRow).on_conflict_do_nothing(), rows)


def encrypt(secret: str, secret_key: str | bytes) -> bytes:
    return _cipher(secret_key).encrypt(secret.encode())


def decrypt(token: bytes, secret_key: str | bytes) -> str:
    """:raises UnreadableSecret: when it was encrypted with another key."""
    try:
        return _cipher(secret_key).decrypt(token).decode()
    except InvalidToken:
        raise UnreadableSecret("A destination's secret was stored under another secret key; enter it again") from None


def as_destination(row: DestinationRow) -> Destination:
    return Destination(
        id=row.id,
        name=row.name,
        endpoint=row.endpoint,
        key=row.key,
        verbs=_read(row.verbs),
        activities=_read(row.activities),
        paused=row.paused,
        pause_reason=row.pause_reason,
        failures=row.failures,
        next_attempt=row.next_attempt,
        last_success=row.last_success,
        last_error=row.last_error,
        last_error_at=row.last_error_at,
    )


def waiting_time(failures: int, jitter: float) -> timedelta:
    """Doubles from five seconds up to an hour. ``jitter`` (0 to 1) takes off up to half, so that many don't come back
    at the same moment."""
    full = min(5 * 2 ** min(failures, 16), 3600)
    return timedelta(seconds=full * (1 - jitter / 2))


def _resume(row: DestinationRow) -> None:
    row.paused = row.pause_reason = row.next_attempt = None
    row.failures = 0


def _row(db: Session, destination_id: int) -> DestinationRow:
    row = db.get(DestinationRow, destination_id)
    if row is None:
        raise UnknownDestination(f"There is no destination {destination_id}")
    return row


def _endpoint(endpoint: str) -> str:
    return endpoint.rstrip("/") + "/"


def _iris(iris: Sequence[str]) -> str | None:
    return orjson.dumps(list(iris)).decode() if iris else None


def _read(iris: str | None) -> tuple[str, ...]:
    return tuple(orjson.loads(iris)) if iris else ()


def _is_secret(token: bytes, secret: str, secret_key: str | bytes) -> bool:
    try:
        return decrypt(token, secret_key) == secret
    except UnreadableSecret:
        return False


def _cipher(secret_key: str | bytes) -> Fernet:
    material = secret_key.encode() if isinstance(secret_key, str) else secret_key
    derived = HKDF(SHA256(), 32, salt=None, info=b"samverkan lrs destination").derive(material)
    return Fernet(base64.urlsafe_b64encode(derived))
