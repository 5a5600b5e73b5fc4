"""The course from a folder: the same lessons as online, answered in a real browser, with nothing but files."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from course.exporters import Format
from course.schema import Course
from tests.browser.conftest import PHONE, LiveServer, live_server, violations, violations_in_both_schemes
from tests.browser.taking import Clicks, Keyboard
from tests.packages.conftest import step_on_and_back

__all__ = ["live_server"]

pytestmark = [pytest.mark.browser, pytest.mark.looks]


@pytest.fixture
def folder(unpacked: Callable[[Format], Path]) -> Path:
    return unpacked(Format.HTML)


def _words(page: Page) -> list[str]:
    """What a lesson says, but not how it is completed, which the site and the package have their own words for."""
    return page.evaluate(
        """() => {
          const copy = document.querySelector(".lesson__main").cloneNode(true);
          const without = copy.querySelectorAll("#lesson-done, [data-only], template, a .vh");
          without.forEach((one) => one.remove());
          return copy.innerText.split(/\\s*\\n\\s*/).map((line) => line.trim()).filter(Boolean);
        }"""
    )


def _same(line: str) -> str:
    return re.sub(r"\s+", " ", line)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_lesson_says_what_the_site_says(
    language: str, folder: Path, new_page: Callable[..., Page], live_server: LiveServer, course: Course
) -> None:
    online, package = new_page(), new_page()
    package.goto(f"{folder.as_uri()}/index.html?lang={language}")
    for lesson in course.lessons:
        online.goto(f"{live_server.url}/{language}/lessons/{lesson.id}")
        package.evaluate(f"location.hash = '#/{lesson.id}'")
        expect(package.locator(".lesson__no .num")).to_have_text(lesson.number)

        assert _words(package) == _words(online), lesson.id


def test_the_whole_course_is_taken_and_is_there_the_next_day(
    folder: Path, new_page: Callable[..., Page], live_server: LiveServer, course: Course
) -> None:
    page, online = new_page(viewport=PHONE), new_page(viewport=PHONE)
    page.goto(f"{folder.as_uri()}/index.html")
    page.get_by_role("link", name="Börja med 0.1").click()
    for lesson in course.core_lessons:
        expect(page.locator(".lesson__no .num")).to_have_text(lesson.number)
        Clicks(page).take(lesson)
        expect(page.get_by_role("heading", name="Lektionen är klar")).to_be_visible()
        if "knowledge-check" not in {activity.kind for activity in lesson.activities["sv"].values()}:
            # The questions are drawn anew each time; everything else gets the very same feedback.
            online.goto(f"{live_server.url}/sv/lessons/{lesson.id}")
            Clicks(online).take(lesson)
            online.reload()
            page.reload()
            assert _words(page) == _words(online), lesson.id
        page.locator(".prev-next [rel=next], .done .btn").last.click()

    again = new_page(same=page)
    again.goto(f"{folder.as_uri()}/index.html")
    expect(again.get_by_role("heading", name="Du är klar med hela kursen.")).to_be_visible()
    expect(again.locator(".weave i.is-done")).to_have_count(len(course.core_lessons))


def test_what_is_begun_is_gone_on_with(folder: Path, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{folder.as_uri()}/index.html#/1-1")
    page.locator("[data-field=civilsamhalle] .put").click()
    again = new_page(same=page)
    again.goto(f"{folder.as_uri()}/index.html")

    again.get_by_role("link", name="Fortsätt med 1.1").click()

    expect(again.locator("[data-field=civilsamhalle] .placed")).to_have_count(1)


def test_back_goes_back_a_step_and_then_a_page(folder: Path, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{folder.as_uri()}/index.html#/5-2")
    step_on_and_back(page, page)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="The local paper calls")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Svenska").click()
    expect(page.get_by_role("heading", name="Du valde: Tryck på")).to_be_visible()

    page.locator(".prev-next [rel=next]").click()
    expect(page.locator(".lesson__no .num")).to_have_text("5.3")
    page.go_back()

    expect(page.locator(".lesson__no .num")).to_have_text("5.2")
    expect(page.get_by_role("heading", name="Du valde: Tryck på")).to_be_visible()
    page.go_back()
    assert page.url == "about:blank"


def test_a_browser_that_keeps_nothing_says_so_and_works(
    folder: Path, new_page: Callable[..., Page], course: Course
) -> None:
    page = new_page()
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no') } })")
    page.goto(f"{folder.as_uri()}/index.html")

    expect(page.get_by_text("Den här webbläsaren sparar inget för sidan.")).to_be_visible()
    page.evaluate("location.hash = '#/2-2'")
    Clicks(page).take(course.lesson("2-2"))
    expect(page.get_by_role("heading", name="Lektionen är klar")).to_be_visible()


def test_the_language_changes_where_one_is(folder: Path, new_page: Callable[..., Page], course: Course) -> None:
    page = new_page()
    page.goto(f"{folder.as_uri()}/index.html#/1-1")
    page.locator("[data-field=civilsamhalle] .put").click()

    page.get_by_role("link", name="English").click()

    expect(page.locator("h1")).to_have_text(course.lesson("1-1").title["en"])
    expect(page.locator("[data-field=civilsamhalle] .placed")).to_have_count(1)
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_keyboard_is_enough(folder: Path, new_page: Callable[..., Page], course: Course) -> None:
    page = new_page(viewport=PHONE)
    for name in ("1-1", "3-3", "4-1"):
        page.goto(f"{folder.as_uri()}/index.html#/{name}")
        page.reload()
        Keyboard(page).take(course.lesson(name))
        expect(page.get_by_role("heading", name="Lektionen är klar")).to_be_visible()


@pytest.mark.parametrize("language", ["sv", "en"])
def test_no_page_has_a_fault_that_axe_can_find_or_is_too_wide(
    language: str, folder: Path, new_page: Callable[..., Page], axe: Axe, course: Course
) -> None:
    page = new_page()
    found = {}
    # The markup is the same in both languages; English words may still be too wide.
    lessons = course.lessons if language == "sv" else [module.lessons[0] for module in course.modules]
    for place in ["", "words", *(lesson.id for lesson in lessons)]:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto("about:blank")
        page.goto(f"{folder.as_uri()}/index.html?lang={language}#/{place}")
        page.locator("main h1").wait_for()
        if language == "sv" and place.endswith("-1"):
            faults = violations_in_both_schemes(axe, page)
        else:
            faults = violations(axe, page, contrast=language == "sv")
        page.set_viewport_size({"width": 320, "height": 640})
        width = page.locator("html").evaluate("root => root.scrollWidth")
        if faults or width > 320:
            found[place] = (faults, width)

    assert found == {}
