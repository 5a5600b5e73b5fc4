"""axe-core on every page, in both languages and both colour schemes; reflow at 320 pixels, which is 400 % zoom."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from course.schema import Course
from lrs_adapter.outbox import add_destination
from tests.browser.conftest import (
    DESKTOP,
    LiveServer,
    choose_second_step,
    violations,
    violations_in_both_schemes,
    watch,
)
from tests.conftest import Mails
from tests.tracker.taking import recorder_of, take_course
from tracker.auth.services import create_administrator
from tracker.certificates.services import issue
from tracker.clock import now
from tracker.db import db as tracker_db
from tracker.learners.models import Learner, Organisation, OrganisationKind

pytestmark = [pytest.mark.browser, pytest.mark.looks]

ZOOMED = {"width": 320, "height": 640}


def _pages(app: Flask, course: Course, language: str) -> Iterator[str]:
    """Every page without an argument of its own, and one of each of the others. Lessons: ``test_course_pages``."""
    with app.test_request_context():
        for rule in sorted(app.url_map.iter_rules(), key=str):
            is_file = "." in rule.rule.rsplit("/", 1)[-1]
            if "GET" in (rule.methods or ()) and set(rule.arguments) == {"language"} and not is_file:
                yield app.url_for(rule.endpoint, language=language, _external=False)
        yield app.url_for("learning.lesson", lesson_id="3-3", language=language, _external=False)
        for meeting in course.meetings.meetings:
            yield app.url_for("pages.meeting", meeting_id=meeting.id, language=language, _external=False)
        yield app.url_for("admin.change_organisation", organisation_id=1, language=language, _external=False)
        yield app.url_for("lrs_admin.destination", destination_id=1, language=language, _external=False)
        yield f"/{language}/no-such-page"


def _finished_administrator(app: Flask) -> str:
    """Somebody who has taken the whole course, has a certificate and may see everything. Returns the code."""
    with app.app_context():
        db = tracker_db.session
        learner: Learner = create_administrator(db, "chef@region.example", now=now())
        learner.name = "Karin Exempel"
        db.add(Organisation(name="Öppna Köket", kind=OrganisationKind.ASSOCIATION, created_at=now()))
        add_destination(
            db,
            name="Lärarkivet",
            endpoint="https://lrs.example/xapi/",
            key="nyckel",
            secret="hemligt",
            secret_key=app.config["SECRET_KEY"],
            now=now(),
        )
        db.flush()
        take_course(db, app, learner, now=now())
        certificate = issue(db, learner, recorder_of(app).course, now=now())
        db.commit()
        return certificate.code


def _sign_in(page: Page, mails: Mails) -> None:
    page.goto("/sv/sign-in")
    page.get_by_label("E-postadress").fill("chef@region.example")
    page.get_by_role("button", name="Skicka länken").click()
    page.wait_for_url("**/sent")
    page.goto(mails.last_link())
    page.locator("main form button").first.click()
    page.wait_for_url("**/course")
    choose_second_step(page)


@pytest.mark.parametrize("who", ["visitor", "administrator"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_no_page_has_a_fault_that_axe_can_find(
    language: str,
    who: str,
    live_server: LiveServer,
    make_context: Callable[..., BrowserContext],
    axe: Axe,
    course: Course,
    mails: Mails,
) -> None:
    code = _finished_administrator(live_server.app)
    page = make_context(viewport=DESKTOP, reduced_motion="reduce").new_page()
    if who == "administrator":
        _sign_in(page, mails)
    complaints = watch(page)
    found: dict[str, list[str]] = {}
    seen: set[str] = set()
    for address in [*_pages(live_server.app, course, language), f"/{language}/certificates/{code}"]:
        page.goto(address)
        if (place := page.url.split("?")[0]) in seen:
            continue  # a visitor is led to the way in from many places
        seen.add(place)
        both = language == "sv"
        faults = violations_in_both_schemes(axe, page) if both else violations(axe, page, contrast=False)
        if faults or complaints:
            found[address] = [*faults, *complaints]
        complaints.clear()

    assert found == {}
    assert len(seen) > 20


def test_no_page_is_wider_than_a_screen_at_four_hundred_per_cent(
    live_server: LiveServer, make_context: Callable[..., BrowserContext], course: Course, mails: Mails
) -> None:
    code = _finished_administrator(live_server.app)
    visitor, administrator = (make_context(viewport=ZOOMED).new_page() for _ in range(2))
    _sign_in(administrator, mails)
    wide = []
    for page in (administrator, visitor):
        for address in [*_pages(live_server.app, course, "sv"), f"/sv/certificates/{code}"]:
            page.goto(address)
            width = page.locator("html").evaluate("root => root.scrollWidth")
            if width > ZOOMED["width"]:
                wide.append((address, width))

    assert wide == []
