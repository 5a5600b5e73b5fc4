"""The list of organisations. Read-only."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.learners.models import Learner, Organisation
from tracker.reports.blocks import THRESHOLD
from tracker.sorting import swedish

__all__ = ["how_many_chose", "organisations"]


def organisations(db: Session, *, containing: str = "", among: frozenset[int] | None = None) -> Sequence[Organisation]:
    """In alphabetical order; those whose name contains some letters, whatever the case.

    :param among: ids, as ``tracker.learners.scope`` gives them; None for all.
    """
    query = select(Organisation)
    if among is not None:
        query = query.where(Organisation.id.in_(among))
    if words := " ".join(containing.split()).casefold():
        query = query.where(Organisation.name_key.contains(words, autoescape=True))
    return sorted(db.scalars(query), key=lambda organisation: swedish(organisation.name))


def how_many_chose(db: Session, organisation: Organisation) -> int | None:
    """None: fewer than five."""
    count = db.scalar(select(func.count()).where(Learner.organisation_id == organisation.id)) or 0
    return count if count >= THRESHOLD else None
