"""Many writers at once: nothing twice, nothing lost, nobody waits for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from flask import Flask
from sqlalchemy import Engine

from tests.conformance.app import create_app, create_key
from tests.lrs_adapter.conftest import Lrs

Make = Callable[..., dict[str, Any]]


def poster(app: Flask, engine: Engine) -> Callable[[list[dict[str, Any]]], int]:
    key = create_key(engine).basic

    def post(batch: list[dict[str, Any]]) -> int:
        answer = app.test_client().post(
            "/xapi/statements",
            data=orjson.dumps(batch),
            content_type="application/json",
            headers={"Authorization": f"Basic {key}", "X-Experience-API-Version": "1.0.3"},
        )
        return answer.status_code

    return post


def test_the_same_batches_in_other_orders(lrs: Lrs, engine: Engine, statement: Make) -> None:
    """Each names the same Actors and Activities, with another definition each time."""
    post = poster(create_app(engine), engine)
    sent = [
        statement(
            actor={"mbox": f"mailto:{n % 5}@example.com", "name": f"Name {n % 3}"},
            object={"id": f"https://course.example/{n % 7}", "definition": {"name": {"en": f"Lesson {n}"}}},
            context={"contextActivities": {"parent": [{"id": f"https://course.example/{(n + 1) % 7}"}]}},
        )
        for n in range(30)
    ]
    batches = [sent[turn:] + sent[:turn] if turn % 2 else (sent[turn:] + sent[:turn])[::-1] for turn in range(24)]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(post, batches)) == {200}
    assert sorted(lrs.ids()) == sorted(one["id"] for one in sent)


def test_a_walk_through_the_pages_while_others_write(lrs: Lrs, engine: Engine, statement: Make) -> None:
    """Data 2.5: each Statement that was there at the start is read once."""
    post = poster(create_app(engine), engine)
    there = [statement() for _ in range(60)]
    lrs.store(*there)
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(post, [statement() for _ in range(5)]) for _ in range(20)]
        found = lrs.ids(limit=7)
        assert {one.result() for one in writing} == {200}
    assert len(found) == len(set(found))
    assert set(found) >= {one["id"] for one in there}
    assert len(lrs.ids()) == 160
