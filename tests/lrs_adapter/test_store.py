"""Recording: new, same again, conflict; all or nothing; in one transaction with what follows from it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lrs_adapter.destinations import ensure_destination
from lrs_adapter.errors import InvalidStatement, StatementConflict
from lrs_adapter.models import ActivityRow, OutboxRow, StatementActivityRow, StatementAgentRow, StatementRow
from lrs_adapter.statements import Account
from lrs_adapter.store import (
    INTERNAL,
    Authority,
    Received,
    Stored,
    get_statement,
    iterate,
    record,
    record_received,
    void,
)
from tests.lrs_adapter.conftest import NOW

Make = Callable[..., dict[str, Any]]
OTHER = Authority("https://lrs.example/xapi", "other-tool")


def test_a_new_statement_comes_back_completed(db: Session, statement: Make) -> None:
    sent = statement()
    (stored,) = record(db, [sent], authority=INTERNAL, now=NOW)
    assert stored.new
    assert stored.statement == {
        **sent,
        "stored": "2026-11-02T08:30:15.123456Z",
        "authority": INTERNAL.agent,
        "version": "1.0.0",
    }
    found = get_statement(db, UUID(sent["id"]))
    assert found is not None
    assert found.statement == stored.statement
    assert found.seq == stored.seq


def test_the_same_again_is_stored_once(db: Session, statement: Make) -> None:
    sent = statement()
    (first,) = record(db, [sent], authority=INTERNAL, now=NOW)
    (again,) = record(db, [sent], authority=INTERNAL, now=NOW + timedelta(hours=1))
    assert not again.new
    assert again.seq == first.seq
    assert again.stored == NOW
    assert len(list(iterate(db))) == 1


def test_another_statement_under_the_same_id_is_a_conflict_and_nothing_is_stored(db: Session, statement: Make) -> None:
    sent = statement()
    record(db, [sent], authority=INTERNAL, now=NOW)
    before = statement()
    with pytest.raises(StatementConflict):
        record(db, [before, {**sent, "result": {"completion": False}}], authority=INTERNAL, now=NOW)
    db.commit()
    assert [one.statement["id"] for one in iterate(db)] == [sent["id"]]
    assert db.scalars(select(StatementRow.seq)).all() == [next(iterate(db)).seq]


def test_one_bad_statement_keeps_the_batch_out(db: Session, statement: Make) -> None:
    with pytest.raises(InvalidStatement, match=r"^\$\[1\]\.actor: an Agent has exactly one IFI \(xAPI 1\.0\.3 Data"):
        record(db, [statement(), statement(actor={"name": "nobody"})], authority=INTERNAL, now=NOW)
    assert not list(iterate(db))


def test_an_id_used_twice_in_a_batch_is_refused(db: Session, statement: Make) -> None:
    sent = statement()
    with pytest.raises(InvalidStatement, match="used twice"):
        record(db, [sent, sent], authority=INTERNAL, now=NOW)


def test_only_new_statements_are_handed_on_in_the_order_they_came(db: Session, statement: Make) -> None:
    known, *fresh = [statement() for _ in range(6)]
    record(db, [known], authority=INTERNAL, now=NOW)
    handed: list[Stored] = []
    record(db, [fresh[0], known, *fresh[1:]], authority=INTERNAL, now=NOW, on_stored=lambda _, new: handed.extend(new))
    assert [one.statement["id"] for one in handed] == [one["id"] for one in fresh]
    assert [one.seq for one in handed] == sorted(one.seq for one in handed)


def test_what_follows_fails_with_the_statement(db: Session, statement: Make) -> None:
    def fails(_: Session, new: list[Stored]) -> None:
        raise RuntimeError(new[0].statement_id)

    with pytest.raises(RuntimeError):
        record(db, [statement()], authority=INTERNAL, now=NOW, on_stored=fails)
    db.rollback()
    assert not list(iterate(db))


def test_iterate_gives_all_in_stored_order_and_by_authority(db: Session, statement: Make) -> None:
    ours = [statement() for _ in range(5)]
    record(db, ours, authority=INTERNAL, now=NOW)
    theirs = statement()
    record(db, [theirs], authority=OTHER, now=NOW)
    assert [one.statement["id"] for one in iterate(db, batch=2)] == [*(one["id"] for one in ours), theirs["id"]]
    assert [one.statement["id"] for one in iterate(db, authority=OTHER)] == [theirs["id"]]
    third = list(iterate(db))[2]
    assert [one.statement["id"] for one in iterate(db, after=third.seq, authority=INTERNAL)] == [
        one["id"] for one in ours[3:]
    ]
    assert next(iterate(db, authority=OTHER)).authority == OTHER


def test_voiding_twice_is_one_voiding_statement(db: Session, statement: Make) -> None:
    sent = statement()
    record(db, [sent], authority=INTERNAL, now=NOW)
    admin = Account("https://course.example", "administrator")
    first = void(db, UUID(sent["id"]), actor=admin, authority=INTERNAL, now=NOW)
    again = void(db, UUID(sent["id"]), actor=admin, authority=INTERNAL, now=NOW + timedelta(days=1))
    assert first.new
    assert not again.new
    assert first.statement_id == again.statement_id
    assert first.statement["object"] == {"objectType": "StatementRef", "id": sent["id"]}


def test_a_destination_is_owed_each_new_statement_once(db: Session, statement: Make) -> None:
    destination = ensure_destination(
        db, endpoint="https://lrs.example/xapi", key="k", secret="s", secret_key="key", now=NOW
    )
    sent = statement()
    record(db, [sent], authority=INTERNAL, now=NOW)
    record(db, [sent], authority=INTERNAL, now=NOW)
    assert [row.destination_id for row in db.scalars(select(OutboxRow))] == [destination.id]


def test_everything_a_statement_names_is_indexed(db: Session, statement: Make) -> None:
    account = {"homePage": "https://course.example", "name": "team-1"}
    sent = statement(
        context={
            "registration": str(uuid4()),
            "team": {"objectType": "Group", "account": account, "member": [{"mbox": "mailto:a@example.com"}]},
            "contextActivities": {"parent": [{"id": "https://course.example/module/1"}]},
        }
    )
    record(db, [sent], authority=INTERNAL, now=NOW)
    row = db.scalars(select(StatementRow)).one()
    assert str(row.registration) == sent["context"]["registration"]
    assert len(db.scalars(select(StatementAgentRow)).all()) == 2
    assert len(db.scalars(select(StatementActivityRow)).all()) == 1
    assert db.scalars(select(ActivityRow)).one().activity_id == sent["object"]["id"]


def test_a_received_statement_keeps_its_own_words(db: Session) -> None:
    text = (
        b'{ "actor":{"mbox":"mailto:a@example.com"},"verb":{"id":"http://example.com/did"},'
        b'"object":{"id":"http:\\/\\/example.com\\/a"},"result":{"score":{"raw":0.10000000000000000000001},'
        b'"extensions":{"http://example.com/x":{"n":12345678901234567890123,"e":1.50E+2,"z":null}}} }'
    )

    (stored,) = record_received(db, [Received(text, orjson.loads(text))], authority=OTHER, now=NOW)
    kept = db.scalars(select(StatementRow.statement)).one()
    assert kept.startswith(text.decode()[:-1])
    assert "0.10000000000000000000001" in kept
    assert stored.statement["id"] in kept
