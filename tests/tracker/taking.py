"""Taking the course without a browser, through the services that the pages use."""

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from course.schema import KnowledgeCheck, Lesson
from tracker.demo import take_lesson as take
from tracker.learners.models import Learner
from tracker.learning.desk import Recorder, begin
from tracker.learning.handing_in import answer_item, begin_paper
from tracker.learning.services import try_again

__all__ = ["fail_check", "recorder_of", "take_course", "take_lesson"]


def recorder_of(app: Flask) -> Recorder:
    recorder: Recorder = app.extensions["samverkan.recorder"]
    return recorder


def take_lesson(db: Session, app: Flask, learner: Learner, lesson_id: str, *, now: datetime) -> None:
    recorder = recorder_of(app)
    take(db, learner, recorder, recorder.course.lesson(lesson_id), now=now)


def take_course(db: Session, app: Flask, learner: Learner, *, now: datetime) -> datetime:
    """All core lessons, each as long as it is said to take. Returns when it was finished."""
    for lesson in recorder_of(app).course.core_lessons:
        take_lesson(db, app, learner, lesson.id, now=now)
        now += timedelta(minutes=lesson.info.minutes.solo)
    return now


def fail_check(db: Session, app: Flask, learner: Learner, *, now: datetime) -> None:
    """One try at the knowledge check with everything wrong, and ready for the next."""
    desk = begin(db, learner, recorder_of(app), language="sv", now=now)
    lesson, activity_id, check = _check(desk.course.lessons)
    wrong = {
        question.id: next(option.id for option in question.options if not option.right) for question in check.questions
    }
    state = begin_paper(db, desk, lesson, activity_id, attempt=1)
    for question_id in state.data["drawn"]:
        answer_item(db, desk, lesson, activity_id, question_id, [wrong[question_id]], attempt=1)
    try_again(db, desk, lesson, activity_id, attempt=1)


def _check(lessons: tuple[Lesson, ...]) -> tuple[Lesson, str, KnowledgeCheck]:
    for lesson in lessons:
        for activity_id, activity in lesson.activities["sv"].items():
            if isinstance(activity, KnowledgeCheck):
                return lesson, activity_id, activity
    raise AssertionError("the course has no knowledge check")
