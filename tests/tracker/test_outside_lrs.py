"""An outside LRS that is down for a whole lesson makes nobody wait, and has everything once when it is back."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.request import Request, urlopen

from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from course.schema import Course
from lrs_adapter.outbox import backlog, deliver
from lrs_adapter.store import iterate
from tests.conftest import NOW
from tests.tracker.servers import free_port, run_samverkan, running
from tests.tracker.taking import take_lesson
from tracker import delivery
from tracker.db import db as tracker_db
from tracker.learners.models import Learner


def _statements_at(address: str, basic: str) -> list[str]:
    """The ids of all Statements there, through every page."""
    found, more = [], "/xapi/statements?limit=50"
    while more:
        request = Request(
            address + more, headers={"X-Experience-API-Version": "1.0.3", "Authorization": f"Basic {basic}"}
        )
        with urlopen(request) as response:
            page = json.load(response)
        found += [statement["id"] for statement in page["statements"]]
        more = page.get("more")
    return found


def test_statements_wait_while_the_outside_lrs_is_down_and_arrive_once(
    make_app: Callable[..., Flask], course: Course, make_learner: Callable[..., Learner], tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    port = free_port()
    assert run_samverkan(outside, "db", "upgrade").returncode == 0
    made = json.loads(run_samverkan(outside, "lrs", "credential", "create", "kursen", "--json").stdout)
    basic = base64.b64encode(f"{made['key']}:{made['secret']}".encode()).decode()
    app = make_app(lrs_endpoint=f"http://127.0.0.1:{port}/xapi", lrs_key=made["key"], lrs_secret=made["secret"])
    delivery.ensure_configured(app)
    secret_key = app.extensions["samverkan.settings"].secret_key

    with app.app_context():
        factory = sessionmaker(tracker_db.engine)
        learner = make_learner()
        with factory() as db:
            take_lesson(db, app, db.get_one(Learner, learner.id), "1-1", now=NOW)
            db.commit()
            ours = [str(one.statement_id) for one in iterate(db)]
        first = deliver(factory, now=NOW, secret_key=secret_key)
        assert (first.delivered, first.postponed) == (0, 1)
        assert _waiting(factory) == len(ours) > 2

        later = NOW + timedelta(hours=2)
        with running(outside, port) as address:
            deliver(factory, now=later, secret_key=secret_key)
            deliver(factory, now=later + timedelta(hours=2), secret_key=secret_key)
            arrived = _statements_at(address, basic)

        assert sorted(arrived) == sorted(ours)
        assert _waiting(factory) == 0


def _waiting(factory: Callable[[], Session]) -> int:
    with factory() as db:
        return sum(one.waiting for one in backlog(db))
