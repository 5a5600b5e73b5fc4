"""The tiny address that every device asks: has anything changed?"""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.conftest import Visitor
from tests.groups.conftest import forged
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


def test_a_thousand_questions_are_one_query(app: Flask, group: Group, margareta: Visitor) -> None:
    asked: list[str] = []
    engine = engine_of(app)
    event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_rest: asked.append(statement))
    now = 0.0
    revisions = Revisions(engine, clock=lambda: now)
    asked.clear()

    def queries() -> int:
        return sum("SELECT" in statement for statement in asked)

    for _ in range(1000):
        for meeting in group.meetings:
            revisions.of(meeting.id)
    first = queries()
    now = 0.2
    revisions.of(group.meetings[0].id)

    assert first == len(group.meetings)
    assert queries() == first + 1


def test_the_token_of_one_meeting_is_not_that_of_another(group: Group) -> None:
    tokens = {live_token(meeting.id, "secret") for meeting in group.meetings}

    assert len(tokens) == len(group.meetings)


def test_the_pages_name_the_same_address(address: str, group: Group, make_visitor: Callable[[], Visitor]) -> None:
    phone = make_visitor()
    phone.post(f"/sv/join/{group.join_code}", {"name": "Bengt"})

    assert address in phone.get(f"/sv/groups/{group.id}/now").text
