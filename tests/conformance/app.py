"""The smallest app around the LRS: for the conformance suite, the tests over HTTP and the benchmarks.

``python -m tests.conformance.app DATABASE_URL PORT`` makes the tables, makes and prints a credential, and serves.
One that was made before may follow as KEY SECRET.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from lrs_adapter.credentials import NewCredential, create_credential
from lrs_adapter.models import Base
from lrs_adapter.resources import Limits, create_lrs_app
from lrs_adapter.store import OnStored

HOME_PAGE = "http://127.0.0.1/xapi"


def create_database(url: str) -> Engine:
    """An engine as the tracker sets it up, and the tables."""
    if url.startswith("sqlite"):
        engine = create_engine(url)
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    else:
        engine = create_engine(url, pool_size=20)
    Base.metadata.create_all(engine)
    return engine


def create_app(
    engine: Engine,
    *,
    on_stored: OnStored | None = None,
    limits: Limits | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Flask:
    app = Flask(__name__)
    lrs = create_lrs_app(engine, on_stored=on_stored, limits=limits, now=now)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/xapi": lrs})  # type: ignore[method-assign]
    return app


def create_key(engine: Engine, **options: Any) -> NewCredential:
    with Session(engine) as db:
        made = create_credential(db, name="test", home_page=HOME_PAGE, now=datetime.now(UTC), **options)
        db.commit()
        return made


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=10000")


def main() -> None:
    url, port, *known = sys.argv[1:]
    engine = create_database(url)
    if not known:
        made = create_key(engine)
        known = [made.key, made.secret]
    server = make_server("127.0.0.1", int(port), create_app(engine), threaded=True)
    # Only now, so that whoever reads it can connect.
    print(*known, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
