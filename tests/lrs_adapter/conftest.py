"""What the tests of the LRS stand on: a real database with its tables and nothing else, and the LRS over HTTP."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from lrs_adapter.models import Base
from tests.conformance.app import create_app, create_database, create_key

NOW = datetime(2026, 11, 2, 8, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(scope="module")
def empty_database(_server_url: str | None, tmp_path_factory: pytest.TempPathFactory) -> str:
    if _server_url is None:
        return f"sqlite:///{tmp_path_factory.mktemp('lrs') / 'lrs.sqlite'}"
    name = f"lrs_{uuid4().hex}"
    admin = create_engine(_server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return make_url(_server_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def engine(empty_database: str) -> Iterator[Engine]:
    engine = create_database(empty_database)
    yield engine
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    engine.dispose()


@pytest.fixture
def session_factory(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


@pytest.fixture
def db(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory() as session:
        yield session


@pytest.fixture
def statement() -> Callable[..., dict[str, Any]]:
    """A small valid Statement with its own id; keywords replace members, None takes one away."""

    def make(**changes: Any) -> dict[str, Any]:
        made: dict[str, Any] = {
            "id": str(uuid4()),
            "actor": {"objectType": "Agent", "account": {"homePage": "https://course.example", "name": "learner-1"}},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en": "completed"}},
            "object": {"id": "https://course.example/lesson/1", "definition": {"name": {"en": "Lesson"}}},
            "timestamp": "2026-11-02T08:30:00.000Z",
        }
        made.update(changes)
        return {name: value for name, value in made.items() if value is not None}

    return make


class Lrs:
    """The LRS over HTTP as a client sees it, with a key that may do everything."""

    def __init__(self, app: Flask, engine: Engine) -> None:
        self.client = app.test_client()
        self.engine = engine
        self.key = create_key(engine).basic

    def __call__(self, method: str, path: str, *, version: str | None = "1.0.3", **options: Any) -> TestResponse:
        """``json``, ``data``, ``query_string`` and ``headers`` as Werkzeug has them; ``key`` for another credential."""
        headers = {"Authorization": f"Basic {options.pop('key', self.key)}", **options.pop("headers", {})}
        if version is not None:
            headers["X-Experience-API-Version"] = version
        return self.client.open(f"/xapi/{path}", method=method, headers=headers, **options)

    def store(self, *statements: dict[str, Any], **options: Any) -> TestResponse:
        answer = self("POST", "statements", json=list(statements), **options)
        assert answer.status_code == 200, answer.text
        return answer

    def ids(self, *, version: str = "1.0.3", **parameters: Any) -> list[str]:
        """The ids of the Statements found, page after page."""
        answer = self("GET", "statements", query_string=parameters, version=version)
        assert answer.status_code == 200, answer.text
        found = []
        while True:
            found += [one["id"] for one in answer.get_json()["statements"]]
            if not (more := answer.get_json().get("more")):
                return found
            answer = self("GET", more.removeprefix("/xapi/"), version=version)
            assert answer.status_code == 200, answer.text


@pytest.fixture
def lrs(engine: Engine) -> Lrs:
    return Lrs(create_app(engine), engine)
