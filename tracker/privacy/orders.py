"""Orders of erasure to outside LRSs: asked about, and confirmed by an administrator or by the LRS's own answer.

An LRS that nothing is sent to any more can't be asked, since there is no key to it: that one an administrator confirms.
"""

import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from lrs_adapter.errors import LrsError
from lrs_adapter.models import DestinationRow, FormerDestinationRow
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.learners.models import Learner
from tracker.lrs_admin.services import connect_to
from tracker.privacy.models import ErasureOrder

__all__ = ["ask", "ask_all", "by_hand", "confirm", "emptied", "order", "orders"]

_AGAIN: Final = timedelta(days=1)
_SHOWN: Final = 200


def orders(db: Session) -> Sequence[ErasureOrder]:
    """Those that wait first, then the latest of those that are done."""
    query = select(ErasureOrder).order_by(ErasureOrder.done_at.is_not(None), ErasureOrder.created_at.desc())
    return db.scalars(query.limit(_SHOWN)).all()


def order(db: Session, order_id: uuid.UUID, *, hold: bool = False) -> ErasureOrder | None:
    return db.get(ErasureOrder, order_id, with_for_update=hold)


def by_hand(db: Session, found: Sequence[ErasureOrder]) -> set[uuid.UUID]:
    """Those of them whose LRS nothing is sent to any more, at that address."""
    reached = {tuple(row) for row in db.execute(select(DestinationRow.id, DestinationRow.endpoint))}
    return {one.id for one in found if (one.destination_id, one.endpoint) not in reached}


def confirm(db: Session, one: ErasureOrder, *, by: Learner | None, now: datetime) -> None:
    """The second time changes nothing. ``by`` None: the LRS has answered that it has nothing left."""
    if one.done_at is not None:
        return
    one.done_at, one.done_by, one.agents = now, by.id if by is not None else None, []
    audit.note(db, Action.ERASURE_CONFIRMED, by=by, now=now, target=f"outside-lrs:{one.destination_id}")


def emptied(db: Session, endpoint: str, *, by: Learner, now: datetime) -> bool:
    """All that an LRS got from here is gone there, or the LRS itself is. It gets no more orders; those it has are done.

    False: it is not one that was sent to.
    """
    known = db.get(FormerDestinationRow, endpoint, with_for_update=True)
    if known is None:
        return False
    target = f"outside-lrs:{known.destination_id}"
    audit.note(db, Action.OUTSIDE_LRS_EMPTIED, by=by, now=now, target=target)
    db.delete(known)
    waiting = select(ErasureOrder).where(ErasureOrder.endpoint == endpoint, ErasureOrder.done_at.is_(None))
    for one in db.scalars(waiting.with_for_update()).all():
        confirm(db, one, by=by, now=now)
    return True


def ask(db: Session, order_id: uuid.UUID, *, secret_key: str, now: datetime) -> bool | None:
    """Has the outside LRS anything left of it? False: no, and the order is done. None: it does not tell. Commits.

    Nobody waits for our transaction while we wait for the answer.
    """
    one = db.get_one(ErasureOrder, order_id)
    if by_hand(db, [one]):
        return None
    destination, agents = one.destination_id, list(one.agents)
    found: bool | None = None
    try:
        connection = connect_to(db, destination, secret_key=secret_key)
        db.rollback()
        with closing(connection):
            answers = [connection.knows(agent) for agent in agents]
        found = True if True in answers else None if None in answers else False
    except LrsError:
        db.rollback()
    held = order(db, order_id, hold=True)
    if held is None or held.done_at is not None:
        db.rollback()
        return False
    held.checked_at, held.has_some = now, found
    if found is False:
        confirm(db, held, by=None, now=now)
    db.commit()
    return found


def ask_all(db: Session, *, secret_key: str, now: datetime) -> None:
    """Once a day about each order that waits. Commits."""
    # A number may be another LRS's by now: only together with the address it is the one that got the Statements.
    same = and_(DestinationRow.id == ErasureOrder.destination_id, DestinationRow.endpoint == ErasureOrder.endpoint)
    due = select(ErasureOrder.id).where(
        select(DestinationRow.id).where(same).exists(),
        ErasureOrder.done_at.is_(None),
        or_(ErasureOrder.checked_at.is_(None), ErasureOrder.checked_at < now - _AGAIN),
    )
    waiting = db.scalars(due.limit(_SHOWN)).all()
    db.rollback()
    for order_id in waiting:
        ask(db, order_id, secret_key=secret_key, now=now)
