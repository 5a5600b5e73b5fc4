"""Who was at a meeting: tapped in the room one by one, or written down as a list before or after it.

Until the meeting is closed; then the roster is frozen until somebody reopens it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from course.schema import Course
from tracker.groups.models import Attendance, Group, LessonHeld, Meeting, Member, Presence
from tracker.groups.turns import take_turn, touch

__all__ = [
    "Mark",
    "Seat",
    "credited_lessons",
    "mark_all_present",
    "mark_each",
    "roster",
    "seats",
    "suggested_lessons",
    "tick",
]

HALF = 0.5
_LONG_AGO, _FAR_OFF = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Seat:
    """A member of the meeting and what is known of the attendance: ``row`` is None before anything is marked."""

    member: Member
    row: Attendance | None

    @property
    def presence(self) -> Presence | None:
        return self.row.presence if self.row is not None else None


@dataclass(frozen=True)
class Mark:
    """``lessons``: of somebody who was there for a part, where the facilitator has said which to credit."""

    member: Member
    presence: Presence
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    lessons: Collection[str] | None = None


def roster(group: Group) -> list[Member]:
    """Who can be at a meeting: everybody who has been let in and not left, facilitators too."""
    return [member for member in group.members if member.approved_at is not None and member.removed_at is None]


def seats(meeting: Meeting) -> list[Seat]:
    """The meeting's own roster once it has been closed, with those who have joined since only while it is open."""
    rows = {row.member_id: row for row in meeting.attendance}
    known = roster(meeting.group) if meeting.closed_at is None else []
    has_been_closed = meeting.closed_at is not None or meeting.corrections > 0
    gone = [row.member for row in meeting.attendance if row.member not in known and has_been_closed]
    members = sorted([*known, *gone], key=lambda member: member.id)
    return [Seat(member, rows.get(member.id)) for member in members]


def mark_each(db: Session, meeting: Meeting, marks: Sequence[Mark], *, now: datetime) -> list[Attendance]:
    """A whole list at once. A mark that says what is known already changes nothing, not even when it was marked.

    :raises MeetingClosed:
    """
    take_turn(db, meeting)
    rows = []
    for one in marks:
        row = _row(db, meeting, one.member, now=now)
        is_part = one.presence is Presence.PART
        said = (
            one.presence,
            one.arrived_at if is_part else None,
            one.left_at if is_part else None,
            sorted(one.lessons) if is_part and one.lessons is not None else None,
        )
        if said != (row.presence, row.arrived_at, row.left_at, row.lessons):
            row.presence, row.arrived_at, row.left_at, row.lessons = said
            row.marked_at = now
        rows.append(row)
    touch(db, meeting)
    return rows


def mark_all_present(db: Session, meeting: Meeting, *, now: datetime) -> None:
    """Everybody, but for those who have been marked as there for a part.

    :raises MeetingClosed:
    """
    take_turn(db, meeting)
    for member in roster(meeting.group):
        row = _row(db, meeting, member, now=now)
        if row.presence is Presence.ABSENT:
            row.presence, row.marked_at = Presence.WHOLE, now
    touch(db, meeting)


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

    :raises MeetingClosed:
    """
    take_turn(db, meeting)
    row = _row(db, meeting, member, now=now)
    if here is not None:
        row.presence = Presence.WHOLE if here else Presence.ABSENT
        row.arrived_at = row.left_at = row.lessons = None
    if arrived:
        row.arrived_at = now
    if left:
        row.left_at = now
    if row.arrived_at or row.left_at:
        row.presence = Presence.PART
    row.marked_at = now
    touch(db, meeting)


def _row(db: Session, meeting: Meeting, member: Member, *, now: datetime) -> Attendance:
    row = db.get(Attendance, (meeting.id, member.id))
    if row is None:
        row = Attendance(meeting_id=meeting.id, member=member, presence=Presence.ABSENT, marked_at=now)
        meeting.attendance.append(row)
    return row


# ---------------------------------------------------------------- which lessons


def credited_lessons(course: Course, meeting: Meeting, row: Attendance) -> tuple[str, ...]:
    """What one member has done at the meeting, in the order of the course: of the lessons that the group did."""
    if row.presence is Presence.ABSENT:
        return ()
    done = {held.lesson_id for held in meeting.lessons if held.done}
    if row.presence is Presence.PART:
        done &= set(suggested_lessons(meeting, row) if row.lessons is None else row.lessons)
    return tuple(lesson.id for lesson in course.lessons if lesson.id in done)


def suggested_lessons(meeting: Meeting, row: Attendance) -> tuple[str, ...]:
    """Of somebody who was there for a part: the lessons that were done for at least half while the person was there."""
    came, went = row.arrived_at or _LONG_AGO, row.left_at or _FAR_OFF
    held = sorted(meeting.lessons, key=lambda lesson: (lesson.started_at, lesson.lesson_id))
    return tuple(
        lesson.lesson_id
        for lesson, began, ended in _spans(meeting, held)
        if lesson.done and _share(came, went, began, ended) >= HALF
    )


def _spans(meeting: Meeting, held: Sequence[LessonHeld]) -> list[tuple[LessonHeld, datetime, datetime]]:
    """When each lesson was done. One that nobody has ended lasted until the next began, the last until the end."""
    following = [lesson.started_at for lesson in held[1:]] + [meeting.held_to or _FAR_OFF]
    return [
        (lesson, lesson.started_at, max(lesson.started_at, lesson.finished_at or after))
        for lesson, after in zip(held, following, strict=True)
    ]


def _share(came: datetime, went: datetime, began: datetime, ended: datetime) -> float:
    if ended == began:
        return float(came <= began <= went)
    return (min(went, ended) - max(came, began)) / max(ended - began, timedelta(seconds=1))
