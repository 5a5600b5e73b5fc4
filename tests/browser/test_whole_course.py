"""From the start page to a printed certificate, as a new person on a phone. Nothing is read from the database."""

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from course.schema import Course
from tests.browser.conftest import PHONE, LiveServer, choose_second_step, watch
from tests.browser.taking import Clicks, Hands, Keyboard
from tests.conftest import Mails
from tracker.auth.services import create_administrator
from tracker.clock import now
from tracker.db import db as tracker_db
from tracker.demo import load_demo
from tracker.reports.publishing import publish

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("live_server", [{"demo": True}], indirect=True, ids=["demo"])
@pytest.mark.parametrize("way", [pytest.param("keyboard", marks=pytest.mark.looks), "without JavaScript"])
def test_the_whole_course_on_a_phone(
    way: str, live_server: LiveServer, make_context: Callable[..., BrowserContext], course: Course, mails: Mails
) -> None:
    with live_server.app.app_context():
        load_demo(tracker_db.session, live_server.app)
        create_administrator(tracker_db.session, "chef@region.example", now=now())
        tracker_db.session.commit()
    administrator = _sign_in_as_administrator(make_context().new_page(), mails)
    _publish(live_server, course)
    before = _figures(administrator)
    by_name = _completed_by_name(administrator)

    page = make_context(viewport=PHONE, java_script_enabled=way == "keyboard").new_page()
    faults = watch(page)
    hands: Hands = Keyboard(page) if way == "keyboard" else Clicks(page)
    page.goto("/")
    hands.press(page.get_by_role("link", name=re.compile("Börja kursen")))
    for number, lesson in enumerate(course.core_lessons, 1):
        expect(page.get_by_role("heading", level=1)).to_have_text(lesson.title["sv"].replace("\u00ad", ""))
        hands.take(lesson)
        assert _fits(page), f"{lesson.number} is wider than the phone"
        if number < len(course.core_lessons):
            page.goto("/sv/course")
            expect(page.get_by_text(f"{number} av 20 lektioner är klara").first).to_be_attached()
            hands.press(page.locator(".resume a"))
    page.goto("/sv/certificate")
    certificate = _get_certificate(page, hands)

    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
    stranger = make_context().new_page()
    stranger.goto(f"/sv/certificates/{certificate}")
    expect(stranger.locator("main")).to_contain_text("2027.1")
    _publish(live_server, course)
    assert _figures(administrator) == before, "one person more would be told by the difference"
    assert _completed_by_name(administrator) == by_name + 1
    assert faults == []


def _fits(page: Page) -> bool:
    page.wait_for_load_state()
    return bool(page.locator("html").evaluate("root => root.scrollWidth <= window.innerWidth"))


def _get_certificate(page: Page, hands: Hands) -> str:
    issue = page.locator("main button[type=submit], main form[method=post] button")
    if issue.count() and not page.locator(".cert").count():
        hands.press(issue.first)
    expect(page.locator(".cert")).to_be_visible()
    found = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b", page.locator(".cert").inner_text())
    assert found
    return found[0]


def _sign_in_as_administrator(page: Page, mails: Mails) -> Page:
    page.goto("/sv/sign-in")
    page.get_by_label("E-postadress").fill("chef@region.example")
    page.get_by_role("button", name="Skicka länken").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Titta i din e-post")
    page.goto(mails.last_link())
    page.locator("main form button").first.click()
    page.wait_for_url("**/course")
    choose_second_step(page)
    page.goto("/sv/admin/completion")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def _publish(server: LiveServer, course: Course) -> None:
    with server.app.app_context():
        publish(tracker_db.session, course, with_demo=True, now=now())
        tracker_db.session.commit()


def _completed_by_name(page: Page) -> int:
    """For those whose task it is: as it is now."""
    page.goto("/sv/admin/completion/people?status=completed")
    return page.locator("table.table--people tbody tr").count()


class _Figures(NamedTuple):
    started: range
    completed: range


def _figures(page: Page) -> _Figures:
    """Of the whole course, as the administrator's page says. ``12–17`` protects those who are few."""
    page.goto("/sv/admin/completion")
    cells = page.locator("tbody tr", has_text="Hela kursen").locator("td").all_inner_texts()
    ends = [[int(number) for number in re.findall(r"\d+", cell)] for cell in cells[1:3]]
    return _Figures(*(range(found[0], found[-1] + 1) for found in ends))
