"""What an administrator changes about an outside LRS that is there already."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import update
from sqlalchemy.orm import Session

from lrs_adapter.destinations import encrypt
from lrs_adapter.errors import UnknownDestination
from lrs_adapter.former import remember
from lrs_adapter.models import DestinationRow, OutboxRow

__all__ = ["change_destination", "hold", "resume", "try_refused"]


def change_destination(
    db: Session,
    destination_id: int,
    *,
    name: str,
    endpoint: str,
    key: str,
    secret: str | None,
    secret_key: str | bytes,
    verbs: Sequence[str] = (),
    activities: Sequence[str] = (),
    now: datetime,
) -> None:
    """``secret`` None keeps the one there is. Verbs and Activities hold for what is queued from now on.

    Where address, key or secret is another, a pause that came of the old ones ends. What the old address got is
    remembered.

    :raises UnknownDestination:
    """
    row = _row(db, destination_id)
    address = endpoint.rstrip("/") + "/"
    is_elsewhere = (address, key) != (row.endpoint, row.key) or secret is not None
    if address != row.endpoint:
        remember(db, row, now=now)
        row.last_success = None
    row.name, row.endpoint, row.key = name, address, key
    row.verbs = orjson.dumps(list(verbs)).decode() if verbs else None
    row.activities = orjson.dumps(list(activities)).decode() if activities else None
    if secret is not None:
        row.secret = encrypt(secret, secret_key)
    if is_elsewhere:
        _let_go(row)
        _resume(row)
    db.flush()


def hold(db: Session, destination_id: int, *, reason: str, now: datetime) -> None:
    """Pause it, also for a worker that is sending to it at this moment: after the request it is in, that one stops.

    :raises UnknownDestination:
    """
    row = _row(db, destination_id)
    row.paused, row.pause_reason = now, reason
    _let_go(row)
    db.flush()


def resume(db: Session, destination_id: int) -> None:
    """Ends a pause and any wait. What was refused stays aside.

    :raises UnknownDestination:
    """
    _resume(_row(db, destination_id))
    db.flush()


def try_refused(db: Session, destination_id: int, seq: int | None = None) -> int:
    """Put one refused Statement back in the queue, or all. How many."""
    chosen = [OutboxRow.destination_id == destination_id, OutboxRow.refused.is_not(None)]
    if seq is not None:
        chosen.append(OutboxRow.seq == seq)
    put_back = db.execute(update(OutboxRow).where(*chosen).values(refused=None, answer=None).returning(OutboxRow.seq))
    return len(put_back.all())


def _row(db: Session, destination_id: int) -> DestinationRow:
    row = db.get(DestinationRow, destination_id)
    if row is None:
        raise UnknownDestination(f"There is no destination {destination_id}")
    return row


def _let_go(row: DestinationRow) -> None:
    row.leased_until = row.lease = None


def _resume(row: DestinationRow) -> None:
    row.paused = row.pause_reason = row.next_attempt = None
    row.failures = 0
