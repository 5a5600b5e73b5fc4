"""Requests that come at the same moment: each thing happens once."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.launch import packages
from tests.launch.conftest import ACTOR, Api, Au, Lrs

AT_ONCE = 6


def _at_once(app: Flask, do: Callable[[Any], Any]) -> list[Any]:
    """What ``do`` gives for as many clients, which all begin together."""
    together = threading.Barrier(AT_ONCE)
    found: list[Any] = []

    def work() -> None:
        client = app.test_client()
        together.wait()
        found.append(do(client))

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == AT_ONCE
    return found


@pytest.fixture
def imported(api: Api) -> dict[str, Any]:
    return api.add(packages.one_au(moveOn="Completed"))


def test_of_many_who_fetch_one_gets_the_token(app: Flask, api: Api, imported: dict[str, Any]) -> None:
    au = api.launch(imported)

    answers = _at_once(app, lambda client: Au(client, au.launched).fetch().json)

    assert sum("auth-token" in one for one in answers) == 1
    assert sum(one.get("error-code") == "1" for one in answers) == AT_ONCE - 1


def test_a_verb_that_many_requests_say_is_stored_once(app: Flask, api: Api, lrs: Lrs, imported: dict[str, Any]) -> None:
    au = api.launch(imported).begin()

    def complete(client: Any) -> int:
        mine = Au(client, au.launched, au.token, au.data, au.clock)
        return mine.put(mine.statement("completed")).status_code

    assert Counter(_at_once(app, complete)) == {204: 1, 403: AT_ONCE - 1}
    verbs = Counter(lrs.verbs(au.launched["registration"]))
    assert (verbs["completed"], verbs["satisfied"]) == (1, 1)


def test_the_same_statement_sent_many_times_is_one(app: Flask, api: Api, lrs: Lrs, imported: dict[str, Any]) -> None:
    au = api.launch(imported).begin()
    statement = au.statement("completed")

    answers = _at_once(app, lambda client: Au(client, au.launched, au.token).put(statement).status_code)

    assert set(answers) == {204}
    verbs = Counter(lrs.verbs(au.launched["registration"]))
    assert (verbs["completed"], verbs["satisfied"]) == (1, 1)


def test_many_first_launches_of_one_registration_make_one(app: Flask, api: Api, lrs: Lrs) -> None:
    course = api.add(packages.one_au())
    wanted = str(uuid.uuid4())

    def launch(client: Any) -> int:
        path = f"/courses/{course['id']}/aus/0/launch"
        return Api(client, api.token).send("POST", path, {"actor": ACTOR, "registration": wanted}).status_code

    assert _at_once(app, launch) == [201] * AT_ONCE
    verbs = Counter(lrs.verbs(wanted))
    assert (verbs["launched"], verbs["abandoned"], verbs["satisfied"]) == (AT_ONCE, AT_ONCE - 1, 1)


def test_waiving_many_times_waives_once(app: Flask, api: Api, lrs: Lrs, imported: dict[str, Any]) -> None:
    registration = api.launch(imported).launched["registration"]
    path = f"/registrations/{registration}/aus/0/waive"

    def waive(client: Any) -> int:
        return Api(client, api.token).send("POST", path, {"reason": "Administrative"}).status_code

    assert Counter(_at_once(app, waive)) == {201: 1, 409: AT_ONCE - 1}
    assert Counter(lrs.verbs(registration))["waived"] == 1


def test_a_course_deleted_while_statements_come(app: Flask, api: Api, lrs: Lrs, imported: dict[str, Any]) -> None:
    """Each is stored before, or refused after; never half, never a fault of the server's."""
    au = api.launch(imported).begin()
    number = iter(range(AT_ONCE))

    def work(client: Any) -> int:
        if next(number) == AT_ONCE // 2:
            return Api(client, api.token).send("DELETE", f"/courses/{imported['id']}").status_code
        mine = Au(client, au.launched, au.token, au.data, au.clock)
        return mine.put(mine.statement("http://adlnet.gov/expapi/verbs/experienced")).status_code

    answers = Counter(_at_once(app, work))

    assert set(answers) <= {204, 403}
    assert api.send("GET", f"/courses/{imported['id']}").status_code == 404
    assert Counter(lrs.verbs(au.launched["registration"]))["experienced"] == answers[204] - 1
