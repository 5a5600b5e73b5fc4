"""The rules are written in Python and in JavaScript; the tables hold the two together."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from pydantic import TypeAdapter

from course.exporters.bundle import PLAYER
from course.exporters.content import lesson_data, plain
from course.loader import load_course
from course.schema import Activity

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
TABLES = HERE.parent / "course"
MARKING = json.loads((TABLES / "marking_cases.json").read_text(encoding="utf-8"))
DRAWS = json.loads((TABLES / "draw_cases.json").read_text(encoding="utf-8"))


@pytest.fixture
def player(new_page: Callable[..., Page], serve: Callable[[Path], str]) -> Page:
    """A page on the player's folder, where its modules can be imported as they are written."""
    page = new_page()
    page.goto(f"{serve(PLAYER)}/player.css")
    return page


def _run(page: Page, module: str, script: str, given: object) -> Any:
    return page.evaluate(f"async (given) => {{ const m = await import('/{module}.js'); {script} }}", given)


def test_the_player_marks_as_the_table_says(player: Page) -> None:
    marked = _run(
        player,
        "marking",
        """return given.cases.map(({activity, response, drawn}) => {
             try { return m.mark(given.activities[activity], response, drawn ?? null); }
             catch (error) { return { invalid: error.place }; }
           });""",
        {"activities": _whole(MARKING["activities"]), "cases": MARKING["cases"]},
    )

    differ = [
        (case["name"], got, case["expected"])
        for case, got in zip(MARKING["cases"], marked, strict=True)
        if got != case["expected"]
    ]
    assert differ == []


def test_the_player_draws_as_the_table_says(player: Page) -> None:
    drawn = _run(
        player,
        "chance",
        """return given.draws.map(({seed, previous}) => m.draw(given.check, seed, previous)
             .map((one) => [one.question.id, one.options.map((option) => option.id)]));""",
        {"check": _whole({"check": DRAWS["check"]})["check"], "draws": DRAWS["draws"]},
    )
    shuffled = _run(
        player, "chance", "return given.map(({items, seed}) => m.shuffled(items, seed));", DRAWS["shuffles"]
    )

    assert drawn == [case["expected"] for case in DRAWS["draws"]]
    assert shuffled == [case["expected"] for case in DRAWS["shuffles"]]


def test_whatever_learners_do_fits_in_what_scorm_keeps_and_comes_out_again(player: Page) -> None:
    course = load_course()
    lessons = [lesson_data(course, lesson, ("sv",)) for lesson in course.lessons]

    player.route("**/random_learners.js", lambda route: route.fulfill(path=HERE / "random_learners.js"))
    found = _run(player, "random_learners", "return m.default(given);", lessons)

    assert found["faults"] == []
    # A tenth of what there is room for, so that a lesson can grow.
    assert 0 < found["longest"] < 4096 / 4


def test_what_an_edited_lesson_no_longer_has_is_begun_anew(player: Page) -> None:
    course = load_course()
    lesson = lesson_data(course, course.lesson("1-1"), ("sv",))

    found = _run(
        player,
        "encoding",
        """const before = given.in.sv.activities, after = structuredClone(before);
           const { cards, fields } = before.falten;
           const data = { response: { [cards[0].id]: fields[0].id } };
           const record = {
             at: "falten", done: true, seconds: 61, results: { falten: { success: true, score: 8, max: 10 } },
             activities: { falten: { attempt: 2, submitted: true, data } },
           };
           after.falten.cards.pop();
           return m.decoded(m.encoded(record, "abc123", before, "1-1"), after, "1-1");""",
        lesson,
    )

    assert found["record"]["done"] is True
    assert found["record"]["results"]["falten"] == {"success": True, "score": 8, "max": 10}
    assert found["record"]["activities"]["falten"] == {"attempt": 3, "submitted": False, "data": {}}


def _whole(activities: dict[str, Any]) -> dict[str, Any]:
    """As an exporter writes them: with everything that an author may leave out."""
    adapter: TypeAdapter[Activity] = TypeAdapter(Activity)
    return {name: plain(adapter.validate_json(json.dumps(data))) for name, data in activities.items()}
