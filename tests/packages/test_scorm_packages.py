"""SCORM 1.2 and 2004 in a browser, on a platform that refuses everything that its data model does not allow."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page, Route, expect

from course.exporters import Format
from course.schema import Course
from tests.browser.conftest import violations_in_both_schemes
from tests.browser.test_activities import WideClicks
from tests.packages.conftest import step_on_and_back, take_check

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
PLATFORM = (HERE / "scorm_platform.js").read_text(encoding="utf-8")
VERSIONS = [Format.SCORM12, Format.SCORM2004]
MODE = {Format.SCORM12: "cmi.core.lesson_mode", Format.SCORM2004: "cmi.mode"}


@dataclass
class Platform:
    """A learning platform around one SCO after the other, in a frame or in a window of its own."""

    address: str
    version: Format
    page: Page

    def begin(self, kept: dict[str, str] | None, more: dict[str, str]) -> None:
        self.page.goto(f"{self.address}/platform.html")
        self.page.evaluate(PLATFORM)
        self.page.evaluate("given => { platform(...given) }", [self.version.value, kept, more])

    def open(self, lesson: str, kept: dict[str, str] | None = None, **more: str) -> Frame:
        self.begin(kept, {name.replace("__", "."): value for name, value in more.items()})
        return self.frame(lesson)

    def frame(self, lesson: str) -> Frame:
        self.page.evaluate(
            """address => {
              const frame = document.createElement("iframe");
              frame.title = "SCO";
              frame.src = address;
              document.body.append(frame);
            }""",
            f"{lesson}.html",
        )
        self.page.frame_locator("iframe").locator("main h1").wait_for()
        frame = self.page.locator("iframe").element_handle().content_frame()
        assert frame
        return frame

    def open_window(self, lesson: str) -> Page:
        self.begin(None, {})
        with self.page.expect_popup() as opened:
            self.page.evaluate("address => { window.open(address) }", f"{lesson}.html")
        opened.value.locator("main h1").wait_for()
        return opened.value

    def close(self) -> dict[str, str]:
        """Without goodbye: the frame is taken away."""
        self.page.evaluate("document.querySelector('iframe').remove()")
        return self.kept

    def now(self, what: str) -> Any:
        return self.page.evaluate(f"state.{what}")

    @property
    def kept(self) -> dict[str, str]:
        assert self.now("faults") == []
        found: dict[str, str] = self.now("saved")
        return found

    @property
    def status(self) -> str:
        """Completion, and in SCORM 2004 success after it."""
        kept = self.kept
        if self.version is Format.SCORM12:
            return kept["cmi.core.lesson_status"]
        return f"{kept['cmi.completion_status']} {kept['cmi.success_status']}"

    @property
    def score(self) -> str:
        """The raw one, which platforms show as it is."""
        kept = self.kept
        core = "cmi.core" if self.version is Format.SCORM12 else "cmi"
        assert (kept[f"{core}.score.min"], kept[f"{core}.score.max"]) == ("0", "100")
        return kept[f"{core}.score.raw"]


@pytest.fixture(params=VERSIONS, ids=[one.value for one in VERSIONS])
def platform(
    request: pytest.FixtureRequest,
    unpacked: Callable[[Format], Path],
    serve: Callable[[Path], str],
    new_page: Callable[..., Page],
) -> Platform:
    folder = unpacked(request.param)
    (folder / "platform.html").write_text(
        "<!doctype html><html lang=sv><title>Platform</title><style>iframe{width:100%;height:95vh;border:0}</style>"
    )
    return Platform(serve(folder), request.param, new_page())


def _take(frame: Frame | Page, course: Course, lesson: str) -> None:
    WideClicks(cast("Page", frame)).take(course.lesson(lesson))
    expect(frame.get_by_role("heading", name="Lektionen är klar")).to_be_visible()


def _in_file(kept: dict[str, str]) -> dict[str, str]:
    """What does not change from day to day: no times, and no seed."""
    times = {"cmi.core.session_time", "cmi.session_time"}
    found = {
        name: value for name, value in kept.items() if name not in times and not name.endswith(("time", "timestamp"))
    }
    version, lesson, _seed, done, at, _seconds, *rest = found["cmi.suspend_data"].split(";")
    return {**found, "cmi.suspend_data": ";".join([version, lesson, "<seed>", done, at, "<seconds>", *rest])}


@pytest.mark.parametrize("lesson", ["1-1", "1-3", "2-1", "3-3", "4-2", "5-1"])
def test_what_the_platform_keeps_of_a_lesson_stands_in_a_file(
    lesson: str, platform: Platform, course: Course, request: pytest.FixtureRequest
) -> None:
    _take(platform.open(lesson), course, lesson)
    kept = _in_file(platform.close())

    expected = HERE / "expected" / f"{platform.version.value}-{lesson}.json"
    if request.config.getoption("--write-statements"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert kept == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize("lesson", ["0-1", "0-2", "2-2", "4-1", "5-3", "6-2"])
def test_the_other_kinds_of_activity_complete_their_lessons_too(
    lesson: str, platform: Platform, course: Course
) -> None:
    _take(platform.open(lesson), course, lesson)
    platform.close()

    assert platform.status.split()[0] == "completed"


def test_a_window_closed_without_goodbye_is_gone_on_with(platform: Platform, course: Course) -> None:
    frame = platform.open("1-1")
    frame.locator("[data-field=civilsamhalle] .put").click()
    kept = platform.close()
    assert platform.status.split()[0] == "incomplete"
    assert re.fullmatch(
        r"(PT[\d.]+S|0000:00:\d\d\.\d\d)", kept.get("cmi.session_time") or kept["cmi.core.session_time"]
    )

    frame = platform.open("1-1", kept)

    expect(frame.locator("[data-field=civilsamhalle] .placed")).to_have_count(1)
    expect(frame.locator("#a-falten")).to_be_focused()
    frame.locator("[data-field=civilsamhalle] .undo").click()
    _take(frame, course, "1-1")
    kept = platform.close()
    assert platform.status.split()[0] == "completed"

    frame = platform.open("1-1", kept)
    expect(frame.get_by_role("heading", name="Lektionen är klar")).to_be_visible()
    platform.close()
    assert platform.status.split()[0] == "completed"


def test_what_another_lesson_has_left_is_not_this_lessons(platform: Platform) -> None:
    """Open edX keeps one set of data for a package, and hands it to every lesson."""
    left = {"cmi.suspend_data": "2;2-2;abcdef;d;0;9", MODE[platform.version]: "normal", "cmi.exit": "suspend"}

    frame = platform.open("1-1", left)

    assert frame.get_by_role("heading", name="Lektionen är klar").count() == 0
    frame.locator("[data-field=civilsamhalle] .put").click()
    assert platform.close()["cmi.suspend_data"].startswith("2;1-1;")


def test_a_failed_check_is_tried_again_until_it_is_passed(platform: Platform, course: Course) -> None:
    frame = platform.open("6-1")
    frame.locator("button[name=begin]").click()
    take_check(frame, course, right=3)
    expect(frame.get_by_role("heading", name="Inte riktigt framme än")).to_be_visible()
    kept = platform.close()
    assert platform.status in ("incomplete", "incomplete failed")
    assert platform.score == "30"

    frame = platform.open("6-1", kept)
    frame.get_by_role("button", name="Försök igen med nya frågor").click()
    take_check(frame, course, right=9)
    expect(frame.get_by_role("heading", name="Lektionen är klar")).to_be_visible()
    kept = platform.close()
    assert platform.status in ("passed", "completed passed")
    assert platform.score == "90"
    assert kept.get("cmi.score.scaled", "0.9") == "0.9"


@pytest.mark.parametrize("mode", ["browse", "review"])
def test_looking_around_records_nothing(mode: str, platform: Platform, course: Course) -> None:
    _take(platform.open("2-2"), course, "2-2")
    before = platform.close()
    frame = platform.open("2-2", before, **{MODE[platform.version]: mode})
    if mode == "review":
        expect(frame.get_by_text("Inget nytt sparas.")).to_be_visible()
        frame.get_by_role("button", name="Lägg om korten").click()
    else:
        expect(frame.get_by_text("Inget som du gör här sparas.")).to_be_visible()
    _take(frame, course, "2-2")
    after = platform.close()

    assert [name for name in platform.now("calls") if "session_time" not in name] == []
    assert after["cmi.suspend_data"] == before["cmi.suspend_data"]


@pytest.mark.parametrize("platform", [Format.SCORM12], indirect=True)
def test_a_lesson_that_is_only_looked_at_is_browsed(platform: Platform) -> None:
    platform.open("2-2", **{MODE[platform.version]: "browse"})
    platform.close()

    assert platform.status == "browsed"


def test_when_the_platform_loses_its_server_it_is_told_and_saved_later(platform: Platform) -> None:
    frame = platform.open("1-1")
    platform.page.evaluate("() => { state.offline = true; }")
    frame.locator("[data-field=civilsamhalle] .put").click()
    expect(frame.locator("#package-notes").get_by_text("Nätet försvann.")).to_be_visible()

    platform.page.evaluate("() => { state.offline = false; }")
    frame.evaluate("dispatchEvent(new Event('online'))")

    expect(frame.locator("#package-notes").get_by_text("Nätet är tillbaka.")).to_be_visible()
    assert platform.kept["cmi.suspend_data"] == platform.now("data")["cmi.suspend_data"]


@pytest.mark.looks
def test_back_goes_back_a_step_and_leaves_the_platform_its_history(platform: Platform) -> None:
    frame = platform.open("5-2")
    step_on_and_back(frame, platform.page)

    frame.get_by_role("button", name="Lämna lektionen").first.click()
    expect(frame.get_by_role("heading", name="Du har lämnat lektionen")).to_be_focused()

    assert platform.now("stage") == "finished"
    platform.page.go_back()
    assert platform.page.url == "about:blank"


def test_in_a_window_of_its_own_the_lesson_is_left_by_its_button(platform: Platform, course: Course) -> None:
    window = platform.open_window("5-2")
    step_on_and_back(window, window)
    window.go_back()
    window.get_by_role("button", name="Tillbaka och välj om").click()
    _take(window, course, "5-2")

    with window.expect_event("close"):
        window.get_by_role("button", name="Lämna lektionen").first.click()

    assert platform.now("stage") == "finished"
    assert platform.status.split()[0] == "completed"


MOODLE = {
    "player.php": """<!doctype html><html lang=sv><title>Moodle</title><main id=content></main><script>{platform};
      platform("scorm2004", null);
      window.choose = (lesson) => {{
        const address = `loadSCO.php?a=7&scoid=${{lesson}}&currentorg=course&mode=`;
        content.innerHTML = `<iframe title=SCO src="${{address}}"></iframe>`;
      }};
      choose(new URLSearchParams(location.search).get("scoid"));
    </script></html>""",
    "loadSCO.php": """<!doctype html><html lang=sv><title>SCO</title><script>
      location.replace(`../../${{new URLSearchParams(location.search).get("scoid")}}.html`);
    </script></html>""",
}


@pytest.mark.parametrize("platform", [Format.SCORM2004], indirect=True)
def test_moodle_is_asked_for_a_new_page_when_its_api_is_used_up(platform: Platform, course: Course) -> None:
    """Its contents open one SCO after the other on the same API, and that is over when the first has ended it."""
    page = platform.page

    def answer(route: Route) -> None:
        html = MOODLE[Path(urlsplit(route.request.url).path).name]
        route.fulfill(content_type="text/html", body=html.format(platform=PLATFORM))

    page.route("**/mod/scorm/*", answer)
    page.goto(f"{platform.address}/mod/scorm/player.php?a=7&scoid=1-1&display=popup")
    page.frame_locator("iframe").locator("main h1").wait_for()

    with page.expect_navigation():
        page.evaluate("choose('2-2')")

    assert page.url == f"{platform.address}/mod/scorm/player.php?a=7&scoid=2-2&currentorg=course&display=popup"
    page.frame_locator("iframe").locator("main h1").wait_for()
    frame = page.locator("iframe").element_handle().content_frame()
    assert frame
    _take(frame, course, "2-2")
    platform.close()
    assert platform.status.split()[0] == "completed"
    # The new page took the place of the old one: Back leads out, not into the lesson that asks for a new page again.
    page.go_back()
    assert page.url == "about:blank"


@pytest.mark.looks
def test_a_platform_that_breaks_leaves_a_lesson_to_be_read(platform: Platform) -> None:
    platform.begin(None, {})
    platform.page.evaluate("""() => {
      const api = window.API ?? window.API_1484_11;
      for (const name of Object.keys(api)) api[name] = () => { throw new Error("broken"); };
    }""")

    frame = platform.frame("2-2")

    expect(frame.locator("main h1")).to_be_visible()
    expect(frame.get_by_text("Din lärplattform tar inte emot det du gör här.")).to_be_visible()


def test_a_word_opens_beside_and_leaves_the_platform_alone(platform: Platform) -> None:
    frame = platform.open("4-1")
    with platform.page.context.expect_page() as opened:
        frame.get_by_role("link", name="LOU", exact=False).first.click()

    expect(opened.value.locator("#lou dd")).to_be_visible()
    opened.value.goto(f"{platform.address}/1-1.html?read&lang=sv")
    expect(opened.value.get_by_text("Lektionen är öppen för läsning.")).to_be_visible()
    assert platform.now("faults") == []
    assert platform.now("stage") == "running"


def test_without_a_platform_a_lesson_can_be_read(platform: Platform, course: Course) -> None:
    platform.page.goto(f"{platform.address}/3-3.html")

    expect(platform.page.get_by_text("Lektionen är öppen för läsning.")).to_be_visible()
    _take(platform.page, course, "3-3")


def test_a_lesson_on_a_platform_has_no_fault_that_axe_can_find(platform: Platform, axe: Axe, course: Course) -> None:
    found = {}
    for lesson in ("0-1", "3-3", "6-1"):
        window = platform.open_window(lesson)
        window.set_viewport_size({"width": 320, "height": 640})
        faults = violations_in_both_schemes(axe, window)
        width = window.locator("html").evaluate("root => root.scrollWidth")
        if faults or width > 320:
            found[lesson] = (faults, width)
        window.close()

    assert found == {}
