"""Read-only: a learner's certificates, and the one with a code."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.certificates.models import Certificate, ImportedCertificate
from tracker.launch.completing import completions
from tracker.launch.models import ImportedCompletion
from tracker.learners.models import Learner
from tracker.registrations.models import Registration

__all__ = [
    "all_of_learner",
    "by_code",
    "imported_by_code",
    "imported_of_learner",
    "of_completion",
    "of_learner",
    "of_registration",
]


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


def imported_by_code(db: Session, code: str) -> ImportedCertificate | None:
    return db.get(ImportedCertificate, code)


def of_completion(db: Session, registration_id: uuid.UUID) -> ImportedCertificate | None:
    return db.scalar(select(ImportedCertificate).where(ImportedCertificate.completion_id == registration_id))


def imported_of_learner(db: Session, learner: Learner) -> list[tuple[ImportedCompletion, ImportedCertificate | None]]:
    """Each course made by others that the learner has completed, with its certificate where one is made.

    Of a course that two joined halves both completed, those with a certificate; where there is none, the first.
    """
    rows = [(one, of_completion(db, one.registration_id)) for one in completions(db, learner)]
    certified = {one.course_id for one, certificate in rows if certificate is not None}
    found = []
    for one, certificate in rows:
        if certificate is not None or one.course_id not in certified:
            certified.add(one.course_id)
            found.append((one, certificate))
    return found
