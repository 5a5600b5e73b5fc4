"""Kills the server's workers and the database in the middle of writes, and counts what is left.

``python -m tests.kill --times 50 [--database sqlite|postgresql]``. Afterwards every acknowledged Statement is there
once, word for word, and the progress is what ``samverkan progress rebuild`` makes of the Statements.
"""

import argparse
import http.client
import random
import re
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import orjson
import psutil
from sqlalchemy import Engine, create_engine, select, text

from lrs_adapter.models import StatementRow
from tests.real_lrs import RealLrs, real_lrs
from tests.tracker.servers import run_samverkan, serving
from tracker.progress.models import ActivityResult, CourseCompletion, LessonProgress, ModuleProgress

__all__ = ["Outcome", "run"]

WRITERS, LEARNERS = 4, 2
PATIENCE = 60.0
# What a client sees when the other end has gone: nothing is known then of what it had sent.
GONE = (OSError, http.client.HTTPException)


@dataclass
class Outcome:
    kills: int = 0
    sent: int = 0
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Statement id: what its result says, which no other Statement says."""
    answered: int = 0
    """How many answers of learners were taken."""
    server_errors: int = 0
    progress: threading.Condition = field(default_factory=threading.Condition)
    """Told of each request that was acknowledged."""
    requests: int = 0
    lost: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    twice: int = 0
    rebuilt_the_same: bool = False

    def acknowledge(self, statements: dict[str, str], *, answers: int = 0) -> None:
        with self.progress:
            self.acknowledged.update(statements)
            self.answered += answers
            self.requests += 1
            self.progress.notify_all()

    def wait_for(self, more: int) -> None:
        """Until so many more requests have been acknowledged."""
        with self.progress:
            wanted = self.requests + more
            came = self.progress.wait_for(lambda: self.requests >= wanted, timeout=PATIENCE)
        assert came, f"nothing is stored any more: {self.requests} requests were"

    @property
    def good(self) -> bool:
        return not self.lost and not self.changed and not self.twice and self.rebuilt_the_same


def run(times: int, database: str, *, between: int = 40, seed: int = 0) -> Outcome:
    """``between``: how many requests are acknowledged, more or less, between one kill and the next."""
    outcome, chance = Outcome(), random.Random(seed)
    with real_lrs(database) as lrs:
        stop = threading.Event()
        people = [threading.Thread(target=_write, args=(lrs.port, lrs.basic, outcome, stop)) for _ in range(WRITERS)]
        people += [threading.Thread(target=_learn, args=(lrs.port, outcome, stop)) for _ in range(LEARNERS)]
        for one in people:
            one.start()
        try:
            for _ in range(times):
                outcome.wait_for(chance.randint(1, 2 * between))
                if lrs.postgresql is not None and chance.random() < 0.5:
                    _kill_postgresql(lrs.postgresql)
                else:
                    _kill_worker(lrs.port, chance)
                outcome.kills += 1
            outcome.wait_for(between)
        finally:
            stop.set()
            for one in people:
                one.join()
        _judge(lrs, outcome)
    return outcome


def _write(port: int, basic: str, outcome: Outcome, stop: threading.Event) -> None:
    """One Statement, or some together; what was not acknowledged is sent again, as a client would."""
    headers = {
        "Authorization": f"Basic {basic}",
        "X-Experience-API-Version": "1.0.3",
        "Content-Type": "application/json",
    }
    connection, batch = http.client.HTTPConnection("127.0.0.1", port, timeout=30), _batch()
    while not stop.is_set():
        try:
            outcome.sent += len(batch)
            connection.request("POST", "/xapi/statements", orjson.dumps(batch), headers)
            answer = connection.getresponse()
            answer.read()
        except GONE:
            connection.close()
            continue
        if answer.status == 200:
            outcome.acknowledge({one["id"]: one["result"]["response"] for one in batch})
            batch = _batch()
        else:
            assert answer.status == 503, answer.status
            outcome.server_errors += 1
            # Sooner than it was told to, but not at once: who knocks without a pause keeps a database from starting.
            stop.wait(0.05)


def _batch() -> list[dict[str, Any]]:
    return [
        {
            "id": str(uuid4()),
            "actor": {"account": {"homePage": "https://kill.example", "name": f"learner-{random.randrange(20)}"}},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
            "object": {"id": f"https://kill.example/{random.randrange(5)}", "definition": {"name": {"en": "One"}}},
            "result": {"response": uuid4().hex},
        }
        for _ in range(random.choice((1, 1, 1, 10)))
    ]


def _learn(port: int, outcome: Outcome, stop: threading.Event) -> None:
    """Somebody new who hands in an activity again and again."""
    connection, cookies = http.client.HTTPConnection("127.0.0.1", port, timeout=30), dict[str, str]()

    def ask(method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(fields) if fields else None, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = header.split(";")[0].partition("=")
            cookies[name] = value
        return answer.status, page

    attempt = 1
    while not stop.is_set():
        try:
            status, page = ask("GET", "/sv/lessons/1-2")
            if status >= 500:
                stop.wait(0.05)
            if status == 200 and (token := re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)):
                if found := re.search(r'activities/andel".{,400}?name="attempt" value="(\d+)"', page, re.DOTALL):
                    attempt = int(found[1])
                fields = {"csrf_token": token[1], "attempt": str(attempt), "option": "en-procent", "hand_in": "1"}
                status, _ = ask("POST", "/sv/lessons/1-2/activities/andel", fields)
                if status in {302, 303}:
                    outcome.acknowledge({}, answers=1)
                again = {"csrf_token": token[1], "attempt": str(attempt), "try_again": "1"}
                ask("POST", "/sv/lessons/1-2/activities/andel", again)
        except GONE:
            connection.close()


def _kill_worker(port: int, chance: random.Random) -> None:
    """The server puts another in its place."""
    worker = chance.choice(sorted(serving(port).children(), key=lambda one: one.pid))
    worker.kill()
    # It is the server's child and not ours, so its end is seen in that nothing runs under its number any more.
    psutil.wait_procs([worker], timeout=10)


def _kill_postgresql(server: Any) -> None:
    """All of it at once, as when the power fails; then it is started again and recovers by itself."""
    postmaster = psutil.Process(int(Path(server.pgdata, "postmaster.pid").read_text().split()[0]))
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=10)
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            server.ensure_postgres_running()
        except (subprocess.TimeoutExpired, AssertionError):
            # On a busy machine it recovers for longer than pgserver waits. Nobody tells when it has, and asking without
            # a pause would take the processor that it recovers with.
            if time.monotonic() > patience:
                raise
            time.sleep(0.2)
        else:
            return


def _judge(lrs: RealLrs, outcome: Outcome) -> None:
    engine = create_engine(lrs.database_url)
    with engine.connect() as connection:
        stored = connection.execute(select(StatementRow.statement_id, StatementRow.statement)).all()
        texts = {str(row.statement_id): row.statement for row in stored}
        outcome.twice = len(stored) - len(texts)
        outcome.lost = [one for one in outcome.acknowledged if one not in texts]
        outcome.changed = [
            one for one, said in outcome.acknowledged.items()
            if one in texts and orjson.loads(texts[one])["result"]["response"] != said
        ]  # fmt: skip
    before = _progress(engine)
    rebuilt = run_samverkan(lrs.folder, "progress", "rebuild", database_url=lrs.database_url)
    assert rebuilt.returncode == 0, rebuilt.stderr
    outcome.rebuilt_the_same = before == _progress(engine) and bool(before[0])
    engine.dispose()


def _progress(engine: Engine) -> list[list[tuple[Any, ...]]]:
    tables = (ActivityResult, LessonProgress, ModuleProgress, CourseCompletion)
    with engine.connect() as connection:
        return [
            sorted((tuple(row) for row in connection.execute(text(f"SELECT * FROM {table.__tablename__}"))), key=str)
            for table in tables
        ]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--between", type=int, default=40, help="requests acknowledged between two kills, more or less")
    asked = parser.parse_args()
    found = run(asked.times, asked.database, between=asked.between)
    progress = "the same" if found.rebuilt_the_same else "DIFFERENTLY"
    print(
        f"{found.kills} kills ({asked.database}): {len(found.acknowledged)} acknowledged of {found.sent} sent,",
        f"{len(found.lost)} lost, {len(found.changed)} changed, {found.twice} twice; {found.answered} answers of",
        f"learners, progress rebuilt {progress}; {found.server_errors} requests told to come again",
    )
    return not found.good


if __name__ == "__main__":
    raise SystemExit(main())
