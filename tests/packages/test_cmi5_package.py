"""Our cmi5 package on our own launching system, which holds an AU to every rule, over real HTTP in a real browser."""

import json
import re
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from playwright.sync_api import Page, Route, expect

from course.exporters import Chosen, Format, House, export
from course.iri import lesson_iri
from course.loader import load_course
from course.schema import Course
from lrs_adapter.credentials import Scope, create_credential
from tests.browser.conftest import LiveServer, live_server
from tests.browser.test_activities import WideClicks
from tests.packages.conftest import step_on_and_back, take_check
from tracker.api.tokens import TokenScope, create_token
from tracker.clock import now
from tracker.db import db

__all__ = ["live_server"]

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
ACTOR = {"account": {"homePage": "https://portal.example", "name": "4711"}}
CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"


@dataclass
class Portal:
    """The platform, as another system uses it."""

    url: str
    token: str
    key: str
    course: dict[str, Any]
    iri: str
    new_page: Callable[..., Page]

    def send(self, method: str, path: str, body: Any = None, media_type: str = "application/json") -> Any:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", media_type)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def launch(self, lesson: str, **more: Any) -> dict[str, Any]:
        index = self.index(lesson)
        found: dict[str, Any] = self.send(
            "POST", f"/courses/{self.course['id']}/aus/{index}/launch", {"actor": ACTOR, **more}
        )
        return found

    def index(self, lesson: str) -> int:
        return next(int(au["index"]) for au in self.course["aus"] if au["publisher_id"] == lesson_iri(self.iri, lesson))

    def open(self, launched: dict[str, Any], **options: Any) -> Page:
        page = self.new_page(**options)
        page.goto(launched["launch_url"])
        page.locator("main h1").wait_for()
        return page

    def result(self, launched: dict[str, Any], lesson: str) -> dict[str, Any]:
        found: dict[str, Any] = self.send("GET", f"/registrations/{launched['registration']}")["aus"][
            self.index(lesson)
        ]
        return found

    def statements(self, launched: dict[str, Any]) -> list[dict[str, Any]]:
        """Of the AU and in the order of their timestamps; what the platform itself says is left out."""
        query = urlencode({"registration": launched["registration"], "limit": 200, "ascending": "true"})
        request = urllib.request.Request(f"{self.url}/xapi/statements?{query}")
        request.add_header("Authorization", f"Basic {self.key}")
        request.add_header("X-Experience-API-Version", "1.0.3")
        with urllib.request.urlopen(request) as answer:
            found = json.load(answer)["statements"]
        own = [one for one in found if one["verb"]["id"].split("/")[-1] not in {"launched", "satisfied", "abandoned"}]
        return sorted(own, key=lambda one: str(one["timestamp"]))

    def verbs(self, launched: dict[str, Any]) -> list[str]:
        """``*`` marks what cmi5 defines."""
        return [
            one["verb"]["id"].split("/")[-1] + ("*" if CMI5 in _ids(one, "category") else "")
            for one in self.statements(launched)
        ]

    def wait_for(self, launched: dict[str, Any], verb: str, page: Page) -> list[str]:
        """The browser's last words may still be on their way when the page is gone."""
        for _ in range(400):
            verbs = self.verbs(launched)
            if verbs and verbs[-1] == verb:
                return verbs
            page.wait_for_timeout(50)
        raise AssertionError(f"no {verb} came, but {self.verbs(launched)}")


def _ids(statement: dict[str, Any], kind: str) -> list[str]:
    return [one["id"] for one in statement["context"].get("contextActivities", {}).get(kind, [])]


@pytest.fixture(scope="session")
def package(house: House) -> bytes:
    return export(Chosen(load_course(), ("sv", "en")), Format.CMI5, house)


@pytest.fixture
def portal(live_server: LiveServer, package: bytes, new_page: Callable[..., Page], course: Course) -> Portal:
    with live_server.app.app_context():
        _, token = create_token(db.session, name="Portalen", scopes=[TokenScope.COURSES], now=now())
        key = create_credential(db.session, name="Portalen", home_page=live_server.url, now=now(), scopes=[Scope.ALL])
        db.session.commit()
    portal = Portal(live_server.url, token, key.basic, {}, course.info.iri, new_page)
    portal.course = portal.send("POST", "/courses?filename=kurs.zip", package, "application/zip")
    return portal


def _take(page: Page, course: Course, lesson: str) -> None:
    WideClicks(page).take(course.lesson(lesson))
    expect(page.get_by_role("heading", name="Lektionen är klar")).to_be_visible()


