"""What a step completes: the lesson, its module, the course. Each is recorded once, at the moment it becomes so."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.completion import completed_modules, course_complete, lesson_complete
from course.schema import Course, Lesson, Module
from tracker.learners.models import Learner
from tracker.learning.desk import Desk
from tracker.progress.models import ActivityResult
from tracker.progress.queries import Overview, overview
from tracker.registrations import services as registrations
from tracker.registrations.models import Registration

__all__ = ["Completed", "complete", "complete_done_alone", "complete_together", "done_alone"]


@dataclass(frozen=True)
class Completed:
    """What was completed just now."""

    lesson: bool
    course: bool


def complete(db: Session, desk: Desk, lesson: Lesson | None) -> Completed:
    """Record the lesson, the modules and the course that are complete now and were not before.

    Without a lesson: what two registrations together complete, after two accounts were joined.
    """
    before = _take_turn(db, desk)
    lessons = []
    if lesson is not None and lesson.id not in before.lessons_done and _done_alone(db, desk, lesson):
        lessons.append(lesson)
    return _record(db, desk, before, lessons)


def complete_together(db: Session, desk: Desk, lessons: Sequence[Lesson]) -> Completed:
    """Record what a group did at a meeting with this learner.

    A lesson that was done before is recorded too: it has now been done twice, and stays done if one is taken back.
    """
    return _record(db, desk, _take_turn(db, desk), lessons)


def complete_done_alone(db: Session, desk: Desk) -> Completed:
    """After a meeting was corrected: the lessons it no longer gives, but for which everything was handed in alone."""
    return _record(db, desk, _take_turn(db, desk), done_alone(db, desk))


def done_alone(db: Session, desk: Desk) -> list[Lesson]:
    """Lessons for which everything has been handed in, and which don't stand as complete."""
    now = overview(db, desk.registration.learner, desk.course)
    open_ones = now.lessons_started - now.lessons_done
    return [lesson for lesson in desk.course.lessons if lesson.id in open_ones and _done_alone(db, desk, lesson)]


def _take_turn(db: Session, desk: Desk) -> Overview:
    registrations.lock(db, desk.registration)
    db.flush()
    return overview(db, desk.registration.learner, desk.course)


def _record(db: Session, desk: Desk, before: Overview, lessons: Sequence[Lesson]) -> Completed:
    course, writer = desk.course, desk.writer
    done = before.lessons_done | {lesson.id for lesson in lessons}
    statements: list[dict[str, Any]] = [writer.completed_lesson(lesson) for lesson in lessons]
    core = {one.id for one in course.core_lessons}
    come_further = [lesson for lesson in lessons if lesson.id in core - before.lessons_done]
    if come_further:
        statements.append(writer.progressed(come_further[-1], percent=round(100 * len(done & core) / len(core))))
    new_modules = sorted(completed_modules(course, done) - before.modules_done)
    statements += [_completed_module(db, desk, course.module(module_id)) for module_id in new_modules]
    course_done = before.completion is None and course_complete(course, done)
    if course_done:
        in_group = before.lessons_in_group | (done - before.lessons_done if desk.together else frozenset())
        minutes = _minutes(course, in_group)
        statements.append(desk.anew(db, lambda key: writer.completed_course(minutes=minutes, key=key)))
    desk.record(db, statements)
    return Completed(bool(done - before.lessons_done), course_done)


def _completed_module(db: Session, desk: Desk, module: Module) -> dict[str, Any]:
    return desk.anew(db, lambda key: desk.writer.completed_module(module, key=key))


def _minutes(course: Course, in_group: Collection[str]) -> int:
    """How long the course was: in a group each lesson takes longer."""
    together = [lesson.id in in_group for lesson in course.core_lessons]
    if all(together):
        return course.info.minutes_group
    if not any(together):
        return course.info.minutes_solo
    return sum(
        lesson.info.minutes.group if lesson.id in in_group else lesson.info.minutes.solo
        for lesson in course.core_lessons
    )


def _done_alone(db: Session, desk: Desk, lesson: Lesson) -> bool:
    return lesson_complete(lesson, _submitted(db, desk.registration.learner, desk.course, lesson))


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
