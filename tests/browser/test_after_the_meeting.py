"""After the meeting, in browsers: it is entered and corrected, the missed part is done alone, a slip is claimed."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy.orm import Session

from course.schema import Course
from tests.browser.conftest import PHONE, LiveServer, violations, watch
from tests.browser.taking import Clicks
from tests.conftest import signed_in
from tests.groups.circles import Circle
from tracker import db as tracker_db
from tracker.clock import now
from tracker.groups import claiming
from tracker.learners.models import Learner

pytestmark = pytest.mark.browser


def _browser(make_context: Callable[..., BrowserContext], server: LiveServer, learner: Learner | None) -> Page:
    context = make_context(viewport=PHONE)
    if learner is not None:
        with server.app.test_client() as client:
            with client.session_transaction() as session:
                session["_user_id"] = signed_in(learner)
                session["_fresh"] = True
            cookie = client.get_cookie("samverkan")
        assert cookie is not None
        context.add_cookies([{"name": "samverkan", "value": cookie.value, "url": server.url}])
    return context.new_page()


def test_the_missed_meeting_the_claim_and_the_correction(
    live_server: LiveServer, make_context: Callable[..., BrowserContext], course: Course, axe: Axe
) -> None:
    app = live_server.app
    with app.app_context(), Session(tracker_db.db.engine, expire_on_commit=False) as db:
        circle = Circle(db, app, "Yusuf", "Lena", now=now() - timedelta(days=2))
        address = f"/sv/groups/{circle.group.id}/meetings/1"
        yusuf, lena = (member.id for member in circle.members)
        [slip] = claiming.new_codes(db, circle.group, secret=str(app.secret_key), members=[yusuf])
        db.commit()
        karin_is, lena_is = circle.leader.registration.learner, circle.members[1].registration.learner
        db.commit()
        karin = _browser(make_context, live_server, karin_is)
        lenas = _browser(make_context, live_server, lena_is)
    faults = [*watch(karin), *watch(lenas)]

    # The meeting was held on paper. Lena was not there, and the room only had time for two lessons.
    karin.goto(f"{address}/enter")
    assert violations(axe, karin) == []
    karin.locator(f"#presence_{lena}").get_by_text("Inte med").click()
    for name in ("0-2", "1-1", "1-2", "1-3", "2-2", "2-3"):
        karin.locator(f"input[name=lessons][value='{name}']").uncheck()
    karin.get_by_label("Dag", exact=True).fill((now() - timedelta(days=1)).date().isoformat())
    karin.get_by_role("button", name="Spara träffen").click()
    expect(karin.get_by_role("heading", level=1)).to_have_text("Träff 1 är avslutad")
    expect(karin.locator(".came")).to_contain_text("2 av 3")
    assert violations(axe, karin) == []

    # Lena finds the part on her own page and does it alone.
    lenas.goto("/sv/course")
    lenas.get_by_role("link", name="Gör den delen själv").click()
    assert violations(axe, lenas) == []
    missed = lenas.url
    expect(lenas.get_by_text("2 lektioner är kvar")).to_be_visible()
    for lesson, following in pairwise([course.lesson("0-1"), course.lesson("2-1"), None]):
        assert lesson is not None
        lenas.get_by_role("link", name=f"Börja med {lesson.number}").click()
        expect(lenas.get_by_role("heading", level=1)).to_have_text(lesson.title["sv"].replace("\u00ad", ""))
        Clicks(lenas).take(lesson)
        lenas.goto(missed)
        if following is None:
            expect(lenas.get_by_text("Du har gjort allt som gruppen gjorde")).to_be_visible()

    # Yusuf has only a slip.
    yusufs = _browser(make_context, live_server, None)
    yusufs.goto("/sv/claim")
    yusufs.get_by_label("Din personliga kod").fill(slip.code.lower())
    yusufs.get_by_role("button", name="Gå vidare").click()
    expect(yusufs.get_by_role("heading", level=1)).to_have_text("Yusuf, det här är ditt")
    assert violations(axe, yusufs) == []
    yusufs.get_by_role("button", name="Hämta mina lektioner").click()
    expect(yusufs.get_by_text("2 av 20 lektioner är klara")).to_be_visible()

    # Lesson 2.1 was never done. It is taken back from who was there, and stays with Lena, who has done it alone.
    karin.get_by_role("button", name="Öppna träffen igen").click()
    karin.locator("input[name=lessons][value='2-1']").uncheck()
    karin.get_by_role("button", name="Spara ändringarna och avsluta").click()
    expect(karin.locator(".changes")).to_contain_text("Karin rättade träffen och avslutade den.")
    yusufs.goto("/sv/course")
    expect(yusufs.get_by_text("1 av 20 lektioner är klara")).to_be_visible()
    lenas.goto("/sv/course")
    expect(lenas.get_by_text("2 av 20 lektioner är klara")).to_be_visible()

    # They are done. The group ends, which is not the end of what it has done, and goes on when it wants to.
    karin.get_by_role("link", name="Tillbaka till gruppen").click()
    karin.get_by_role("button", name="Avsluta gruppen").click()
    expect(karin.get_by_text("Det ni har gjort finns kvar")).to_be_visible()
    expect(karin.get_by_role("button", name="Gör en ny kod")).to_have_count(0)
    assert violations(axe, karin) == []
    assert karin.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    karin.get_by_role("button", name="Öppna gruppen igen").click()
    expect(karin.get_by_text("Gruppen är öppen igen")).to_be_visible()
    expect(karin.get_by_role("button", name="Gör en ny kod")).to_be_visible()
    assert faults == []