def _leave(page: Page) -> None:
    page.get_by_role("button", name="Lämna lektionen").first.click()
    expect(page.get_by_role("heading", name="Du har lämnat lektionen")).to_be_visible()


def _in_file(statements: list[dict[str, Any]], launched: dict[str, Any], portal: Portal, lesson: str) -> Any:
    """What does not change from run to run: no ids that the platform gives, no times, nothing that the LRS adds."""
    for one in statements:
        for name in ("id", "stored", "timestamp", "authority", "version"):
            one.pop(name, None)
        if "duration" in one.get("result", {}):
            one["result"]["duration"] = "<duration>"
    words = json.dumps(statements, ensure_ascii=False, indent=1, sort_keys=True)
    for told, name in (
        (launched["registration"], "<registration>"),
        (launched["session_id"], "<session>"),
        (portal.course["aus"][portal.index(lesson)]["lms_id"], "<activityId>"),
        (portal.course["id"], "<course>"),
        (portal.url, "https://platform.example"),
    ):
        words = words.replace(told, name)
    return json.loads(words)


@pytest.mark.parametrize("lesson", ["1-1", "1-3", "2-1", "3-3", "4-2"])
def test_the_statements_of_a_lesson_stand_in_a_file(
    lesson: str, portal: Portal, course: Course, request: pytest.FixtureRequest
) -> None:
    launched = portal.launch(lesson)
    page = portal.open(launched)
    _take(page, course, lesson)
    _leave(page)

    said = _in_file(portal.statements(launched), launched, portal, lesson)
    expected = HERE / "expected" / f"cmi5-{lesson}.json"
    if request.config.getoption("--write-statements"):
        expected.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert said == json.loads(expected.read_text(encoding="utf-8"))
    assert portal.result(launched, lesson)["satisfied"] is True


def test_a_window_closed_without_goodbye_is_gone_on_with_in_the_next_session(portal: Portal, course: Course) -> None:
    first = portal.launch("1-1")
    page = portal.open(first)
    with page.expect_response(lambda answer: '"civilsamhalle"' in (answer.request.post_data or "")):
        page.locator("[data-field=civilsamhalle] .put").click()
    page.goto("about:blank")
    assert portal.wait_for(first, "terminated*", page) == ["initialized*", "terminated*"]

    second = portal.launch("1-1", registration=first["registration"])
    page = portal.open(second)

    expect(page.locator("[data-field=civilsamhalle] .placed")).to_have_count(1)
    page.locator("[data-field=civilsamhalle] .undo").click()
    _take(page, course, "1-1")
    _leave(page)
    assert portal.verbs(second) == [
        "initialized*", "terminated*", "initialized*", "answered", "completed*", "terminated*",
    ]  # fmt: skip
    assert portal.result(second, "1-1")["completed"] is True


def test_a_check_is_failed_in_one_session_and_passed_in_another(portal: Portal, course: Course) -> None:
    launched = portal.launch("6-1")
    page = portal.open(launched)
    page.locator("button[name=begin]").click()
    take_check(page, course, right=7)
    _leave(page)
    assert portal.verbs(launched) == ["initialized*", *["answered"] * 10, "failed*", "terminated*"]
    assert portal.result(launched, "6-1")["failed"] is True

    again = portal.launch("6-1", registration=launched["registration"])
    page = portal.open(again)
    page.get_by_role("button", name="Försök igen med nya frågor").click()
    take_check(page, course, right=10)
    expect(page.get_by_role("heading", name="Lektionen är klar")).to_be_visible()
    _leave(page)

    verbs = portal.verbs(again)
    assert verbs[13:] == ["initialized*", *["answered"] * 10, "passed*", "completed*", "terminated*"]
    result = portal.result(again, "6-1")
    assert (result["passed"], result["completed"], result["satisfied"]) == (True, True, True)
    passed = next(one for one in portal.statements(again) if one["verb"]["id"].endswith("/passed"))
    assert passed["result"]["score"] == {"scaled": 1, "raw": 10, "min": 0, "max": 10}
    assert passed["context"]["extensions"]["https://w3id.org/xapi/cmi5/context/extensions/masteryscore"] == 0.8


@pytest.mark.parametrize("mode", ["Browse", "Review"])
def test_looking_around_says_only_that_it_began_and_ended(mode: str, portal: Portal, course: Course) -> None:
    launched = portal.launch("2-2", launch_mode=mode)
    page = portal.open(launched)
    _take(page, course, "2-2")
    _leave(page)

    assert portal.verbs(launched) == ["initialized*", "terminated*"]


