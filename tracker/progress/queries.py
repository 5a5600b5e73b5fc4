"""What has been done: read-only, for one learner over all registrations of the course."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.learners.models import Learner
from tracker.progress.models import ActivityResult, CourseCompletion, LessonProgress, ModuleProgress
from tracker.registrations.models import Registration

__all__ = ["Overview", "completion_of", "overview"]


@dataclass(frozen=True, slots=True)
class Overview:
    lessons_started: frozenset[str]
    lessons_done: frozenset[str]
    lessons_in_group: frozenset[str]
    """Of those that are done: the ones that were first done at a meeting."""
    modules_done: frozenset[str]
    checks_passed: frozenset[tuple[str, str]]
    """(lesson id, activity id) of the knowledge checks that have been passed."""
    minutes_left: int
    completion: CourseCompletion | None
    """The first completion, frozen with the version of its day."""

    @property
    def course_done(self) -> bool:
        return self.completion is not None


def _registrations(learner: Learner, course: Course):  # type: ignore[no-untyped-def]  # a SQLAlchemy subquery
    return select(Registration.id).where(
        Registration.learner_id == learner.id, Registration.course_id == course.info.id
    )


def completion_of(db: Session, learner: Learner, course: Course) -> CourseCompletion | None:
    query = select(CourseCompletion).where(CourseCompletion.registration_id.in_(_registrations(learner, course)))
    return db.scalars(query.order_by(CourseCompletion.completed_at)).first()


def overview(db: Session, learner: Learner | None, course: Course) -> Overview:
    """Of nobody: nothing started, everything left."""
    started: dict[str, datetime | None] = {}
    at_meeting: dict[str, bool] = {}
    modules: set[str] = set()
    passed: set[tuple[str, str]] = set()
    completion = None
    if learner is not None:
        mine = _registrations(learner, course)
        for lesson_id, completed_at, meeting_id in db.execute(
            select(LessonProgress.lesson_id, LessonProgress.completed_at, LessonProgress.meeting_id).where(
                LessonProgress.registration_id.in_(mine)
            )
        ):
            earlier = started.get(lesson_id)
            if completed_at is not None and (earlier is None or completed_at < earlier):
                earlier, at_meeting[lesson_id] = completed_at, meeting_id is not None
            started[lesson_id] = earlier
        modules = set(
            db.scalars(
                select(ModuleProgress.module_id).where(
                    ModuleProgress.registration_id.in_(mine), ModuleProgress.completed_at.is_not(None)
                )
            )
        )
        passed = {
            (lesson_id, activity_id)
            for lesson_id, activity_id in db.execute(
                select(ActivityResult.lesson_id, ActivityResult.activity_id).where(
                    ActivityResult.registration_id.in_(mine), ActivityResult.success.is_(True)
                )
            )
        }
        completion = completion_of(db, learner, course)
    done = frozenset(lesson_id for lesson_id, completed_at in started.items() if completed_at is not None)
    return Overview(
        lessons_started=frozenset(started),
        lessons_done=done,
        lessons_in_group=frozenset(lesson_id for lesson_id in done if at_meeting[lesson_id]),
        modules_done=frozenset(modules),
        checks_passed=frozenset(passed),
        minutes_left=sum(lesson.info.minutes.solo for lesson in course.core_lessons if lesson.id not in done),
        completion=completion,
    )
