"""A large file that is cut off in the middle: who gets it can tell, the server holds on to nothing, and again is all
it takes."""

import http.client
import os
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from flask import Flask
from sqlalchemy import insert, make_url
from sqlalchemy.orm import Session

from course.schema import Course
from tests.conftest import NOW, Visitor
from tests.tracker.servers import free_port, run_samverkan, running
from tracker.clock import now
from tracker.config import Settings
from tracker.learners.models import Learner
from tracker.progress.models import ModuleProgress
from tracker.registrations.models import Registration
from tracker.reports.dimensions import DIMENSIONS
from tracker.reports.models import Publication

PEOPLE = 700
"""With names so long that the file is several times what two sockets hold."""
LAST_CHUNK = b"0\r\n\r\n"
"""Without it a browser says that the download has failed (RFC 9112, 8)."""
IMPATIENT = "from tracker.commands import server; server.STALLED_SECONDS = 1; server.serve()"


@pytest.fixture
def many(db: Session, course: Course, administrator: Visitor) -> None:
    keys = [uuid.uuid4() for _ in range(PEOPLE)]
    first = {"version": 1, "is_demo": False, "created_at": NOW}
    learners = [{"id": 1000 + n, "account": key, "name": f"{n} {'å' * 6000}", **first} for n, key in enumerate(keys)]
    db.execute(insert(Learner), learners)
    registered = [{"id": key, "learner_id": 1000 + n, "account": key} for n, key in enumerate(keys)]
    db.execute(insert(Registration), [{**one, "course_id": course.info.id, "created_at": NOW} for one in registered])
    begun = {"module_id": "m0", "started_at": NOW, "completed_at": None, "course_version": "2027.1", "language": "sv"}
    db.execute(insert(ModuleProgress), [{"registration_id": key, **begun} for key in keys])
    # Or the server would begin by publishing.
    parts = [module.id for module in course.modules]
    told = {
        "least": 5,
        "with_demo": False,
        "people": 0,
        "parts": parts,
        "minutes": {},
        "counts": {name: {} for name in DIMENSIONS},
    }
    db.add(Publication(course_id=course.info.id, published_at=now(), **told))
    db.commit()


@pytest.fixture
def port(tmp_path: Path, database_url: str, settings: Settings, many: None) -> Iterator[int]:
    free = free_port()
    same = {"database_url": database_url, "secret_key": settings.secret_key}
    with running(tmp_path / "instance", free, "--workers", "1", "--threads", "2", program=("-c", IMPATIENT), **same):
        yield free


def _cookie(visitor: Visitor) -> str:
    found = visitor.client.get_cookie("samverkan")
    assert found is not None
    return f"samverkan={found.value}"


def _begun(port: int, cookie: str) -> socket.socket:
    """Has taken the first bytes of the file, and has no room for the rest."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.settimeout(60)
    one.connect(("127.0.0.1", port))
    asked = f"GET /sv/admin/completion/people.csv HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n"
    one.sendall(asked.encode())
    head = one.recv(4096)
    assert head.startswith(b"HTTP/1.1 200"), head
    assert b"Transfer-Encoding: chunked" in head
    return one


def _serving(one: socket.socket) -> psutil.Process:
    (pid,) = (other.pid for other in psutil.net_connections("tcp") if other.raddr == one.getsockname() and other.pid)
    return psutil.Process(pid)


def _rest(one: socket.socket) -> bytes:
    """All that still comes, until the connection ends by itself or is broken off."""
    found = b""
    try:
        while more := one.recv(65536):
            found += more
    except ConnectionResetError:
        pass
    return found


def _whole(port: int, cookie: str) -> int:
    """How many lines."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/sv/admin/completion/people.csv", headers={"Cookie": cookie})
    lines = connection.getresponse().read().count(b"\r\n")
    connection.close()
    return lines


def _read_by_nobody(database_url: str) -> bool:
    """Whether the database has no reader left: nobody is in the middle of a transaction."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        other = sqlite3.connect(str(url.database), timeout=0, isolation_level=None)
        # What is written now can't be taken over while somebody reads what was so before.
        try:
            other.execute("UPDATE alembic_version SET version_num = version_num")
            busy, _, _ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:  # somebody writes
            return False
        finally:
            other.close()
        return not busy
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as here:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND state <> 'idle'"
        found = here.execute(f"SELECT ({query}) - 1", [url.database]).fetchone()
    return found == (0,)


def _wait_for(what: Callable[[], bool]) -> None:
    """Of another process, which tells nobody: asked again and again, with room for it to work in between."""
    until = time.monotonic() + 60
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_file_that_is_cut_off_is_seen_to_be_and_holds_up_nobody(
    port: int, administrator: Visitor, db: Session, database_url: str
) -> None:
    db.rollback()
    cookie = _cookie(administrator)
    _wait_for(lambda: _read_by_nobody(database_url))

    # As many as there are threads go away in the middle, and as many fall silent.
    for _ in range(2):
        gone = _begun(port, cookie)
        assert not _read_by_nobody(database_url)
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.close()
    silent = [_begun(port, cookie) for _ in range(2)]
    assert _whole(port, cookie) == PEOPLE + 1
    _wait_for(lambda: _read_by_nobody(database_url))
    for one in silent:
        one.close()

    # The process dies.
    with _begun(port, cookie) as cut_off:
        worker = _serving(cut_off)
        worker.kill()
        psutil.wait_procs([worker])
        assert not _rest(cut_off).endswith(LAST_CHUNK)
    _wait_for(lambda: _read_by_nobody(database_url))
    assert _whole(port, cookie) == PEOPLE + 1


@pytest.mark.looks
def test_a_command_that_is_stopped_leaves_no_half_file(
    app: Flask, tmp_path: Path, database_url: str, settings: Settings, many: None
) -> None:
    output, unfinished = tmp_path / "people.csv", tmp_path / "people.csv.part"
    output.write_text("last week's")
    # Whoever writes into it waits for us.
    os.mkfifo(unfinished)
    command = ["report", "completion", "--view", "people", "--output", str(output)]
    same = {"SAMVERKAN_DATABASE_URL": database_url, "SAMVERKAN_INSTANCE": str(tmp_path / "instance")}
    stopped = subprocess.Popen(
        [sys.executable, "-m", "tracker", *command],
        env=os.environ | same,
        stderr=subprocess.DEVNULL,
        # Where the tests run in the background of a shell, Ctrl+C is ignored, and what they start takes that over.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with unfinished.open("rb") as read:
        assert read.read(1000)
        stopped.send_signal(signal.SIGINT)
        assert stopped.wait(timeout=60) != 0
    assert output.read_text() == "last week's"
    assert not unfinished.exists()

    assert run_samverkan(tmp_path / "instance", *command, database_url=database_url).returncode == 0
    assert output.read_bytes().count(b"\r\n") == PEOPLE + 1
    assert not unfinished.exists()
