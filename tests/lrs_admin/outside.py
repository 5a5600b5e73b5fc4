"""An outside LRS, over HTTP, that answers as the test wants; and delivery to it."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from lrs_adapter.outbox import backlog
from lrs_adapter.store import INTERNAL, record
from tracker import delivery
from tracker.clock import now

PAGE = "/sv/admin/lrs/destinations"


class Outside:
    """An LRS that keeps the ids it was sent and answers ``status``."""

    def __init__(self) -> None:
        self.status = 200
        self.refused: set[str] = set()
        self.kept: list[str] = []
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(outside.status)

            def do_POST(self) -> None:
                sent = [one["id"] for one in json.loads(self.rfile.read(int(self.headers["Content-Length"])))]
                status = 400 if outside.status == 200 and outside.refused & set(sent) else outside.status
                if status == 200:
                    outside.kept += sent
                self._answer(status)

            def _answer(self, status: int) -> None:
                body = b'{"error":"in its own words <b>"}'
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/xapi"


def store(db: Session, *statements: dict[str, Any]) -> list[str]:
    record(db, statements, authority=INTERNAL, now=now())
    db.commit()
    return [one["id"] for one in statements]


def deliver_all(app: Flask) -> None:
    """Rounds of delivery until there is nothing more to do now."""
    for _ in range(5):
        delivery.deliver_once(app)


def queued(db: Session) -> int:
    db.expire_all()
    db.rollback()
    return sum(one.waiting for one in backlog(db))
