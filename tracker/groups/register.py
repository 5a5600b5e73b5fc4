"""Who was at which meeting and for how long, as plain data: for the page of study hours and for what is exported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from course.schema import Course
from course.timetable import minutes_of, timetable
from tracker.groups.models import Attendance, Group, Meeting, Member, Pacing, Presence
from tracker.groups.study_hours import Sitting, Tally, hours_of, minutes_there, tally

__all__ = ["Line", "Person", "Register", "planned_minutes", "register_of"]


@dataclass(frozen=True)
class Person:
    """``name`` is None when it has been deleted; ``number`` tells those without a name apart."""

    id: int
    number: int
    name: str | None
    is_facilitator: bool


@dataclass(frozen=True)
class Line:
    """One person at one meeting that was held. ``minutes`` without the break."""

    meeting: int
    person: Person
    presence: Presence
    arrived_at: datetime | None
    left_at: datetime | None
    minutes: int

    @property
    def hours(self) -> int:
        return hours_of(self.minutes)


@dataclass(frozen=True)
class Held:
    number: int
    begins: datetime
    ends: datetime
    break_minutes: int
    sitting: Sitting


@dataclass(frozen=True)
class Register:
    people: Sequence[Person]
    held: Sequence[Held]
    lines: Sequence[Line]
    tally: Tally

    def hours_of(self, person: Person) -> int:
        return self.tally.by_member.get(person.id, 0)

    def line(self, person: Person, meeting: int) -> Line | None:
        return next((line for line in self.lines if line.person == person and line.meeting == meeting), None)


def register_of(group: Group, course: Course) -> Register:
    """Members who have left are there too when they were at a meeting: what was held was held."""
    attended = {row.member_id for meeting in group.meetings for row in meeting.attendance}
    members = [one for one in group.members if _counts(one) or one.id in attended]
    people = [Person(one.id, number, one.name, one.is_facilitator) for number, one in enumerate(members, 1)]
    by_id = {person.id: person for person in people}
    lines: list[Line] = []
    held: list[Held] = []
    sittings: list[Sitting] = []
    for meeting in group.meetings:
        if meeting.closed_at is None or meeting.held_from is None or meeting.held_to is None:
            sittings.append(Sitting(meeting.number, planned_minutes(meeting, course), held=False))
            continue
        here = [_line(meeting, row, by_id[row.member_id], meeting.held_from, meeting.held_to)
                for row in sorted(meeting.attendance, key=lambda row: row.member_id)]  # fmt: skip
        lines.extend(here)
        minutes = minutes_there(
            meeting.held_from, meeting.held_to, arrived=None, left=None, break_minutes=meeting.break_minutes
        )
        there = {line.person.id: line.minutes for line in here if line.presence is not Presence.ABSENT}
        sitting = Sitting(meeting.number, minutes, held=True, there=there)
        sittings.append(sitting)
        held.append(Held(meeting.number, meeting.held_from, meeting.held_to, meeting.break_minutes, sitting))
    return Register(people, held, lines, tally(sittings, people=sum(1 for one in group.members if _counts(one))))


def planned_minutes(meeting: Meeting, course: Course) -> int:
    """Of a meeting to come, without its break: by its own time where it has one, and else by the plan."""
    is_long = meeting.group.pacing is Pacing.B
    plan = next((plan for plan in course.meetings.meetings if plan.id == meeting.plan_id), None)
    rest = meeting.break_minutes
    if plan is not None:
        points = timetable(course.meetings, plan, is_long=is_long)
        rest = rest or sum(point.minutes for point in points if point.item is not None and point.item.kind == "break")
        whole = minutes_of(points)
    else:
        whole = course.meetings.meeting_minutes
        rest = rest or (course.meetings.long_break if is_long else 0)
    if meeting.starts_at is not None and meeting.ends_at is not None:
        whole = int((meeting.ends_at - meeting.starts_at).total_seconds()) // 60
    return max(whole - rest, 0)


def _counts(member: Member) -> bool:
    return member.removed_at is None and member.approved_at is not None


def _line(meeting: Meeting, row: Attendance, person: Person, begins: datetime, ends: datetime) -> Line:
    minutes = 0
    if row.presence is not Presence.ABSENT:
        minutes = minutes_there(
            begins, ends, arrived=row.arrived_at, left=row.left_at, break_minutes=meeting.break_minutes
        )
    return Line(meeting.number, person, row.presence, row.arrived_at, row.left_at, minutes)
