"""The course's own pages as they look: accessibility in every state, weight, print, the big screen."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from course.schema import Course
from tests.browser.conftest import DESKTOP, PHONE, PROJECTOR, unbreakable, violations, violations_in_both_schemes
from tests.browser.taking import Clicks

pytestmark = [pytest.mark.browser, pytest.mark.looks]

HEAVIEST = ["1-1", "3-3", "6-2"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_axe_finds_nothing_on_any_page_of_the_course(
    language: str, make_context: Callable[..., BrowserContext], axe: Axe, course: Course
) -> None:
    page = make_context(reduced_motion="reduce", viewport=PHONE).new_page()
    found = {}
    for path in ["course", *(f"lessons/{lesson.id}" for lesson in course.lessons)]:
        page.goto(f"/{language}/{path}")
        both = language == "sv"
        if faults := violations_in_both_schemes(axe, page) if both else violations(axe, page, contrast=False):
            found[path] = faults

    assert found == {}


def test_axe_finds_nothing_in_what_an_answer_shows(
    make_context: Callable[..., BrowserContext], axe: Axe, course: Course
) -> None:
    page = make_context(reduced_motion="reduce", viewport=DESKTOP).new_page()
    found = {}

    def check(what: str) -> None:
        if faults := violations_in_both_schemes(axe, page):
            found[what] = faults

    page.goto("/sv/lessons/1-1")
    page.locator("[data-field=marknad] .put").click()
    check("a placed card")
    page.locator("[name=hand_in]").click()
    expect(page.locator(".activity__result")).to_be_visible()
    check("cards with feedback")
    page.goto("/sv/lessons/3-3")
    for cell in ["information-1", "dialogue-2", "consultation-5"]:
        page.locator(f".cell[value={cell}]").click()
    page.locator("[name=hand_in]").click()
    expect(page.locator(".activity__result")).to_be_visible()
    check("the matrix with feedback")
    page.goto("/sv/lessons/5-2")
    page.get_by_role("button", name="Se vad som händer").click()
    expect(page.locator(".error-summary")).to_be_visible()
    check("an error")
    page.locator("[name=option]").first.check()
    page.get_by_role("button", name="Se vad som händer").click()
    expect(page.locator(".sides")).to_be_visible()
    check("a consequence")
    page.goto("/sv/lessons/6-1")
    page.locator("[name=begin]").click()
    page.locator("#a-kunskapskoll [name=option]").first.check()
    page.locator("[name=answer]").click()
    expect(page.locator(".activity__result")).to_be_visible()
    check("an explanation")
    for lesson_id in ("2-1", "4-1", "4-2", "0-1"):
        page.goto(f"/sv/lessons/{lesson_id}")
        Clicks(page).take(course.lesson(lesson_id))
        check(f"{lesson_id} complete")
    page.goto("/sv/course")
    check("the overview of somebody on the way")

    assert found == {}


def test_a_lesson_weighs_less_than_100_kilobytes(make_context: Callable[..., BrowserContext]) -> None:
    weights = {}
    for lesson_id in HEAVIEST:
        page = make_context().new_page()
        weights[lesson_id] = _weigh(page, f"/sv/lessons/{lesson_id}")

    assert {lesson: total for lesson, (total, _) in weights.items() if total >= 100_000} == {}
    assert {lesson: script for lesson, (_, script) in weights.items() if script >= 12_000} == {}


def _weigh(page: Page, address: str) -> tuple[int, int]:
    """Bytes over the wire on a first visit, headers included: everything, and JavaScript alone."""
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.responseReceived", lambda e: addresses.update({e["requestId"]: e["response"]["url"]}))
    devtools.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: int(e["encodedDataLength"])}))
    page.goto(address, wait_until="networkidle")
    assert {url.split("/")[2] for url in addresses.values()} == {page.url.split("/")[2]}
    return sum(sizes.values()), sum(size for key, size in sizes.items() if ".js?" in addresses[key])


def test_paper_has_the_cards_and_the_places_but_no_buttons(page: Page) -> None:
    page.goto("/sv/lessons/1-1")
    page.emulate_media(media="print")

    expect(page.locator(".slip:visible")).to_have_count(10)
    expect(page.locator(".board:visible")).to_have_count(5)
    expect(page.locator("main button:not([name=hold]):visible")).to_have_count(0)
    expect(page.get_by_text("Källor")).to_be_visible()


def test_paper_has_the_whole_matrix_and_lines_to_write_on(make_context: Callable[..., BrowserContext]) -> None:
    page = make_context(viewport=PHONE).new_page()
    page.emulate_media(media="print")
    page.goto("/sv/lessons/3-3")
    expect(page.locator("#a-matrisen table")).to_be_visible()
    expect(page.locator(".sit:visible")).to_have_count(8)

    page.goto("/sv/lessons/6-2")
    expect(page.locator("#a-plan textarea:visible")).to_have_count(3)


def test_paper_is_filled_from_the_first_page(page: Page) -> None:
    for address in ("/sv/lessons/1-1", "/sv/course"):
        page.goto(address)
        assert unbreakable(page) == [], address


def test_paper_has_a_picture_of_the_cloth_as_well(page: Page) -> None:
    """Firefox prints no conic gradient."""
    page.goto("/sv/lessons/1-1")
    page.emulate_media(media="print")

    images = page.locator("main *").evaluate_all("all => all.map(one => getComputedStyle(one).backgroundImage)")
    checked = [image for image in images if "conic-gradient" in image]
    assert checked
    assert [image for image in checked if not image.endswith('/static/img/cloth.svg")')] == []


def test_the_big_screen_has_big_text_and_one_thing_at_a_time(make_context: Callable[..., BrowserContext]) -> None:
    context = make_context(viewport=PROJECTOR)
    page = context.new_page()
    page.goto("/sv/lessons/3-3")
    context.add_cookies([{"name": "display", "value": ".storbild", "url": page.url}])

    page.goto("/sv/lessons/3-3")

    sizes = page.locator("main :is(p, li, th, label):visible").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 28
    expect(page.locator(".lesson__side")).to_be_hidden()
    expect(page.locator(".sit:visible")).to_have_count(1)
    table = page.locator("#a-matrisen table").bounding_box()
    assert table
    assert table["height"] < PROJECTOR["height"]


def test_reduced_motion_stops_what_moves(make_context: Callable[..., BrowserContext]) -> None:
    page = make_context(reduced_motion="reduce").new_page()
    page.goto("/sv/lessons/1-1")

    seconds = page.locator("main *").evaluate_all(
        "all => Math.max(...all.map(one => parseFloat(getComputedStyle(one).transitionDuration) || 0))"
    )
    assert seconds < 0.001


def test_forced_colours_still_show_what_is_chosen(make_context: Callable[..., BrowserContext]) -> None:
    page = make_context(forced_colors="active").new_page()
    page.goto("/sv/lessons/1-1")

    chosen, other = page.locator(".slip:has(:checked)"), page.locator(".slip:not(:has(:checked))").first
    assert chosen.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    assert other.evaluate("one => getComputedStyle(one).outlineStyle") == "none"
