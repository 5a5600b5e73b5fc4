"""Every view of the reports through the real server, what publishing costs, and what learners notice of it.

``python -m bench.reports --database-url postgresql://…`` on a database that ``bench.people`` has filled. The times are
from the request to the last byte, on a kept connection to ``samverkan serve`` with two workers, as it comes.
"""

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from bench.pages import learn
from bench.people import NOW
from bench.table import percentile, print_table
from course.loader import load_course
from tests.tracker.servers import free_port, running
from tracker.app import create_app
from tracker.clock import now
from tracker.config import read_settings
from tracker.db import db
from tracker.learners.models import Learner, SignIn, StaffRole
from tracker.reports.publishing import latest, publish

__all__ = ["main"]

SECRET: Final = "a-secret-for-benchmarks-that-is-long-enough"
ROUNDS: Final = 12
LEARNERS: Final = 8
_VIEWS: Final = ["", *(f"/{view}" for view in ("organisations", "kinds", "roles", "groups", "months", "finished"))]
_FILTERS: Final = [
    "",
    "capacity=elected",
    "kind=association&capacity=volunteer",
    "organisation=7",
    "since=2026-03&until=2026-05",
    "status=completed&form=group&language=sv",
]


def _settings(url: str) -> dict[str, str]:
    return {"database_url": url, "secret_key": SECRET}


def _cookie(url: str, folder: str) -> str:
    """Of an administrator who has just signed in with a second step."""
    app = create_app(
        read_settings(
            {f"SAMVERKAN_{name.upper()}": text for name, text in (_settings(url) | {"instance": folder}).items()}
        )
    )
    with app.app_context():
        learner = Learner(
            created_at=now(), email=f"{uuid.uuid4().hex}@bench.example", staff_role=StaffRole.ADMINISTRATOR
        )
        db.session.add(learner)
        db.session.flush()
        at = now()
        row = SignIn(id=uuid.uuid4(), learner_id=learner.id, started_at=at, seen_on=at.date(), second_step_at=at)
        db.session.add(row)
        db.session.commit()
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = str(row.id), True
        found = client.get_cookie("samverkan")
    assert found is not None
    return f"samverkan={found.value}"


def _views(port: int, cookie: str) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(ROUNDS):
        for view in _VIEWS:
            for filters in _FILTERS:
                started = time.perf_counter()
                connection.request("GET", f"/sv/admin/completion{view}?{filters}", headers={"Cookie": cookie})
                response = connection.getresponse()
                text = response.read()
                assert response.status == 200, (response.status, text[:300])
                times[f"{view.strip('/') or 'modules'}{' all' if not filters else ' filtered'}"].append(
                    time.perf_counter() - started
                )
        for path in ("/people", "/people?capacity=elected&status=completed", "/people?organisation=7", "/imported"):
            started = time.perf_counter()
            connection.request("GET", f"/sv/admin/completion{path}", headers={"Cookie": cookie})
            response = connection.getresponse()
            assert response.read()
            assert response.status == 200
            times[path.strip("/").split("?")[0]].append(time.perf_counter() - started)
    return times


def _publish(url: str, folder: str) -> tuple[float, float]:
    """Seconds on the clock, and of the processor in our own process."""
    environment = {f"SAMVERKAN_{name.upper()}": text for name, text in _settings(url).items()}
    environment["SAMVERKAN_INSTANCE"] = folder
    before, started = os.times(), time.perf_counter()
    command = [sys.executable, "-m", "bench.reports", "--database-url", url, "--only-publish"]
    subprocess.run(command, env=os.environ | environment, check=True)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - started, spent


def _publish_here(url: str) -> None:
    """As of a day when everybody has come to rest."""
    days = timedelta(days=60)
    with Session(create_engine(url)) as session:
        last = latest(session, load_course(), with_demo=False)
        at = last.published_at + timedelta(days=1) if last is not None else NOW + days
        publish(session, load_course(), with_demo=False, now=at)
        session.commit()


def _go_further(url: str, people: int) -> None:
    """As many as complete a module on a day, a while ago."""
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        connection.execute(
            """
            UPDATE module_progress SET completed_at = started_at + interval '9 minutes'
            WHERE (registration_id, module_id) IN
                (SELECT registration_id, module_id FROM module_progress WHERE completed_at IS NULL LIMIT %s)
            """,
            (people,),
        )


def _learning(port: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    start = threading.Barrier(LEARNERS)
    threads = [threading.Thread(target=learn, args=(port, number, start, times)) for number in range(LEARNERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


@contextmanager
def _meanwhile(url: str, folder: str) -> Iterator[list[tuple[float, float]]]:
    took: list[tuple[float, float]] = []
    thread = threading.Thread(target=lambda: took.append(_publish(url, folder)))
    thread.start()
    yield took
    thread.join()


def _rows(times: dict[str, list[float]], what: str = "") -> list[list[object]]:
    return [
        [f"{what}{name}", len(found), *(f"{percentile(found, share) * 1000:.0f}" for share in (0.5, 0.95))]
        for name, found in times.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--only-publish", action="store_true")
    chosen = parser.parse_args()
    url = chosen.database_url
    if chosen.only_publish:
        _publish_here(url)
        return
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        people = connection.execute("SELECT count(*) FROM registration").fetchone()
        learners = people[0] if people else 0
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        published = [["the first, of everybody", *_publish(url, folder)]]
        _go_further(url, learners // 200)
        published.append([f"the next, {learners // 200:,} have changed", *_publish(url, folder)])
        with running(Path(folder), port, **_settings(url)):
            cookie = _cookie(url, folder)
            views = _views(port, cookie)
            learning = _rows(_learning(port), "nothing else: ")
            _go_further(url, learners // 200)
            with _meanwhile(url, folder) as took:
                learning += _rows(_learning(port), "while publishing: ")
            published.append(["beside learners", *took[0]])
    print_table(
        f"{learners:,} people as of {NOW:%Y-%m-%d}: publishing, seconds",
        ["", "clock", "own processor"],
        [[name, f"{clock:.1f}", f"{own:.1f}"] for name, clock, own in published],
    )
    print_table("views, milliseconds", ["", "requests", "p50", "p95"], _rows(views))
    print_table(f"{LEARNERS} learners, milliseconds", ["", "requests", "p50", "p95"], learning)


if __name__ == "__main__":
    main()
