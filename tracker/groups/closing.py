"""Closing a meeting credits everybody who was there; reopening it lets somebody put right what was wrong."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from course.completion import has_check
from course.schema import Course, KnowledgeCheck
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.errors import TrackerError
from tracker.groups.answers import ON_PAPER
from tracker.groups.attendance import roster
from tracker.groups.crediting import credit
from tracker.groups.models import (
    Attendance,
    Ballot,
    GroupAnswer,
    LessonHeld,
    Meeting,
    MeetingChange,
    Member,
    Presence,
)
from tracker.groups.pen import Outcome
from tracker.groups.turns import MeetingClosed, take_turn, touch
from tracker.learning.desk import Recorder

__all__ = ["Held", "MeetingOpen", "close", "reopen"]


class MeetingOpen(TrackerError):
    """It has not been closed, or somebody else has just reopened it."""


@dataclass(frozen=True)
class Held:
    """What the facilitator says about the meeting when it is closed.

    ``right``: of a knowledge check held on paper, how many answers were right; None where it was answered here.
    """

    begins: datetime
    ends: datetime
    break_minutes: int
    lessons: Collection[str]
    right: int | None = None
    on_paper: bool = False


def close(db: Session, meeting: Meeting, held: Held, *, by: Member, recorder: Recorder, now: datetime) -> Outcome:
    """Freeze who was there, credit them, throw the votes away. All of it, or nothing.

    :raises MeetingClosed: the second of two at once; nothing is done twice.
    """
    take_turn(db, meeting)
    before = _facts_of_last_closing(meeting)
    is_first = meeting.corrections == 0
    meeting.held_from, meeting.held_to, meeting.break_minutes = held.begins, held.ends, held.break_minutes
    meeting.opened_at = meeting.opened_at or held.begins
    meeting.on_paper = meeting.on_paper or held.on_paper
    _keep_lessons(meeting, recorder.course, held)
    _keep_check(meeting, recorder.course, held, now=now)
    _freeze(db, meeting, is_first=is_first, now=now)
    db.execute(delete(Ballot).where(Ballot.meeting_id == meeting.id))
    meeting.closed_at, meeting.shows_votes, meeting.screen = now, False, "slide"
    db.flush()
    rehearsal = meeting.group.is_rehearsal
    outcome = Outcome() if rehearsal else credit(db, meeting, recorder=recorder, by=by, now=now)
    _note(db, meeting, "closed" if is_first else "corrected", by, now, _details(before, _facts(meeting), outcome))
    touch(db, meeting)
    return outcome


def reopen(db: Session, meeting: Meeting, *, by: Member, now: datetime) -> None:
    """What was credited holds until the meeting is closed again; then only what differs is taken back or added.

    :raises MeetingOpen:
    """
    try:
        take_turn(db, meeting)
    except MeetingClosed:
        pass
    else:
        raise MeetingOpen
    # The room has gone home: phones and the shared screen do not go back to the last slide.
    meeting.closed_at, meeting.screen = None, "over"
    meeting.corrections += 1
    _note(db, meeting, "reopened", by, now, {})
    touch(db, meeting)


def _keep_lessons(meeting: Meeting, course: Course, held: Held) -> None:
    """A lesson that nobody has opened here is said to have been done in its turn, spread over the meeting."""
    rows = {row.lesson_id: row for row in meeting.lessons}
    for row in rows.values():
        row.done = row.lesson_id in held.lessons
    names = [lesson.id for lesson in course.lessons if lesson.id in held.lessons]
    step = (held.ends - held.begins) / max(1, len(names))
    for place, name in enumerate(names):
        if name in rows and not meeting.on_paper:
            continue
        began = held.begins + place * step
        row = rows.get(name) or LessonHeld(lesson_id=name, done=True)
        row.started_at, row.finished_at = began, began + step
        if name not in rows:
            meeting.lessons.append(row)


def _keep_check(meeting: Meeting, course: Course, held: Held, *, now: datetime) -> None:
    if held.right is None:
        return
    for lesson in course.lessons:
        if not has_check(lesson) or lesson.id not in held.lessons:
            continue
        for name, activity in lesson.activities["sv"].items():
            if isinstance(activity, KnowledgeCheck):
                _keep_answer(meeting, lesson.id, name, {ON_PAPER: held.right}, now=now)


def _keep_answer(meeting: Meeting, lesson_id: str, activity_id: str, response: Any, *, now: datetime) -> None:
    answer = next(
        (one for one in meeting.answers if (one.lesson_id, one.activity_id) == (lesson_id, activity_id)), None
    )
    if answer is None:
        answer = GroupAnswer(lesson_id=lesson_id, activity_id=activity_id, response=response, updated_at=now)
        meeting.answers.append(answer)
    elif answer.response != response:
        answer.response, answer.updated_at = response, now


def _freeze(db: Session, meeting: Meeting, *, is_first: bool, now: datetime) -> None:
    """A row for everybody. Who was taken off the list before the meeting was first closed was never on it."""
    known = {member.id for member in roster(meeting.group)}
    if is_first:
        for row in [row for row in meeting.attendance if row.member_id not in known]:
            meeting.attendance.remove(row)
    marked = {row.member_id for row in meeting.attendance}
    for member in roster(meeting.group):
        if member.id not in marked:
            meeting.attendance.append(Attendance(member=member, presence=Presence.ABSENT, marked_at=now))
    db.flush()


# ---------------------------------------------------------------- the audit line


def _note(db: Session, meeting: Meeting, what: str, by: Member, now: datetime, details: dict[str, Any]) -> None:
    """In the meeting's own history, which its facilitators read, and in the log of who changes what for others."""
    meeting.changes.append(MeetingChange(at=now, member_id=by.id, what=what, details=details))
    who = by.registration.learner_id if by.registration is not None else None
    audit.note(db, Action.MEETING_CHANGED, by=who, now=now, target=f"meeting:{meeting.id}", details={"what": what})


def _facts(meeting: Meeting) -> dict[str, Any]:
    """What a correction can change, without names."""
    presences = [row.presence for row in meeting.attendance]
    return {
        "present": sum(one is Presence.WHOLE for one in presences),
        "part": sum(one is Presence.PART for one in presences),
        "absent": sum(one is Presence.ABSENT for one in presences),
        "lessons": sorted(row.lesson_id for row in meeting.lessons if row.done),
        "from": meeting.held_from.isoformat() if meeting.held_from else None,
        "to": meeting.held_to.isoformat() if meeting.held_to else None,
        "break": meeting.break_minutes,
    }


def _facts_of_last_closing(meeting: Meeting) -> dict[str, Any]:
    closings = [change.details for change in meeting.changes if change.what in {"closed", "corrected"}]
    return closings[-1] if closings else {}


def _details(before: dict[str, Any], after: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    changed = sorted(name for name in after if before and before.get(name) != after[name])
    return {
        **after,
        "changed": changed,
        "issued": outcome.issued,
        "voided": outcome.voided,
        "withdrawn": outcome.withdrawn,
    }
