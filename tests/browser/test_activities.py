"""Every kind of activity on a wide screen: with the mouse, with the keyboard alone, and without JavaScript.

(On a phone the whole course is taken by keyboard and without JavaScript in ``test_whole_course``.)
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from course.schema import Course
from tests.browser.conftest import PHONE, watch
from tests.browser.taking import Clicks, Hands, Keyboard

pytestmark = [pytest.mark.browser, pytest.mark.looks]

LESSONS = {
    "choice": "0-1", "self-rating and reflection": "0-2", "sort": "1-1", "scenario": "1-3", "order": "2-1",
    "match": "2-2", "matrix": "3-3", "cases": "4-1", "quick": "4-2", "worksheet": "5-1", "scenario of three": "5-2",
    "checklist": "5-3", "knowledge check": "6-1", "plan": "6-2",
}  # fmt: skip


class _Wide(Hands):
    def _place_in_matrix(self, place: Locator, right: dict[str, str]) -> None:
        """In the table, which a phone does not have."""
        for left in range(len(right), 0, -1):
            expect(place.locator("legend [data-left]")).to_contain_text(str(left))
            card = place.locator("input[name=hand]:checked").input_value()
            self.press(place.locator(f".cell[value='{right[card]}']"))
        expect(place.locator("legend [data-left]")).to_contain_text("Alla")
        self.press(place.locator("button[name=hand_in]"))
        expect(place.locator("table").get_by_text("Bästa rutan")).to_have_count(len(right))


class WideClicks(_Wide, Clicks):
    pass


class WideKeyboard(_Wide, Keyboard):
    pass


@pytest.fixture
def wide_page(make_context: Callable[..., BrowserContext], request: pytest.FixtureRequest) -> Iterator[Page]:
    page = make_context(java_script_enabled="without" not in request.node.name).new_page()
    faults = watch(page)
    yield page
    assert faults == []


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("kind", LESSONS)
def test_with_javascript_the_page_stays_where_it_is(way: str, kind: str, wide_page: Page, course: Course) -> None:
    page = wide_page
    lesson = course.lesson(LESSONS[kind])
    page.goto(f"/sv/lessons/{lesson.id}")
    page.evaluate("window.samePage = true")

    (WideClicks(page) if way == "mouse" else WideKeyboard(page)).take(lesson)

    expect(page.get_by_role("heading", name="Lektionen är klar")).to_be_visible()
    assert page.evaluate("window.samePage") is True
    page.reload()
    expect(page.get_by_role("heading", name="Lektionen är klar")).to_be_visible()


@pytest.mark.parametrize("kind", LESSONS)
def test_without_javascript(kind: str, wide_page: Page, course: Course) -> None:
    lesson = course.lesson(LESSONS[kind])
    wide_page.goto(f"/sv/lessons/{lesson.id}")

    WideClicks(wide_page).take(lesson)

    expect(wide_page.get_by_role("heading", name="Lektionen är klar")).to_be_visible()


# ---------------------------------------------------------------- what is said, and where the focus goes


def test_a_placed_card_is_announced_and_the_next_one_has_focus(page: Page) -> None:
    page.goto("/sv/lessons/1-1")
    card = page.locator("input[name=hand]:checked")
    name = card.locator("xpath=..").inner_text()

    page.locator("[data-field=civilsamhalle] .put").click()

    expect(page.locator("#live")).to_have_text(f"{name} ligger i Civilsamhälle. 9 kort kvar av 10.")
    expect(page.locator("input[name=hand]:checked")).to_be_focused()

    page.get_by_role("button", name=f"Ta tillbaka {name}").click()
    expect(page.locator("#live")).to_have_text(f"{name} är tillbaka bland korten. 10 kort kvar av 10.")
    expect(page.get_by_role("radio", name=name)).to_be_focused()


def test_enter_on_a_card_leads_to_the_places(page: Page) -> None:
    page.goto("/sv/lessons/1-1")
    page.locator("input[name=hand]:checked").focus()

    page.keyboard.press("Enter")

    expect(page.locator(".put").first).to_be_focused()
    expect(page.locator(".placed")).to_have_count(0)


def test_enter_on_a_card_places_nothing_without_javascript(make_context: Callable[..., BrowserContext]) -> None:
    page = make_context(java_script_enabled=False).new_page()
    page.goto("/sv/lessons/1-1")
    page.locator("input[name=hand]:checked").focus()

    page.keyboard.press("Enter")

    expect(page).to_have_url("/sv/lessons/1-1#a-falten")
    expect(page.locator(".placed")).to_have_count(0)


def test_a_moved_line_is_announced_and_keeps_focus(page: Page) -> None:
    page.goto("/sv/lessons/2-1")
    words = page.locator("[data-item] [data-text]").first.inner_text()

    page.locator("[name=down]").first.click()

    expect(page.locator("#live")).to_have_text(f"{words} är nu nummer 2 av 6.")
    expect(page.locator("[data-item]").nth(1).locator("[name=down]")).to_be_focused()


def test_feedback_takes_focus_and_the_completed_lesson_is_announced(page: Page) -> None:
    page.goto("/sv/lessons/0-1")
    page.locator("[name=option]").first.check()
    page.get_by_role("button", name="Svara").click()

    expect(page.locator(".activity__result")).to_be_focused()
    expect(page.locator("#live")).to_have_text("Lektionen är klar")
    expect(page.locator(".lesson__side .is-done")).to_have_count(1)


def test_an_error_takes_focus_and_leads_to_the_field(page: Page) -> None:
    page.goto("/sv/lessons/0-1")
    page.get_by_role("button", name="Svara").click()

    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_role("link", name="Välj ett av svaren").click()
    expect(page.locator("#a-vagval-field")).to_be_focused()


def test_opening_a_lesson_does_not_move_the_focus(page: Page) -> None:
    page.goto("/sv/lessons/0-1")
    page.locator("[name=option]").first.check()
    page.get_by_role("button", name="Svara").click()
    expect(page.locator(".activity__result")).to_be_visible()

    page.goto("/sv/lessons/0-1")

    assert page.evaluate("document.activeElement === document.body")


def test_the_back_button_goes_back_through_a_scenario(page: Page) -> None:
    page.goto("/sv/lessons/5-2")
    page.locator("[name=option]").nth(1).check()
    page.get_by_role("button", name="Se vad som händer").click()
    expect(page.get_by_text("Du valde: Tryck på")).to_be_visible()
    page.get_by_role("link", name="Gå vidare: Lokaltidningen ringer").click()
    expect(page.get_by_role("heading", name="Lokaltidningen ringer")).to_be_focused()

    page.go_back()
    expect(page.get_by_text("Du valde: Tryck på")).to_be_visible()

    page.go_back()
    assert page.url == "about:blank"


# ---------------------------------------------------------------- small screens


def test_a_phone_has_step_and_level_instead_of_a_shrunken_table(make_context: Callable[..., BrowserContext]) -> None:
    page = make_context(viewport=PHONE).new_page()
    page.goto("/sv/lessons/3-3")
    matrix = page.locator("#a-matrisen")

    expect(matrix.locator("table")).to_be_hidden()
    expect(matrix.locator(".sit:visible")).to_have_count(1)
    matrix.get_by_role("radio", name="Förslag").check()
    expect(matrix.get_by_text("remiss med återkoppling").last).to_be_visible()
    matrix.locator("[name=row][value=consultation]").check()
    matrix.get_by_role("button", name="Lägg i Samråd, steg 2").click()
    expect(page.locator("#live")).to_have_text("Situation 1 ligger i Samråd, steg 2. 7 kvar.")

    matrix.get_by_role("button", name="Byt situation").click()
    expect(matrix.locator(".sit:visible")).to_have_count(8)


def test_a_phone_shows_one_card_and_all_the_places(make_context: Callable[..., BrowserContext]) -> None:
    page = make_context(viewport=PHONE).new_page()
    page.goto("/sv/lessons/1-1")

    expect(page.locator(".slip:visible")).to_have_count(1)
    page.get_by_role("button", name="Byt kort").click()
    expect(page.locator(".slip:visible")).to_have_count(10)


@pytest.mark.parametrize("width", [320, 1024])
def test_no_lesson_is_wider_than_the_screen(
    width: int, make_context: Callable[..., BrowserContext], course: Course
) -> None:
    page = make_context(viewport={"width": width, "height": 640}).new_page()
    wide = {}
    for lesson in course.lessons:
        page.goto(f"/sv/lessons/{lesson.id}")
        found = page.evaluate(TOO_WIDE)
        if found:
            wide[lesson.id] = found

    assert wide == {}


TOO_WIDE = """() => [...document.querySelectorAll("main *")]
  .filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && !element.closest(".table-wrap, svg, .vh");
  })
  .map((element) => element.outerHTML.slice(0, 80))"""
