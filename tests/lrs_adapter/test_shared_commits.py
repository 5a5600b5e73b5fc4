"""Requests that share a commit, and Statements that share their parts, stay strangers to each other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from lrs_adapter.credentials import list_credentials, revoke_credential
from lrs_adapter.direct import Direct
from lrs_adapter.errors import Forbidden
from lrs_adapter.store import Stored
from tests.conformance.app import create_app, create_key
from tests.lrs_adapter.conftest import NOW, Lrs

Make = Callable[..., dict[str, Any]]


def send(app: Any, key: str, body: bytes) -> int:
    headers = {"Authorization": f"Basic {key}", "X-Experience-API-Version": "1.0.3"}
    answer = app.test_client().post("/xapi/statements", data=body, content_type="application/json", headers=headers)
    return int(answer.status_code)


def test_a_conflict_is_the_business_of_one_request_only(lrs: Lrs, engine: Engine, statement: Make) -> None:
    there = statement()
    lrs.store(there)
    app, key = create_app(engine), create_key(engine).basic
    sent = [statement() for _ in range(40)]
    other = {**there, "result": {"success": True}}
    everything = [orjson.dumps(one) for one in [other, *sent[:20], other, *sent[20:], other]]
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda text: send(app, key, text), everything))
    assert [status for status, text in zip(statuses, everything, strict=True) if orjson.loads(text) != other] == [
        200
    ] * 40
    assert statuses.count(409) == 3
    assert sorted(lrs.ids()) == sorted(one["id"] for one in [there, *sent])


def test_what_the_app_refuses_is_refused_to_one_request_only(engine: Engine, statement: Make) -> None:
    seen: list[str] = []

    def on_stored(_db: Session, new: list[Stored]) -> None:
        if any(one.statement["object"]["id"].endswith("/no") for one in new):
            raise Forbidden("Not this one")
        seen.extend(one.statement["id"] for one in new)

    app, key = create_app(engine, on_stored=on_stored), create_key(engine).basic
    sent = [statement(object={"id": f"https://course.example/{'no' if n % 7 == 3 else n}"}) for n in range(30)]
    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(lambda one: send(app, key, orjson.dumps(one)), sent))
    assert [status == 403 for status in statuses] == [n % 7 == 3 for n in range(30)]
    assert {one["id"] for one, status in zip(sent, statuses, strict=True) if status == 200} <= set(seen)


def test_a_revoked_credential_stores_nothing_more(lrs: Lrs, db: Session, statement: Make) -> None:
    lrs.store(statement())
    assert lrs("POST", "statements", json=statement()).status_code == 200
    for credential in list_credentials(db):
        revoke_credential(db, credential.id, now=NOW)
    db.commit()
    assert lrs("POST", "statements", json=statement()).status_code == 401


def test_a_property_that_comes_twice_is_seen_among_familiar_parts(lrs: Lrs, statement: Make) -> None:
    sent = statement()
    lrs.store(sent)
    text = orjson.dumps({**sent, "id": statement()["id"]})
    for twice in (
        text[:-1] + b',"timestamp":"2026-11-02T08:30:00Z"}',
        text[:-1] + b',"actor":' + orjson.dumps(sent["actor"]) + b"}",
        text[:-1] + b',"result":{"success":true,"success":false}}',
    ):
        answer = lrs("POST", "statements", data=twice, content_type="application/json")
        assert (answer.status_code, "more than once" in answer.text) == (400, True)
    spaced = b" " + text.replace(b'"actor":', b'"actor" : ') + b"\n"
    assert lrs("POST", "statements", data=spaced, content_type="application/json").status_code == 200


def test_a_familiar_context_is_judged_with_the_object_it_comes_with(lrs: Lrs, statement: Make) -> None:
    context = {"platform": "A course", "revision": "2"}
    lrs.store(statement(context=context))
    refused = lrs("POST", "statements", json=statement(context=context, object={"mbox": "mailto:a@example.com",
                                                                              "objectType": "Agent"}))  # fmt: skip
    assert refused.status_code == 400
    assert refused.get_json()["place"] == "$.context.platform" or refused.get_json()["place"] == "$.context.revision"


@pytest.mark.parametrize("size", [1, 3])
def test_what_is_in_doubt_when_the_connection_breaks_is_stored_once(
    lrs: Lrs, engine: Engine, statement: Make, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    app, key = create_app(engine), create_key(engine).basic
    assert send(app, key, orjson.dumps(statement())) == 200
    assert send(app, key, orjson.dumps(statement())) == 200
    write = Direct.write

    def breaks_afterwards(self: Direct, *given: Any, **more: Any) -> Any:
        write(self, *given, **more)
        raise psycopg.OperationalError("the connection is lost")

    monkeypatch.setattr(Direct, "write", breaks_afterwards)
    without_id = statement()
    del without_id["id"], without_id["timestamp"]
    before = len(lrs.ids())

    assert send(app, key, orjson.dumps([without_id] * size)) == 200
    assert len(lrs.ids()) == before + size


def test_a_batch_with_what_is_there_already_is_stored_as_a_whole_or_not_at_all(lrs: Lrs, statement: Make) -> None:
    there, first, last = statement(), statement(), statement()
    lrs.store(there)
    lrs.store(statement())
    stored = lrs.ids()

    other = {**there, "result": {"success": True}}
    assert lrs("POST", "statements", json=[first, other, last]).status_code == 409
    assert lrs.ids() == stored
    assert lrs.store(first, there, last).get_json() == [first["id"], there["id"], last["id"]]
    assert lrs.ids() == [last["id"], first["id"], *stored]


def test_a_connection_that_the_database_has_ended_costs_no_request(lrs: Lrs, engine: Engine, statement: Make) -> None:
    app, key = create_app(engine), create_key(engine).basic
    for _ in range(3):
        assert send(app, key, orjson.dumps(statement())) == 200
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            connection.execute(text(f"{ended} AND pid <> pg_backend_pid()"))
    sent = [statement() for _ in range(3)]

    assert [send(app, key, orjson.dumps(one)) for one in sent] == [200] * 3
    assert {one["id"] for one in sent} <= set(lrs.ids())
