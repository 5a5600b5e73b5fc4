"""An administrator looks after outside LRSs: real ones, in a server of this process, that answer as the test wants."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from lrs_adapter.destinations import decrypt
from lrs_adapter.models import DestinationRow, OutboxRow
from lrs_adapter.outbox import backlog, deliver
from lrs_adapter.remote_lrs import Answer, Outcome
from lrs_adapter.store import INTERNAL, record
from tests.conftest import NOW, Visitor
from tests.lrs_admin.making import COMPLETED, LESSON, PASSED, make
from tracker import delivery
from tracker.clock import now
from tracker.db import db as tracker_db
from tracker.learners.models import Learner
from tracker.lrs_admin.queries import State, deliveries, needs_attention

PAGE = "/sv/admin/lrs/destinations"


class Outside:
    """An LRS that keeps the ids it was sent and answers ``status``."""

    def __init__(self) -> None:
        self.status = 200
        self.refused: set[str] = set()
        self.kept: list[str] = []
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(outside.status)

            def do_POST(self) -> None:
                sent = [one["id"] for one in json.loads(self.rfile.read(int(self.headers["Content-Length"])))]
                status = 400 if outside.status == 200 and outside.refused & set(sent) else outside.status
                if status == 200:
                    outside.kept += sent
                self._answer(status)

            def _answer(self, status: int) -> None:
                body = b'{"error":"in its own words <b>"}'
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/xapi"


@pytest.fixture
def outside() -> Iterator[Outside]:
    lrs = Outside()
    thread = Thread(target=lrs.server.serve_forever)
    thread.start()
    yield lrs
    lrs.server.shutdown()
    lrs.server.server_close()
    thread.join()


@pytest.fixture
def administrator(make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(make_learner(email="chef@region.example", is_administrator=True))


@pytest.fixture
def typed(outside: Outside) -> dict[str, Any]:
    return {
        "name": "Datalagret",
        "endpoint": outside.address,
        "key": "kursen",
        "secret": "hemligheten",
        "what": "all",
    }


@pytest.fixture
def added(administrator: Visitor, typed: dict[str, Any]) -> str:
    """The address of the page of an outside LRS."""
    answer = administrator.post(f"{PAGE}/new", typed)
    assert answer.status_code == 302, answer.text
    return answer.location


def store(db: Session, *statements: dict[str, Any]) -> list[str]:
    record(db, statements, authority=INTERNAL, now=now())
    db.commit()
    return [one["id"] for one in statements]


def deliver_all(app: Flask) -> None:
    """Rounds of delivery until there is nothing more to do now."""
    for _ in range(5):
        delivery.deliver_once(app)


def queued(db: Session) -> int:
    db.expire_all()
    db.rollback()
    return sum(one.waiting for one in backlog(db))


def test_a_new_one_gets_what_happens_from_now_on(
    app: Flask, db: Session, administrator: Visitor, added: str, outside: Outside
) -> None:
    page = administrator.get(added).text
    assert "Allt har kommit fram" in page
    assert "hemligheten" not in page
    ids = store(db, make(), make())

    deliver_all(app)

    assert outside.kept == ids
    assert "Senast levererat" in administrator.get(PAGE).text


def test_the_secret_is_stored_encrypted(app: Flask, db: Session, added: str) -> None:
    row = db.scalars(select(DestinationRow)).one()
    assert b"hemligheten" not in row.secret
    assert decrypt(row.secret, app.extensions["samverkan.settings"].secret_key) == "hemligheten"


def test_one_that_is_to_have_the_earlier_too_gets_them_step_by_step(
    app: Flask, db: Session, administrator: Visitor, typed: dict[str, Any], outside: Outside
) -> None:
    ids = store(db, *(make() for _ in range(7)))
    page = administrator.post(f"{PAGE}/new", {**typed, "earlier": "y"}).location
    assert "Tar fram tidigare händelser" in administrator.get(page).text
    assert "Allt har kommit fram" not in administrator.get(PAGE).text
    assert queued(db) == 0, "no request waits for it"

    deliver_all(app)

    assert outside.kept == ids
    assert "7 tidigare händelser lades i kön" in administrator.get(page).text


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"what": "verbs", "verbs": [PASSED]}, 1),
        ({"what": "verbs", "other_verbs": f"{PASSED}\n https://verbs.example/other "}, 1),
        ({"what": "activities", "activities": LESSON}, 2),
        ({"what": "all", "activities": "this is not looked at"}, 3),
    ],
)
def test_only_what_is_chosen_is_sent(
    app: Flask,
    db: Session,
    administrator: Visitor,
    typed: dict[str, Any],
    outside: Outside,
    what: dict[str, Any],
    expected: int,
) -> None:
    assert administrator.post(f"{PAGE}/new", {**typed, **what}).status_code == 302
    store(db, make(), make(verb={"id": PASSED}), make(object={"id": "https://other.example/lesson/2"}))

    deliver_all(app)

    assert len(outside.kept) == expected


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": " "}, "Skriv ett namn"),
        ({"endpoint": ""}, "Skriv LRS:ens adress"),
        ({"endpoint": "lrs.example/xapi"}, "Skriv hela adressen"),
        ({"endpoint": "ftp://lrs.example/xapi"}, "Skriv hela adressen"),
        ({"endpoint": "https://lrs.example:99999/xapi"}, "Skriv hela adressen"),
        ({"endpoint": "https://[lrs/xapi"}, "Skriv hela adressen"),
        ({"endpoint": "https://me@lrs.example/xapi"}, "utan nyckel"),
        ({"endpoint": "https://lrs.example/xapi?key=x"}, "utan nyckel"),
        ({"key": ""}, "Skriv nyckeln"),
        ({"key": "kursen:hemligheten"}, "kolon"),
        ({"secret": ""}, "Skriv hemligheten"),
        ({"what": "verbs"}, "minst ett slags händelse"),
        ({"what": "verbs", "other_verbs": "completed"}, "”completed” är ingen hel adress"),
        ({"what": "activities", "activities": ""}, "minst en aktivitet"),
        ({"what": "activities", "activities": f"{LESSON}\n1.1"}, "”1.1” är ingen hel adress"),
        ({"what": "nothing"}, "Fel:"),
    ],
)
def test_a_form_with_faults_adds_nothing_and_keeps_what_was_typed(
    db: Session, administrator: Visitor, typed: dict[str, Any], changed: dict[str, Any], message: str
) -> None:
    answer = administrator.post(f"{PAGE}/new", {**typed, **changed})

    assert answer.status_code == 422
    assert message in answer.text
    assert 'value="hemligheten"' not in answer.text, "a secret is never written into a page"
    if "key" not in changed:
        assert 'value="kursen"' in answer.text
    assert db.scalar(select(DestinationRow.id)) is None


def test_the_same_address_and_key_twice_is_refused(administrator: Visitor, added: str, typed: dict[str, Any]) -> None:
    answer = administrator.post(f"{PAGE}/new", {**typed, "name": "En annan", "endpoint": typed["endpoint"] + "/"})

    assert answer.status_code == 422
    assert "Det finns redan en LRS med den adressen" in answer.text


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


def test_a_change_keeps_the_secret_unless_it_would_go_elsewhere(
    app: Flask, db: Session, administrator: Visitor, added: str, typed: dict[str, Any]
) -> None:
    quiet = {**typed, "secret": "", "name": "Nytt namn"}
    assert "hemligheten" not in administrator.get(f"{added}/change").text
    assert administrator.post(f"{added}/change", quiet).status_code == 302
    elsewhere = administrator.post(f"{added}/change", {**quiet, "endpoint": "https://elsewhere.example/xapi"})

    assert elsewhere.status_code == 422
    assert "Skriv hemligheten igen" in elsewhere.text
    row = db.scalars(select(DestinationRow)).one()
    assert row.name == "Nytt namn"
    assert row.endpoint == typed["endpoint"] + "/"
    assert decrypt(row.secret, app.extensions["samverkan.settings"].secret_key) == "hemligheten"


def test_a_change_of_what_is_sent_shows_what_was_chosen(
    administrator: Visitor, added: str, typed: dict[str, Any]
) -> None:
    other = "https://verbs.example/other"
    administrator.post(f"{added}/change", {**typed, "what": "verbs", "verbs": [COMPLETED], "other_verbs": other})

    page = administrator.get(f"{added}/change").text
    assert f'checked id="verbs-6" name="verbs" type="checkbox" value="{COMPLETED}"' in page
    assert other in page
    assert "slutförde" in administrator.get(added).text


def test_one_that_is_removed_gets_nothing_more(
    app: Flask, db: Session, administrator: Visitor, added: str, outside: Outside
) -> None:
    store(db, make())
    assert "1 händelse som väntar skickas aldrig dit." in administrator.get(f"{added}/remove").text
    assert db.scalar(select(DestinationRow.id)) is not None, "asking is not doing"

    administrator.post(f"{added}/remove")
    deliver_all(app)

    assert outside.kept == []
    assert "Inget skickas någonstans." in administrator.get(PAGE).text
    assert administrator.get(added).status_code == 404
    for action in ("pause", "try-again", "test", "resend", "change", "remove", "refused/1/try-again"):
        assert administrator.post(f"{added}/{action}").status_code == 404, action


def test_the_one_in_the_settings_is_marked(
    make_app: Callable[..., Flask], make_learner: Callable[..., Learner], outside: Outside
) -> None:
    app = make_app(lrs_endpoint=outside.address, lrs_key="kursen", lrs_secret="hemligheten")
    delivery.ensure_configured(app)
    learner = make_learner(email="chef@region.example", is_administrator=True)
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = learner.get_id(), True

    assert "SAMVERKAN_LRS_ENDPOINT" in client.get(f"{PAGE}/1/change").text
    assert "SAMVERKAN_LRS_ENDPOINT" in client.get(f"{PAGE}/1/remove").text


def test_nobody_else_looks_or_changes(
    db: Session,
    added: str,
    typed: dict[str, Any],
    visitor: Visitor,
    make_learner: Callable[..., Learner],
    sign_in: Callable[[Learner], Visitor],
) -> None:
    learner = sign_in(make_learner(email="karin@forening.example"))
    for person in (visitor, learner):
        assert person.post(f"{PAGE}/new", {**typed, "key": "min"}).status_code == 403
        for action in ("pause", "try-again", "test", "resend", "change", "remove", "refused/1/try-again"):
            assert person.post(f"{added}/{action}", typed).status_code == 403, action
    assert [one.paused for one in db.scalars(select(DestinationRow))] == [None]


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
