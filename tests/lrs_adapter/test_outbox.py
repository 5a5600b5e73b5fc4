"""Delivery to an outside LRS: a real one, over HTTP, in a process of its own, that fails in every way it can."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from threading import Event
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from lrs_adapter.models import DestinationRow, OutboxRow
from lrs_adapter.outbox import (
    Delivery,
    add_destination,
    backfill,
    backlog,
    deliver,
    ensure_destination,
    refusals,
    send_test,
    try_again,
)
from lrs_adapter.remote_lrs import Answer, Outcome, Outgoing, OutsideLRS
from lrs_adapter.store import INTERNAL, Stored, record
from tests.lrs_adapter.conftest import NOW, Lrs
from tests.lrs_adapter.outside import Moody, OutsideLrs, moody, outside

__all__ = ["moody", "outside"]

Make = Callable[..., dict[str, Any]]
Factory = sessionmaker[Session]
SECRET_KEY = "a key of the app"


def add(factory: Factory, endpoint: str, key: str = "key", secret: str = "secret", **options: Any) -> int:
    with factory() as db:
        made = add_destination(
            db, name="out", endpoint=endpoint, key=key, secret=secret, secret_key=SECRET_KEY, now=NOW, **options
        )
        db.commit()
        return made.id


def store(factory: Factory, *statements: dict[str, Any]) -> list[Stored]:
    with factory() as db:
        stored = record(db, statements, authority=INTERNAL, now=NOW)
        db.commit()
        return stored


def round_at(factory: Factory, after: timedelta = timedelta(), **options: Any) -> Delivery:
    return deliver(factory, now=NOW + after, secret_key=SECRET_KEY, jitter=lambda: 0.0, **options)


def next_attempt(factory: Factory) -> timedelta:
    """How long after ``NOW``. A wait begins when the answer has come, and on a busy machine that takes its time."""
    with factory() as db:
        due = db.scalars(select(DestinationRow.next_attempt)).one()
    assert due is not None
    return due - NOW


def ids(statements: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in statements]


def test_everything_arrives_once_and_in_order_although_the_outside_lrs_was_down(
    session_factory: Factory, outside: OutsideLrs, statement: Make
) -> None:
    add(session_factory, outside.endpoint, outside.key, outside.secret)
    sent = [statement() for _ in range(120)]
    store(session_factory, *sent[:60])
    assert round_at(session_factory) == Delivery(delivered=60)
    outside.stop()
    store(session_factory, *sent[60:])
    assert round_at(session_factory) == Delivery(postponed=1)
    assert round_at(session_factory, timedelta(seconds=4)) == Delivery()
    outside.start()
    assert round_at(session_factory, next_attempt(session_factory)) == Delivery(delivered=60)
    assert outside.statement_ids() == ids(sent)
    with session_factory() as db:
        (now,) = backlog(db)
        assert (now.waiting, now.oldest, now.refused) == (0, None, 0)
        assert now.destination.last_success is not None


def test_attachments_and_2_0_statements_are_passed_on(
    session_factory: Factory, outside: OutsideLrs, lrs: Lrs, statement: Make
) -> None:
    """Communication 1.5.2: an LRS pushes no Statement without the attachment data it was given."""
    add(session_factory, outside.endpoint, outside.key, outside.secret)
    sha2 = sha256(b"data").hexdigest()
    with_data = statement(
        attachments=[
            {
                "usageType": "http://example.com/usage",
                "display": {"en": "data"},
                "contentType": "text/plain",
                "length": 4,
                "sha2": sha2,
            }
        ]
    )
    body = (
        b"--b\r\nContent-Type: application/json\r\n\r\n%b\r\n--b\r\nContent-Type: text/plain\r\n"
        b"Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: %b\r\n\r\ndata\r\n--b--"
    )
    content = body % (orjson.dumps(with_data), sha2.upper().encode())
    answer = lrs("POST", "statements", data=content, content_type="multipart/mixed; boundary=b")
    assert answer.status_code == 200, answer.text
    newer = statement(context={"contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:a@b.se"}}]})
    lrs.store(newer, version="2.0.0")
    assert round_at(session_factory) == Delivery(delivered=2)
    assert outside.statement_ids() == [with_data["id"], newer["id"]]


def test_a_statement_that_is_refused_is_set_aside_and_blocks_nothing(
    session_factory: Factory, moody: Moody, statement: Make
) -> None:
    destination = add(session_factory, moody.endpoint)
    sent = [statement() for _ in range(30)]
    bad = {sent[7]["id"], sent[20]["id"]}
    moody.answer = lambda batch: 400 if bad & set(ids(batch)) else 200
    store(session_factory, *sent)
    assert round_at(session_factory) == Delivery(delivered=28, refused=2)
    assert moody.order == [one for one in ids(sent) if one not in bad]
    with session_factory() as db:
        assert [one.statement_id for one in refusals(db, destination)] == [sent[7]["id"], sent[20]["id"]]
        assert refusals(db, destination)[0].answer.startswith("400 Bad Request")
        try_again(db, destination)
        db.commit()
    moody.answer = lambda _: 200
    assert round_at(session_factory) == Delivery(delivered=2)
    assert set(moody.kept) == set(ids(sent))


def test_what_is_there_already_counts_as_delivered(session_factory: Factory, moody: Moody, statement: Make) -> None:
    add(session_factory, moody.endpoint)
    sent = [statement() for _ in range(5)]
    moody.answer = lambda batch: 409 if sent[2]["id"] in ids(batch) else 200
    store(session_factory, *sent)
    assert round_at(session_factory) == Delivery(delivered=5)
    assert moody.order == [one for one in ids(sent) if one != sent[2]["id"]]


def test_a_failing_lrs_is_given_longer_and_longer(session_factory: Factory, moody: Moody, statement: Make) -> None:
    add(session_factory, moody.endpoint)
    sent = statement()
    store(session_factory, sent)
    moody.answer = lambda _: 500
    waits = []
    after = timedelta()
    for _ in range(12):
        assert round_at(session_factory, after) == Delivery(postponed=1)
        following = next_attempt(session_factory)
        waits.append(round((following - after).total_seconds()))
        assert round_at(session_factory, following - timedelta(seconds=1)) == Delivery()
        after = following
    expected = [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
    assert all(due <= wait < due + 60 for wait, due in zip(waits, expected, strict=True)), waits
    moody.answer = lambda _: 200
    assert round_at(session_factory, after) == Delivery(delivered=1)
    assert moody.order == [sent["id"]], "it had stored it before it answered 500, and has it once"


def test_the_wait_that_is_asked_for_is_kept(session_factory: Factory, moody: Moody, statement: Make) -> None:
    add(session_factory, moody.endpoint)
    store(session_factory, statement())
    moody.answer, moody.retry_after = lambda _: 429, "120"
    round_at(session_factory)
    assert round_at(session_factory, timedelta(seconds=119)) == Delivery()
    moody.answer = lambda _: 200
    assert round_at(session_factory, next_attempt(session_factory)) == Delivery(delivered=1)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_key_that_is_not_accepted_pauses_the_destination(
    session_factory: Factory, moody: Moody, statement: Make, status: int
) -> None:
    destination = add(session_factory, moody.endpoint)
    store(session_factory, statement())
    moody.answer = lambda _: status
    assert round_at(session_factory) == Delivery(postponed=1)
    assert round_at(session_factory, timedelta(days=1)) == Delivery()
    assert len(moody.requests) == 1
    with session_factory() as db:
        (now,) = backlog(db)
        assert now.waiting == 1
        assert now.oldest == NOW
        assert str(status) in (now.destination.pause_reason or "")
        try_again(db, destination)
        db.commit()
    moody.answer = lambda _: 200
    assert round_at(session_factory, timedelta(days=1)) == Delivery(delivered=1)


def test_one_destination_in_trouble_does_not_hold_up_another(
    session_factory: Factory, moody: Moody, statement: Make
) -> None:
    add(session_factory, "http://127.0.0.1:1/nobody-listens")
    add(session_factory, moody.endpoint)
    sent = statement()
    store(session_factory, sent)
    assert round_at(session_factory) == Delivery(delivered=1, postponed=1)
    assert moody.order == [sent["id"]]


def test_two_workers_never_send_the_same(session_factory: Factory, statement: Make) -> None:
    """The second worker comes while the first is in the middle of sending."""
    add(session_factory, "http://outside.example/xapi")
    store(session_factory, *(statement() for _ in range(4)))
    sent: list[int] = []
    second: list[Delivery] = []

    class Slow:
        def __init__(self, *_: str) -> None:
            pass

        def send(self, statements: list[Outgoing]) -> Answer:
            second.append(round_at(session_factory, send=Slow))
            sent.extend(one.seq for one in statements)
            return Answer(Outcome.DELIVERED)

        def close(self) -> None:
            pass

    assert round_at(session_factory, send=Slow) == Delivery(delivered=4)
    assert second == [Delivery()]
    assert len(sent) == len(set(sent)) == 4


def test_a_worker_that_died_is_replaced_when_its_claim_has_run_out(
    session_factory: Factory, moody: Moody, statement: Make
) -> None:
    add(session_factory, moody.endpoint)
    store(session_factory, statement())

    class Dying:
        def __init__(self, *_: str) -> None:
            pass

        def send(self, _: list[Outgoing]) -> Answer:
            # What a killed process leaves: the claim as it is at this moment.
            with session_factory() as db:
                kept.extend(db.execute(select(DestinationRow.lease, DestinationRow.leased_until)).one())
            raise KeyboardInterrupt

        def close(self) -> None:
            pass

    kept: list[Any] = []
    with pytest.raises(KeyboardInterrupt):
        round_at(session_factory, send=Dying)
    with session_factory() as db:
        row = db.scalars(select(DestinationRow)).one()
        row.lease, row.leased_until = kept
        db.commit()
    assert round_at(session_factory, timedelta(minutes=4)) == Delivery()
    assert round_at(session_factory, timedelta(minutes=6)) == Delivery(delivered=1)


def test_a_filter_lets_through_what_it_names(session_factory: Factory, moody: Moody, statement: Make) -> None:
    add(session_factory, moody.endpoint, verbs=["http://adlnet.gov/expapi/verbs/passed"])
    passed = statement(verb={"id": "http://adlnet.gov/expapi/verbs/passed"})
    store(session_factory, statement(), passed)
    assert round_at(session_factory) == Delivery(delivered=1)
    assert moody.order == [passed["id"]]


def test_a_new_destination_is_filled_with_what_was_stored_before(
    session_factory: Factory, moody: Moody, statement: Make
) -> None:
    sent = [statement() for _ in range(3)]
    store(session_factory, *sent)
    destination = add(session_factory, moody.endpoint)
    told: list[tuple[int, int]] = []
    with session_factory() as db:
        assert backfill(db, destination, now=NOW, progress=lambda done, total: told.append((done, total))) == 3
        assert backfill(db, destination, now=NOW, since=NOW) == 0
        backfill(db, destination, now=NOW)
        db.commit()
    assert told == [(3, 3)]
    assert round_at(session_factory) == Delivery(delivered=3)
    assert moody.order == ids(sent)


def test_the_same_destination_is_made_once_and_gets_a_changed_secret(session_factory: Factory) -> None:
    with session_factory() as db:
        made = [
            ensure_destination(db, endpoint=address, key="k", secret=secret, secret_key=SECRET_KEY, now=NOW).id
            for address, secret in (
                ("http://a.example", "one"),
                ("http://a.example/", "one"),
                ("http://a.example", "two"),
            )
        ]
        assert len(set(made)) == 1
        assert b"two" not in db.scalars(select(DestinationRow.secret)).one()


def test_another_secret_key_pauses_with_a_clear_reason(session_factory: Factory, moody: Moody, statement: Make) -> None:
    add(session_factory, moody.endpoint)
    store(session_factory, statement())
    assert deliver(session_factory, now=NOW, secret_key="another key") == Delivery()
    with session_factory() as db:
        assert "enter it again" in (backlog(db)[0].destination.pause_reason or "")
        assert db.scalars(select(OutboxRow)).one().refused is None


def test_a_test_of_the_connection_tells_what_was_answered(session_factory: Factory, outside: OutsideLrs) -> None:
    good = add(session_factory, outside.endpoint, outside.key, outside.secret)
    wrong = add(session_factory, outside.endpoint, outside.key + "x", "åäö")
    with session_factory() as db:
        assert send_test(db, good, secret_key=SECRET_KEY).outcome is Outcome.DELIVERED
        assert send_test(db, wrong, secret_key=SECRET_KEY).outcome is Outcome.PAUSE
        outside.stop()
        assert send_test(db, good, secret_key=SECRET_KEY).outcome is Outcome.LATER


def test_a_silent_lrs_holds_nobody_up_longer_than_the_timeout(
    session_factory: Factory, moody: Moody, statement: Make
) -> None:
    """What it had taken in before it fell silent is there once."""
    add(session_factory, moody.endpoint)
    sent = [statement() for _ in range(3)]
    store(session_factory, *sent)
    awake = Event()
    moody.answer = lambda _: 200 if awake.wait(30) else 500

    def impatient(endpoint: str, key: str, secret: str) -> OutsideLRS:
        return OutsideLRS(endpoint, key, secret, timeout=0.2)

    assert round_at(session_factory, send=impatient) == Delivery(postponed=1)
    with session_factory() as db:
        assert "TimeoutError" in (backlog(db)[0].destination.last_error or "")
    awake.set()
    assert round_at(session_factory, next_attempt(session_factory)) == Delivery(delivered=3)
    assert sorted(moody.kept) == sorted(ids(sent))
    assert len(moody.order) == 3
