"""What the application adds to the LRS that it mounts: a rate for each credential, figures, headers."""

from collections.abc import Callable
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from lrs_adapter.credentials import create_credential
from lrs_adapter.store import INTERNAL, Authority, record, voided_among
from tests.conftest import NOW


def test_a_credential_that_asks_too_often_is_told_when_to_come_again(
    make_app: Callable[..., Flask], db: Session
) -> None:
    first, second = (create_credential(db, name="x", home_page="https://x.example", now=NOW).basic for _ in range(2))
    db.commit()
    client = make_app(lrs_rate="3/minute").test_client()

    def ask(basic: str) -> tuple[int, bool]:
        headers = {"Authorization": f"Basic {basic}", "X-Experience-API-Version": "1.0.3"}
        answer = client.get("/xapi/statements", headers=headers)
        return answer.status_code, 0 < int(answer.headers.get("Retry-After", 0)) <= 60

    assert [ask(first) for _ in range(4)] == [(200, False)] * 3 + [(429, True)]
    assert ask(second) == (200, False)


def test_requests_to_the_lrs_are_counted_and_carry_the_headers_of_every_answer(client: FlaskClient) -> None:
    answer = client.get("/xapi/about")

    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    page = client.get("/metrics").text
    assert 'samverkan_http_requests_total{endpoint="xapi.about",method="GET",status="200"} 1.0' in page


def test_the_endpoint_of_sessions_takes_no_other_keys(client: FlaskClient, db: Session) -> None:
    """A browser that remembers a key would send it from any page, and that page may read the answer."""
    made = create_credential(db, name="reader", home_page="http://localhost/xapi", now=NOW)
    db.commit()
    headers = {"Authorization": f"Basic {made.basic}", "X-Experience-API-Version": "1.0.3"}

    assert client.get("/xapi/statements", headers=headers).status_code == 200
    assert client.get("/xapi/cmi5/statements", headers=headers).status_code == 401


def test_a_void_by_somebody_else_takes_no_progress_away(db: Session) -> None:
    statement_id = uuid4()
    common = {"actor": {"mbox": "mailto:a@example.com"}}
    statement = {
        **common,
        "id": str(statement_id),
        "verb": {"id": "http://x.example/did"},
        "object": {"id": "http://x.y"},
    }
    void = {**common, "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
            "object": {"objectType": "StatementRef", "id": str(statement_id)}}  # fmt: skip
    record(db, [statement], authority=INTERNAL, now=NOW)
    record(db, [void], authority=Authority("https://x.example", "somebody"), now=NOW)

    assert voided_among(db, [UUID(statement["id"])]) == {statement_id}
    assert voided_among(db, [UUID(statement["id"])], authority=INTERNAL) == set()