def test_what_is_done_without_the_net_is_sent_when_it_is_back(portal: Portal, course: Course) -> None:
    launched = portal.launch("4-2")
    page = portal.open(launched)
    portal.wait_for(launched, "initialized*", page)
    page.context.set_offline(True)
    _take(page, course, "4-2")
    expect(page.locator("#package-notes").get_by_text("Nätet försvann.")).to_be_visible()

    page.context.set_offline(False)

    expect(page.locator("#package-notes").get_by_text("Nätet är tillbaka.")).to_be_visible()
    _leave(page)
    assert portal.verbs(launched) == ["initialized*", *["answered"] * 4, "completed", "completed*", "terminated*"]


def test_what_was_done_without_the_net_in_a_closed_window_is_told_in_the_next_session(
    portal: Portal, course: Course
) -> None:
    """The browser keeps a copy, for a page that has a place to keep it; so the package stands on a site of its own."""
    first = portal.launch("2-2")
    page = portal.new_page()
    site = first["launch_url"].split("/2-2.html")[0]
    page.route(f"{site}/**", _without_sandbox)
    page.goto(first["launch_url"])
    page.locator("main h1").wait_for()
    portal.wait_for(first, "initialized*", page)
    page.context.set_offline(True)
    _take(page, course, "2-2")
    page.goto("about:blank")
    page.context.set_offline(False)

    second = portal.launch("2-2", registration=first["registration"])
    page.goto(second["launch_url"])

    expect(page.get_by_role("heading", name="Lektionen är klar")).to_be_visible()
    _leave(page)
    # Whether the closing window's last words got out or not, it is told, and told once.
    verbs = portal.verbs(second)
    assert (verbs.count("initialized*"), verbs.count("completed*"), verbs[-1]) == (2, 1, "terminated*")
    assert portal.result(second, "2-2")["completed"] is True


def _without_sandbox(route: Route) -> None:
    answer = route.fetch()
    headers = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
    route.fulfill(response=answer, headers=headers)


def test_an_answer_that_is_lost_on_the_way_back_makes_nothing_twice(portal: Portal, course: Course) -> None:
    launched = portal.launch("2-2")
    page = portal.open(launched)
    lost: list[str] = []

    def lose(route: Route) -> None:
        route.fetch()
        if len(lost) < 2:
            lost.append(route.request.post_data or "")
            route.abort()
        else:
            route.continue_()

    page.route(re.compile("/statements$"), lose)
    _take(page, course, "2-2")
    page.evaluate("dispatchEvent(new Event('online'))")
    _leave(page)

    assert len(lost) == 2
    assert portal.verbs(launched) == ["initialized*", "answered", "completed*", "terminated*"]


def test_the_learners_language_goes_before_the_browsers(portal: Portal) -> None:
    launched = portal.launch("1-1")
    parameters = dict(part.split("=", 1) for part in launched["launch_url"].split("?")[1].split("&"))
    query = urlencode({"agent": unquote(parameters["actor"]), "profileId": "cmi5LearnerPreferences"})
    address = f"{portal.url}/xapi/agents/profile?{query}"
    headers = {"Authorization": f"Basic {portal.key}", "X-Experience-API-Version": "1.0.3"}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as there:
        headers |= {"If-Match": there.headers["ETag"], "Content-Type": "application/json"}
    wanted = json.dumps({"languagePreference": "en-US,sv-SE"}).encode()
    urllib.request.urlopen(urllib.request.Request(address, wanted, headers, method="PUT")).close()

    page = portal.open(launched)

    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_window_goes_back_where_the_platform_wants_it(portal: Portal, course: Course) -> None:
    launched = portal.launch("5-2", return_url=f"{portal.url}/healthz")
    page = portal.open(launched)
    step_on_and_back(page, page)

    page.get_by_role("button", name="Lämna lektionen").first.click()

    page.wait_for_url("**/healthz")
    assert portal.verbs(launched) == ["initialized*", "answered", "terminated*"]
    page.go_back()
    assert page.url == "about:blank"


def test_an_address_that_was_opened_before_says_so_and_can_be_read(portal: Portal) -> None:
    launched = portal.launch("2-2")
    page = portal.open(launched)
    page.reload()

    expect(page.get_by_text("Lektionen har redan öppnats från den här adressen.")).to_be_visible()
    expect(page.locator("main h1")).to_be_visible()
    assert portal.verbs(launched) == ["initialized*", "terminated*"]
