"""Read-only: the list of organisations that a learner can choose from."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.learners.models import Organisation

__all__ = ["organisations"]


def organisations(db: Session) -> Sequence[Organisation]:
    return db.scalars(select(Organisation).order_by(Organisation.name)).all()
