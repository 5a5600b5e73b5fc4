"""Outside LRSs that nothing is sent to any more: that they got something, until somebody says that it is gone there."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lrs_adapter.models import DestinationRow, FormerDestinationRow

__all__ = ["former_destinations", "remember"]


def remember(db: Session, row: DestinationRow, *, now: datetime) -> None:
    """It is about to be removed, or to get another address.

    A request that got no answer may have arrived, and so may one that is under way.
    """
    if row.last_success is None and not row.failures and row.lease is None:
        return
    known = db.get(FormerDestinationRow, row.endpoint, with_for_update=True)
    if known is None:
        known = FormerDestinationRow(endpoint=row.endpoint)
        db.add(known)
    known.destination_id, known.name, known.until = row.id, row.name, now
    db.flush()


def former_destinations(db: Session) -> Sequence[FormerDestinationRow]:
    """Those whose address nothing is sent to now, the latest first."""
    in_use = select(DestinationRow.endpoint)
    query = select(FormerDestinationRow).where(FormerDestinationRow.endpoint.not_in(in_use))
    return db.scalars(query.order_by(FormerDestinationRow.until.desc(), FormerDestinationRow.endpoint)).all()
