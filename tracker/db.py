"""The database: one session per request, SQLite by default, PostgreSQL by address.

SQLite has one writer at a time. A transaction that starts by reading and then writes fails at once when somebody else
wrote in between, whatever the busy timeout is; so one that is going to write says so when it begins.
"""

import select
import sqlite3
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic
from typing import Any, ClassVar, cast

import psycopg
from flask import Flask, current_app, g, request
from sqlalchemy import DateTime, Dialect, Engine, Enum, MetaData, create_engine, event, func, sql, types
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

__all__ = [
    "Base",
    "Database",
    "UTCDateTime",
    "begin_writing",
    "configure_engine",
    "db",
    "engine_of",
    "engine_options",
    "going_to_write",
    "init_app",
    "take_turns",
]

BUSY_TIMEOUT_MS = 10_000
_RESTED = 60  # seconds

_going_to_write: ContextVar[bool] = ContextVar("going_to_write", default=True)


class Base(DeclarativeBase):
    # Enums are kept as their own words, readable in the database and the same on SQLite and PostgreSQL.
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        StrEnum: Enum(StrEnum, native_enum=False, length=40, values_callable=lambda e: [m.value for m in e]),
    }
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UTCDateTime(types.TypeDecorator[datetime]):
    """An aware datetime in UTC, on SQLite too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is not stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One engine for each application, one session for each application context, closed with it."""

    @property
    def engine(self) -> Engine:
        return cast("Engine", current_app.extensions[_ENGINE])

    @property
    def session(self) -> Session:
        if "db_session" not in g:
            g.db_session = Session(self.engine)
        return cast("Session", g.db_session)

    def init_app(self, app: Flask, url: str) -> None:
        engine = create_engine(url, **engine_options(url))
        configure_engine(engine)
        app.extensions[_ENGINE] = engine

        @app.teardown_appcontext
        def _close(_error: BaseException | None) -> None:
            session: Session | None = g.pop("db_session", None)
            if session is not None:
                session.close()


_ENGINE = "samverkan.engine"

db = Database()


def engine_of(app: Flask) -> Engine:
    return cast("Engine", app.extensions[_ENGINE])


def engine_options(url: str) -> dict[str, Any]:
    # Errors are logged, and what was to be stored is somebody's.
    every: dict[str, Any] = {"hide_parameters": True}
    if url.startswith("sqlite"):
        # We send BEGIN ourselves, see below; the driver must not.
        return every | {"connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000, "isolation_level": None}}
    return every | {"connect_args": {"connect_timeout": 5}, "pool_size": 10, "max_overflow": 10}


def configure_engine(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        event.listen(engine, "checkout", _see_that_it_is_open)
        return

    @event.listens_for(engine, "connect")
    def _pragmas(connection: sqlite3.Connection, _record: object) -> None:
        cursor = connection.cursor()
        # Its own knows no Å.
        connection.create_function("lower", 1, lambda text: text and str(text).lower(), deterministic=True)
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA secure_delete=ON")  # who is erased is not to be read in the file either
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _going_to_write.get() else "BEGIN")


def _see_that_it_is_open(connection: psycopg.Connection[Any], record: ConnectionPoolEntry, _proxy: object) -> None:
    """A connection from the pool is not one that the database, or something on the way to it, has closed.

    The end of a connection can be read from it, so that looking is enough: asking the database, as ``pool_pre_ping``
    does, is a trip in every request. Only what has rested for long is asked, since a firewall forgets without a word.
    """
    now = monotonic()
    rested = now - record.info.get("taken", now)
    record.info["taken"] = now
    if connection.closed:
        raise DisconnectionError
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    if watch.poll(0):
        raise DisconnectionError
    if rested > _RESTED:
        try:
            connection.execute("")
            connection.rollback()
        except psycopg.OperationalError as error:
            raise DisconnectionError from error


def going_to_write(writing: bool) -> None:
    """Said before a request's first transaction."""
    _going_to_write.set(writing)


def begin_writing(session: Session) -> None:
    """For the rare GET that records something: ends the reading transaction, so that the next one may write."""
    session.rollback()
    _going_to_write.set(True)


def take_turns(session: Session, what: str) -> None:
    """Until the end of the transaction nobody else has the turn at ``what``: where there is no row to lock, because it
    is to be counted or added. SQLite has one writer at a time anyhow.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sql.select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))


def init_app(app: Flask, url: str) -> None:
    db.init_app(app, url)

    @app.before_request
    def _reading_or_writing() -> None:
        going_to_write(request.method not in {"GET", "HEAD", "OPTIONS"})
