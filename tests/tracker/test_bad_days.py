"""A database that is gone or locked: a page that says so, and nothing half-saved."""

import sqlite3
from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.conftest import Visitor
from tests.tracker.servers import free_port
from tracker import db as tracker_db
from tracker.db import engine_of


@pytest.mark.parametrize(
    ("language", "words"), [("sv", "Vi når inte vår databas just nu"), ("en", "We cannot reach our database right now")]
)
def test_a_database_that_is_gone_is_told_in_the_language_of_the_page(
    make_app: Callable[..., Flask], language: str, words: str
) -> None:
    app = make_app(database_url=f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/gone")

    response = app.test_client().get(f"/{language}/certificates/AAAA-BBBB-CCCC")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"
    assert words in response.text
    assert "Traceback" not in response.text


def test_a_database_that_stays_locked_is_told_and_nothing_is_saved(
    make_app: Callable[..., Flask], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL has no lock on the whole database")
    monkeypatch.setattr(tracker_db, "BUSY_TIMEOUT_MS", 50)
    visitor = Visitor(make_app().test_client())
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        refused = visitor.post("/sv/lessons/0-1/activities/vagval", {"attempt": "1", "hand_in": "1", "option": "sjalv"})
    finally:
        other.execute("ROLLBACK")

    assert refused.status_code == 503
    assert other.execute("SELECT count(*) FROM learner").fetchone() == (0,)
    assert other.execute("SELECT count(*) FROM lrs_statement").fetchone() == (0,)
    other.close()


def test_what_was_to_be_stored_stands_in_no_log(make_app: Callable[..., Flask]) -> None:
    engine = engine_of(make_app())

    with engine.connect() as connection, pytest.raises(DBAPIError) as raised:
        connection.execute(text("INSERT INTO nothing VALUES (:email)"), {"email": "karin@forening.example"})

    assert "INSERT INTO nothing" in str(raised.value)
    assert "karin@" not in str(raised.value)


def test_a_connection_that_the_database_has_ended_costs_no_page(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    visitor = Visitor(app.test_client())
    assert visitor.get("/sv/certificates/AAAA-BBBB-CCCC").status_code == 404
    if engine_of(app).dialect.name == "postgresql":
        with engine_of(app).connect() as resting:
            pid = resting.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(engine_of(app).url.set(drivername="postgresql").render_as_string(False)) as other:
            waited = other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid]).fetchone()
            assert waited == (True,)

    assert visitor.get("/sv/certificates/AAAA-BBBB-CCCC").status_code == 404
