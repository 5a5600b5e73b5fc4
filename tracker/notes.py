"""How what the server does by itself went last: mail, delivery, upkeep. For the administrator's page.

A note never makes what it is about slower or fail: one that cannot be written at once is left out.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from flask import Flask
from sqlalchemy import Connection, Engine, insert, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from tracker.clock import now
from tracker.db import BUSY_TIMEOUT_MS, Base, UTCDateTime, engine_of

__all__ = ["Note", "Notes", "init_app", "noted", "notes_of"]

log = logging.getLogger(__name__)
Done = TypeVar("Done")

WAIT_MS = 300
SECONDS = 60
"""What goes well again and again is noted this often."""


class Note(Base):
    __tablename__ = "note"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_success_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_fault_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_fault: Mapped[str | None]
    """The kind of fault, never an address or a name."""
    failures: Mapped[int]
    """Since it last went well."""


class Notes:
    """As one process keeps them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._well: dict[str, float] = {}

    def success(self, name: str) -> None:
        if time.monotonic() - self._well.get(name, -SECONDS) < SECONDS:
            return
        if self._write(name, {"last_success_at": now(), "failures": 0}, {}):
            self._well[name] = time.monotonic()

    def fault(self, name: str, fault: str) -> None:
        self._well.pop(name, None)
        values = {"last_fault_at": now(), "last_fault": fault}
        self._write(name, {**values, "failures": Note.failures + 1}, {**values, "failures": 1})

    def _write(self, name: str, changed: dict[str, object], added: dict[str, object]) -> bool:
        try:
            with self._engine.connect() as connection:
                _hurry(connection, WAIT_MS)
                try:
                    with connection.begin():
                        _put(connection, name, changed, added)
                finally:
                    _hurry(connection, BUSY_TIMEOUT_MS)
        except SQLAlchemyError as error:
            log.info("How %s went is not noted: %s", name, type(error).__name__)
            return False
        return True


def _put(connection: Connection, name: str, changed: dict[str, object], added: dict[str, object]) -> None:
    again = update(Note).where(Note.name == name).values(**changed)
    if connection.execute(again).rowcount:
        return
    try:
        with connection.begin_nested():
            connection.execute(insert(Note).values(name=name, **(added or changed)))
    except IntegrityError:
        connection.execute(again)  # another process was first


def _hurry(connection: Connection, milliseconds: int) -> None:
    """On SQLite the caller may itself hold what we would wait for."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute(f"PRAGMA busy_timeout={milliseconds}")


def notes_of(app: Flask) -> Notes:
    notes: Notes = app.extensions["samverkan.notes"]
    return notes


def noted(app: Flask, name: str, work: Callable[[], Done]) -> Callable[[], Done]:
    """``work``, and a note of how it went."""

    def run() -> Done:
        try:
            done = work()
        except Exception as error:
            notes_of(app).fault(name, type(error).__name__)
            raise
        notes_of(app).success(name)
        return done

    return run


def init_app(app: Flask) -> None:
    app.extensions["samverkan.notes"] = Notes(engine_of(app))
