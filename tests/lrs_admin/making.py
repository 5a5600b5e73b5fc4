"""What these tests store, and a stand-in for another LRS that is not ours."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
PASSED = "http://adlnet.gov/expapi/verbs/passed"
LESSON = "https://other.example/lesson/1"


def make(**changes: Any) -> dict[str, Any]:
    """A small valid Statement from elsewhere; None takes a member away."""
    made: dict[str, Any] = {
        "id": str(uuid4()),
        "actor": {"objectType": "Agent", "account": {"homePage": "https://other.example", "name": "learner-1"}},
        "verb": {"id": COMPLETED, "display": {"en": "completed"}},
        "object": {"id": LESSON, "definition": {"name": {"en": "Lesson"}}},
        "timestamp": "2026-10-01T08:30:00.000Z",
    }
    made.update(changes)
    return {name: value for name, value in made.items() if value is not None}


def as_stored(number: int, **changes: Any) -> dict[str, Any]:
    """As another LRS returns it, stored in minute ``number`` of its life."""
    authority = {"objectType": "Agent", "account": {"homePage": "https://other.example", "name": "its own"}}
    stored = f"2026-10-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00.000Z"
    return make(stored=stored, authority=authority, version="1.0.0", **changes)


def as_lines(*statements: dict[str, Any]) -> str:
    return "".join(json.dumps(one) + "\n" for one in statements)


class Source:
    """Another LRS, three Statements a page. ``answer``: the status for the request with this number, from 0."""

    def __init__(self, statements: list[dict[str, Any]]) -> None:
        self.statements = statements
        self.asked: list[str] = []
        self.more = "/xapi/more/{}"
        self.answer: Callable[[int], int] = lambda _number: 200
        self.consistent_through: str | None = None
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                source.asked.append(self.path)
                status = source.answer(len(source.asked) - 1)
                body = json.dumps(source.page(self.path) if status == 200 else {"error": "as the test wants"}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                if source.consistent_through:
                    self.send_header("X-Experience-API-Consistent-Through", source.consistent_through)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/xapi"

    def page(self, path: str) -> dict[str, Any]:
        if path.startswith("/xapi/more/"):
            since, start = "", int(path.rpartition("/")[2])
        else:
            since, start = parse_qs(urlsplit(path).query).get("since", [""])[0], 0
            start = sum(one["stored"] <= since for one in self.statements)
        following = start + 3
        more = self.more.format(following) if following < len(self.statements) else ""
        return {"statements": self.statements[start:following], "more": more}


@contextmanager
def source_with(*statements: dict[str, Any]) -> Iterator[Source]:
    source = Source(list(statements))
    thread = Thread(target=source.server.serve_forever)
    thread.start()
    yield source
    source.server.shutdown()
    source.server.server_close()
    thread.join()
