"""Read-only: a learner's certificate, and the one with a code."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.certificates.models import Certificate
from tracker.learners.models import Learner
from tracker.registrations.models import Registration

__all__ = ["all_of_learner", "by_code", "of_learner", "of_registration"]


def of_learner(db: Session, learner: Learner, course: Course) -> Certificate | None:
    """The first one: there can be two where a guest with a certificate joined an account with one. Both stay valid."""
    return next(iter(all_of_learner(db, learner, course)), None)


def all_of_learner(db: Session, learner: Learner, course: Course) -> list[Certificate]:
    query = (
        select(Certificate)
        .join(Certificate.registration)
        .where(Registration.learner_id == learner.id, Registration.course_id == course.info.id)
        .order_by(Certificate.issued_at, Certificate.code)
    )
    return list(db.scalars(query))


def of_registration(db: Session, registration_id: uuid.UUID) -> Certificate | None:
    return db.scalar(select(Certificate).where(Certificate.registration_id == registration_id))


def by_code(db: Session, code: str) -> Certificate | None:
    return db.get(Certificate, code)
