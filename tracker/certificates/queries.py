"""Read-only: a learner's certificate, and the one with a code."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.certificates.models import Certificate
from tracker.learners.models import Learner
from tracker.registrations.models import Registration

__all__ = ["by_code", "of_learner"]


def of_learner(db: Session, learner: Learner, course: Course) -> Certificate | None:
    """The first one: there can be two where a guest with a certificate joined an account with one. Both stay valid."""
    query = (
        select(Certificate)
        .join(Certificate.registration)
        .where(Registration.learner_id == learner.id, Registration.course_id == course.info.id)
        .order_by(Certificate.issued_at, Certificate.code)
    )
    return db.scalars(query).first()


def by_code(db: Session, code: str) -> Certificate | None:
    return db.get(Certificate, code)
