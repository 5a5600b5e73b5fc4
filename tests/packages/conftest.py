"""Packages of the whole course, unpacked once, and a browser to play them in."""

import functools
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

from course.exporters import Chosen, Format, House, export
from course.loader import load_course
from course.schema import Course, KnowledgeCheck
from tests.browser.conftest import DESKTOP, PATIENCE, watch
from tests.course.planting import FIXTURE
from tracker.app import TEMPLATES
from tracker.packages.house import house_of


@pytest.fixture(scope="session")
def house() -> House:
    """The pictures are those of the small course: the big one has none."""
    return house_of(TEMPLATES, FIXTURE)


@pytest.fixture(scope="session")
def small() -> Chosen:
    """The course that tests are written for, in both languages."""
    return Chosen(load_course(FIXTURE), ("sv", "en"))


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory, house: House) -> Callable[[Format], Path]:
    """The folder of a package of our own course in Swedish and English."""

    @functools.cache
    def unpack(format_: Format) -> Path:
        folder = tmp_path_factory.mktemp(format_.value)
        package = export(Chosen(load_course(), ("sv", "en")), format_, house)
        zipfile.ZipFile(BytesIO(package)).extractall(folder)
        return folder

    return unpack


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Puts a folder on a port of its own, as a learning platform does. Returns the address."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A page in a browser of its own; a script error in it fails the test. ``same`` shares the browser of another."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def make(same: Page | None = None, **options: Any) -> Page:
        if same is None:
            context = chromium.new_context(
                **{"viewport": DESKTOP, "locale": "sv-SE", "reduced_motion": "reduce", **options}
            )
            context.set_default_timeout(PATIENCE)
            contexts.append(context)
        else:
            context = same.context
        page = context.new_page()
        watched = watch(page)
        page.on("close", lambda _: faults.extend(watched))
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


def step_on_and_back(lesson: Page | Frame, tab: Page) -> None:
    """
    The second step of the scenario in 5.2, and back to the first with the browser's key; then forward again.

    :param tab: where the key is pressed; it may show a platform around the lesson.
    """
    lesson.locator("[name=option]").nth(1).check()
    lesson.get_by_role("button", name="Se vad som händer").click()
    lesson.get_by_role("link", name="Gå vidare: Lokaltidningen ringer").click()
    expect(lesson.get_by_role("heading", name="Lokaltidningen ringer")).to_be_focused()
    tab.evaluate("history.back()")
    expect(lesson.get_by_role("heading", name="Du valde: Tryck på")).to_be_focused()
    tab.evaluate("history.forward()")
    expect(lesson.get_by_role("heading", name="Lokaltidningen ringer")).to_be_focused()


def take_check(lesson: Page | Frame, course: Course, right: int) -> None:
    """Answers the ten questions of a try that is begun: the first ``right`` of them right, the others wrong."""
    activity = next(one for one in course.lesson("6-1").activities["sv"].values() if isinstance(one, KnowledgeCheck))
    bank = {question.id: question for question in activity.questions}
    check = lesson.locator("[data-activity]").first
    for number in range(1, activity.draw + 1):
        expect(check.locator(".label", has_text=f"{number} av {activity.draw}")).to_be_visible()
        options = bank[check.locator("input[name=item]").input_value()].options
        is_right = number <= right
        for option in [one for one in options if one.right is is_right][: None if is_right else 1]:
            check.locator(f"input[name=option][value={option.id}]").check()
        check.locator("button[name=answer]").click()
        check.locator("a[data-in-place]").click()
