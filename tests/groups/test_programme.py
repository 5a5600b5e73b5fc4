"""What a meeting goes through: all plans, both pacings, every kind of activity."""

import itertools
from typing import Any

import pytest

from course.marking import mark
from course.schema import Course, KnowledgeCheck, Scenario
from course.timetable import lessons_of
from tracker.groups.programme import Kind, Phase, Programme, enough_shown, following, preceding, programme

PLANS = ["traff-1", "traff-2", "traff-3"]


def _of(course: Course, plan_id: str | None, *, is_long: bool = False, **more: Any) -> Programme:
    return programme(course, plan_id, is_long=is_long, language="sv", seed="en träff", **more)


def _walk(course: Course, shown: Programme, answers: dict[tuple[str, str], Any]) -> list[str]:
    """Pressing next from the first slide to the last."""
    keys = [shown.slides[0].key]
    while (slide := following(course, shown, keys[-1], answers)) is not None:
        keys.append(slide.key)
    return keys


@pytest.mark.parametrize(("plan_id", "is_long"), list(itertools.product(PLANS, [False, True])))
def test_a_meeting_begins_ends_and_holds_every_required_activity(course: Course, plan_id: str, is_long: bool) -> None:
    shown = _of(course, plan_id, is_long=is_long)
    plan = next(plan for plan in course.meetings.meetings if plan.id == plan_id)
    asked = {(slide.lesson_id, slide.activity_id) for slide in shown.slides if slide.kind is not Kind.RECALL}

    assert (shown.slides[0].kind, shown.slides[-1].kind) == (Kind.START, Kind.END)
    assert len({slide.key for slide in shown.slides}) == len(shown.slides)
    assert [slide.point for slide in shown.slides] == sorted(slide.point for slide in shown.slides)
    for lesson in lessons_of(course, plan):
        assert {(lesson.id, name) for name in lesson.required} <= asked
    assert any(slide.kind is Kind.LOCAL for slide in shown.slides) is is_long


@pytest.mark.parametrize("plan_id", PLANS)
def test_both_languages_go_through_the_same(course: Course, plan_id: str) -> None:
    swedish = _of(course, plan_id)
    english = programme(course, plan_id, is_long=False, language="en", seed="en träff")

    assert [slide.key for slide in swedish.slides] == [slide.key for slide in english.slides]


def test_a_dilemma_is_thought_voted_talked_voted_and_answered_before_the_course_speaks(course: Course) -> None:
    shown = _of(course, "traff-1")
    phases = [slide.phase for slide in shown.slides if slide.activity_id == "insandaren"]

    assert phases == [Phase.THINK, Phase.VOTE, Phase.TALK, Phase.REVOTE, Phase.TOGETHER, Phase.EXPLAIN]


def test_a_branching_scenario_shows_only_the_way_that_the_group_takes(course: Course) -> None:
    shown = _of(course, "traff-3")
    way = {("5-2", "nar-det-skaver"): {"path": [["kampanjen", "lyssna"], ["tidningen-efter-samtal", "eget-svar"]]}}
    nodes = {key.split(".")[2] for key in _walk(course, shown, way) if key.startswith("5-2.nar-det-skaver.")}

    assert nodes == {"kampanjen", "tidningen-efter-samtal", "motet"}


@pytest.mark.parametrize("plan_id", PLANS)
def test_back_is_the_way_that_one_came(course: Course, plan_id: str) -> None:
    shown = _of(course, plan_id)
    keys = _walk(course, shown, {})

    for before, after in itertools.pairwise(keys):
        back = preceding(course, shown, after, {})
        assert back is not None
        assert back.key == before


def test_a_later_meeting_begins_with_three_questions_about_the_one_before(course: Course) -> None:
    lessons_before = {lesson.id for lesson in lessons_of(course, course.meetings.meetings[0])}
    shown = _of(course, "traff-2")
    recalled = {slide.item_id for slide in shown.slides if slide.kind is Kind.RECALL}
    bank = next(
        activity
        for lesson in course.lessons
        for activity in lesson.activities["sv"].values()
        if isinstance(activity, KnowledgeCheck)
    )

    assert len(recalled) == 3
    assert {one.lesson for one in bank.questions if one.id in recalled} <= lessons_before
    assert not any(slide.kind is Kind.RECALL for slide in _of(course, "traff-1").slides)


def test_the_knowledge_check_asks_ten_questions_the_same_on_every_device(course: Course) -> None:
    def asked(seed: str) -> list[str | None]:
        shown = programme(course, "traff-3", is_long=False, language="sv", seed=seed)
        found = [slide.item_id for slide in shown.slides if slide.kind is Kind.QUESTION and slide.lesson_id == "6-1"]
        return list(dict.fromkeys(found))

    assert len(asked("a")) == 10
    assert asked("a") == asked("a")
    assert asked("a") != asked("b")


def test_a_meeting_without_a_plan_takes_up_what_is_left(course: Course) -> None:
    shown = _of(course, None, left=["2-3", "f1"])

    assert shown.lessons == ("2-3", "f1")
    assert (shown.slides[0].kind, shown.slides[-1].kind) == (Kind.START, Kind.END)


def test_two_of_three_dilemmas_are_enough_for_a_group_and_one_is_not(course: Course) -> None:
    lesson = course.lesson("2-3")

    assert enough_shown(lesson, ["insandaren", "rapporten"])
    assert not enough_shown(lesson, ["insandaren"])
    assert not enough_shown(course.lesson("1-2"), ["roller"])


def test_every_question_with_an_answer_key_is_followed_by_what_the_course_says(course: Course) -> None:
    for plan_id in PLANS:
        shown = _of(course, plan_id)
        for slide in shown.slides:
            if slide.kind is not Kind.QUESTION or slide.lesson_id is None or slide.activity_id is None:
                continue
            activity = course.lesson(slide.lesson_id).activities["sv"][slide.activity_id]
            phases = [one.phase for one in shown.phases_of(slide)]
            has_key = isinstance(activity, Scenario) or activity.kind not in {"choice", "self-rating"}
            if has_key:
                assert phases[-1] is Phase.EXPLAIN, slide.key


def test_the_slides_of_an_activity_hold_all_that_marking_wants(course: Course) -> None:
    """Answering each card of the sort that a slide shows makes a whole response."""
    shown = _of(course, "traff-1")
    items = dict.fromkeys(slide.item_id for slide in shown.slides if slide.activity_id == "falten")
    activity = course.lesson("1-1").activities["sv"]["falten"]

    assert mark(activity, dict.fromkeys(items, "offentligt")).complete
