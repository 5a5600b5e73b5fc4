"""The limits of the LRS are the operator's, and one credential can't take it all."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lrs_adapter.credentials import create_credential
from lrs_adapter.resources import Limits
from tests.conftest import NOW
from tests.lrs_admin.making import make

VERSION = {"X-Experience-API-Version": "1.0.3"}


def _key(db: Session, name: str) -> str:
    made = create_credential(db, name=name, home_page="http://localhost/xapi", now=NOW)
    db.commit()
    return made.basic


def _send(app: Flask, basic: str, *statements: dict[str, Any]) -> TestResponse:
    headers = {**VERSION, "Authorization": f"Basic {basic}", "Content-Type": "application/json"}
    return app.test_client().post("/xapi/statements", data=json.dumps(statements), headers=headers)


def test_a_batch_past_the_limit_of_the_settings_is_refused(make_app: Callable[..., Flask], db: Session) -> None:
    app = make_app(lrs_limits=Limits(batch=2, body=5_000))
    basic = _key(db, "tool")

    assert _send(app, basic, make(), make()).status_code == 200
    assert _send(app, basic, make(), make(), make()).status_code == 413
    assert _send(app, basic, make(result={"response": "x" * 5_000})).status_code == 413


def test_a_document_in_chunks_is_never_cut_off_at_the_limit(make_app: Callable[..., Flask], db: Session) -> None:
    app = make_app(lrs_limits=Limits(body=5_000, document=5_000))
    headers = {**VERSION, "Authorization": f"Basic {_key(db, 'tool')}", "Content-Type": "text/plain"}
    place = {"profileId": "p", "activityId": "https://course.example/lesson/1"}

    def send(size: int) -> int:
        # Without a length, as what comes in chunks.
        chunked = {"wsgi.input": BytesIO(b"x" * size), "wsgi.input_terminated": True, "HTTP_IF_NONE_MATCH": "*"}
        client = app.test_client()
        return client.put(
            "/xapi/activities/profile", query_string=place, headers=headers, environ_overrides=chunked
        ).status_code

    assert send(5_001) == 413
    assert send(20_000) == 413
    assert send(5_000) == 204


def test_one_that_asks_too_often_waits_and_others_do_not(make_app: Callable[..., Flask], db: Session) -> None:
    app = make_app(lrs_rate="2/hour")
    first, second = _key(db, "first"), _key(db, "second")

    answers = [_send(app, first, make()) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 3600
    assert answers[2].headers["X-Experience-API-Version"] == "1.0.3"
    assert answers[2].headers["Access-Control-Allow-Origin"] == "*"
    assert _send(app, second, make()).status_code == 200


def test_a_proxy_is_believed_only_when_the_settings_say_so(make_app: Callable[..., Flask]) -> None:
    """Without a key it is the network address that counts, so it must be the visitor's and not the proxy's."""

    def ask(app: Flask, visitor: str) -> int:
        return app.test_client().get("/xapi/statements", headers={**VERSION, "X-Forwarded-For": visitor}).status_code

    believing, other = make_app(lrs_rate="1/hour", trusted_proxies=1), make_app(lrs_rate="1/hour")

    assert [ask(believing, "192.0.2.1"), ask(believing, "192.0.2.1"), ask(believing, "192.0.2.2")] == [401, 429, 401]
    assert [ask(other, "192.0.2.3"), ask(other, "192.0.2.4")] == [401, 429]
