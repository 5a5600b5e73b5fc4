"""What the group agrees on at a meeting: one answer together, in the shape that ``course.marking`` takes."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from course.marking import InvalidResponse, mark
from course.schema import (
    Activity,
    Cases,
    Choice,
    Course,
    KnowledgeCheck,
    Match,
    Matrix,
    Order,
    Quick,
    Scenario,
    Sort,
)
from tracker.errors import TrackerError
from tracker.groups.models import GroupAnswer, Meeting
from tracker.groups.programme import Slide, checked_questions
from tracker.groups.turns import take_turn_in_room, touch

__all__ = ["AnsweredMeanwhile", "answer", "answer_of", "answers_of", "is_handed_in"]


class AnsweredMeanwhile(TrackerError):
    """Another facilitator has written the group's answer since this one looked."""


def answers_of(meeting: Meeting) -> dict[tuple[str, str], Any]:
    return {(one.lesson_id, one.activity_id): one.response for one in meeting.answers}


def answer(
    db: Session,
    meeting: Meeting,
    course: Course,
    slide: Slide,
    given: list[str],
    *,
    sentence: str | None = None,
    revision: int,
    now: datetime,
) -> GroupAnswer:
    """Write down the group's answer to the question of a slide.

    :param given: ids of options; for an activity to put in order, all ids in their order.
    :param revision: of the answer that the facilitator saw, 0 when there was none.
    :raises AnsweredMeanwhile:
    :raises InvalidResponse: for ids that the activity does not have.
    :raises MeetingClosed:
    :raises NotOpen:
    """
    take_turn_in_room(db, meeting)
    assert slide.lesson_id
    assert slide.activity_id
    activity = course.lesson(slide.lesson_id).activities["sv"][slide.activity_id]
    row = answer_of(meeting, slide.lesson_id, slide.activity_id)
    if (row.revision if row else 0) != revision:
        raise AnsweredMeanwhile
    if row is None:
        row = GroupAnswer(
            lesson_id=slide.lesson_id, activity_id=slide.activity_id, response=None, revision=0, updated_at=now
        )
        meeting.answers.append(row)
    if given or sentence is None:
        response = _answered(activity, row.response, slide.item_id, given)
        mark(activity, response, drawn=_drawn(activity, meeting))
        row.response = response
    if sentence is not None:
        row.sentence = sentence if meeting.group.keeps_texts and sentence else None
    row.revision += 1
    row.updated_at = now
    touch(db, meeting)
    return row


def _answered(activity: Activity, before: Any, item: str | None, given: list[str]) -> Any:
    one = given[0] if given else None
    match activity:
        case Sort() | Match() | Matrix() | Cases() | Quick():
            placed = dict(before or {})
            if one is None or item is None:
                raise InvalidResponse("$", "nothing was chosen")
            return placed | {item: one}
        case Scenario():
            path = [list(step) for step in (before or {}).get("path", [])]
            place = next((number for number, step in enumerate(path) if step[0] == item), len(path))
            return {"path": [*path[:place], [item, one]]}
        case KnowledgeCheck():
            return dict(before or {}) | {item: given}
        case Choice():
            return one
        case Order():
            return given
    return None


def is_handed_in(activity: Activity, response: Any, meeting: Meeting) -> bool:
    """Answered to the end; a knowledge check is also to be passed."""
    try:
        marked = mark(activity, response, drawn=_drawn(activity, meeting))
    except InvalidResponse:
        return False
    return marked.complete and (not isinstance(activity, KnowledgeCheck) or bool(marked.success))


def _drawn(activity: Activity, meeting: Meeting) -> tuple[str, ...] | None:
    return checked_questions(activity, str(meeting.id)) if isinstance(activity, KnowledgeCheck) else None


def answer_of(meeting: Meeting, lesson_id: str, activity_id: str) -> GroupAnswer | None:
    return next((one for one in meeting.answers if (one.lesson_id, one.activity_id) == (lesson_id, activity_id)), None)
