"""Read-only: the list of organisations that a learner can choose from."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.learners.models import Organisation
from tracker.sorting import swedish

__all__ = ["organisations"]


def organisations(db: Session) -> Sequence[Organisation]:
    return sorted(db.scalars(select(Organisation)), key=lambda organisation: swedish(organisation.name))
