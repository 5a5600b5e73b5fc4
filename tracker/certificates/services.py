"""Issuing a certificate, once, for a completed course."""

from datetime import datetime
from typing import Any

from babel.dates import get_timezone
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.certificates import queries
from tracker.certificates.codes import make_code
from tracker.certificates.models import Certificate, Form
from tracker.errors import TrackerError
from tracker.learners.models import Learner
from tracker.progress.models import CourseCompletion
from tracker.progress.queries import completion_of
from tracker.registrations import services as registrations
from tracker.registrations.models import Registration

__all__ = ["NotComplete", "issue"]


class NotComplete(TrackerError):
    """The course has not been completed."""


def issue(db: Session, learner: Learner, course: Course, *, now: datetime) -> Certificate:
    """The learner's certificate; a new one the first time.

    It copies what was true at the completion. The name is not copied: see ``Certificate``.

    :raises NotComplete:
    """
    completion = completion_of(db, learner, course)
    if completion is None:
        raise NotComplete
    registration = db.get_one(Registration, completion.registration_id)
    registrations.lock(db, registration)  # of two presses of the button the second finds what the first has made
    found = queries.of_learner(db, learner, course)
    if found is not None:
        return found
    certificate = Certificate(
        code=make_code(),
        registration=registration,
        course=_described(course, completion),
        course_version=completion.course_version,
        form=Form.ALONE,
        completed_on=completion.completed_at.astimezone(get_timezone("Europe/Stockholm")).date(),
        lesson_count=completion.lesson_count,
        minutes=completion.minutes,
        issued_at=now,
    )
    db.add(certificate)
    db.flush()
    return certificate


def _described(course: Course, completion: CourseCompletion) -> dict[str, Any]:
    """Titles and goals; no goals when the course has a new version since, which may have others."""
    same = course.info.version == completion.course_version
    return {
        "title": dict(course.info.title),
        "subtitle": dict(course.info.subtitle),
        "goals": {
            language: [goal.text[language] for goal in course.info.goals] if same else []
            for language in course.info.languages
        },
    }
