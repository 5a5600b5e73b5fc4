"""Alive, ready, and the figures for monitoring."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from lrs_adapter.models import DestinationRow, OutboxRow
from tests.conftest import NOW
from tracker.config import WrongSetting, read_settings
from tracker.learners.models import Learner

TOKEN = "a-token-that-is-long-enough"


def _value(page: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.MULTILINE)
    assert found, f"{name} is not among the figures"
    return float(found[1])


# ---------------------------------------------------------------- alive, ready


@pytest.fixture
def without_database(make_app: Callable[..., Flask], tmp_path: Path) -> FlaskClient:
    return make_app(database_url=f"sqlite:///{tmp_path / 'missing' / 'nowhere.sqlite'}").test_client()


def test_is_alive_without_a_database(without_database: FlaskClient) -> None:
    response = without_database.get("/healthz")

    assert response.status_code == 200
    assert response.json == {"status": "alive"}


def test_a_line_break_in_an_address_begins_no_line_in_the_log(
    without_database: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert without_database.get("/sv/claim/x%0ACRITICAL%20forged").status_code == 503

    told = [one.getMessage() for one in caplog.records if one.name == "tracker.errors"]
    assert told == ["The database did not answer: GET /<any(sv, en):language>/claim/<code>"]


def test_is_ready_when_the_tables_are_the_newest(client: FlaskClient) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json == {"status": "ready"}
    assert response.headers["Cache-Control"] == "no-store"


def test_is_not_ready_without_a_database(without_database: FlaskClient) -> None:
    response = without_database.get("/readyz")

    assert response.status_code == 503
    assert response.json == {"status": "not ready", "reason": "the database does not answer"}


def test_is_not_ready_with_older_tables_and_says_which(client: FlaskClient, db: Session) -> None:
    newest = db.scalar(text("SELECT version_num FROM alembic_version"))
    db.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    db.commit()

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json is not None
    assert response.json["reason"] == f"the tables are at revision 0000, the program needs {newest}"


# ---------------------------------------------------------------- figures


def test_counts_requests_by_endpoint_and_status_and_how_long_they_took(client: FlaskClient) -> None:
    for address in ("/sv/glossary", "/sv/glossary", "/nowhere", "/sv/admin/"):
        client.get(address)

    page = client.get("/metrics").text

    counted = "samverkan_http_requests_total"
    assert _value(page, f'{counted}{{endpoint="pages.glossary",method="GET",status="200"}}') == 2
    assert _value(page, f'{counted}{{endpoint="none",method="GET",status="404"}}') == 1
    assert _value(page, f'{counted}{{endpoint="admin.home",method="GET",status="302"}}') == 1
    assert _value(page, 'samverkan_http_request_seconds_count{endpoint="pages.glossary"}') == 2


def test_a_method_that_nobody_knows_makes_no_series_of_its_own(client: FlaskClient) -> None:
    client.open("/sv/", method="BREW")

    assert "BREW" not in client.get("/metrics").text


def test_shows_what_waits_for_an_outside_lrs(
    client: FlaskClient, db: Session, make_learner: Callable[..., Learner]
) -> None:
    make_learner()
    lrs = DestinationRow(name="Region", endpoint="https://lrs.example", key="k", secret=b"s", created=NOW)
    db.add(lrs)
    db.flush()
    db.add_all(
        [
            OutboxRow(destination_id=lrs.id, seq=1, queued=NOW),
            OutboxRow(destination_id=lrs.id, seq=2, queued=NOW),
            OutboxRow(destination_id=lrs.id, seq=3, queued=NOW, refused=NOW, answer="400"),
        ]
    )
    db.commit()

    page = client.get("/metrics").text

    label = f'{{id="{lrs.id}",name="Region"}}'
    assert _value(page, f"samverkan_outbox_waiting{label}") == 2
    assert _value(page, f"samverkan_outbox_refused{label}") == 1
    assert _value(page, f"samverkan_outbox_oldest_seconds{label}") >= 0
    assert _value(page, "samverkan_learners") == 1
    assert _value(page, "samverkan_database_up") == 1


def test_still_counts_requests_when_the_database_is_gone(without_database: FlaskClient) -> None:
    without_database.get("/healthz")

    page = without_database.get("/metrics").text

    assert _value(page, "samverkan_database_up") == 0
    assert "samverkan_learners" not in page
    assert 'endpoint="operations.healthz"' in page


# ---------------------------------------------------------------- who may read them


def test_another_machine_needs_the_token(make_app: Callable[..., Flask]) -> None:
    client = make_app(metrics_token=TOKEN).test_client()
    elsewhere = {"REMOTE_ADDR": "203.0.113.7"}

    def status(authorization: str) -> int:
        headers = {"Authorization": authorization} if authorization else {}
        return client.get("/metrics", environ_overrides=elsewhere, headers=headers).status_code

    assert status(f"Bearer {TOKEN}") == 200
    assert status(f"bearer {TOKEN}") == 200
    assert [status(wrong) for wrong in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer å")] == [401] * 5


def test_a_wrong_token_is_wrong_on_this_machine_too(make_app: Callable[..., Flask]) -> None:
    client = make_app(metrics_token=TOKEN).test_client()

    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_the_world_behind_a_proxy_on_this_machine_is_not_this_machine(client: FlaskClient, header: str) -> None:
    assert client.get("/metrics", headers={header: "203.0.113.7"}).status_code == 401


def test_without_a_token_nobody_else_gets_in(client: FlaskClient) -> None:
    response = client.get(
        "/metrics", environ_overrides={"REMOTE_ADDR": "203.0.113.7"}, headers={"Authorization": "Bearer "}
    )

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_short_token_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="SAMVERKAN_METRICS_TOKEN: has at least 16 characters"):
        read_settings({"SAMVERKAN_METRICS_TOKEN": "short", "SAMVERKAN_INSTANCE": str(tmp_path)})


# ---------------------------------------------------------------- several processes

WORKERS = """
import os, sys
from tracker import operations
operations.count_across_workers()
from dataclasses import replace
from tracker.app import create_app
from tracker.config import read_settings
app = create_app(read_settings(os.environ))
children = []
for number in range(3):
    child = os.fork()
    if child == 0:
        for _ in range(number + 1):
            app.test_client().get("/healthz")
        sys.exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
print(app.test_client().get("/metrics").text)
print(os.environ["PROMETHEUS_MULTIPROC_DIR"])
"""


def test_worker_processes_count_together(tmp_path: Path) -> None:
    environ = {**os.environ, "SAMVERKAN_INSTANCE": str(tmp_path / "instance")}
    environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    done = subprocess.run(
        [sys.executable, "-c", WORKERS], env=environ, capture_output=True, text=True, check=True, timeout=60
    )

    *page, folder = done.stdout.rstrip().splitlines()
    counted = 'samverkan_http_requests_total{endpoint="operations.healthz",method="GET",status="200"}'
    assert _value("\n".join(page), counted) == 6
    assert not Path(folder).exists()  # taken away with the server
