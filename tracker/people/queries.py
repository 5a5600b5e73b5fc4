"""Lists of people, as far as whoever asks may see them. Read-only."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from tracker.learners.models import Learner, SignIn, StaffRole

__all__ = ["PAGE", "administrators", "how_many_sign_ins", "people", "person"]

PAGE = 50


def people(
    db: Session,
    *,
    among: frozenset[int] | None,
    containing: str = "",
    role: StaffRole | None = None,
    after: str = "",
    with_demo: bool,
) -> tuple[Sequence[Learner], str | None]:
    """A page of accounts in the order of their addresses, and the address after which the next page begins.

    :param among: ids of organisations, as ``tracker.learners.scope`` gives them; None for all.
    """
    query = select(Learner).where(Learner.email.is_not(None), Learner.email > after).order_by(Learner.email)
    if among is not None:
        query = query.where(Learner.organisation_id.in_(among))
    if not with_demo:
        query = query.where(~Learner.is_demo)
    if role is not None:
        query = query.where(Learner.staff_role == role)
    if words := " ".join(containing.split()):
        named = func.lower(Learner.name).contains(words.lower(), autoescape=True)
        query = query.where(or_(Learner.email.contains(words.lower(), autoescape=True), named))
    found = db.scalars(query.options(joinedload(Learner.staff_organisation)).limit(PAGE + 1)).all()
    return found[:PAGE], found[PAGE - 1].email if len(found) > PAGE else None


def person(db: Session, learner_id: int, *, among: frozenset[int] | None) -> Learner | None:
    """An account that may be seen, as it is now; another one is as if it did not exist."""
    query = select(Learner).where(Learner.id == learner_id, Learner.email.is_not(None))
    if among is not None:
        query = query.where(Learner.organisation_id.in_(among))
    found: Learner | None = db.scalar(query.execution_options(populate_existing=True))
    return found


def administrators(db: Session) -> int:
    """How many can sign in."""
    query = select(func.count()).where(Learner.staff_role == StaffRole.ADMINISTRATOR, Learner.deactivated_at.is_(None))
    return db.scalar(query) or 0


def how_many_sign_ins(db: Session, learner: Learner) -> int:
    return db.scalar(select(func.count()).where(SignIn.learner_id == learner.id)) or 0
