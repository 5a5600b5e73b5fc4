"""An administrator sees how delivery goes, is told what to do, and does it."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from lrs_adapter.models import DestinationRow, OutboxRow
from lrs_adapter.outbox import deliver
from lrs_adapter.remote_lrs import Answer, Outcome
from lrs_adapter.store import INTERNAL, record
from tests.conftest import NOW, Visitor
from tests.lrs_admin.making import make
from tests.lrs_admin.outside import PAGE, Outside, deliver_all, queued, store
from tracker.clock import now
from tracker.db import db as tracker_db
from tracker.lrs_admin.queries import State, deliveries, needs_attention


def test_a_refused_key_stops_it_and_the_administrator_is_told_what_to_do(
    app: Flask, db: Session, administrator: Visitor, added: str, outside: Outside, typed: dict[str, Any]
) -> None:
    outside.status = 401
    ids = store(db, make())
    deliver_all(app)

    page = administrator.get(added).text
    assert "Den godtar inte nyckeln eller hemligheten." in page
    assert "skriv dem under Ändra" in page
    assert "in its own words &lt;b&gt;" in page
    assert "Inget skickas till Datalagret just nu." in administrator.get("/sv/admin/").text

    outside.status = 200
    changed = administrator.post(f"{added}/change", {**typed, "secret": "en ny hemlighet"})
    assert changed.status_code == 302
    deliver_all(app)

    assert outside.kept == ids
    assert "just nu" not in administrator.get("/sv/admin/").text


def test_try_again_ends_a_wait(app: Flask, db: Session, administrator: Visitor, added: str, outside: Outside) -> None:
    outside.status = 503
    ids = store(db, make())
    deliver_all(app)
    page = administrator.get(added).text
    assert "Försöker igen" in page
    assert "Den har ett eget fel (503)." in page

    outside.status = 200
    administrator.post(f"{added}/try-again")
    deliver_all(app)

    assert outside.kept == ids


def test_a_pause_holds_until_somebody_ends_it(
    app: Flask, db: Session, administrator: Visitor, added: str, outside: Outside
) -> None:
    administrator.post(f"{added}/pause")
    ids = store(db, make())
    deliver_all(app)
    assert outside.kept == []
    assert "Pausad av en administratör" in administrator.get(added).text
    assert "1 händelse väntar." in administrator.get("/sv/admin/").text

    administrator.post(f"{added}/try-again")
    deliver_all(app)
    assert outside.kept == ids


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (200, "Den svarar och godtar nyckeln."),
        (401, "Den godtar inte nyckeln eller hemligheten."),
        (403, "nyckeln får inte läsa"),
        (404, "Det finns ingen LRS på den adressen."),
        (500, "Den har ett eget fel (500)."),
        (301, "Den har flyttat till en annan adress."),
    ],
)
def test_the_test_tells_what_was_answered(
    administrator: Visitor, added: str, outside: Outside, status: int, words: str
) -> None:
    outside.status = status

    answer = administrator.post(f"{added}/test", follow_redirects=True)

    assert f"Datalagret: {words}" in answer.text or words in answer.text


def test_the_test_tells_when_nobody_answers(administrator: Visitor, typed: dict[str, Any]) -> None:
    added = administrator.post(f"{PAGE}/new", {**typed, "endpoint": "http://127.0.0.1:1/xapi"}).location

    assert "Den gick inte att nå." in administrator.post(f"{added}/test", follow_redirects=True).text


def test_the_test_tells_when_the_secret_cannot_be_read(
    db: Session, administrator: Visitor, added: str, outside: Outside
) -> None:
    db.execute(update(DestinationRow).values(secret=b"written under another key"))
    db.commit()

    answer = administrator.post(f"{added}/test", follow_redirects=True)

    assert "Skriv hemligheten igen under Ändra." in answer.text


def test_what_was_refused_is_listed_and_tried_again_one_by_one_or_all(
    app: Flask, db: Session, administrator: Visitor, added: str, outside: Outside
) -> None:
    ids = store(db, *(make() for _ in range(4)))
    outside.refused = set(ids[1:])
    deliver_all(app)
    page = administrator.get(added).text
    assert outside.kept == ids[:1]
    assert all(one in page for one in ids[1:])
    assert "3 togs inte emot, resten har kommit fram" in administrator.get(PAGE).text

    outside.refused = set()
    seq = db.scalar(select(OutboxRow.seq).order_by(OutboxRow.seq).limit(1))
    administrator.post(f"{added}/refused/{seq}/try-again")
    deliver_all(app)
    assert outside.kept == ids[:2]
    assert "redan på väg" in administrator.post(f"{added}/refused/{seq}/try-again", follow_redirects=True).text

    answer = administrator.post(f"{added}/refused/try-again", follow_redirects=True)
    assert "2 händelser skickas igen." in answer.text
    deliver_all(app)
    assert outside.kept == ids


def test_chosen_days_are_sent_again(
    app: Flask, db: Session, administrator: Visitor, added: str, outside: Outside
) -> None:
    ids = []
    for day in (3, 4, 5):
        one = make()
        record(db, [one], authority=INTERNAL, now=NOW.replace(day=day, hour=23, minute=30))
        ids.append(one["id"])
    db.commit()
    deliver_all(app)
    outside.kept.clear()

    # 23.30 in UTC is half past twelve at night in Stockholm: the days are those of the calendar on the wall.
    assert administrator.post(f"{added}/resend", {"first": "2027-02-05", "last": "2027-02-05"}).status_code == 302
    deliver_all(app)

    assert outside.kept == ids[1:2]


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ({}, "Välj den första dagen"),
        ({"first": "i går"}, "Fel:"),
        ({"first": "2027-02-05", "last": "2027-02-04"}, "Den sista dagen är före den första"),
    ],
)
def test_days_that_are_none_send_nothing(
    app: Flask, db: Session, administrator: Visitor, added: str, outside: Outside, days: dict[str, str], message: str
) -> None:
    store(db, make())
    deliver_all(app)
    outside.kept.clear()

    answer = administrator.post(f"{added}/resend", days)

    assert answer.status_code == 422
    assert message in answer.text
    deliver_all(app)
    assert outside.kept == []


def test_what_has_waited_for_an_hour_needs_somebody(app: Flask, db: Session, added: str) -> None:
    record(db, [make()], authority=INTERNAL, now=NOW)
    db.commit()

    assert needs_attention(db, NOW + timedelta(minutes=59)) == []
    assert [one.state for one in deliveries(db, NOW + timedelta(minutes=59))] == [State.SENDING]
    (late,) = needs_attention(db, NOW + timedelta(hours=1))
    assert (late.name, late.state, late.waiting, late.oldest) == ("Datalagret", State.LATE, 1, NOW)


def test_a_worker_that_is_sending_stops_when_an_administrator_pauses(
    app: Flask, db: Session, administrator: Visitor, added: str
) -> None:
    """The pause comes while the first of three batches is on its way."""
    store(db, *(make() for _ in range(6)))
    sent: list[int] = []

    class Slow:
        def __init__(self, *_: str) -> None:
            pass

        def send(self, statements: list[Any]) -> Answer:
            if not sent:
                administrator.post(f"{added}/pause")
            sent.append(len(statements))
            return Answer(Outcome.DELIVERED)

        def close(self) -> None:
            pass

    with app.app_context():
        factory = sessionmaker(tracker_db.engine)
    secret_key = app.extensions["samverkan.settings"].secret_key
    deliver(factory, now=now(), secret_key=secret_key, send=Slow, batch=2)

    assert sent == [2]
    assert queued(db) == 4
