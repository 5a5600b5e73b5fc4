"""Who takes which imported course."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from lrs_adapter.statements import Account
from tracker.errors import TrackerError
from tracker.launch.models import ImportedCourse, LaunchRegistration
from tracker.launch.satisfying import lock, tell_satisfied
from tracker.launch.statements import Names
from tracker.learners.models import Learner
from tracker.registrations.models import Registration

__all__ = ["RegistrationConflict", "of_learner", "register", "register_learner"]


class RegistrationConflict(TrackerError):
    """The registration belongs to another course or another actor."""


def register(
    db: Session,
    course: ImportedCourse,
    *,
    account: Account,
    base_url: str,
    now: datetime,
    registration_id: UUID | None = None,
    learner: Learner | None = None,
) -> LaunchRegistration:
    """The registration with this id, made where there is none, and locked. What is satisfied from the beginning is told
    (cmi5 9.6.1).

    :raises RegistrationConflict:
    """
    if registration_id is not None:
        # So that two first launches under one id are one after the other.
        db.execute(select(ImportedCourse.id).where(ImportedCourse.id == course.id).with_for_update())
        if (found := lock(db, registration_id)) is not None:
            if found.course_id != course.id or found.account != account:
                raise RegistrationConflict
            return found
        if db.get(Registration, registration_id) is not None:
            raise RegistrationConflict
    registration = LaunchRegistration(
        id=registration_id or uuid4(),
        course=course,
        version=course.current,
        learner=learner or _known(db, account, base_url),
        actor_home_page=account.home_page,
        actor_name=account.name,
        created_at=now,
    )
    db.add(registration)
    db.flush()
    tell_satisfied(db, registration, Names(base_url, course.id), session_id=uuid4(), now=now)
    return registration


def _known(db: Session, account: Account, base_url: str) -> Learner | None:
    """Another system may launch for one of our learners, by the account that our Statements carry."""
    try:
        ours = UUID(account.name) if account.home_page == base_url else None
    except ValueError:
        return None
    return None if ours is None else db.scalars(select(Learner).where(Learner.account == ours)).first()


def register_learner(
    db: Session, course: ImportedCourse, learner: Learner, *, base_url: str, now: datetime
) -> LaunchRegistration:
    """The learner's registration for the course; a new one where there is none."""
    # Locked, so that two tabs that begin at once get the same one.
    db.execute(select(Learner.id).where(Learner.id == learner.id).with_for_update())
    if (found := of_learner(db, course.id, learner)) is not None:
        lock(db, found.id)
        return found
    account = Account(base_url, str(learner.account))
    return register(db, course, account=account, base_url=base_url, now=now, learner=learner)


def of_learner(db: Session, course_id: UUID, learner: Learner) -> LaunchRegistration | None:
    """After two accounts were joined there can be several: one that is complete before the oldest."""
    query = (
        select(LaunchRegistration)
        .where(LaunchRegistration.learner_id == learner.id, LaunchRegistration.course_id == course_id)
        .order_by(
            LaunchRegistration.satisfied_at.is_(None),
            LaunchRegistration.satisfied_at,
            LaunchRegistration.created_at,
            LaunchRegistration.id,
        )
    )
    return db.scalars(query).first()
