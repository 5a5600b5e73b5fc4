"""A part of somebody else's course in a real browser, with one host name and with two."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select

from tests.browser.conftest import DESKTOP, PATIENCE, PHONE, LiveServer, violations_in_both_schemes
from tests.conftest import signed_in
from tests.launch.packages import au, block, course, zipped
from tests.tracker.servers import serving_here
from tracker.db import db as tracker_db
from tracker.launch.models import AuState
from tracker.learners.models import Learner

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
FILES = {"au.html": (HERE / "au.html").read_bytes(), "au.mjs": (HERE / "au.mjs").read_bytes()}
PACKAGE = zipped(
    course(block("a", au("1", url="au.html", title="Avtalet", moveOn="Completed"), title="Grunder"), au("2")), FILES
)


@pytest.fixture(params=["one host name", "two host names"])
def server(make_app: Callable[..., Flask], request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    holder: dict[str, Any] = {}
    with serving_here(lambda *asked: holder["app"](*asked)) as port:
        url = f"http://127.0.0.1:{port}"
        apart = f"http://localhost:{port}" if request.param == "two host names" else None
        holder["app"] = make_app(base_url=url, content_url=apart)
        yield LiveServer(holder["app"], url)


@pytest.fixture
def administrator(
    chromium: Browser, server: LiveServer, make_learner: Callable[..., Learner]
) -> Iterator[BrowserContext]:
    learner = make_learner(email="chef@region.example", is_administrator=True)
    serializer = server.app.session_interface.get_signing_serializer(server.app)  # type: ignore[attr-defined]
    context = chromium.new_context(base_url=server.url, locale="sv-SE", viewport=DESKTOP)
    context.set_default_timeout(PATIENCE)
    cookie = serializer.dumps({"_user_id": signed_in(learner), "_fresh": True})
    context.add_cookies([{"name": "samverkan", "value": cookie, "url": server.url}])
    yield context
    context.close()


def _add(page: Page) -> None:
    page.goto("/sv/admin/courses/new")
    page.set_input_files("input[type=file]", {"name": "kurs.zip", "mimeType": "application/zip", "buffer": PACKAGE})
    page.get_by_role("button", name="Läs in paketet").click()
    page.get_by_role("button", name="Publicera").click()


def test_a_part_is_opened_finished_and_left_and_has_no_power_over_us(
    administrator: BrowserContext, server: LiveServer
) -> None:
    page = administrator.new_page()
    _add(page)
    page.goto("/sv/course")
    page.get_by_role("link", name="Lagen i vardagen").click()

    page.get_by_role("button", name="Öppna Avtalet").click()
    page.locator("#done:enabled").wait_for()
    reached = json.loads(page.locator("#said").inner_text())
    assert reached.pop("cookie") in ("SecurityError", "")
    assert reached.pop("origin") in ("null", server.url.replace("127.0.0.1", "localhost"))
    assert reached == {"page": "TypeError", "press": "TypeError", "opener": "null"}

    page.get_by_role("button", name="Klar").click()
    page.get_by_role("heading", name="Lagen i vardagen").wait_for()
    assert page.get_by_text("Kursen är klar").is_visible(), "and still signed in"
    with server.app.app_context():
        [state] = tracker_db.session.scalars(select(AuState))
        assert state.satisfied_at is not None


@pytest.mark.looks
@pytest.mark.parametrize("server", ["one host name"], indirect=True)
def test_a_certificate_is_made_and_its_pages_are_accessible_and_fit(administrator: BrowserContext, axe: Axe) -> None:
    page = administrator.new_page()
    _add(page)
    page.goto("/sv/course")
    page.get_by_role("link", name="Lagen i vardagen").click()
    page.get_by_role("button", name="Öppna Avtalet").click()
    page.locator("#done:enabled").click()
    page.get_by_role("link", name="Till ditt intyg").click()
    own = page.url
    _fits(axe, page, own)
    page.get_by_label("Namn på intyget").fill("Karin Lindqvist")
    page.get_by_role("button", name="Gör mitt intyg").click()
    page.get_by_role("link", name="Se vad andra ser").click()
    page.get_by_role("heading", name="Intyget är giltigt").wait_for()

    _fits(axe, page, page.url, own, "/sv/my-certificates", "/en/my-certificates", "/sv/course", "/sv/privacy")


def _fits(axe: Axe, page: Page, *addresses: str) -> None:
    for one in addresses:
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        page.goto(one)
        assert violations_in_both_schemes(axe, page) == [], one
        for width in (PHONE["width"], 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, one


@pytest.mark.looks
@pytest.mark.parametrize("server", ["one host name"], indirect=True)
def test_the_pages_are_accessible_and_fit(administrator: BrowserContext, axe: Axe) -> None:
    page = administrator.new_page()
    _add(page)
    address = page.url
    learner = address.replace("/admin", "")
    _fits(axe, page, address, f"{address}/replace", f"{address}/waive", f"{address}/delete", learner)
