"""The pages of a group and its meetings: axe-core in both colour schemes, and reflow at 320 pixels."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy.orm import Session

from course.schema import Course
from tests.browser.conftest import PHONE, LiveServer, violations, watch
from tests.browser.walls import PROJECTORS, WIDEST, faults, fullest
from tests.conftest import signed_in
from tests.groups.circles import Circle
from tests.tracker.taking import recorder_of
from tracker import db as tracker_db
from tracker.clock import now
from tracker.groups import agreeing, claiming, joining, leading, services
from tracker.groups.models import Ballot, Member, Presence
from tracker.groups.screen_views import screen_token

pytestmark = [pytest.mark.browser, pytest.mark.looks]

DILEMMA, CARD = "3-4.inbjudan.inbjudan", "3-3.matrisen.enkaten"
SLIDES = {
    "a cover": ("3-1.title", False),
    "a case": ("3-1.text-1", False),
    "how the votes fell": (f"{DILEMMA}.vote", True),
    "what follows": (f"{DILEMMA}.explain", False),
    "the matrix, answered": (f"{CARD}.explain", False),
    "six things to put in order": ("3-2.steg.together", False),
}
LONG = ("4-1.beslutstrad.tisdagskoket.explain", False)


@pytest.fixture
def circle(live_server: LiveServer) -> Iterator[Circle]:
    """Meeting 1 is held, Lena came late to it; meeting 2 is going on and has answers and votes."""
    app = live_server.app
    with app.app_context(), Session(tracker_db.db.engine, expire_on_commit=False) as db:
        circle = Circle(db, app, "Yusuf", "Lena", now=now() - timedelta(days=2))
        services.renew_code(db, circle.group, now=now())
        circle.was_there(1, circle.leader, circle.members[0])
        circle.was_there(1, circle.members[1], presence=Presence.PART, lessons=["1-1"])
        circle.close(1)
        meeting = circle.meeting(2)
        leading.open_meeting(db, meeting, circle.leader, now=now())
        course = recorder_of(app).course
        slides = {one.key: one for one in leading.programme_of(db, meeting, course, "sv").slides}
        activity = course.lesson("3-4").activities["sv"]["inbjudan"]
        choices = [option.id for option in activity.nodes[0].options]  # type: ignore[union-attr]
        for number, choice in enumerate(choices):
            db.add(Ballot(meeting_id=meeting.id, question=f"{DILEMMA}.vote", token=str(number), choice=choice))
        agreeing.answer(db, meeting, course, slides[f"{DILEMMA}.together"], choices[:1], revision=0, now=now())
        matrix = course.lesson("3-3").activities["sv"]["matrisen"]
        cell = next(iter(matrix.cells))  # type: ignore[union-attr]
        agreeing.answer(db, meeting, course, slides[f"{CARD}.together"], [cell], revision=0, now=now())
        db.commit()
        yield circle


def _cookie(app: Flask, circle: Circle, url: str, member: Member | None = None) -> dict[str, str]:
    """The leader's, or a member's."""
    with app.test_client() as client:
        with client.session_transaction() as session:
            session["_user_id"] = signed_in((member or circle.leader).registration.learner)  # type: ignore[union-attr]
            session["_fresh"] = True
        cookie = client.get_cookie("samverkan")
    assert cookie is not None
    circle.db.commit()
    return {"name": "samverkan", "value": cookie.value, "url": url}


def _pages(circle: Circle, app: Flask) -> Iterator[tuple[str, str]]:
    """What it is, and its address; the meeting stands at the right slide when it is asked for."""
    group, meeting, held = f"/sv/groups/{circle.group.id}", circle.meeting(2), circle.meeting(1)
    circle.group.join_code = WIDEST
    member, missed = f"/members/{circle.members[0].id}", f"/sv/meetings/{held.id}/alone"
    circle.db.commit()  # nothing is held while a page is asked for: it may write down who looked
    for page in ("", "/change", "/members", member, "/hours", "/slips", "/meetings/3/plan"):
        yield f"group{page}", group + page
    for page in ("1/closed", "2/close", "2/present", "3/enter"):
        yield page, f"{group}/meetings/{page}"
    yield "the missed part", missed
    [slip] = claiming.new_codes(circle.db, circle.group, secret=str(app.secret_key), members=[circle.members[0].id])
    joining = f"/sv/join/{WIDEST}"
    with app.test_request_context():
        screen = f"/sv/s/{screen_token(meeting)}"
    circle.db.commit()
    yield "the claim", f"/sv/claim/{slip.code}"
    yield "joining", joining
    yield "the code", screen
    for name, (slide, shows_votes) in SLIDES.items():
        meeting.slide, meeting.screen, meeting.shows_votes = slide, "slide", shows_votes
        circle.db.commit()
        yield name, screen
        if name in {"the matrix, answered", "six things to put in order"}:
            yield f"{name}, as the leader sees it", f"{group}/meetings/2"
    meeting.slide, meeting.shows_votes = f"{DILEMMA}.vote", False
    circle.db.commit()
    yield "a phone that votes", f"{group}/now"


def test_no_page_of_a_group_has_a_fault_that_axe_can_find_or_is_wider_than_a_phone(
    live_server: LiveServer, circle: Circle, make_context: Callable[..., BrowserContext], axe: Axe
) -> None:
    context = make_context(reduced_motion="reduce")
    context.add_cookies([_cookie(live_server.app, circle, live_server.url)])  # type: ignore[list-item]
    page = context.new_page()
    complaints = watch(page)
    found: dict[str, list[str]] = {}
    for name, address in _pages(circle, live_server.app):
        page.set_viewport_size({"width": 1366, "height": 768})
        page.emulate_media(color_scheme="light")
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, name
        faults = violations(axe, page)
        if "/s/" in address or name == "a phone that votes":  # the rest is made of what other pages are made of
            page.emulate_media(color_scheme="dark")
            page.reload()
            faults += violations(axe, page, ["color-contrast"])
        page.set_viewport_size({"width": 320, "height": 640})
        width = page.locator("html").evaluate("root => root.scrollWidth")
        if width > 320:
            faults.append(f"{width} pixels wide")
        if faults or complaints:
            found[name] = [*faults, *complaints]
        complaints.clear()

    assert found == {}


def test_the_wall_is_read_from_the_back_of_the_room_and_no_press_is_lost(
    live_server: LiveServer, circle: Circle, make_context: Callable[..., BrowserContext], course: Course
) -> None:
    """Words of 28 pixels on every kind of projector, nothing outside; the leader presses Next without looking."""
    context = make_context(reduced_motion="reduce")
    context.add_cookies([_cookie(live_server.app, circle, live_server.url)])  # type: ignore[list-item]
    wall, lead = context.new_page(), context.new_page()
    lead.set_viewport_size({"width": 1366, "height": 768})
    meeting = circle.meeting(2)
    with live_server.app.test_request_context():
        screen = f"/sv/s/{screen_token(meeting)}"
    wall.goto(screen)
    pages = [(one.name, one.page(live_server.app)) for one in fullest(live_server.app, course)]
    still = make_context(java_script_enabled=False).new_page()
    still.route("**/s/*", _without_reloading)
    still.goto(screen)
    found = {}
    for width, height in PROJECTORS:
        for page in (wall, still):
            page.set_viewport_size({"width": width, "height": height})
            found.update({f"{name} at {width}": wrong for name, wrong in faults(page, pages).items()})
    assert found == {}

    places = set()
    for slide, shows_votes in (SLIDES["how the votes fell"], LONG, SLIDES["six things to put in order"]):
        meeting.slide, meeting.shows_votes, meeting.screen = slide, shows_votes, "slide"
        circle.db.commit()
        lead.goto(f"/sv/groups/{circle.group.id}/meetings/2")
        lead.evaluate("scrollTo(0, 400)")
        box = lead.locator(".remote__next").bounding_box()
        assert box is not None
        places.add((box["x"], box["y"], box["height"]))
    assert len(places) == 1
    assert next(iter(places))[1] < 400

    # Who gets a place that is taken gives away the own.
    chosen = lead.locator("[name^=place-]")
    chosen.first.select_option("4")
    assert chosen.evaluate_all("all => all.map((one) => one.value).join('')") == "423156"

    # What is chosen and not saved is there after a reload, and is saved with Next; without contact the page says so.
    meeting.slide, meeting.shows_votes = f"{DILEMMA}.together", False
    circle.db.commit()
    lead.goto(f"/sv/groups/{circle.group.id}/meetings/2")
    _presses_are_carried_out_one_after_the_other(lead)
    lead.locator("label.slip").nth(2).click()
    lead.reload()
    expect(lead.locator("label.slip input").nth(2)).to_be_checked()
    lead.locator(".remote__next").click()
    expect(lead.locator(".remote [name=seen]")).to_have_value(f"{DILEMMA}.explain")
    expect(lead.locator("label.slip input").nth(2)).to_be_checked()
    lead.reload()
    expect(lead.locator("label.slip input").nth(2)).to_be_checked()
    context.set_offline(True)
    told = lead.locator("[data-contact]")
    expect(told).to_have_text(re.compile("Ingen kontakt"), timeout=20_000)
    expect(told).to_be_in_viewport()
    context.set_offline(False)

    # The phone of somebody who is taken off the list does not go on voting without a word.
    phone = make_context(viewport=PHONE).new_page()
    removed = circle.members[0]
    phone.context.add_cookies([_cookie(live_server.app, circle, live_server.url, removed)])  # type: ignore[list-item]
    phone.goto(f"/sv/groups/{circle.group.id}/now")
    expect(phone.get_by_text("Lämna gruppen").first).to_be_visible()
    circle.db.refresh(circle.group)
    joining.remove(circle.db, removed, now=now())
    circle.db.commit()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Du är inte med i gruppen på den här mobilen")


def _without_reloading(route: Route) -> None:
    """Without JavaScript the shared screen loads itself anew every third second."""
    answer = route.fetch()
    assert 'http-equiv="refresh"' in answer.text()
    route.fulfill(response=answer, body=answer.text().replace('http-equiv="refresh"', ""))


def _presses_are_carried_out_one_after_the_other(lead: Page) -> None:
    """The net is slow: a double click on Next is one step, and what is pressed besides is done after it."""
    held: list[Route] = []
    lead.route("**/meetings/2/move", lambda route: held.append(route), times=1)
    following, told = lead.locator(".remote__next"), lead.locator("[data-pressing]")
    following.click()
    expect(following).to_have_attribute("aria-disabled", "true")
    following.dispatch_event("click")
    expect(told).to_have_text(re.compile("Det är på väg"))
    lead.locator(".remote__back").click()
    lead.locator("button[name=show]").click()
    expect(told).to_have_text(re.compile("Sparat"))
    assert len(held) == 1
    held[0].continue_()
    expect(told).to_be_empty()
    expect(lead.locator(".remote [name=seen]")).to_have_value(f"{DILEMMA}.together")  # a step ahead, and one back
    expect(lead.locator(".remote__screen")).to_contain_text("Koden")

    # A press that does not get through says so, and can be made again.
    lead.route("**/meetings/2/move", lambda route: route.abort(), times=1)
    following.click()
    expect(told).to_have_text(re.compile("Trycket kom inte fram"))
    expect(following).not_to_have_attribute("aria-disabled", "true")
