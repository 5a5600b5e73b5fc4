"""What is answered in the exercises is read in words, whatever kind of exercise it is."""

from typing import Any

import pytest
from flask import Flask

from course.schema import Course
from tracker.privacy.answers import answer_in_words, exercises


@pytest.mark.parametrize(
    ("place", "response"),
    [
        (("1-1", "falten"), lambda one: {one.cards[0].id: one.fields[1].id}),
        (("2-1", "tidslinje"), lambda one: [one.items[1].id, one.items[0].id]),
        (("3-3", "matrisen"), lambda one: {one.cards[0].id: f"{one.rows[0].id}-{one.columns[1].id}"}),
        (("1-3", "byt-skor"), lambda one: {"path": [[one.nodes[0].id, one.nodes[0].options[1].id]]}),
        (("4-1", "beslutstrad"), lambda one: {one.cases[0].id: one.outcomes[1].id}),
        (("4-2", "lagen"), lambda one: {one.cases[0].id: one.options[1].id}),
        (("0-1", "vagval"), lambda one: one.options[1].id),
        (("6-1", "kunskapskoll"), lambda one: {one.questions[0].id: [one.questions[0].options[1].id]}),
    ],
)
def test_an_answer_is_read_in_words(app: Flask, course: Course, place: tuple[str, str], response: Any) -> None:
    activity = exercises(course, "sv")[place]
    read = answer_in_words(activity, response(activity))
    dumped = str(activity.model_dump())

    parts = [part for one in read.split("; ") for part in one.split(": ")]
    assert parts
    # No id of the course is left, and what stands there is the course's own words.
    assert [part for part in parts if f"'id': '{part}'" in dumped] == []
    assert [part for part in parts if part.split(", ")[0].split("? ")[0] not in dumped] == []


def test_what_was_done_on_paper_or_only_talked_about(app: Flask, course: Course) -> None:
    check = exercises(course, "sv")["6-1", "kunskapskoll"]
    with app.test_request_context("/sv/"):
        assert answer_in_words(check, {"right": 7}) == "7 rätt"
        assert answer_in_words(check, None) == ""
    assert answer_in_words(None, "b") == "b"
