"""One's own data on a page and in a file; being erased; the administrator's pages."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lrs_adapter.destinations import add_destination
from tests.conftest import NOW, Mails, Visitor
from tracker.config import Settings
from tracker.learners.models import Learner
from tracker.privacy import orders
from tracker.privacy.models import Destroyed, ErasureOrder, RetentionRule

DATA = "/sv/my-data"


def _exists(db: Session, learner_id: int) -> bool:
    found = db.scalar(select(func.count()).where(Learner.id == learner_id, Learner.email.is_not(None)))
    db.commit()
    return bool(found)


# ---------------------------------------------------------------- one's own


def test_everything_is_shown_and_downloaded_but_no_secret(
    db: Session, karin: Learner, sign_in: Callable[[Learner], Visitor]
) -> None:
    karin.password_hash = "$argon2id$secret"
    db.commit()
    own = sign_in(karin)
    own.get("/sv/lessons/1-1")

    page = own.get(DATA).text
    file = own.get(f"{DATA}.json")

    assert "karin.ornstedt@forening.example" in page
    assert file.json["stored"]["learner"][0]["name"] == "Karin Örnstedt"
    assert file.json["stored"]["sign_in"][0]["browser"] is None or file.json["stored"]["sign_in"]
    assert "argon2id" not in page + file.text
    assert file.headers["Cache-Control"] == "no-store"


def test_a_person_sees_nothing_of_another(
    karin: Learner, make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]
) -> None:
    other = sign_in(make_learner(email="nagon@annan.example"))

    assert "ornstedt" not in (other.get(DATA).text + other.get(f"{DATA}.json").text).casefold()


def test_erasing_asks_for_the_word_and_then_signs_out_and_tells(
    db: Session, karin: Learner, sign_in: Callable[[Learner], Visitor], mails: Mails
) -> None:
    own = sign_in(karin)
    refused = own.post(f"{DATA}/erase", {"word": "ja"})
    assert (refused.status_code, "Skriv ordet radera" in refused.text) == (422, True)
    assert _exists(db, karin.id)

    done = own.post(f"{DATA}/erase", {"word": " Radera "})

    assert done.status_code == 302
    assert "Dina uppgifter är raderade" in own.get(done.location).text
    assert not _exists(db, karin.id)
    assert own.get(DATA).status_code == 302
    assert mails.last["To"] == "karin.ornstedt@forening.example"


def test_the_only_administrator_stays(db: Session, chief: Learner, administrator: Visitor) -> None:
    page = administrator.post(f"{DATA}/erase", {"word": "radera"})

    assert page.status_code == 422
    assert _exists(db, chief.id)


# ---------------------------------------------------------------- the administrator


def test_an_administrator_erases_the_person_that_was_seen(db: Session, administrator: Visitor, karin: Learner) -> None:
    address = f"/sv/admin/people/{karin.id}/erase"

    assert administrator.post(address, {"word": "radera", "version": 7}).status_code == 409
    assert _exists(db, karin.id)
    assert administrator.post(address, {"word": "radera", "version": 1}).status_code == 302
    assert not _exists(db, karin.id)
    [done] = db.scalars(select(Destroyed))
    assert (done.kind, done.count) == ("person", 1)


class _Lrs(BaseHTTPRequestHandler):
    """An outside LRS that has one Statement of everybody until it is told not to."""

    has = True

    def do_GET(self) -> None:  # the library's name
        body = b'{"statements": [{}]}' if _Lrs.has else b'{"statements": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def outside() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Lrs)
    thread = Thread(target=server.serve_forever)
    thread.start()
    _Lrs.has = True
    yield f"http://127.0.0.1:{server.server_port}/xapi/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def order(db: Session, settings: Settings, outside: str) -> ErasureOrder:
    to = add_destination(
        db, name="Länets LRS", endpoint=outside, key="k", secret="s", secret_key=settings.secret_key, now=NOW
    )
    agent = {"objectType": "Agent", "account": {"homePage": "http://localhost", "name": "abc-123"}}
    made = ErasureOrder(
        created_at=NOW, destination_id=to.id, name="Länets LRS", endpoint=outside, agents=[agent], statements=3
    )
    db.add(made)
    db.commit()
    return made


def test_an_order_is_done_when_the_lrs_answers_that_it_has_nothing(
    db: Session, order: ErasureOrder, settings: Settings
) -> None:
    orders.ask_all(db, secret_key=settings.secret_key, now=NOW)
    assert (order.has_some, order.done_at) == (True, None)

    _Lrs.has = False
    orders.ask_all(db, secret_key=settings.secret_key, now=NOW + timedelta(hours=1))
    assert order.done_at is None  # asked once a day
    orders.ask_all(db, secret_key=settings.secret_key, now=NOW + timedelta(days=2))

    assert order.done_at == NOW + timedelta(days=2)
    assert order.agents == []


def test_an_administrator_confirms_an_order(
    db: Session, order: ErasureOrder, administrator: Visitor, chief: Learner
) -> None:
    assert "abc-123" in administrator.get("/sv/admin/privacy/orders").text

    administrator.post(f"/sv/admin/privacy/orders/{order.id}/confirm")

    db.refresh(order)
    assert (order.done_by, order.agents) == (chief.id, [])
    page = administrator.get("/sv/admin/privacy/orders").text
    assert "abc-123" not in page
    assert "av chef@region.example" in page


def test_a_rule_without_a_decision_is_a_proposal(db: Session, administrator: Visitor, long_ago: Learner) -> None:
    page = administrator.get("/sv/admin/privacy").text
    assert "Inget, så det är bara ett förslag" in page

    address = "/sv/admin/privacy/retention/inactive"
    wrong = administrator.post(address, {"days": "0", "decision": "KS 14", "decided_on": "", "version": 0})
    assert wrong.status_code == 422
    assert "Skriv också beslutets dag" in wrong.text

    administrator.post(address, {"days": "700", "decision": "KS 14", "decided_on": "2027-01-15", "version": 0})
    administrator.post(address, {"days": "900", "decision": "", "decided_on": "", "version": 0})

    [rule] = db.scalars(select(RetentionRule))
    assert (rule.days, rule.decision) == (700, "KS 14")  # the second had not seen the first
