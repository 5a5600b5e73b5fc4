"""The tiny address that every device asks: has anything changed?"""

import re
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.conftest import Visitor
from tests.groups.conftest import forged, look
from tracker.clock import now
from tracker.db import engine_of
from tracker.groups.live import Revisions, live_token
from tracker.groups.models import Group


@pytest.fixture
def address(group: Group, margareta: Visitor) -> str:
    margareta.post(f"/sv/groups/{group.id}/meetings/1/open")
    page = margareta.get(f"/sv/groups/{group.id}/meetings/1").text
    found = re.search(r'data-live="([^"]+)"', page)
    assert found
    return found[1]


def _revision(client: FlaskClient, address: str, seen: str = "x") -> int:
    revision: int = client.get(f"{address}/{seen}").get_json()["revision"]
    return revision


def test_a_device_hears_of_a_press_and_of_nothing_else(
    address: str, client: FlaskClient, group: Group, margareta: Visitor
) -> None:
    before = _revision(client, address)
    assert client.get(f"{address}/{before}").status_code == 204

    margareta.post(f"/sv/groups/{group.id}/meetings/1/move", {"seen": "start", "to": "next"})
    while (answer := client.get(f"{address}/{before}")).status_code == 204:
        pass  # a tenth of a second at most
    assert answer.get_json() == {"revision": before + 1}


def test_nobody_is_told_of_a_meeting_without_its_signed_address(address: str, client: FlaskClient) -> None:
    assert client.get(f"{forged(address)}/0").status_code == 404
    assert client.get("/live/").status_code == 404
    assert client.get("/live/" + "x" * 5000 + "/0").status_code == 404
    assert client.post(f"{address}/0").status_code == 404


def test_the_address_says_nothing_and_sets_no_cookie(address: str, client: FlaskClient) -> None:
    answer = client.get(f"{address}/x")

    assert set(answer.get_json()) == {"revision"}
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_thousand_questions_are_one_query(app: Flask, start_group: Callable[..., Group]) -> None:
    groups = [start_group(name=name).id for name in ("Torsdag", "Fredag")]
    asked: list[str] = []
    engine = engine_of(app)
    event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_rest: asked.append(statement))
    at = 0.0
    revisions = Revisions(engine, clock=lambda: at)
    asked.clear()

    def queries() -> int:
        return sum("SELECT" in statement for statement in asked)

    for _ in range(1000):
        for one in groups:
            revisions.of(one)
    first = queries()
    at = 0.2
    for one in groups:
        revisions.of(one)

    assert first == len(groups)
    assert queries() == first + 1


def test_the_token_of_one_group_is_not_that_of_another(group: Group) -> None:
    assert live_token(group.id, "secret") != live_token(uuid.uuid4(), "secret")


def test_a_phone_hears_of_what_happens_between_the_meetings(
    group: Group, margareta: Visitor, client: FlaskClient, make_visitor: Callable[[], Visitor], db: Session
) -> None:
    """Let in before a meeting, a new day, a meeting entered from paper, and one that is opened again."""
    group_page = f"/sv/groups/{group.id}"
    phone = make_visitor()
    phone.post(f"/sv/join/{group.join_code}", {"name": "Bengt"})
    found = re.search(r'data-live="([^"]+)" data-revision="(\d+)"', phone.get(f"{group_page}/now").text)
    assert found
    address, seen = found[1], found[2]

    def heard() -> bool:
        """Whether the phone is told of something new."""
        nonlocal seen
        before = time.monotonic()
        while (answer := client.get(f"{address}/{seen}")).status_code == 204:
            if time.monotonic() > before + 10:
                return False
        seen = str(answer.get_json()["revision"])
        return True

    margareta.post(f"{group_page}/members", {"names": "Signe", "type_in": "1"})
    assert heard()
    margareta.post(
        f"{group_page}/meetings/1/plan", {"day": "2027-02-04", "begins": "17:30", "ends": "19:30", "location": ""}
    )
    assert heard()
    margareta.post(f"{group_page}/meetings/1/open")
    assert heard()
    closing = {
        "day": (now() - timedelta(days=1)).date().isoformat(),
        "begins": "17:30",
        "ends": "19:30",
        "break_minutes": "10",
        "lessons": ["1-1"],
        **{f"presence_{member.id}": "whole" for member in look(db, group).members},
    }
    assert margareta.post(f"{group_page}/meetings/1/close", closing).status_code == 302
    assert heard()
    margareta.post(f"{group_page}/meetings/1/reopen")
    assert heard()
    assert "Ledaren har öppnat den igen" in phone.get(f"{group_page}/now").text


def test_the_pages_name_the_same_address(address: str, group: Group, make_visitor: Callable[[], Visitor]) -> None:
    phone = make_visitor()
    phone.post(f"/sv/join/{group.join_code}", {"name": "Bengt"})

    assert address in phone.get(f"/sv/groups/{group.id}/now").text


def test_a_database_that_is_gone_is_told_in_one_line(
    make_app: Callable[..., Flask], group: Group, caplog: pytest.LogCaptureFixture
) -> None:
    gone = make_app(database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    answer = gone.test_client().get(f"/live/{live_token(group.id, gone.config['SECRET_KEY'])}/0")

    assert answer.status_code == 503
    assert [(one.getMessage(), one.exc_info) for one in caplog.records] == [
        ("Nothing is known of the groups: OperationalError", None)
    ]
