"""When a lesson, a module and the course are complete."""

import pytest

from course.completion import completed_modules, course_complete, lesson_complete, missing, opening_is_enough
from course.loader import load_course
from tests.course.planting import FIXTURE

COURSE = load_course(FIXTURE)
CORE = [lesson.id for lesson in COURSE.core_lessons]


def test_a_lesson_is_complete_when_what_is_required_is_handed_in_right_or_not() -> None:
    lesson = COURSE.lesson("1-2")
    handed_in = {"motet": None, "tradet": False, "snabbt": True}
    assert lesson_complete(lesson, handed_in)
    for name in handed_in:
        assert not lesson_complete(lesson, {other: True for other in handed_in if other != name})


def test_an_optional_activity_is_not_waited_for() -> None:
    assert COURSE.lesson("1-2").required == ("motet", "tradet", "snabbt")


def test_the_knowledge_check_counts_when_it_is_passed() -> None:
    assert not lesson_complete(COURSE.lesson("2-2"), {"kollen": False})
    assert lesson_complete(COURSE.lesson("2-2"), {"kollen": True})


@pytest.mark.parametrize("lesson_id", ["2-3", "f1"], ids=["the plan", "only text"])
def test_opening_is_enough_where_nothing_is_handed_in(lesson_id: str) -> None:
    assert opening_is_enough(COURSE.lesson(lesson_id))
    assert lesson_complete(COURSE.lesson(lesson_id), {})


def test_a_module_is_complete_with_all_its_lessons() -> None:
    assert completed_modules(COURSE, {"1-1"}) == frozenset()
    assert completed_modules(COURSE, {"1-1", "1-2", "2-1"}) == {"m1"}


def test_optional_lessons_complete_nothing() -> None:
    assert completed_modules(COURSE, {"f1"}) == frozenset()


def test_the_course_is_complete_with_its_core() -> None:
    assert course_complete(COURSE, CORE)
    for lesson_id in CORE:
        assert not course_complete(COURSE, set(CORE) - {lesson_id})


def test_the_course_is_not_complete_with_a_check_that_was_not_passed() -> None:
    assert not course_complete(COURSE, CORE, check_passed=False)
    assert course_complete(COURSE, set(CORE) - {"2-2"}, check_passed=True)


def test_what_is_missing_is_named_in_the_order_of_the_course() -> None:
    found = missing(COURSE, {"1-2", "2-3"})
    assert (found.lessons, found.check, found.nothing) == (("1-1", "2-1", "2-2"), True, False)
    assert missing(COURSE, CORE).nothing
