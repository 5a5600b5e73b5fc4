"""What a step completes: the lesson, its module, the course. Each is recorded once, at the moment it becomes so."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.completion import completed_modules, course_complete, lesson_complete
from course.schema import Course, Lesson
from tracker.learners.models import Learner
from tracker.learning.desk import Desk
from tracker.progress.models import ActivityResult
from tracker.progress.queries import overview
from tracker.registrations import services as registrations
from tracker.registrations.models import Registration

__all__ = ["Completed", "complete"]


@dataclass(frozen=True)
class Completed:
    """What was completed just now."""

    lesson: bool
    course: bool


def complete(db: Session, desk: Desk, lesson: Lesson | None) -> Completed:
    """Record the lesson, the modules and the course that are complete now and were not before.

    Without a lesson: what two registrations together complete, after two accounts were joined.
    """
    registrations.lock(db, desk.registration)
    db.flush()
    course, learner = desk.course, desk.registration.learner
    before = overview(db, learner, course)
    done = set(before.lessons_done)
    statements: list[dict[str, Any]] = []
    if (
        lesson is not None
        and lesson.id not in done
        and lesson_complete(lesson, _submitted(db, learner, course, lesson))
    ):
        done.add(lesson.id)
        statements.append(desk.writer.completed_lesson(lesson))
        core = {one.id for one in course.core_lessons}
        if lesson.id in core:
            statements.append(desk.writer.progressed(lesson, percent=round(100 * len(done & core) / len(core))))
    new_modules = sorted(completed_modules(course, done) - before.modules_done)
    statements += [desk.writer.completed_module(course.module(module_id)) for module_id in new_modules]
    course_done = before.completion is None and course_complete(course, done)
    if course_done:
        statements.append(desk.writer.completed_course())
    desk.record(db, statements)
    return Completed(lesson is not None and lesson.id in done - before.lessons_done, course_done)


def _submitted(db: Session, learner: Learner, course: Course, lesson: Lesson) -> dict[str, bool | None]:
    """Activity id -> success, for what has been handed in over all the learner's registrations."""
    query = (
        select(ActivityResult.activity_id, ActivityResult.success)
        .join(Registration, Registration.id == ActivityResult.registration_id)
        .where(Registration.learner_id == learner.id, Registration.course_id == course.info.id)
        .where(ActivityResult.lesson_id == lesson.id)
    )
    found: dict[str, bool | None] = {}
    for activity_id, success in db.execute(query):
        found[activity_id] = success or found.get(activity_id)
    return found
