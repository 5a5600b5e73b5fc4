"""Issuing a certificate, once, for a completed course."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from course.schema import Course
from tracker.certificates import queries
from tracker.certificates.codes import make_code
from tracker.certificates.models import Certificate, Form, ImportedCertificate
from tracker.certificates.words import swedish_day
from tracker.errors import TrackerError
from tracker.launch.completing import keep
from tracker.learners.models import Learner
from tracker.progress.models import CourseCompletion
from tracker.progress.queries import Overview, completion_of, overview
from tracker.registrations import services as registrations
from tracker.registrations.models import Registration

__all__ = ["NotComplete", "follow", "issue", "issue_for_imported"]


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
    db.expire(completion)
    completion = completion_of(db, learner, course)
    if completion is None:  # taken back at this moment, with the meeting that it came of
        raise NotComplete
    registration = db.get_one(Registration, completion.registration_id)
    found = queries.of_learner(db, learner, course)
    if found is not None:
        return found
    certificate = Certificate(
        code=make_code(), registration=registration, course=_described(course, completion), issued_at=now
    )
    _copy(db, certificate, learner, course, completion)
    db.add(certificate)
    db.flush()
    return certificate


def issue_for_imported(db: Session, learner: Learner, registration_id: UUID, *, now: datetime) -> ImportedCertificate:
    """The learner's certificate for a course made by others, by its registration; a new one the first time.

    :raises NotComplete: also when it is somebody else's.
    """
    completion = keep(db, learner, registration_id)
    if completion is None:
        raise NotComplete
    found = queries.of_completion(db, registration_id)
    if found is None:
        found = ImportedCertificate(code=make_code(), completion=completion, issued_at=now)
        db.add(found)
        db.flush()
    return found


def follow(db: Session, learner: Learner, course: Course) -> int:
    """After a meeting of a study circle was corrected: a certificate for our course says what is true now, or is gone.

    It keeps its code, so the paper in somebody's drawer can still be checked. Returns how many were taken away.
    """
    completion = completion_of(db, learner, course)
    gone = 0
    for certificate in queries.all_of_learner(db, learner, course):
        own = db.get(CourseCompletion, certificate.registration_id)
        if own is None and completion is not None and queries.of_registration(db, completion.registration_id) is None:
            certificate.registration_id = completion.registration_id
            own = completion
        if own is None:
            db.delete(certificate)
            gone += 1
        else:
            _copy(db, certificate, learner, course, own)
        db.flush()
    return gone


def _copy(
    db: Session, certificate: Certificate, learner: Learner, course: Course, completion: CourseCompletion
) -> None:
    certificate.course_version = completion.course_version
    certificate.form = _form(overview(db, learner, course), course)
    certificate.completed_on = swedish_day(completion.completed_at)
    certificate.lesson_count = completion.lesson_count
    certificate.minutes = completion.minutes


def _form(done: Overview, course: Course) -> Form:
    """Optional lessons don't matter here either."""
    core = {lesson.id for lesson in course.core_lessons} & done.lessons_done
    in_group = core & done.lessons_in_group
    if not in_group:
        return Form.ALONE
    return Form.GROUP if in_group == core else Form.BOTH


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
