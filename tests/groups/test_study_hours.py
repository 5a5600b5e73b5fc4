"""Study hours: 45 minutes each, whole ones only."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.groups.study_hours import Sitting, hours_of, minutes_there, tally

BEGINS = datetime(2027, 2, 4, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(-5, 0), (0, 0), (44, 0), (45, 1), (89, 1), (90, 2), (110, 2), (134, 2), (135, 3), (180, 4), (225, 5)],
)
def test_only_whole_study_hours_count(minutes: int, hours: int) -> None:
    assert hours_of(minutes) == hours


@pytest.mark.parametrize(
    ("length", "arrived", "left", "rest", "minutes"),
    [
        (120, None, None, 10, 110),
        (120, 20, None, 10, 90),
        (120, None, 60, 10, 50),
        (120, 30, 60, 10, 20),
        (120, -15, 200, 10, 110),
        (120, 60, 30, 0, 0),
        (120, 115, None, 10, 0),
        (0, None, None, 0, 0),
    ],
    ids=["whole", "late", "early", "both", "before and after", "left before coming", "only the break", "no time"],
)
def test_a_person_gets_the_time_that_was_spent_there(
    length: int, arrived: int | None, left: int | None, rest: int, minutes: int
) -> None:
    def at(offset: int | None) -> datetime | None:
        return None if offset is None else BEGINS + timedelta(minutes=offset)

    ends = BEGINS + timedelta(minutes=length)
    assert minutes_there(BEGINS, ends, arrived=at(arrived), left=at(left), break_minutes=rest) == minutes


def _meetings(*minutes: int, held: int) -> list[Sitting]:
    return [Sitting(number, length, held=number <= held) for number, length in enumerate(minutes, 1)]


@pytest.mark.parametrize(
    ("minutes", "held", "people", "hours", "planned", "missing_hours", "missing_meetings", "enough", "plan_enough"),
    [
        ((110, 110, 110), 0, 8, 0, 6, 9, 3, False, False),
        ((110, 110, 110), 3, 8, 6, 6, 3, 0, False, False),
        ((135, 135, 135), 0, 8, 0, 9, 9, 3, False, True),
        ((135, 135, 135), 3, 8, 9, 9, 0, 0, True, True),
        ((135, 135, 135), 3, 2, 9, 9, 0, 0, False, True),
        ((135, 135, 135), 3, 3, 9, 9, 0, 0, True, True),
        ((135, 135, 135), 3, 20, 9, 9, 0, 0, True, True),
        ((135, 135, 135), 3, 21, 9, 9, 0, 0, False, True),
        ((225, 225), 2, 8, 10, 10, 0, 1, False, False),
        ((134, 134, 134, 134), 4, 8, 8, 8, 1, 0, False, False),
        ((200, 205, 40), 3, 8, 8, 8, 1, 1, False, False),
        ((), 0, 0, 0, 0, 9, 3, False, False),
    ],
)
def test_what_is_missing_for_a_study_circle(
    minutes: tuple[int, ...],
    held: int,
    people: int,
    hours: int,
    planned: int,
    missing_hours: int,
    missing_meetings: int,
    enough: bool,
    plan_enough: bool,
) -> None:
    found = tally(_meetings(*minutes, held=held), people=people)
    assert (found.hours, found.planned_hours) == (hours, planned)
    assert (found.missing_hours, found.missing_meetings) == (missing_hours, missing_meetings)
    assert (found.is_enough, found.plan_is_enough) == (enough, plan_enough)


def test_each_member_has_a_sum_of_meetings_not_of_minutes() -> None:
    sittings = [
        Sitting(1, 110, held=True, there={1: 110, 2: 60}),
        Sitting(2, 110, held=True, there={1: 110, 2: 40}),
        Sitting(3, 110, held=False, there={1: 110}),
    ]
    found = tally(sittings, people=3)
    assert found.by_member == {1: 4, 2: 1}
    assert found.meetings_by_member == {1: 2, 2: 1}


def test_more_than_four_hours_at_a_meeting_are_pointed_out() -> None:
    assert tally(_meetings(180, 225, 110, held=0), people=3).too_long == (2,)
