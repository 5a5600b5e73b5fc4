"""Beginning the course, and taking turns at writing to a registration."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.learners.models import Learner
from tracker.registrations.models import Registration

__all__ = ["find", "lock", "of_learner", "register"]


def of_learner(db: Session, learner: Learner, course: Course) -> list[Registration]:
    """The oldest, which is the one in use, first."""
    query = select(Registration).where(Registration.learner_id == learner.id, Registration.course_id == course.info.id)
    return list(db.scalars(query.order_by(Registration.created_at, Registration.id)))


def find(db: Session, learner: Learner, course: Course) -> Registration | None:
    return next(iter(of_learner(db, learner, course)), None)


def register(db: Session, learner: Learner, course: Course, *, now: datetime) -> Registration:
    """The learner's registration for the course; a new one where there is none."""
    # Locked, so that two tabs that begin at once get the same one.
    db.execute(select(Learner.id).where(Learner.id == learner.id).with_for_update())
    found = find(db, learner, course)
    if found is not None:
        return found
    registration = Registration(
        id=uuid.uuid4(), learner=learner, account=learner.account, course_id=course.info.id, created_at=now
    )
    db.add(registration)
    db.flush()
    return registration


def lock(db: Session, registration: Registration) -> None:
    """One at a time writes to a registration: whoever comes second sees what the first has done."""
    db.execute(select(Registration.id).where(Registration.id == registration.id).with_for_update())
