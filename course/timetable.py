"""Meeting plans with a time for each point. Pure: plain data in, plain data out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time

from course.schema import AgendaItem, Course, Language, Lesson, MeetingPlan, Meetings

__all__ = ["Point", "lessons_of", "minutes_of", "timetable", "without_meeting"]


@dataclass(frozen=True, slots=True)
class Point:
    begins: int
    """Minutes after the meeting began."""
    minutes: int
    item: AgendaItem | None
    """``None``: the local block of the longer pacing."""

    def text(self, course: Course, language: Language) -> str:
        if self.item is None:
            return ""
        if self.item.text:
            return self.item.text[language]
        return ", ".join(course.lesson(lesson_id).title[language] for lesson_id in self.item.lessons)

    def at(self, start: time | None) -> tuple[int, int]:
        """The hour and the minute by the clock, or since the beginning."""
        minutes = self.begins if start is None else start.hour * 60 + start.minute + self.begins
        return minutes // 60 % 24, minutes % 60


def timetable(meetings: Meetings, plan: MeetingPlan, *, is_long: bool) -> Sequence[Point]:
    """The longer pacing has a longer break, and a block about the group's own surroundings before the last point."""
    points: list[Point] = []
    begins = 0
    for minutes, item in _points(meetings, plan, is_long):
        points.append(Point(begins, minutes, item))
        begins += minutes
    return points


def _points(meetings: Meetings, plan: MeetingPlan, is_long: bool) -> Iterator[tuple[int, AgendaItem | None]]:
    for item in plan.agenda:
        if is_long and item is plan.agenda[-1]:
            yield meetings.local_minutes, None
        longer = is_long and item.kind == "break"
        yield meetings.long_break if longer else item.minutes, item


def minutes_of(points: Sequence[Point]) -> int:
    return sum(point.minutes for point in points)


def lessons_of(course: Course, plan: MeetingPlan) -> Sequence[Lesson]:
    return [course.lesson(lesson_id) for item in plan.agenda for lesson_id in item.lessons]


def without_meeting(course: Course) -> Sequence[Lesson]:
    """What no meeting plan holds: to choose from at a meeting in reserve."""
    planned = {lesson.id for plan in course.meetings.meetings for lesson in lessons_of(course, plan)}
    return [lesson for lesson in course.lessons if lesson.id not in planned]
