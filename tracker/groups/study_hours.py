"""How many study hours (studietimmar) a group has, and what is missing for a study circle. Pure.

A study hour is 45 minutes, and what is over at the end of a meeting doesn't count. Whether a group *is* a study circle
(studiecirkel) is decided by a study association (studieförbund) and by nobody else: this only counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

__all__ = [
    "LEAST_HOURS",
    "LEAST_MEETINGS",
    "LEAST_PEOPLE",
    "MOST_A_MEETING",
    "MOST_PEOPLE",
    "Sitting",
    "Tally",
    "hours_of",
    "minutes_there",
    "tally",
]

STUDY_HOUR = 45
LEAST_HOURS = 9
LEAST_MEETINGS = 3
LEAST_PEOPLE, MOST_PEOPLE = 3, 20
"""With the facilitator."""
MOST_A_MEETING = 4
"""Study associations count no more hours than this at one meeting."""


def hours_of(minutes: int) -> int:
    """Whole study hours: 89 minutes are one, and 90 are two."""
    return max(minutes, 0) // STUDY_HOUR


def minutes_there(
    begins: datetime, ends: datetime, *, arrived: datetime | None, left: datetime | None, break_minutes: int
) -> int:
    """How long somebody took part. Where in the meeting the break lay isn't known, so all of it is taken away."""
    first = max(begins, arrived) if arrived else begins
    last = min(ends, left) if left else ends
    return max(int((last - first).total_seconds()) // 60 - break_minutes, 0)


@dataclass(frozen=True)
class Sitting:
    """A meeting. ``minutes`` without the break; ``there``: member -> minutes, of those who were present."""

    number: int
    minutes: int
    held: bool
    there: Mapping[int, int] = field(default_factory=dict)

    @property
    def hours(self) -> int:
        return hours_of(self.minutes)


@dataclass(frozen=True)
class Tally:
    """``planned_hours`` and ``planned_meetings``: what is held and what is to come, together."""

    hours: int
    meetings: int
    planned_hours: int
    planned_meetings: int
    people: int
    by_member: Mapping[int, int]
    meetings_by_member: Mapping[int, int]
    too_long: tuple[int, ...]
    """The numbers of the meetings with more hours than a study association counts."""

    @property
    def missing_hours(self) -> int:
        """Of what is held."""
        return max(LEAST_HOURS - self.hours, 0)

    @property
    def missing_meetings(self) -> int:
        return max(LEAST_MEETINGS - self.meetings, 0)

    @property
    def missing_people(self) -> int:
        return max(LEAST_PEOPLE - self.people, 0)

    @property
    def people_too_many(self) -> int:
        return max(self.people - MOST_PEOPLE, 0)

    @property
    def plan_is_enough(self) -> bool:
        return self.planned_hours >= LEAST_HOURS and self.planned_meetings >= LEAST_MEETINGS

    @property
    def is_enough(self) -> bool:
        """The numbers that a study circle takes are there."""
        people = LEAST_PEOPLE <= self.people <= MOST_PEOPLE
        return people and not self.missing_hours and not self.missing_meetings


def tally(sittings: Sequence[Sitting], *, people: int) -> Tally:
    """
    :param people: members of the group, the facilitators among them.
    """
    held = [sitting for sitting in sittings if sitting.held]
    counted = [sitting for sitting in sittings if sitting.hours]
    by_member: dict[int, int] = {}
    meetings_by_member: dict[int, int] = {}
    for sitting in held:
        for member, minutes in sitting.there.items():
            by_member[member] = by_member.get(member, 0) + hours_of(minutes)
            meetings_by_member[member] = meetings_by_member.get(member, 0) + (1 if hours_of(minutes) else 0)
    return Tally(
        hours=sum(sitting.hours for sitting in held),
        meetings=sum(1 for sitting in held if sitting.hours),
        planned_hours=sum(sitting.hours for sitting in counted),
        planned_meetings=len(counted),
        people=people,
        by_member=by_member,
        meetings_by_member=meetings_by_member,
        too_long=tuple(sitting.number for sitting in counted if sitting.hours > MOST_A_MEETING),
    )
