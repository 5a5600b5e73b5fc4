"""Sending: what is queued reaches each outside LRS in order, once, however often it or we fall over.

A worker claims a whole destination for a while, since order matters within one. The claim is one conditional UPDATE,
so of several workers on several machines one wins. It sends outside any transaction and then notes what came of it.
A worker that dies in between leaves its claim to run out; what it had sent is sent again, and the outside LRS knows it
by its id.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

import orjson
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from lrs_adapter.attachments import attachment_data, attachments_of
from lrs_adapter.destinations import (
    Backlog,
    Destination,
    Refusal,
    add_destination,
    backfill,
    backlog,
    decrypt,
    ensure_destination,
    list_destinations,
    pause,
    refusals,
    remove_destination,
    try_again,
    waiting_time,
)
from lrs_adapter.errors import UnreadableSecret
from lrs_adapter.jsontext import without
from lrs_adapter.models import DestinationRow, OutboxRow, StatementRow
from lrs_adapter.remote_lrs import Answer, Outcome, Outgoing, OutsideLRS

__all__ = [
    "Backlog",
    "Delivery",
    "Destination",
    "Refusal",
    "add_destination",
    "backfill",
    "backlog",
    "deliver",
    "ensure_destination",
    "list_destinations",
    "pause",
    "refusals",
    "remove_destination",
    "send_test",
    "try_again",
]

BATCH: Final = 50
BATCH_BYTES: Final = 1_000_000
LEASE: Final = timedelta(minutes=5)
_LONGEST_WAIT: Final = timedelta(hours=1)

SessionFactory = Callable[[], Session]


class Connection(Protocol):
    def send(self, statements: Sequence[Outgoing]) -> Answer: ...

    def close(self) -> None: ...


Connect = Callable[[str, str, str], Connection]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one round did, over all destinations."""

    delivered: int = 0
    refused: int = 0
    postponed: int = 0


def deliver(
    session_factory: SessionFactory,
    *,
    now: datetime,
    secret_key: str | bytes,
    send: Connect = OutsideLRS,
    jitter: Callable[[], float] = random.random,
    batch: int = BATCH,
) -> Delivery:
    """One round: to each destination that is due, until its queue is empty or it can't go on.

    ``postponed`` counts destinations that have to wait or were paused. ``send`` opens a connection from endpoint, key
    and secret.
    """
    started = monotonic()

    def clock() -> datetime:
        return now + timedelta(seconds=monotonic() - started)

    delivered = refused = postponed = 0
    with session_factory() as db:
        due = db.scalars(_due(now).with_only_columns(DestinationRow.id).order_by(DestinationRow.id)).all()
    for destination_id in due:
        if (worker := _claim(session_factory, destination_id, clock, secret_key, jitter)) is None:
            continue
        with closing(send(worker.endpoint, worker.key, worker.secret)) as connection:
            worker.work(connection, batch)
        delivered += worker.delivered
        refused += worker.refused
        postponed += worker.postponed
    return Delivery(delivered, refused, postponed)


def send_test(db: Session, destination_id: int, *, secret_key: str | bytes) -> Answer:
    """Ask an outside LRS whether it answers to our key. Nothing is written there or here."""
    row = db.get_one(DestinationRow, destination_id)
    with closing(OutsideLRS(row.endpoint, row.key, decrypt(row.secret, secret_key), timeout=10)) as connection:
        return connection.test()


