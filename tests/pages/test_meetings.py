"""Meeting plans with times, and the notes to the lessons."""

import itertools
import re
from datetime import time

import pytest
from flask.testing import FlaskClient

from course.schema import Course
from course.timetable import lessons_of, minutes_of, timetable, without_meeting


def test_each_point_begins_when_the_one_before_has_ended(course: Course) -> None:
    for plan in course.meetings.meetings:
        points = timetable(course.meetings, plan, is_long=False)

        assert points[0].begins == 0
        assert all(after.begins == point.begins + point.minutes for point, after in itertools.pairwise(points))
        assert minutes_of(points) == course.meetings.meeting_minutes


def test_the_long_pacing_has_a_longer_break_and_a_local_block_before_the_last_point(course: Course) -> None:
    plan = course.meetings.meetings[0]
    short, long = (timetable(course.meetings, plan, is_long=is_long) for is_long in (False, True))

    assert long[-2].item is None
    assert long[-2].minutes == course.meetings.local_minutes
    assert [point.minutes for point in long if point.item and point.item.kind == "break"] == [
        course.meetings.long_break
    ]
    short_break = next(point.minutes for point in short if point.item and point.item.kind == "break")
    assert (
        minutes_of(long) == minutes_of(short) + course.meetings.local_minutes + course.meetings.long_break - short_break
    )


def test_the_clock_goes_past_midnight(course: Course) -> None:
    last = timetable(course.meetings, course.meetings.meetings[0], is_long=False)[-1]

    assert last.at(time(23, 30))[0] == 1
    assert last.at(None) == (last.begins // 60, last.begins % 60)


def test_every_core_lesson_has_its_meeting(course: Course) -> None:
    planned = [lesson.id for plan in course.meetings.meetings for lesson in lessons_of(course, plan)]

    assert sorted(planned) == sorted(lesson.id for lesson in course.core_lessons)
    assert not set(planned) & {lesson.id for lesson in without_meeting(course)}


def test_the_overview_shows_all_plans_and_the_list(client: FlaskClient, course: Course) -> None:
    page = client.get("/sv/facilitator").text

    for plan in course.meetings.meetings:
        assert plan.title["sv"] in page
        assert f'href="/sv/facilitator/{plan.id}"' in page
    assert page.count('class="tickbox"') == len(course.meetings.check_list["sv"])


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_meeting_has_the_notes_of_its_lessons_in_order(client: FlaskClient, course: Course, language: str) -> None:
    for plan in course.meetings.meetings:
        page = client.get(f"/{language}/facilitator/{plan.id}").text

        shown = re.findall(r'<section class="notes" id="l-([^"]+)"', page)
        assert shown == [lesson.id for lesson in lessons_of(course, plan)]


def test_the_notes_to_the_other_lessons_are_not_lost(client: FlaskClient, course: Course) -> None:
    page = client.get("/sv/facilitator/more").text

    assert re.findall(r'id="l-([^"]+)"', page) == [lesson.id for lesson in without_meeting(course)]


def test_a_time_gives_the_plan_by_the_clock(client: FlaskClient) -> None:
    swedish = client.get("/sv/facilitator/traff-1?start=17:30&pace=a").text
    english = client.get("/en/facilitator/traff-1?start=17.30&pace=a").text

    assert ">17.30<" in swedish
    assert ">17.40<" in swedish
    assert ">17:40<" in english


def test_pacing_b_is_linked_on_to_the_next_meeting(client: FlaskClient) -> None:
    page = client.get("/sv/facilitator/traff-1?start=17:30&pace=b").text

    assert "Er egen plats" in page
    assert "/sv/facilitator/traff-2?start=17:30&amp;pace=b" in page.replace("%3A", ":")


@pytest.mark.parametrize("start", ["25:00", "half past", "17:99", "<b>"])
def test_a_time_that_is_none_is_told_and_kept(client: FlaskClient, start: str) -> None:
    response = client.get("/sv/facilitator/traff-1", query_string={"start": start})

    assert response.status_code == 422
    assert response.text.count("Skriv ett klockslag, till exempel 17.30") == 2
    assert "<b>" not in response.text.split("<h1>")[1].split("runlist")[0]


def test_a_meeting_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    assert client.get("/sv/facilitator/traff-9").status_code == 404
