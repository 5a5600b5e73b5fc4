"""The chain holds, shows the first entry that was tampered with, and the database refuses to be changed."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tracker.audit import chain, services
from tracker.audit.models import Action, AuditEntry, AuditPerson
from tracker.db import engine_of
from tracker.learners.models import Learner


def _write(db: Session, chief: Learner, count: int) -> None:
    for number in range(count):
        services.note(db, Action.PEOPLE_LISTED, by=chief, now=NOW + timedelta(days=number), details={"count": number})
        db.commit()


def _unguarded(db: Session, *statements: str) -> None:
    """What somebody does who owns the database and takes its triggers away."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SET LOCAL session_replication_role = replica"))
        for one in statements:
            db.execute(text(one))
        db.commit()
        return
    triggers = db.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _sql in triggers:
        db.execute(text(f"DROP TRIGGER {name}"))
    for one in statements:
        db.execute(text(one))
    for _name, sql in triggers:
        db.execute(text(sql))
    db.commit()


def test_an_untouched_log_holds(db: Session, chief: Learner) -> None:
    assert chain.verify(db) == chain.Head(0, "0" * 64)

    _write(db, chief, 3)

    assert chain.verify(db) == chain.head(db)
    assert chain.head(db).seq == 3


def test_nothing_is_written_of_what_was_not_committed(db: Session, chief: Learner) -> None:
    services.note(db, Action.PEOPLE_LISTED, by=chief, now=NOW)
    db.rollback()
    db.commit()

    assert chain.head(db).seq == 0


@pytest.mark.parametrize(
    ("done", "first", "why"),
    [
        ("UPDATE audit_entry SET action = 'log-seen' WHERE seq = 2", 2, "changed"),
        ("DELETE FROM audit_entry WHERE seq = 2", 2, "gone"),
        ("UPDATE audit_entry SET seq = 9 WHERE seq = 3", 3, "gone"),
        ("UPDATE audit_entry SET before = hash WHERE seq = 2", 2, "follow"),
    ],
)
def test_the_first_broken_entry_is_named(db: Session, chief: Learner, done: str, first: int, why: str) -> None:
    _write(db, chief, 4)
    _unguarded(db, done)

    found = chain.verify(db)

    assert isinstance(found, chain.Broken)
    assert found.seq == first
    assert why in found.why


def test_a_tail_that_was_cut_off_or_written_anew_is_noticed_by_who_knows_the_head(db: Session, chief: Learner) -> None:
    _write(db, chief, 3)
    known = chain.head(db)
    _unguarded(db, "DELETE FROM audit_entry WHERE seq > 1")

    assert isinstance(chain.verify(db), chain.Head)
    cut_off = chain.verify(db, known=[known])
    assert isinstance(cut_off, chain.Broken)
    assert cut_off.seq == 2

    _write(db, chief, 2)
    db.execute(text("SELECT 1"))
    assert isinstance(chain.verify(db), chain.Head)


def test_another_log_under_the_same_number_is_noticed(db: Session, chief: Learner) -> None:
    _write(db, chief, 2)
    known = chain.head(db)
    _unguarded(db, "DELETE FROM audit_entry")
    services.note_all(db, Action.LOG_SEEN, by=None, now=NOW, subjects=[None, None, None])
    db.commit()

    found = chain.verify(db, known=[known])

    assert isinstance(found, chain.Broken)
    assert (found.seq, "written down" in found.why) == (2, True)


@pytest.mark.parametrize(
    "done", [update(AuditEntry).values(action="x"), delete(AuditEntry), text("DELETE FROM audit_entry WHERE seq = 1")]
)
def test_the_database_refuses_changes(db: Session, chief: Learner, done: object) -> None:
    _write(db, chief, 1)

    with pytest.raises(DBAPIError, match="only added to"):
        db.execute(done)  # type: ignore[call-overload]
    db.rollback()

    assert chain.head(db).seq == 1


def test_the_beginning_is_cut_by_a_decision_and_the_rest_still_proves_itself(db: Session, chief: Learner) -> None:
    _write(db, chief, 5)
    early = chain.Head(*db.execute(select(AuditEntry.seq, AuditEntry.hash).where(AuditEntry.seq == 2)).one())

    assert services.cut(db, before=NOW + timedelta(days=3), decision="KS 2027-14", now=NOW + timedelta(days=9)) == 3
    db.commit()

    assert db.scalars(select(AuditEntry.seq).order_by(AuditEntry.seq)).all() == [4, 5, 6]
    assert chain.verify(db, known=[early]) == chain.head(db)

    _unguarded(db, "INSERT INTO audit_cut (through, hash, at, decision) SELECT seq, hash, at, 'x' FROM audit_entry "
                   "WHERE seq = 5", "DELETE FROM audit_entry WHERE seq <= 5")  # fmt: skip
    found = chain.verify(db)
    assert isinstance(found, chain.Broken)
    assert "without an entry" in found.why


def test_many_writers_make_one_chain(app: Flask, db: Session, chief: Learner) -> None:
    engine: Engine = engine_of(app)
    start = threading.Barrier(6)

    def work() -> None:
        start.wait()
        for _number in range(5):
            with Session(engine) as own:
                services.note(own, Action.PEOPLE_LISTED, by=chief.id, now=NOW)
                own.commit()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert db.scalar(select(func.count()).select_from(AuditEntry)) == 30
    assert chain.verify(db) == chain.head(db)


@pytest.mark.parametrize("word", ["Karin Örn", "karin@forening.example", "two words", "x" * 81])
def test_names_and_texts_are_refused(db: Session, chief: Learner, word: str) -> None:
    with pytest.raises(ValueError, match="never a text"):
        services.note(db, Action.PERSON_CHANGED, by=chief, now=NOW, details={"what": word})


def test_an_entry_is_about_nobody_when_the_person_is_gone(
    db: Session, chief: Learner, karin: Learner, make_learner: Callable[..., Learner]
) -> None:
    services.note(db, Action.PERSON_SEEN, by=chief, now=NOW, subject=karin)
    db.commit()
    [entry] = db.scalars(select(AuditEntry))
    assert str(karin.account) not in str(entry.subject)

    db.delete(karin)
    db.commit()

    assert db.scalars(select(AuditPerson.ref)).all() == services.refs_of(db, chief)
    assert chain.verify(db) == chain.head(db)
    assert services.refs_of(db, make_learner(email="ny@forening.example")) == []
