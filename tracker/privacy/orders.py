"""Orders of erasure to outside LRSs: asked about, and confirmed by an administrator or by the LRS's own answer."""

import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lrs_adapter.errors import LrsError
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.learners.models import Learner
from tracker.lrs_admin.services import connect_to
from tracker.privacy.models import ErasureOrder

__all__ = ["ask", "ask_all", "confirm", "order", "orders"]

_AGAIN: Final = timedelta(days=1)
_SHOWN: Final = 200


def orders(db: Session) -> Sequence[ErasureOrder]:
    """Those that wait first, then the latest of those that are done."""
    query = select(ErasureOrder).order_by(ErasureOrder.done_at.is_not(None), ErasureOrder.created_at.desc())
    return db.scalars(query.limit(_SHOWN)).all()


def order(db: Session, order_id: uuid.UUID, *, hold: bool = False) -> ErasureOrder | None:
    return db.get(ErasureOrder, order_id, with_for_update=hold)


def confirm(db: Session, one: ErasureOrder, *, by: Learner | None, now: datetime) -> None:
    """The second time changes nothing. ``by`` None: the LRS has answered that it has nothing left."""
    if one.done_at is not None:
        return
    one.done_at, one.done_by, one.agents = now, by.id if by is not None else None, []
    audit.note(db, Action.ERASURE_CONFIRMED, by=by, now=now, target=f"outside-lrs:{one.destination_id}")


def ask(db: Session, order_id: uuid.UUID, *, secret_key: str, now: datetime) -> bool | None:
    """Has the outside LRS anything left of it? False: no, and the order is done. None: it does not tell. Commits.

    Nobody waits for our transaction while we wait for the answer.
    """
    one = db.get_one(ErasureOrder, order_id)
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
    due = select(ErasureOrder.id).where(
        ErasureOrder.done_at.is_(None),
        or_(ErasureOrder.checked_at.is_(None), ErasureOrder.checked_at < now - _AGAIN),
    )
    waiting = db.scalars(due.limit(_SHOWN)).all()
    db.rollback()
    for order_id in waiting:
        ask(db, order_id, secret_key=secret_key, now=now)
