"""Leading a meeting: open it, move the room on, choose what the shared screen shows.

Every change is counted in the meeting's revision, which is what the devices in the room follow.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from course.completion import has_check
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
from tracker.groups.access import GroupEnded
from tracker.groups.agreeing import answer_of, answers_of, is_handed_in
from tracker.groups.models import (
    Group,
    GroupAnswer,
    LessonHeld,
    Meeting,
    MeetingChange,
    Member,
    Pacing,
)
from tracker.groups.programme import (
    Kind,
    Programme,
    Slide,
    enough_shown,
    following,
    preceding,
    programme,
)
from tracker.groups.services import lock
from tracker.groups.turns import take_turn, take_turn_in_room, touch

__all__ = ["AnotherIsOpen", "StalePress", "move", "open_meeting", "programme_of", "show"]

CODE_LASTS = timedelta(hours=12)
_CONTENT = {Kind.TITLE, Kind.TEXT, Kind.QUESTION, Kind.WRITE, Kind.LIST}


class AnotherIsOpen(TrackerError):
    """A group sits in one meeting at a time. One that is put right meanwhile is not sat in."""


class StalePress(TrackerError):
    """The room has moved on since this button was shown: a second press, or another facilitator's."""


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

    :raises GroupEnded:
    :raises MeetingClosed:
    :raises AnotherIsOpen:
    """
    group: Group = meeting.group
    lock(db, group)  # of two meetings that are opened at once one is first
    if group.ended_at is not None:
        raise GroupEnded
    take_turn(db, meeting)
    if meeting.opened_at is not None:
        return
    _only_one(group)
    meeting.opened_at = meeting.held_from = now
    meeting.slide, meeting.screen = "start", "code"
    if group.join_code is not None:
        group.code_expires_at = max(group.code_expires_at or now, now + CODE_LASTS)
    db.add(MeetingChange(meeting_id=meeting.id, at=now, member_id=by.id, what="opened", details={}))
    touch(db, meeting)


def move(
    db: Session, meeting: Meeting, course: Course, shown: Programme, *, seen: str, to: str, now: datetime
) -> Slide:
    """
    :param seen: the slide that the facilitator saw when pressing.
    :param to: ``next``, ``back``, or the key of a slide, which leads to the same place wherever the room is.
    :raises StalePress: of the first two, and nothing is moved.
    :raises MeetingClosed:
    :raises NotOpen:
    """
    take_turn_in_room(db, meeting)
    if to in {"next", "back"} and meeting.slide != seen:
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
    if meeting.is_corrected:
        # The leader leafs through it; what was done, and when, is what it was.
        touch(db, meeting)
        return there
    meeting.screen = "break" if there.kind is Kind.BREAK else "slide"
    _keep_lessons(meeting, course, shown, here, there, by_next=to == "next", now=now)
    touch(db, meeting)
    return there


def show(db: Session, meeting: Meeting, *, screen: str | None = None, votes: bool | None = None) -> None:
    """What the shared screen shows besides: the code, and how the votes fell.

    :raises MeetingClosed:
    :raises NotOpen:
    :raises AnotherIsOpen: of a meeting that is put right, while the group sits in another.
    """
    if screen is not None and meeting.is_corrected:
        lock(db, meeting.group)
    take_turn_in_room(db, meeting)
    if screen is not None:
        if meeting.is_corrected:
            _only_one(meeting.group)
        meeting.screen = screen
    if votes is not None:
        meeting.shows_votes = votes
    touch(db, meeting)


def _only_one(group: Group) -> None:
    if any(one.is_live for one in group.meetings):
        raise AnotherIsOpen


# ---------------------------------------------------------------- lessons


def _keep_lessons(
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
    if _has_no_response(activity) and answer_of(meeting, slide.lesson_id, slide.activity_id) is None:
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
