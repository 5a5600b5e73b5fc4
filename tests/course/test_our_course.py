"""Our own course, as a whole."""

from datetime import date

import pytest

from course.check import check
from course.completion import course_complete, opening_is_enough
from course.faults import Severity
from course.interactions import interactions
from course.loader import load_course
from course.markdown import ActivityRef, render
from course.marking import draw
from course.schema import KnowledgeCheck, Language, Lesson

COURSE = load_course()
LANGUAGES: tuple[Language, ...] = ("sv", "en")


def test_it_has_no_errors() -> None:
    faults = check(today=COURSE.info.reviewed_on)
    assert [str(fault) for fault in faults if fault.severity is Severity.ERROR] == []


def test_nothing_expires_unseen() -> None:
    assert all(fact.valid_until > fact.checked_on >= date(2026, 1, 1) for fact in COURSE.facts.values())


@pytest.mark.parametrize("lesson", COURSE.lessons, ids=lambda lesson: lesson.id)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_lesson_can_be_shown(lesson: Lesson, language: Language) -> None:
    page = render(COURSE, lesson, language, lambda scheme, name: f"/{scheme}/{name}")
    shown = tuple(block.activity_id for block in page.blocks if isinstance(block, ActivityRef))
    assert shown == lesson.info.activities


@pytest.mark.parametrize("lesson", COURSE.lessons, ids=lambda lesson: lesson.id)
def test_each_activity_can_be_described_to_xapi(lesson: Lesson) -> None:
    for name in lesson.info.activities:
        for interaction in interactions(lesson.activities_in_all_languages(name)):
            known = {component for found in interaction.components.values() for component in found}
            for pattern in interaction.correct_responses_pattern or ():
                assert {part for pair in pattern.split("[,]") for part in pair.split("[.]")} <= known
            for texts in (interaction.name, interaction.description):
                assert set(texts) == {"sv", "en"}


def test_the_knowledge_check_has_a_bank_of_25_and_asks_about_every_goal() -> None:
    [check] = [
        activity
        for lesson in COURSE.core_lessons
        for activity in lesson.activities["sv"].values()
        if isinstance(activity, KnowledgeCheck)
    ]
    assert (check.draw, check.needed) == (10, 8)
    assert len(check.questions) >= 25
    goals = {question.goal for question in check.questions}
    for attempt in range(20):
        assert {one.question.goal for one in draw(check, str(attempt))} == goals


def test_the_plan_is_opened_last() -> None:
    last = COURSE.core_lessons[-1]
    assert opening_is_enough(last)
    lessons = [lesson.id for lesson in COURSE.core_lessons]
    assert not course_complete(COURSE, lessons[:-1])
    assert course_complete(COURSE, lessons)
