"""Signing in with a link by e-mail."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.auth.steps import ask_for_link, count_of_links, sign_in_by_link, signed_in_as
from tests.conftest import Mails, Visitor
from tracker.auth import services
from tracker.auth.models import SignInLink
from tracker.clock import now
from tracker.learners.models import Learner

KARIN = "karin@forening.example"


def test_a_new_address_becomes_an_account(visitor: Visitor, mails: Mails) -> None:
    link = ask_for_link(visitor, mails, KARIN)

    assert mails.last["To"] == KARIN
    assert "Logga in på Tillsammans gör vi mer" in mails.last["Subject"]
    assert "30 minuter" in mails.last.get_content()
    assert signed_in_as(visitor) is None
    page = visitor.get(link)
    assert "Du loggar in som <b>karin@forening.example</b>" in page.text
    assert page.headers["Referrer-Policy"] == "origin"  # the key in the address goes into no log with what is fetched
    assert visitor.post(link, {"remember": "y"}).location == "/sv/course"
    assert signed_in_as(visitor) == KARIN


def test_an_account_is_found_whatever_the_case(
    visitor: Visitor, mails: Mails, make_learner: Callable[..., Learner], db: Session
) -> None:
    make_learner(email=KARIN, name="Karin Lindqvist")

    sign_in_by_link(visitor, mails, " Karin@Forening.EXAMPLE ")

    assert signed_in_as(visitor) == KARIN
    assert len(db.scalars(select(Learner)).all()) == 1


def test_the_answer_is_the_same_whether_the_address_exists(
    make_visitor: Callable[[], Visitor], mails: Mails, make_learner: Callable[..., Learner]
) -> None:
    make_learner(email=KARIN)
    pages, letters = [], []
    for email in (KARIN, "nils@forening.example"):
        visitor = make_visitor()
        ask_for_link(visitor, mails, email)
        pages.append(visitor.get("/sv/sign-in/sent").text.replace(email, "X"))
        letters.append(mails.last.get_content().split("http")[0])

    assert pages[0].split("csrf_token")[0] == pages[1].split("csrf_token")[0]
    assert letters[0] == letters[1]


def test_the_mail_is_in_the_language_of_the_page(visitor: Visitor, mails: Mails) -> None:
    visitor.post("/en/sign-in", {"email": KARIN})

    assert mails.last["Subject"] == "Sign in to Better together"
    assert "The link is valid for 30 minutes" in mails.last.get_content()
    assert mails.last_link().startswith("/en/sign-in/link/")


def test_the_link_leads_to_our_own_address_whatever_host_was_asked_for(client: FlaskClient, mails: Mails) -> None:
    elsewhere = {"Host": "evil.example"}
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sv/sign-in", headers=elsewhere).text)
    assert token

    client.post("/sv/sign-in", data={"email": KARIN, "csrf_token": token[1]}, headers=elsewhere)

    assert "http://localhost/sv/sign-in/link/" in mails.last.get_content()


def test_fetching_the_link_does_not_use_it(visitor: Visitor, mails: Mails, app: Flask) -> None:
    link = ask_for_link(visitor, mails, KARIN)
    scanner = app.test_client()

    for _ in range(3):
        assert scanner.get(link).status_code == 200
        scanner.head(link)

    visitor.post(link)
    assert signed_in_as(visitor) == KARIN


def test_a_link_works_once(visitor: Visitor, make_visitor: Callable[[], Visitor], mails: Mails) -> None:
    link = ask_for_link(visitor, mails, KARIN)
    visitor.post(link)
    other = make_visitor()

    for response in (other.get(link), other.post(link)):
        assert response.status_code == 410
        assert "Länken är redan använd" in response.text
        assert 'href="/sv/sign-in"' in response.text
    assert signed_in_as(other) is None


def test_two_who_use_a_link_at_the_same_moment_do_not_both_get_in(
    make_visitor: Callable[[], Visitor], mails: Mails
) -> None:
    link = ask_for_link(make_visitor(), mails, KARIN)
    visitors = [make_visitor() for _ in range(4)]
    ready = threading.Barrier(len(visitors))
    statuses: list[int] = []

    def use(visitor: Visitor) -> None:
        visitor.get(link)
        ready.wait()
        statuses.append(visitor.post(link).status_code)

    threads = [threading.Thread(target=use, args=[visitor]) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [302, 410, 410, 410]


def test_a_double_click_signs_in(app: Flask, visitor: Visitor, mails: Mails) -> None:
    link = ask_for_link(visitor, mails, KARIN)
    visitor.get(link)
    # The browser drops the answer to the first press, cookies and all, and sends the same once more.
    cookie = visitor.client.get_cookie("samverkan")
    assert cookie is not None
    again = app.test_client()
    again.set_cookie("samverkan", cookie.value)

    first, second = visitor.post(link), Visitor(again).post(link)

    assert (first.status_code, second.status_code) == (302, 302)
    assert signed_in_as(Visitor(again)) == KARIN


def test_a_link_runs_out_after_half_an_hour(visitor: Visitor, db: Session) -> None:
    _, early = services.ask_for_link(db, KARIN, now=now() - timedelta(minutes=29))
    _, late = services.ask_for_link(db, KARIN, now=now() - timedelta(minutes=31))
    db.commit()

    assert visitor.get(f"/sv/sign-in/link/{early}").status_code == 200
    for response in (visitor.get(f"/sv/sign-in/link/{late}"), visitor.post(f"/sv/sign-in/link/{late}")):
        assert response.status_code == 410
        assert "Länken har gått ut" in response.text
    assert signed_in_as(visitor) is None


def test_a_link_that_was_never_sent_is_unknown(visitor: Visitor) -> None:
    response = visitor.get("/sv/sign-in/link/abc")

    assert response.status_code == 404
    assert "Vi känner inte igen länken" in response.text


def test_trying_one_link_after_another_is_stopped(visitor: Visitor) -> None:
    statuses = [visitor.get(f"/sv/sign-in/link/{number}").status_code for number in range(62)]

    assert (statuses[59], statuses[61]) == (404, 429)


def test_only_a_hash_of_the_link_is_kept_and_not_for_long(visitor: Visitor, mails: Mails, db: Session) -> None:
    _, old = services.ask_for_link(db, KARIN, now=now() - timedelta(days=2))
    db.commit()
    token = ask_for_link(visitor, mails, KARIN).rsplit("/", 1)[1]

    rows = db.scalars(select(SignInLink)).all()
    assert len(rows) == 1
    assert token not in str(vars(rows[0]))
    assert visitor.get(f"/sv/sign-in/link/{old}").status_code == 404


@pytest.mark.parametrize("typed", ["", "karin", "karin@", "karin@forening", "a b@forening.example", "<b>@x.example"])
def test_a_bad_address_is_refused_beside_the_field(visitor: Visitor, mails: Mails, db: Session, typed: str) -> None:
    response = visitor.post("/sv/sign-in", {"email": typed})

    assert response.status_code == 422
    assert response.text.count("Skriv en e-postadress, till exempel namn@forening.example") == 2
    assert 'aria-invalid="true"' in response.text
    assert "<title>Fel: " in response.text
    if typed and "<" not in typed:
        assert f'value="{typed}"' in response.text
    assert (mails.received, count_of_links(db)) == ([], 0)


def test_a_mail_server_that_is_down_is_said_and_nothing_is_kept(make_app: Callable[..., Flask], db: Session) -> None:
    visitor = Visitor(make_app(mail_url="smtp://127.0.0.1:1").test_client())

    response = visitor.post("/sv/sign-in", {"email": KARIN})

    assert response.status_code == 503
    assert response.text.count("Vår mejlserver svarar inte just nu") == 2
    assert f'value="{KARIN}"' in response.text
    assert count_of_links(db) == 0


def test_an_address_is_sent_a_few_links_an_hour_and_no_more(
    visitor: Visitor, mails: Mails, make_visitor: Callable[[], Visitor]
) -> None:
    for _ in range(services.LINKS_AN_HOUR):
        ask_for_link(visitor, mails, KARIN)

    response = make_visitor().post("/sv/sign-in", {"email": KARIN.upper()})

    assert response.status_code == 429
    assert "Vi har redan skickat flera länkar till adressen" in response.text
    assert len(mails.received) == services.LINKS_AN_HOUR
    ask_for_link(visitor, mails, "nils@forening.example")


def test_a_network_cannot_have_mails_sent_to_everybody(visitor: Visitor) -> None:
    statuses = [visitor.post("/sv/sign-in", {"email": f"n{n}@forening.example"}).status_code for n in range(31)]

    assert statuses == [302] * 30 + [429]


@pytest.mark.parametrize(
    ("next_page", "led_to"),
    [
        ("/sv/profile", "/sv/profile"),
        ("/sv/glossary?q=1", "/sv/glossary?q=1"),
        ("https://evil.example/", "/sv/course"),
        ("//evil.example/", "/sv/course"),
        ("/\\evil.example/", "/sv/course"),
        ("/\t/evil.example", "/sv/course"),
        ("javascript:alert(1)", "/sv/course"),
        ("/sv/\r\nSet-Cookie: x=1", "/sv/course"),
    ],
)
def test_one_is_led_on_to_a_page_of_ours_only(visitor: Visitor, mails: Mails, next_page: str, led_to: str) -> None:
    assert sign_in_by_link(visitor, mails, KARIN, next=next_page).location == led_to


def test_a_page_that_needs_a_sign_in_comes_back_after_it(visitor: Visitor, mails: Mails) -> None:
    response = visitor.get("/sv/profile")
    assert response.location == "/sv/sign-in?next=/sv/profile"

    page = visitor.get(response.location)

    assert 'value="/sv/profile"' in page.text


def test_the_link_can_be_sent_again_and_the_address_changed(visitor: Visitor, mails: Mails) -> None:
    assert visitor.get("/sv/sign-in/sent").location == "/sv/sign-in"
    ask_for_link(visitor, mails, KARIN, next="/sv/profile")

    page = visitor.get("/sv/sign-in/sent").text

    assert f'name="email" value="{KARIN}"' in page
    assert 'name="next" value="/sv/profile"' in page
    assert 'href="/sv/sign-in?next=/sv/profile"' in page


def test_no_session_is_carried_over_from_before_the_sign_in(visitor: Visitor, mails: Mails) -> None:
    link = ask_for_link(visitor, mails, KARIN)
    with visitor.client.session_transaction() as session:
        session["planted"] = "by somebody else"

    visitor.post(link)

    with visitor.client.session_transaction() as session:
        assert "planted" not in session


def test_who_does_not_want_to_stay_signed_in_gets_no_lasting_cookie(
    make_visitor: Callable[[], Visitor], mails: Mails
) -> None:
    stays, leaves = make_visitor(), make_visitor()
    stays.post(ask_for_link(stays, mails, KARIN), {"remember": "y"})
    leaves.post(ask_for_link(leaves, mails, KARIN))

    assert stays.client.get_cookie("samverkan_learner") is not None
    assert leaves.client.get_cookie("samverkan_learner") is None
    assert signed_in_as(leaves) == KARIN
