"""Outside LRSs over HTTP: one of ours in a process of its own, and one that answers as the test wants."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest
from sqlalchemy import create_engine, select

from lrs_adapter.models import StatementRow


class OutsideLrs:
    """Our own LRS, served by another process from a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.database = f"sqlite:///{folder / 'outside.sqlite'}"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[str] | None = None
        self.key = self.secret = ""
        self.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/xapi"

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.conformance.app", self.database, str(self.port)]
        known = [self.key, self.secret] if self.key else []
        self.process = subprocess.Popen(
            [*command, *known], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        self.key, self.secret = self.process.stdout.readline().split()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def statement_ids(self) -> list[str]:
        engine = create_engine(self.database)
        with engine.connect() as connection:
            found = [
                str(one) for one in connection.scalars(select(StatementRow.statement_id).order_by(StatementRow.seq))
            ]
        engine.dispose()
        return found


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[OutsideLrs]:
    lrs = OutsideLrs(tmp_path)
    yield lrs
    lrs.stop()


class Moody:
    """An outside LRS that keeps what it is sent, by id, and answers as the test wants."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.order: list[str] = []
        self.requests: list[list[str]] = []
        self.answer: Callable[[list[dict[str, Any]]], int] = lambda _: 200
        self.store_before_answering = True
        self.retry_after: str | None = None
        moody = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                sent = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
                moody.requests.append([one["id"] for one in sent])
                status = moody.answer(sent)
                if status in (200, 500):
                    for one in sent if status == 200 or moody.store_before_answering else ():
                        if one["id"] not in moody.kept:
                            moody.order.append(one["id"])
                        moody.kept[one["id"]] = one
                body = b'{"error":"as the test wants"}'
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if moody.retry_after:
                    self.send_header("Retry-After", moody.retry_after)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/xapi"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def moody() -> Iterator[Moody]:
    lrs = Moody()
    yield lrs
    lrs.close()
