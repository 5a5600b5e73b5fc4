"""Leading a meeting: open it, move the room on, tick who is there, write down what the group agrees on.

Every change is counted in the meeting's revision, which is what the devices in the room follow.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.completion import has_check
from course.marking import InvalidResponse, mark
from course.schema import (
    Activity,
    Cases,
    Choice,
    Course,
    KnowledgeCheck,
    Language,
    Match,
    Matrix,
    Order,
    Quick,
    Scenario,
    Sort,
)
from tracker.errors import TrackerError
from tracker.groups.models import (
    Attendance,
    Group,
    GroupAnswer,
    LessonHeld,
    Meeting,
    MeetingChange,
    Member,
    Pacing,
    Presence,
)
from tracker.groups.programme import (
    Kind,
    Programme,
    Slide,
    checked_questions,
    enough_shown,
    following,
    preceding,
    programme,
)

__all__ = [
    "AnotherIsOpen",
    "AnsweredMeanwhile",
    "MeetingClosed",
    "NotOpen",
    "StalePress",
    "all_here",
    "answer",
    "answers_of",
    "is_handed_in",
    "move",
    "open_meeting",
    "programme_of",
    "show",
    "tick",
]

CODE_LASTS = timedelta(hours=12)
_CONTENT = {Kind.TITLE, Kind.TEXT, Kind.QUESTION, Kind.WRITE, Kind.LIST}


class MeetingClosed(TrackerError):
    """It is over; what is to be changed is corrected."""


class NotOpen(TrackerError):
    """Nobody has opened the meeting yet."""


class AnotherIsOpen(TrackerError):
    """A group sits in one meeting at a time."""


class StalePress(TrackerError):
    """The room has moved on since this button was shown: a second press, or another facilitator's."""


class AnsweredMeanwhile(TrackerError):
    """Another facilitator has written the group's answer since this one looked."""


def programme_of(db: Session, meeting: Meeting, course: Course, language: Language) -> Programme:
    left: list[str] = []
    if meeting.plan_id is None:
        held = select(LessonHeld.lesson_id).join(Meeting, Meeting.id == LessonHeld.meeting_id)
        done = set(
            db.scalars(held.where(Meeting.group_id == meeting.group_id, Meeting.id != meeting.id, LessonHeld.done))
        )
        left = [lesson.id for lesson in course.lessons if lesson.id not in done]
    is_long = meeting.group.pacing is Pacing.B
    return programme(course, meeting.plan_id, is_long=is_long, language=language, seed=str(meeting.id), left=left)


def open_meeting(db: Session, meeting: Meeting, by: Member, *, now: datetime) -> None:
    """The second press changes nothing.

    :raises MeetingClosed:
    :raises AnotherIsOpen:
    """
    _lock(db, meeting)
    if meeting.closed_at is not None:
        raise MeetingClosed
    if meeting.opened_at is not None:
        return
    group: Group = meeting.group
    if any(one.opened_at is not None and one.closed_at is None for one in group.meetings):
        raise AnotherIsOpen
    meeting.opened_at = meeting.held_from = now
    meeting.slide, meeting.screen = "start", "code"
    if group.join_code is not None:
        group.code_expires_at = max(group.code_expires_at or now, now + CODE_LASTS)
    meeting.revision += 1
    db.add(MeetingChange(meeting_id=meeting.id, at=now, member_id=by.id, what="opened", details={}))
    db.flush()


def move(
    db: Session, meeting: Meeting, course: Course, shown: Programme, *, seen: str, to: str, now: datetime
) -> Slide:
    """
    :param seen: the slide that the facilitator saw when pressing.
    :param to: ``next``, ``back``, or the key of a slide.
    :raises StalePress: and nothing is moved.
    :raises NotOpen:
    """
    _lock(db, meeting)
    _be_open(meeting)
    if meeting.slide != seen:
        raise StalePress
    here = shown.at(meeting.slide)
    answers = answers_of(meeting)
    if to == "next":
        there = following(course, shown, here.key, answers)
    elif to == "back":
        there = preceding(course, shown, here.key, answers)
    else:
        there = next((slide for slide in shown.slides if slide.key == to), None)
    if there is None:
        return here
    meeting.slide, meeting.shows_votes = there.key, False
    meeting.screen = "break" if there.kind is Kind.BREAK else "slide"
    meeting.revision += 1
    _keep_lessons(db, meeting, course, shown, here, there, by_next=to == "next", now=now)
    db.flush()
    return there


def show(db: Session, meeting: Meeting, *, screen: str | None = None, votes: bool | None = None) -> None:
    """What the shared screen shows besides: the code, and how the votes fell.

    :raises NotOpen:
    """
    _lock(db, meeting)
    _be_open(meeting)
    if screen is not None:
        meeting.screen = screen
    if votes is not None:
        meeting.shows_votes = votes
    meeting.revision += 1
    db.flush()


# ---------------------------------------------------------------- who is there


