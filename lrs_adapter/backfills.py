"""What was stored before comes into a destination's queue bit by bit, beside everything else.

Whoever asks for it only notes what is wanted. The delivery threads then take one step each round, so no request waits
for it and no transaction is long. A step locks its row; of several workers on several machines one takes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lrs_adapter.destinations import owed, queue
from lrs_adapter.errors import UnknownDestination
from lrs_adapter.models import BackfillRow, DestinationRow, StatementRow
from lrs_adapter.queries import consistent_through

__all__ = ["STEP", "Backfill", "ask_for", "list_backfills", "take_steps"]

STEP: Final = 5_000

SessionFactory = Callable[[], Session]


@dataclass(frozen=True, slots=True)
class Backfill:
    """``done`` of ``total`` are in the queue, or were; ``total`` is None until they have been counted."""

    destination_id: int
    since: datetime | None
    until: datetime | None
    created: datetime
    total: int | None
    done: int
    finished: datetime | None


def ask_for(
    db: Session,
    destination_id: int,
    *,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """Send what is stored (from ``since``, exclusive, to ``until``), also what was sent once: the outside LRS knows
    each Statement by its id.

    :raises UnknownDestination:
    """
    if db.get(DestinationRow, destination_id) is None:
        raise UnknownDestination(f"There is no destination {destination_id}")
    db.add(BackfillRow(destination_id=destination_id, since=since, until=until, created=now, last=0, after=0, done=0))
    db.flush()


def list_backfills(db: Session, destination_id: int) -> list[Backfill]:
    """The newest first."""
    rows = db.scalars(
        select(BackfillRow).where(BackfillRow.destination_id == destination_id).order_by(BackfillRow.id.desc())
    )
    return [
        Backfill(row.destination_id, row.since, row.until, row.created, row.total, row.done, row.finished)
        for row in rows
    ]


def take_steps(session_factory: SessionFactory, *, now: datetime, step: int = STEP) -> int:
    """One step of each that is not finished. How many Statements were looked out for the queues."""
    with session_factory() as db:
        unfinished = db.scalars(
            select(BackfillRow.id).where(BackfillRow.finished.is_(None)).order_by(BackfillRow.id)
        ).all()
    found = 0
    for backfill_id in unfinished:
        with session_factory() as db:
            row = db.scalar(
                select(BackfillRow)
                .where(BackfillRow.id == backfill_id, BackfillRow.finished.is_(None))
                .with_for_update(skip_locked=True)
            )
            if row is not None:
                found += _step(db, row, step, now)
            db.commit()
    return found


def _step(db: Session, row: BackfillRow, step: int, now: datetime) -> int:
    if row.seen is None:
        row.seen = now
        return 0
    destination = db.get(DestinationRow, row.destination_id)
    if destination is None:
        row.finished = now
        return 0
    chosen = owed(destination, since=row.since, until=row.until)
    if row.total is None:
        if consistent_through(db, now) < row.seen:
            # A transaction that began before the destination was there may still store a Statement without queueing
            # it, under a number that this walk would already have passed.
            return 0
        row.last = db.scalar(select(func.max(StatementRow.seq))) or 0
        row.total = db.scalar(select(func.count()).select_from(chosen.where(StatementRow.seq <= row.last).subquery()))
    seqs = db.scalars(
        chosen.where(StatementRow.seq > row.after, StatementRow.seq <= row.last).order_by(StatementRow.seq).limit(step)
    ).all()
    if seqs:
        queue(db, row.destination_id, seqs, now=now)
        row.after = seqs[-1]
        row.done += len(seqs)
    if len(seqs) < step:
        row.finished = now
    return len(seqs)
