"""What was stored before reaches a queue in steps, once, whoever takes them."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from lrs_adapter.backfills import ask_for, list_backfills, take_steps
from lrs_adapter.destinations import add_destination, remove_destination
from lrs_adapter.models import BackfillRow, OutboxRow
from lrs_adapter.store import INTERNAL, record
from tests.conftest import NOW
from tests.lrs_admin.making import PASSED, make
from tracker.clock import now
from tracker.db import db as tracker_db


@pytest.fixture
def factory(app: Flask) -> Callable[[], Session]:
    with app.app_context():
        return sessionmaker(tracker_db.engine)


@pytest.fixture
def destination(db: Session) -> int:
    """An outside LRS that is to have the ten Statements that were there before it."""
    record(db, [make() for _ in range(10)], authority=INTERNAL, now=NOW)
    return _add(db)


def _add(db: Session, **chosen: Any) -> int:
    made = add_destination(
        db, name="o", endpoint="https://o.example", key="k", secret="s", secret_key="k", now=NOW, **chosen
    )
    ask_for(db, made.id, now=NOW)
    db.commit()
    return made.id


def _queued(factory: Callable[[], Session]) -> int:
    with factory() as db:
        return db.scalar(select(func.count()).select_from(OutboxRow)) or 0


def _finished(factory: Callable[[], Session]) -> bool:
    with factory() as db:
        return db.scalar(select(BackfillRow.finished)) is not None


def test_each_step_takes_so_many_and_what_comes_meanwhile_is_queued_once(
    db: Session, factory: Callable[[], Session], destination: int
) -> None:
    seen = []
    for _ in range(6):
        take_steps(factory, now=now(), step=4)
        seen.append(_queued(factory))
        if len(seen) == 2:
            record(db, [make()], authority=INTERNAL, now=now())
            db.commit()

    assert seen == [0, 4, 9, 11, 11, 11]
    with factory() as fresh:
        (done,) = list_backfills(fresh, destination)
    assert (done.total, done.done) == (10, 10)
    assert done.finished is not None


def test_only_what_is_chosen_counts(db: Session, factory: Callable[[], Session]) -> None:
    record(db, [make(), make(verb={"id": PASSED}), make()], authority=INTERNAL, now=NOW)
    destination = _add(db, verbs=[PASSED])
    for _ in range(3):
        take_steps(factory, now=now())

    with factory() as fresh:
        (done,) = list_backfills(fresh, destination)
    assert (done.total, done.done, _queued(factory)) == (1, 1, 1)


def test_several_workers_share_it(factory: Callable[[], Session], destination: int) -> None:
    barrier = Barrier(4)
    found: list[int] = []

    def work() -> None:
        barrier.wait()
        # Who comes while another takes a step finds nothing to do, however often: each goes on to the end.
        while not _finished(factory):
            found.append(take_steps(factory, now=now(), step=3))

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(found) == 10
    assert _queued(factory) == 10


@pytest.mark.locks
def test_it_waits_for_a_transaction_that_does_not_know_the_destination(
    db: Session, factory: Callable[[], Session]
) -> None:
    """Its Statement has a number already, lower than the last that the walk would have seen."""
    with factory() as early:
        record(early, [make(object={"id": "https://other.example/lesson/early"})], authority=INTERNAL, now=NOW)
        _add(db)
        record(db, [make()], authority=INTERNAL, now=now())
        db.commit()
        for _ in range(3):
            take_steps(factory, now=now())
        assert _queued(factory) == 1, "only the one that was stored when the destination was known"
        early.commit()
    for _ in range(2):
        take_steps(factory, now=now())

    assert _queued(factory) == 2


def test_one_whose_destination_is_gone_ends(db: Session, factory: Callable[[], Session], destination: int) -> None:
    remove_destination(db, destination, now=NOW)
    db.commit()
    assert db.scalar(select(BackfillRow.id)) is None

    db.add(BackfillRow(destination_id=destination, created=NOW, seen=NOW, last=0, after=0, done=0))
    db.execute(update(BackfillRow).values(total=None))
    db.commit()
    take_steps(factory, now=now())

    assert _queued(factory) == 0
    db.expire_all()
    assert db.scalar(select(BackfillRow.finished)) is not None