def tick(
    db: Session,
    meeting: Meeting,
    member: Member,
    *,
    here: bool | None = None,
    arrived: bool = False,
    left: bool = False,
    now: datetime,
) -> None:
    """One member is here, is not, came just now or leaves just now. Said twice it is the same.

    :raises NotOpen:
    """
    _lock(db, meeting)
    _be_open(meeting)
    row = next((one for one in meeting.attendance if one.member_id == member.id), None)
    if row is None:
        row = Attendance(member_id=member.id, presence=Presence.WHOLE, marked_at=now)
        meeting.attendance.append(row)
    if here is not None:
        row.presence = Presence.WHOLE if here else Presence.ABSENT
        row.arrived_at = row.left_at = None
    if arrived:
        row.arrived_at = now
    if left:
        row.left_at = now
    if row.arrived_at or row.left_at:
        row.presence = Presence.PART
    row.marked_at = now
    meeting.revision += 1
    db.flush()


def all_here(db: Session, meeting: Meeting, *, now: datetime) -> None:
    """Everybody who has not been marked as late or gone early.

    :raises NotOpen:
    """
    _lock(db, meeting)
    _be_open(meeting)
    rows = {row.member_id: row for row in meeting.attendance}
    for member in meeting.group.members:
        if member.removed_at is not None or member.approved_at is None:
            continue
        row = rows.get(member.id)
        if row is None:
            meeting.attendance.append(Attendance(member_id=member.id, presence=Presence.WHOLE, marked_at=now))
        elif row.presence is Presence.ABSENT:
            row.presence, row.marked_at = Presence.WHOLE, now
    meeting.revision += 1
    db.flush()


# ---------------------------------------------------------------- what the group agrees on


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
    :raises NotOpen:
    """
    _lock(db, meeting)
    _be_open(meeting)
    assert slide.lesson_id
    assert slide.activity_id
    activity = course.lesson(slide.lesson_id).activities["sv"][slide.activity_id]
    row = _row(meeting, slide.lesson_id, slide.activity_id)
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
    meeting.revision += 1
    db.flush()
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


def _row(meeting: Meeting, lesson_id: str, activity_id: str) -> GroupAnswer | None:
    return next((one for one in meeting.answers if (one.lesson_id, one.activity_id) == (lesson_id, activity_id)), None)


# ---------------------------------------------------------------- lessons


def _keep_lessons(
    db: Session,
    meeting: Meeting,
    course: Course,
    shown: Programme,
    here: Slide,
    there: Slide,
    *,
    by_next: bool,
    now: datetime,
) -> None:
    """Which lessons the room has come to, and which it seems to have done; the facilitator has the last word."""
    rows: dict[str, LessonHeld] = {row.lesson_id: row for row in meeting.lessons}
    old = here.lesson_id if here.kind in _CONTENT else None
    new = there.lesson_id if there.kind in _CONTENT else None
    if new is not None:
        if new not in rows:
            rows[new] = LessonHeld(lesson_id=new, started_at=now)
            meeting.lessons.append(rows[new])
        rows[new].finished_at = None
        _keep_shown(meeting, course, there, now)
        at_the_end = by_next and there is [slide for slide in shown.slides if slide.lesson_id == new][-1]
        _propose(rows[new], meeting, course, walked=at_the_end)
    if old is not None and old != new and old in rows:
        rows[old].finished_at = now
        _propose(rows[old], meeting, course, walked=by_next)


def _keep_shown(meeting: Meeting, course: Course, slide: Slide, now: datetime) -> None:
    """What is only talked about has been done when it has been on the screen: it gets an answer without a response."""
    if slide.lesson_id is None or slide.activity_id is None:
        return
    activity = course.lesson(slide.lesson_id).activities["sv"][slide.activity_id]
    if _has_no_response(activity) and _row(meeting, slide.lesson_id, slide.activity_id) is None:
        meeting.answers.append(
            GroupAnswer(
                lesson_id=slide.lesson_id, activity_id=slide.activity_id, response=None, revision=0, updated_at=now
            )
        )


def _has_no_response(activity: Activity) -> bool:
    return not isinstance(activity, Sort | Match | Matrix | Order | Scenario | Cases | Quick | Choice | KnowledgeCheck)


def _propose(row: LessonHeld, meeting: Meeting, course: Course, *, walked: bool) -> None:
    lesson = course.lesson(row.lesson_id)
    answers: Mapping[tuple[str, str], Any] = answers_of(meeting)
    handed_in = [
        name
        for name in lesson.required
        if (lesson.id, name) in answers
        and is_handed_in(lesson.activities["sv"][name], answers[lesson.id, name], meeting)
    ]
    row.done = row.done or enough_shown(lesson, handed_in) or (walked and not has_check(lesson))


def _lock(db: Session, meeting: Meeting) -> None:
    """Presses take turns on the meeting's row."""
    db.execute(select(Meeting.id).where(Meeting.id == meeting.id).with_for_update())
    db.refresh(meeting)
    for rows in ("attendance", "answers", "lessons"):
        db.expire(meeting, [rows])


def _be_open(meeting: Meeting) -> None:
    if meeting.closed_at is not None:
        raise MeetingClosed
    if meeting.opened_at is None:
        raise NotOpen
