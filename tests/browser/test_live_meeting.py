"""Five real browsers hold meeting 1: a facilitator, the shared screen and three phones; Signe has no phone.

On two worker processes behind one address, which share the database only.
"""

import base64
import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from course.iri import lesson_iri
from course.schema import Course
from tests.browser.conftest import DESKTOP, PATIENCE, PHONE, PROJECTOR, watch
from tests.conftest import Mails
from tests.tracker.servers import free_port, run_samverkan, running

pytestmark = pytest.mark.browser

NAMES = ("Bengt", "Gun-Britt", "Yusuf")


@dataclass(frozen=True)
class Server:
    url: str
    key: str
    secret: str

    def statements(self, **query: str) -> list[dict[str, Any]]:
        """Asked of the LRS over HTTP, as another system does."""
        token = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        request = urllib.request.Request(
            f"{self.url}/xapi/statements?{urllib.parse.urlencode(query)}",
            headers={"Authorization": f"Basic {token}", "X-Experience-API-Version": "1.0.3"},
        )
        with urllib.request.urlopen(request) as answer:
            found: list[dict[str, Any]] = json.load(answer)["statements"]
            return found


@pytest.fixture
def server(database_url: str, mails: Mails, tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    settings = {"database_url": database_url, "mail_url": mails.url, "base_url": f"http://127.0.0.1:{port}"}
    instance = tmp_path / "instance"
    made = json.loads(run_samverkan(instance, "lrs", "credential", "create", "test", "--json", **settings).stdout)
    with running(instance, port, "--workers", "2", **settings) as url:
        yield Server(url, made["key"], made["secret"])


@pytest.fixture
def device(chromium: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """A browser of its own with one page. A script error or a refusal by the content policy fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def make(**options: object) -> Page:
        context = chromium.new_context(base_url=server.url, locale="sv-SE", reduced_motion="reduce", **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        faults.append("")
        found = watch(page)
        page.on("close", lambda _page: faults.extend(found))
        return page

    yield make
    for context in contexts:
        context.close()
    assert [fault for fault in faults if fault] == []


def _sign_in(page: Page, mails: Mails) -> None:
    page.goto("/sv/sign-in?next=/sv/groups/new")
    page.get_by_label("E-postadress").fill("margareta@forening.example")
    page.get_by_role("button", name="Skicka länken").click()
    page.wait_for_url("**/sent")
    page.goto(mails.last_link())
    page.locator("main form button").first.click()
    page.wait_for_url("**/groups/new")


def _start(page: Page) -> str:
    """The group, with Signe written in. Returns the code."""
    page.get_by_label("Gruppens namn").fill("Torsdagsgruppen")
    page.get_by_label("Ditt namn i gruppen").fill("Margareta")
    page.get_by_role("button", name="Starta gruppen").click()
    page.get_by_role("link", name="Skriv in, bjud in").click()
    page.get_by_label("Namn, ett på varje rad").fill("Signe")
    page.get_by_role("button", name="Skriv in dem").click()
    page.get_by_role("link", name="Tillbaka till gruppen").click()
    return page.locator(".code--big [aria-hidden]").inner_text()


def _join(phone: Page, code: str, name: str) -> None:
    phone.goto("/ga-med")
    phone.get_by_label("Gruppens kod").fill(code.lower())
    phone.get_by_role("button", name="Gå vidare").click()
    expect(phone.get_by_role("heading", name="Vad sparas, och vem ser det?")).to_be_visible()
    phone.get_by_label("Ditt namn").fill(name)
    phone.get_by_role("button", name="Gå med").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(f"Välkommen, {name}")


def _vote(phone: Page, letter: str) -> None:
    phone.get_by_role("radio", name=re.compile(f"^{letter}\\.")).check()
    phone.get_by_role("button", name=re.compile("[Rr]öst")).click()


def test_a_group_holds_its_first_meeting(
    device: Callable[..., Page], server: Server, mails: Mails, course: Course
) -> None:
    facilitator, screen = device(viewport=DESKTOP), device(viewport=PROJECTOR)
    phones = [device(viewport=PHONE) for _ in NAMES]
    # One clock is an hour slow, one an hour fast. The server's counts.
    phones[2].add_init_script("const right = Date.now; Date.now = () => right() - 3_600_000")
    facilitator.add_init_script("const right = Date.now; Date.now = () => right() + 3_600_000")
    _sign_in(facilitator, mails)
    code = _start(facilitator)

    # The shared screen is on another device, which gets the code by hand.
    screen.goto("/s")
    screen.get_by_label("Gruppens kod").fill(code)
    screen.get_by_role("button", name="Visa träffen").click()
    expect(screen.locator(".bigcode [aria-hidden]")).to_have_text(code)
    facilitator.get_by_role("button", name="Öppna träff 1").click()
    for phone, name in zip(phones, NAMES, strict=True):
        _join(phone, code, name)

    # Those who have joined stand on the facilitator's page by themselves, and one press ticks everybody.
    seats = facilitator.locator("[name=present]")
    expect(seats).to_have_count(5)
    facilitator.get_by_role("button", name="Alla är här").click()
    expect(facilitator.get_by_text("5 av 5 här")).to_be_visible()

    # A tick that is made without contact is kept, and there after a reload.
    signe = facilitator.get_by_role("checkbox", name="Signe")
    facilitator.context.set_offline(True)
    signe.uncheck()
    facilitator.context.set_offline(False)
    expect(facilitator.get_by_text("4 av 5 här")).to_be_visible()
    facilitator.reload()
    expect(signe).not_to_be_checked()
    signe.check()
    expect(facilitator.get_by_text("5 av 5 här")).to_be_visible()

    # The room goes on, and every device follows.
    facilitator.get_by_role("button", name="Två dilemman").click()
    expect(screen.get_by_role("heading", level=1)).to_have_text("När principerna prövas")
    following = facilitator.locator(".remote__next")
    while "Rösta" not in following.inner_text():
        seen = facilitator.locator(".remote [name=seen]").input_value()
        following.click()
        expect(facilitator.locator(".remote [name=seen]")).not_to_have_value(seen)
    facilitator.locator(".remote__next").click()
    for phone in phones:
        expect(phone.get_by_role("radio")).to_have_count(3)

    # Two vote, one of them anew while the first vote is on its way.
    held: list[Route] = []
    phones[0].route("**/now/vote", lambda route: held.append(route), times=1)
    with phones[0].expect_request("**/now/vote"):
        _vote(phones[0], "C")
    _vote(phones[0], "A")
    expect(phones[0].get_by_text("Sparad i mobilen")).to_be_visible()
    held[0].continue_()
    expect(phones[0].get_by_text("Din röst är inne")).to_be_visible()
    # The third has lost the net, and its vote comes when it is back.
    _vote(phones[1], "B")
    phones[2].context.set_offline(True)
    _vote(phones[2], "B")
    expect(phones[2].get_by_text("Sparad i mobilen")).to_be_visible()
    expect(facilitator.get_by_text("2 har röstat")).to_be_visible()
    expect(facilitator.get_by_role("button", name="Visa hur rösterna föll")).to_have_count(0)
    phones[2].context.set_offline(False)
    expect(phones[2].get_by_text("Din röst är inne")).to_be_visible()
    expect(facilitator.get_by_text("3 har röstat")).to_be_visible()
    expect(screen.locator(".votes")).to_have_count(0)
    facilitator.get_by_role("button", name="Visa hur rösterna föll").click()
    expect(screen.locator(".votes td b")).to_have_text(["1", "2", "0"])

    # A phone that sleeps while the room goes on is told that its vote came too late.
    following.click()
    expect(screen.locator("[aria-current=step]")).to_have_text("Samtala")
    following.click()
    for phone in phones:
        expect(phone.get_by_role("radio")).to_have_count(3)
    phones[2].context.set_offline(True)
    _vote(phones[2], "C")
    following.click()
    expect(screen.locator("[aria-current=step]")).to_have_text("Svara ihop")
    phones[2].context.set_offline(False)
    expect(phones[2].get_by_text("Titta på storbilden")).to_be_visible()

    # What the group agrees on is on the screen, and what is being written is not disturbed by it.
    facilitator.get_by_label("En gemensam mening").fill("Vi svarar öppet.")
    facilitator.locator("label.slip", has_text="B.").click()
    facilitator.get_by_role("button", name="Spara svaret").click()
    expect(screen.locator("li.is-ours")).to_contain_text("Svara öppet")
    expect(facilitator.get_by_label("En gemensam mening")).to_have_value("Vi svarar öppet.")

    # The facilitator's computer is started again; so is the screen.
    again = facilitator.context.new_page()
    again.goto(facilitator.url)
    expect(again.locator("label.slip", has_text="B.").locator("input")).to_be_checked()
    screen.reload()
    expect(screen.locator("li.is-ours")).to_contain_text("Svara öppet")
    assert not any(name in screen.content() for name in (*NAMES, "Signe", "Margareta"))

    again.get_by_role("button", name="Ett ord var").click()
    expect(again.locator(".remote [name=seen]")).to_have_value("closing-8")
    again.locator(".remote__next").click()
    expect(screen.get_by_role("heading", level=1)).to_have_text("Tack för i dag")
    # The window that was left open has followed too.
    expect(facilitator.get_by_text("Tacka alla och avsluta träffen")).to_be_visible()
    expect(facilitator.get_by_role("link", name="Avsluta träffen").first).to_be_visible()

    # The meeting is closed with lesson 2.3 and all five; the screen that was left open says so.
    facilitator.get_by_role("link", name="Avsluta träffen").first.click()
    for box in facilitator.locator("input[name=lessons]:visible").all():
        box.set_checked(box.get_attribute("value") == "2-3")
    # It was over in a minute here; the facilitator writes the times of an evening.
    day = date.fromisoformat(facilitator.locator("#day").input_value())
    facilitator.locator("#day").fill((day - timedelta(days=1)).isoformat())
    facilitator.locator("#begins").fill("17:30")
    facilitator.locator("#ends").fill("19:30")
    facilitator.get_by_role("button", name="Avsluta träffen").click()
    expect(facilitator).to_have_url(re.compile("/closed"))
    expect(screen.get_by_role("heading", level=1)).to_have_text("Träffen är slut")
    expect(phones[0].get_by_text("Träff 2", exact=True)).to_be_visible()

    # Everybody has the lesson, Signe too, whose slip says so.
    expect(facilitator.locator("tbody tr", has_text="Signe")).to_contain_text("Hela tiden")
    for phone in (*phones, facilitator):
        phone.goto("/sv/course")
        expect(phone.get_by_text("1 av 20 lektioner är klara")).to_be_visible()
    _are_recorded(server, course)


def _are_recorded(server: Server, course: Course) -> None:
    """Lesson 2.3 for five people, each in their own name, and what the group agreed on in the group's."""
    said = server.statements(limit="500", ascending="true")
    [answered] = [one for one in said if one["verb"]["id"].endswith("/answered")]
    assert answered["actor"]["objectType"] == "Group"
    assert answered["result"]["response"] == "svara-oppet"
    team, leader = answered["actor"]["account"], answered["context"]["instructor"]["account"]
    [meeting] = {one["object"]["id"] for one in said if one["verb"]["id"].endswith("/attended")}
    of_members: dict[str, list[str]] = {}
    for one in said:
        if one["object"]["id"] not in {lesson_iri(course.info.iri, "2-3"), meeting}:
            continue
        of_members.setdefault(one["actor"]["account"]["name"], []).append(one["verb"]["id"].rsplit("/")[-1])
        assert one["context"]["team"]["account"] == team
        assert one["context"]["instructor"]["account"] == leader
    assert [sorted(verbs) for verbs in of_members.values()] == [["attended", "completed"]] * 5
    assert leader["name"] in of_members
    assert len({one["context"]["registration"] for one in said}) == 6  # the members', and the group's
    written = json.dumps(said)
    assert not any(name in written for name in (*NAMES, "Signe", "Margareta", "Vi svarar", "Torsdagsgruppen"))
