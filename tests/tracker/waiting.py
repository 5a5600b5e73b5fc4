"""Two who come at the same moment, in an order that is forced: the second waits where the first holds what it wants.

For tests marked ``locks``. SQLite has one writer at a time, and there the second begins when the first is done.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tracker.db import engine_of

__all__ = ["second_of", "until_waiting"]

Read = TypeVar("Read")


def until_waiting(app: Flask, count: int, threads: Sequence[threading.Thread]) -> None:
    """For a lock. Or until one has ended without."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock'"
    )
    with engine_of(app).connect().execution_options(isolation_level="AUTOCOMMIT") as look:
        while (look.scalar(waiting) or 0) < count and all(one.is_alive() for one in threads):
            threads[-1].join(0.01)


def second_of(
    app: Flask,
    first: Callable[[Session], object],
    second: Callable[[Session, Read], Any],
    *,
    read: Callable[[Session], Read] = lambda _db: None,  # type: ignore[assignment, return-value]
) -> Any:
    """What the second came to, or its error. What it has ``read`` was so before the first began; the first commits when
    the second waits for it."""
    found: list[Any] = []
    has_read, go = threading.Event(), threading.Event()

    def run() -> None:
        with app.app_context(), Session(engine_of(app)) as own:
            known = read(own)
            has_read.set()
            go.wait()
            try:
                found.append(second(own, known))
                own.commit()
            except Exception as error:
                found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    has_read.wait()
    with app.app_context(), Session(engine_of(app)) as own:
        first(own)
        own.flush()
        go.set()
        until_waiting(app, 1, [thread])
        own.commit()
    thread.join()
    return found[0]
