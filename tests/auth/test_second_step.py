"""The second factor that administrators are asked for, with a real app's codes."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.auth.steps import sign_in_by_link
from tests.conftest import Mails, Visitor, signed_in
from tracker.auth.models import CodeApp, RecoveryCode
from tracker.clock import now
from tracker.learners.models import Learner, SignIn

PERIOD = 30


@pytest.fixture
def chief(make_learner: Callable[..., Learner]) -> Learner:
    return make_learner(email="chef@region.example", is_administrator=True)


@pytest.fixture
def browser(app: Flask, chief: Learner, db: Session) -> Visitor:
    """In which the administrator has just signed in, with the first factor only."""
    client = app.test_client()
    cookie = signed_in(chief)
    db.execute(update(SignIn).values(second_step_at=None))
    db.commit()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = cookie, True
        session["signed_in_at"] = int(now().timestamp())
    return Visitor(client)


def _secret(page: str) -> str:
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found, page
    return found[1].replace(" ", "")


def _choose(browser: Visitor) -> tuple[pyotp.TOTP, list[str]]:
    totp = pyotp.TOTP(_secret(browser.get("/sv/profile/second-step").text))
    page = browser.post("/sv/profile/second-step", {"code": totp.at(now() - timedelta(seconds=PERIOD))}).text
    return totp, re.findall(r"<li><code>([^<]+)</code>", page)


def _forget(db: Session) -> None:
    """As if half a day had gone."""
    db.execute(update(SignIn).values(second_step_at=now() - timedelta(hours=12)))
    db.commit()


def test_an_administrator_chooses_an_app_and_then_gets_in(browser: Visitor) -> None:
    asked = browser.get("/sv/admin/organisations?q=a")
    assert asked.status_code == 302
    chosen = browser.get(asked.location)
    assert chosen.location.startswith("/sv/profile/second-step")
    assert unquote(unquote(chosen.location)).endswith("/sv/admin/organisations?q=a")

    _totp, codes = _choose(browser)

    assert len(set(codes)) == 10
    assert browser.get("/sv/admin/organisations").status_code == 200


def test_the_own_course_needs_no_second_step(browser: Visitor) -> None:
    assert browser.get("/sv/course").status_code == 200
    assert browser.get("/sv/profile").status_code == 200


def test_who_reads_the_mail_moves_the_role_nowhere(
    browser: Visitor, make_visitor: Callable[[], Visitor], mails: Mails, db: Session, chief: Learner
) -> None:
    """The mail is the first step only: with it alone nobody changes what the account is opened with, or erases it."""
    _choose(browser)
    thief = make_visitor()
    sign_in_by_link(thief, mails, "chef@region.example")
    asked = len(mails.received)

    for address, form in (
        ("/sv/profile/email", {"email": "tjuv@annat.example"}),
        ("/sv/profile/password", {"new": "tre korta ord"}),
        ("/sv/profile/password/remove", {}),
        ("/sv/my-data/erase", {"word": "radera"}),
    ):
        assert thief.post(address, form).location.startswith("/sv/sign-in/second-step"), address

    assert len(mails.received) == asked
    db.refresh(chief)
    assert (chief.email, chief.password_hash) == ("chef@region.example", None)
    db.rollback()


def test_a_role_follows_to_a_new_address_only_in_a_browser_that_is_signed_in(
    browser: Visitor, make_visitor: Callable[[], Visitor], mails: Mails
) -> None:
    """Somebody else may have the address that was written."""
    _choose(browser)
    browser.post("/sv/profile/email", {"email": "chefen@region.example"})
    link, stranger = mails.last_link(), make_visitor()

    for answer in (stranger.get(link), stranger.post(link)):
        assert answer.status_code == 403
        assert "Öppna länken där du är inloggad" in answer.text
    assert stranger.get("/sv/profile").status_code == 302

    assert browser.post(link).status_code == 302
    assert "chefen@region.example" in browser.get("/sv/profile").text
    assert "/sign-in/second-step" in browser.get("/sv/admin/").location


def test_a_form_that_is_sent_without_it_changes_nothing(browser: Visitor, db: Session) -> None:
    answer = browser.post("/sv/admin/organisations/new", {"name": "X", "kind": "other", "version": "0"})

    assert "/second-step" in answer.location


def test_it_is_asked_for_again_after_half_a_day(browser: Visitor, db: Session) -> None:
    totp, _codes = _choose(browser)
    _forget(db)
    assert "/sign-in/second-step" in browser.get("/sv/admin/").location

    answer = browser.post("/sv/sign-in/second-step", {"code": totp.at(now()), "next": "/sv/admin/organisations"})

    assert answer.location == "/sv/admin/organisations"
    assert browser.get("/sv/admin/").status_code == 200


def test_no_code_is_good_twice(browser: Visitor, db: Session) -> None:
    totp, codes = _choose(browser)
    for code in (totp.at(now() + timedelta(seconds=PERIOD)), codes[0].upper().replace("-", " ")):
        _forget(db)
        assert browser.post("/sv/sign-in/second-step", {"code": code}).status_code == 302
        _forget(db)
        assert browser.post("/sv/sign-in/second-step", {"code": code}).status_code == 422
        assert "/sign-in/second-step" in browser.get("/sv/admin/").location


def test_guessing_comes_to_an_end(browser: Visitor, db: Session) -> None:
    totp, _codes = _choose(browser)
    _forget(db)
    for _ in range(5):
        assert browser.post("/sv/sign-in/second-step", {"code": "000"}).status_code == 422

    refused = browser.post("/sv/sign-in/second-step", {"code": totp.at(now())})

    assert refused.status_code == 429
    assert refused.text.count("Vänta fem minuter") == 2


def test_one_who_finds_the_browser_open_a_month_later_cannot_choose_an_app(browser: Visitor, db: Session) -> None:
    with browser.client.session_transaction() as session:
        session["signed_in_at"] = 0

    assert browser.get("/sv/profile/second-step").location.startswith("/sv/sign-in?next=")
    assert db.scalar(select(CodeApp.learner_id)) is None


def test_cannot_be_removed_without_showing_it(browser: Visitor, db: Session) -> None:
    totp, _codes = _choose(browser)
    _forget(db)
    browser.post("/sv/profile/second-step/remove")
    db.rollback()
    assert db.scalar(select(CodeApp.confirmed_at)) is not None
    db.rollback()

    browser.post("/sv/sign-in/second-step", {"code": totp.at(now())})
    browser.post("/sv/profile/second-step/remove")

    db.rollback()
    assert db.scalar(select(CodeApp.confirmed_at)) is None
    assert db.scalar(select(RecoveryCode.code_hash)) is None


def test_nothing_in_the_database_shows_the_code(browser: Visitor, db: Session) -> None:
    totp, codes = _choose(browser)

    [app] = db.scalars(select(CodeApp))
    assert totp.secret.encode() not in app.secret
    assert not set(db.scalars(select(RecoveryCode.code_hash))) & set(codes)


def test_the_administrator_of_a_demonstration_gets_in_and_is_told_why(
    make_app: Callable[..., Flask], make_learner: Callable[..., Learner], db: Session
) -> None:
    def opened(app: Flask, learner: Learner) -> Visitor:
        client = app.test_client()
        cookie = signed_in(learner)
        db.execute(update(SignIn).values(second_step_at=None))
        db.commit()
        with client.session_transaction() as session:
            session["_user_id"] = cookie
        return Visitor(client)

    ada = make_learner(email="ada@demo.example", is_administrator=True, is_demo=True)
    chief = make_learner(email="chef@region.example", is_administrator=True)

    assert "I verklig drift krävs alltid ett andra steg" in opened(make_app(demo=True), ada).get("/sv/admin/").text
    assert opened(make_app(demo=True), chief).get("/sv/admin/").status_code == 302
    # A site that began as a demonstration: everybody knows the password.
    assert opened(make_app(demo=False), ada).get("/sv/profile").location.startswith("/sv/sign-in?next=")