@dataclass(slots=True)
class _Worker:
    """Holds the claim on one destination."""

    session_factory: SessionFactory
    destination_id: int
    lease: UUID
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    endpoint: str
    key: str
    secret: str
    failures: int
    delivered: int = 0
    refused: int = 0
    postponed: int = 0

    def work(self, connection: Connection, batch: int) -> None:
        try:
            while self._renew() and (queued := self._next(batch)):
                for group in _groups(queued):
                    if not self._send(connection, group):
                        return
        finally:
            self._change(leased_until=None, lease=None)

    def _send(self, connection: Connection, group: Sequence[Outgoing]) -> bool:
        """False when the destination can't go on now."""
        answer = connection.send(group)
        match answer.outcome:
            case Outcome.DELIVERED:
                self._note_delivered(group)
                return True
            case Outcome.CONFLICT if len(group) == 1:
                # Something is stored there under this id: this Statement, or one we can't replace.
                self._note_delivered(group)
                return True
            case Outcome.REFUSED if len(group) == 1:
                self._note_refused(group[0], answer)
                return True
            case Outcome.CONFLICT | Outcome.REFUSED:
                # One of them is the cause; the halves find it and let the others through.
                middle = len(group) // 2
                return (
                    self._send(connection, group[:middle]) and self._renew() and self._send(connection, group[middle:])
                )
            case Outcome.PAUSE:
                self.postponed = 1
                self._note_error(answer, paused=self.clock(), pause_reason=answer.detail)
                return False
            case Outcome.LATER:
                self.postponed = 1
                asked = min(timedelta(seconds=answer.retry_after), _LONGEST_WAIT)
                wait = max(waiting_time(self.failures, self.jitter()), asked)
                self._note_error(answer, failures=self.failures + 1, next_attempt=self.clock() + wait)
                return False

    def _renew(self) -> bool:
        return self._change(leased_until=self.clock() + LEASE)

    def _change(self, **values: Any) -> bool:
        """False when the claim has run out and another worker has taken over."""
        with self.session_factory() as db:
            changed = db.execute(
                update(DestinationRow)
                .where(DestinationRow.id == self.destination_id, DestinationRow.lease == self.lease)
                .values(**values)
                .returning(DestinationRow.id)
            ).first()
            db.commit()
        return changed is not None

    def _next(self, batch: int) -> list[Outgoing]:
        with self.session_factory() as db:
            rows = db.execute(
                select(OutboxRow.seq, StatementRow.statement)
                .join(StatementRow, StatementRow.seq == OutboxRow.seq)
                .where(OutboxRow.destination_id == self.destination_id, OutboxRow.refused.is_(None))
                .order_by(OutboxRow.seq)
                .limit(batch)
            ).all()
            return [_outgoing(db, seq, content) for seq, content in rows]

    def _note_delivered(self, group: Sequence[Outgoing]) -> None:
        with self.session_factory() as db:
            db.execute(delete(OutboxRow).where(self._these(group)))
            db.commit()
        self.delivered += len(group)
        self.failures = 0
        self._change(failures=0, next_attempt=None, last_success=self.clock())

    def _note_refused(self, one: Outgoing, answer: Answer) -> None:
        with self.session_factory() as db:
            db.execute(update(OutboxRow).where(self._these([one])).values(refused=self.clock(), answer=answer.detail))
            db.commit()
        self.refused += 1
        self._note_error(answer)

    def _note_error(self, answer: Answer, **values: Any) -> None:
        self._change(last_error=answer.detail, last_error_at=self.clock(), **values)

    def _these(self, group: Sequence[Outgoing]) -> Any:
        return (OutboxRow.destination_id == self.destination_id) & OutboxRow.seq.in_([one.seq for one in group])


def _due(now: datetime) -> Any:
    return select(DestinationRow).where(
        DestinationRow.paused.is_(None),
        or_(DestinationRow.next_attempt.is_(None), DestinationRow.next_attempt <= now),
        or_(DestinationRow.leased_until.is_(None), DestinationRow.leased_until <= now),
        select(OutboxRow.seq)
        .where(OutboxRow.destination_id == DestinationRow.id, OutboxRow.refused.is_(None))
        .exists(),
    )


def _claim(
    session_factory: SessionFactory,
    destination_id: int,
    clock: Callable[[], datetime],
    secret_key: str | bytes,
    jitter: Callable[[], float],
) -> _Worker | None:
    lease, now = uuid4(), clock()
    with session_factory() as db:
        # The condition is looked at again by the UPDATE itself, so of two workers that both saw it due, one wins.
        claimed = db.execute(
            update(DestinationRow)
            .where(
                DestinationRow.id == destination_id,
                DestinationRow.id.in_(_due(now).with_only_columns(DestinationRow.id)),
            )
            .where(or_(DestinationRow.leased_until.is_(None), DestinationRow.leased_until <= now))
            .values(leased_until=now + LEASE, lease=lease)
            .returning(DestinationRow.endpoint, DestinationRow.key, DestinationRow.secret, DestinationRow.failures)
        ).first()
        if claimed is None:
            db.rollback()
            return None
        try:
            secret = decrypt(claimed.secret, secret_key)
        except UnreadableSecret as error:
            db.rollback()
            pause(db, destination_id, reason=str(error), now=now)
            db.commit()
            return None
        db.commit()
    return _Worker(
        session_factory,
        destination_id,
        lease,
        clock,
        jitter,
        endpoint=claimed.endpoint,
        key=claimed.key,
        secret=secret,
        failures=claimed.failures,
    )


def _outgoing(db: Session, seq: int, content: str) -> Outgoing:
    """Without what the receiving LRS sets itself, with the data of its attachments (Communication 1.5.2)."""
    statement = orjson.loads(content)
    named = {one["sha2"].lower(): one["contentType"] for _, one in attachments_of(statement)}
    found = attachment_data(db, list(named)) if named else {}
    return Outgoing(
        seq,
        without(content, "stored", "authority"),
        version_2=statement["version"].startswith("2."),
        attachments=tuple((named[sha2], sha2, data) for sha2, data in found.items()),
    )


def _groups(queued: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Runs that can share a request, in order: of one version, not too large, one with attachments by itself."""
    group: list[Outgoing] = []
    size = 0
    for one in queued:
        apart = group and (
            one.attachments
            or group[-1].attachments
            or group[-1].version_2 != one.version_2
            or size + len(one.text) > BATCH_BYTES
        )
        if apart:
            yield group
            group, size = [], 0
        group.append(one)
        size += len(one.text)
    if group:
        yield group
