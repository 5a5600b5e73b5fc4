"""How large the words of the shared screen are: as large as there is room for, and never too large."""

from flask import Flask

from course.schema import Course
from tracker.groups.fitting import fitted
from tracker.groups.programme import programme
from tracker.groups.showing import shown


def test_a_few_words_fill_the_wall_and_many_words_are_smaller(course: Course, app: Flask) -> None:
    plan = course.meetings.meetings[1]
    held = programme(course, plan.id, is_long=False, language="sv", seed="seed", left=[])
    with app.test_request_context("/sv/"):
        sizes = {slide.key: fitted(shown(course, held, slide, "sv", {}), "sv") for slide in held.slides}

    assert sizes["4-2.lagen.smset.vote"] == "xl"  # yes, no, it depends
    assert sizes["3-1.nivaer.fragorna.vote"] in {"l", "m"}  # four words under a question of three lines
    assert sizes["3-4.inbjudan.inbjudan.explain"] in {"s", "xs"}  # four consequences and a comment
