"""Where somebody is signed in: listed, ended one by one, and noted once a day."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.conftest import NOW, Visitor
from tracker.clock import now
from tracker.learners.models import Learner, SignIn
from tracker.learners.sign_ins import browser_words

PAGE = "/sv/profile/sign-ins"


@pytest.fixture
def karin(make_learner: Callable[..., Learner]) -> Learner:
    return make_learner(email="karin@forening.example")


def test_one_browser_is_signed_out_and_the_other_stays(
    karin: Learner, sign_in: Callable[[Learner], Visitor], db: Session
) -> None:
    phone = sign_in(karin)
    [of_phone] = db.scalars(select(SignIn.id))
    db.rollback()
    desk = sign_in(karin)
    assert desk.get(PAGE).text.count("Inloggad den") == 2

    desk.post(f"{PAGE}/{of_phone}/end")

    assert phone.get("/sv/profile").status_code == 302
    assert desk.get(PAGE).text.count("Inloggad den") == 1


def test_nobody_ends_the_sign_in_of_another(
    karin: Learner, make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor], db: Session
) -> None:
    hers = sign_in(karin)
    [id_] = db.scalars(select(SignIn.id))
    db.rollback()

    sign_in(make_learner(email="annan@forening.example")).post(f"{PAGE}/{id_}/end")

    assert hers.get("/sv/profile").status_code == 200


def test_a_cookie_opens_nothing_after_signing_out(karin: Learner, sign_in: Callable[[Learner], Visitor]) -> None:
    visitor = sign_in(karin)
    with visitor.client.session_transaction() as session:
        stolen = dict(session)

    visitor.post("/sv/sign-out")
    with visitor.client.session_transaction() as session:
        session.update(stolen)

    assert visitor.get("/sv/profile").status_code == 302


def test_is_noted_with_the_first_page_of_the_day(
    karin: Learner, sign_in: Callable[[Learner], Visitor], db: Session
) -> None:
    visitor = sign_in(karin)
    db.execute(update(SignIn).values(seen_on=date(2020, 1, 1)))
    db.commit()

    assert visitor.get("/sv/profile").status_code == 200

    db.expire_all()
    assert db.scalar(select(SignIn.seen_on)) == now().date()
    assert karin.last_seen_on is not None


def test_a_closed_account_opens_nothing(karin: Learner, sign_in: Callable[[Learner], Visitor], db: Session) -> None:
    visitor = sign_in(karin)
    karin.deactivated_at = NOW
    db.commit()

    assert visitor.get("/sv/profile").status_code == 302


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140",
            "Edge, Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604",
            "Safari, iPhone",
        ),
        ("curl/8", None),
        (None, None),
    ],
)
def test_a_browser_in_two_words(user_agent: str | None, words: str | None) -> None:
    assert browser_words(user_agent) == words
