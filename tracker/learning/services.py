"""Opening a lesson, keeping what is begun, trying again.

Each function takes its turn at the registration first, so of two tabs or a double click one comes after the other and
sees what the first has done.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.completion import opening_is_enough
from course.schema import Language, Lesson
from lrs_adapter.store import get_statement
from tracker.errors import TrackerError
from tracker.learners.models import Learner
from tracker.learning.completing import complete
from tracker.learning.desk import Desk, Recorder, sit_down
from tracker.learning.models import ActivityState, Position
from tracker.progress.models import LessonProgress
from tracker.registrations import services as registrations

__all__ = [
    "AlreadyHandedIn",
    "is_new_place",
    "keep",
    "mark_read",
    "open_lesson",
    "position_of",
    "recheck",
    "state_of",
    "states_of",
    "try_again",
    "turn",
]


class AlreadyHandedIn(TrackerError):
    """This try was handed in before, from another tab or by a double click. ``state`` holds what was answered then."""

    def __init__(self, state: ActivityState) -> None:
        super().__init__("already handed in")
        self.state = state


# ---------------------------------------------------------------- a lesson


def is_new_place(db: Session, desk: Desk, lesson: Lesson) -> bool:
    """Is there something to record when this lesson is opened? Asked before a page view begins to write."""
    position = db.get(Position, desk.registration.id)
    return position is None or position.lesson_id != lesson.id or not _started(db, desk, lesson)


def open_lesson(db: Session, desk: Desk, lesson: Lesson) -> None:
    """Remember where the learner is; the first time, record that the lesson was begun."""
    registrations.lock(db, desk.registration)
    _remember(db, desk, lesson)
    if not _started(db, desk, lesson):
        desk.record(db, [desk.writer.initialized(lesson)])
        if opening_is_enough(lesson):
            complete(db, desk, lesson)


def _started(db: Session, desk: Desk, lesson: Lesson) -> bool:
    row = db.get(LessonProgress, (desk.registration.id, lesson.id))
    if row is None:
        return False
    # Done with a group is not opened: whoever does it alone too keeps it if the meeting is corrected.
    return row.meeting_id is None or get_statement(db, uuid.UUID(desk.writer.initialized(lesson)["id"])) is not None


def _remember(db: Session, desk: Desk, lesson: Lesson, activity_id: str | None = None) -> None:
    position = db.get(Position, desk.registration.id)
    if position is None:
        position = Position(registration_id=desk.registration.id, lesson_id=lesson.id)
        db.add(position)
    position.lesson_id, position.activity_id, position.updated_at = lesson.id, activity_id, desk.now
    db.flush()


def position_of(db: Session, desk: Desk) -> Position | None:
    return db.get(Position, desk.registration.id)


# ---------------------------------------------------------------- what is begun


def state_of(db: Session, registration_id: uuid.UUID, lesson_id: str, activity_id: str) -> ActivityState | None:
    return db.get(ActivityState, (registration_id, lesson_id, activity_id))


def states_of(db: Session, registration_id: uuid.UUID, lesson_id: str) -> dict[str, ActivityState]:
    """Activity id -> state, for a page that shows them all."""
    query = select(ActivityState).where(
        ActivityState.registration_id == registration_id, ActivityState.lesson_id == lesson_id
    )
    return {state.activity_id: state for state in db.scalars(query)}


def keep(
    db: Session, desk: Desk, lesson: Lesson, activity_id: str, data: dict[str, Any], *, attempt: int
) -> ActivityState:
    """Save what is begun. Nothing is recorded until it is handed in.

    :raises AlreadyHandedIn: when this try was handed in meanwhile.
    """
    state = turn(db, desk, lesson, activity_id, attempt=attempt)
    state.data = data
    db.flush()
    return state


def try_again(db: Session, desk: Desk, lesson: Lesson, activity_id: str, *, attempt: int) -> ActivityState:
    """Begin the next try. ``attempt`` is the one that was handed in; a second click changes nothing."""
    registrations.lock(db, desk.registration)
    state = db.get(ActivityState, (desk.registration.id, lesson.id, activity_id), populate_existing=True)
    if state is not None and state.submitted and state.attempt == attempt:
        # Which questions have been seen is remembered, so that a new try brings others.
        state.data = {name: value for name, value in state.data.items() if name == "seen"}
        state.attempt, state.submitted, state.updated_at = attempt + 1, False, desk.now
    db.flush()
    return state or turn(db, desk, lesson, activity_id, attempt=attempt)


def turn(db: Session, desk: Desk, lesson: Lesson, activity_id: str, *, attempt: int) -> ActivityState:
    """The state of an activity, to be changed now: whoever comes second waits here.

    A form that was loaded before the latest try began brings an older number; its answer belongs to that try.

    :raises AlreadyHandedIn: when the try ``attempt`` was handed in before.
    :raises KeyError: when the lesson has no such activity.
    """
    if activity_id not in lesson.info.activities:
        raise KeyError(activity_id)
    registrations.lock(db, desk.registration)
    state = db.get(ActivityState, (desk.registration.id, lesson.id, activity_id), populate_existing=True)
    if state is None:
        state = ActivityState(
            registration_id=desk.registration.id,
            lesson_id=lesson.id,
            activity_id=activity_id,
            attempt=1,
            submitted=False,
            data={},
        )
        db.add(state)
    elif state.submitted or attempt < state.attempt:
        raise AlreadyHandedIn(state)
    state.updated_at = desk.now
    _remember(db, desk, lesson, activity_id)
    return state


def recheck(db: Session, learner: Learner, recorder: Recorder, *, language: Language, now: datetime) -> bool:
    """After two accounts were joined: record what the two halves together complete. True: the course, now."""
    desk = sit_down(db, learner, recorder, language=language, now=now)
    return desk is not None and complete(db, desk, None).course


def mark_read(db: Session, desk: Desk, lesson: Lesson) -> bool:
    """The learner says that a lesson with nothing to hand in has been read. True: it was completed now."""
    return complete(db, desk, lesson).lesson
