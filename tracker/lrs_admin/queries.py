"""Keys and outside LRSs as an administrator sees them. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from lrs_adapter.backfills import Backfill, list_backfills
from lrs_adapter.credentials import Credential, list_credentials
from lrs_adapter.destinations import as_destination
from lrs_adapter.errors import UnknownDestination
from lrs_adapter.former import former_destinations
from lrs_adapter.models import BackfillRow, DestinationRow
from lrs_adapter.outbox import Backlog, Destination, Refusal, backlog, refusals
from tracker.lrs_admin.services import BY_HAND

__all__ = [
    "OLD",
    "Attention",
    "Delivery",
    "State",
    "backfills_to",
    "credentials",
    "deliveries",
    "delivery_to",
    "destination",
    "hosts",
    "needs_attention",
    "refused_by",
]

OLD = timedelta(hours=1)
"""Longer than the longest wait between two tries: something is wrong that does not pass by itself."""

SHOWN = 100


class State(StrEnum):
    HELD = "held"  # an administrator has paused it
    STOPPED = "stopped"  # its answer has paused it
    LATE = "late"
    TRYING = "trying"  # the last try failed, another is due
    SENDING = "sending"
    DONE = "done"


@dataclass(frozen=True)
class Delivery:
    """One outside LRS, and how delivery to it goes."""

    figures: Backlog
    state: State

    @property
    def id(self) -> int:
        return self.figures.destination.id

    @property
    def name(self) -> str:
        return self.figures.destination.name

    @property
    def needs_somebody(self) -> bool:
        return self.state in {State.HELD, State.STOPPED, State.LATE}


@dataclass(frozen=True)
class Attention:
    """An outside LRS that an administrator must look at. ``waiting``: how many Statements it has still to get."""

    destination_id: int
    name: str
    state: State
    waiting: int
    oldest: datetime | None


def credentials(db: Session) -> Sequence[Credential]:
    """Those that open something first, then the others; the newest first."""
    return sorted(list_credentials(db), key=lambda one: one.revoked is not None)


def deliveries(db: Session, now: datetime) -> list[Delivery]:
    expecting = set(db.scalars(select(BackfillRow.destination_id).where(BackfillRow.finished.is_(None))))
    return [Delivery(one, _state(one, now, expects=one.destination.id in expecting)) for one in backlog(db)]


def delivery_to(db: Session, destination_id: int, now: datetime) -> Delivery | None:
    return next((one for one in deliveries(db, now) if one.id == destination_id), None)


def destination(db: Session, destination_id: int) -> Destination:
    """:raises UnknownDestination:"""
    row = db.get(DestinationRow, destination_id)
    if row is None:
        raise UnknownDestination
    return as_destination(row)


def refused_by(db: Session, destination_id: int) -> Sequence[Refusal]:
    """The first hundred of them, in the order in which they were stored."""
    return refusals(db, destination_id, limit=SHOWN)


def backfills_to(db: Session, destination_id: int) -> list[Backfill]:
    """Those that go on, and the last that is finished."""
    found = list_backfills(db, destination_id)
    return [one for one in found if one.finished is None] or found[:1]


def needs_attention(db: Session, now: datetime) -> list[Attention]:
    """The outside LRSs that are paused, or have waited too long."""
    return [
        Attention(one.id, one.name, one.state, one.figures.waiting, one.figures.oldest)
        for one in deliveries(db, now)
        if one.needs_somebody
    ]


def _state(one: Backlog, now: datetime, *, expects: bool) -> State:
    """``expects``: there is more on its way into the queue."""
    if one.destination.paused is not None:
        return State.HELD if one.destination.pause_reason == BY_HAND else State.STOPPED
    if one.oldest is not None and now - one.oldest >= OLD:
        return State.LATE
    if one.destination.failures:
        return State.TRYING
    return State.SENDING if one.waiting or expects else State.DONE


def hosts(db: Session, *, also_former: bool) -> list[str]:
    """Where else the steps are recorded, as everybody is told. ``also_former``: what was sent to once has it still."""
    found = list(db.scalars(select(DestinationRow.endpoint)))
    if also_former:
        found += [one.endpoint for one in former_destinations(db)]
    return sorted({urlsplit(endpoint).netloc.rpartition("@")[2] for endpoint in found})
