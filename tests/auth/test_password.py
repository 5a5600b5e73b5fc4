"""The optional password."""

import time
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy.orm import Session

from tests.auth.steps import sign_in_by_link, signed_in_as
from tests.conftest import Mails, Visitor, signed_in
from tracker.auth.passwords import check_password, set_password
from tracker.learners.models import Learner

KARIN = "karin@forening.example"
PASSWORD = "tre korta ord"

Make = Callable[..., Learner]
SignIn = Callable[[Learner], Visitor]


@pytest.fixture
def karin(make_learner: Make, db: Session) -> Learner:
    learner = make_learner(email=KARIN)
    set_password(db, learner, PASSWORD)
    db.commit()
    return learner


def test_a_password_is_chosen_on_the_page_of_ones_details(
    visitor: Visitor, make_visitor: Callable[[], Visitor], mails: Mails
) -> None:
    sign_in_by_link(visitor, mails, KARIN)
    assert 'href="/sv/profile/password"' in visitor.get("/sv/profile").text
    page = visitor.get("/sv/profile/password").text
    assert 'autocomplete="new-password"' in page
    assert 'autocomplete="username"' in page

    response = visitor.post("/sv/profile/password", {"new": PASSWORD})

    assert response.location == "/sv/profile"
    assert signed_in_as(visitor) == KARIN
    assert mails.last["Subject"] == "Ditt lösenord är ändrat"
    other = make_visitor()
    other.post("/sv/sign-in/password", {"email": "KARIN@forening.example", "password": PASSWORD})
    assert signed_in_as(other) == KARIN


def test_only_a_hash_that_is_slow_to_guess_is_kept(karin: Learner) -> None:
    assert karin.password_hash is not None
    assert karin.password_hash.startswith("$argon2id$")
    assert PASSWORD not in karin.password_hash


@pytest.mark.parametrize(("email", "password"), [(KARIN, "tre andra ord"), ("nils@forening.example", PASSWORD)])
def test_a_wrong_address_and_a_wrong_password_get_the_same_answer(
    karin: Learner, visitor: Visitor, email: str, password: str
) -> None:
    response = visitor.post("/sv/sign-in/password", {"email": email, "password": password})

    assert response.status_code == 422
    assert response.text.count("Adressen och lösenordet hör inte ihop. Försök igen, eller logga in med en länk") == 2
    assert f'value="{email}"' in response.text
    assert password not in response.text
    assert signed_in_as(visitor) is None


def test_a_demonstrations_account_says_that_none_is_running(make_learner: Make, db: Session, visitor: Visitor) -> None:
    """Everybody knows its password, and a real site may have begun as a demonstration."""
    set_password(db, make_learner(email=KARIN, is_demo=True), PASSWORD)
    db.commit()

    response = visitor.post("/sv/sign-in/password", {"email": KARIN, "password": PASSWORD})

    assert response.status_code == 422
    assert response.text.count("Kontot hör till en demonstration, och ingen är igång.") == 2
    assert signed_in_as(visitor) is None


def test_an_unknown_address_takes_as_long_as_a_wrong_password(karin: Learner, visitor: Visitor) -> None:
    def work(email: str) -> float:
        """Seconds of the processor, which are the same on a busy machine."""
        start = time.process_time()
        for _ in range(4):
            visitor.post("/sv/sign-in/password", {"email": email, "password": "tre andra ord"})
        return time.process_time() - start

    work("somebody@forening.example")
    # Without a hash to check it is a hundredth.
    assert work("nils@forening.example") > work(KARIN) / 3


def test_an_account_without_a_password_is_not_opened_by_any(make_learner: Make, visitor: Visitor) -> None:
    make_learner(email=KARIN)

    for password in ("", PASSWORD):
        assert visitor.post("/sv/sign-in/password", {"email": KARIN, "password": password}).status_code == 422
    assert signed_in_as(visitor) is None


def test_guessing_is_stopped_and_others_are_not(
    karin: Learner, make_learner: Make, db: Session, visitor: Visitor, make_visitor: Callable[[], Visitor]
) -> None:
    set_password(db, make_learner(email="nils@forening.example"), PASSWORD)
    db.commit()
    for _ in range(10):
        visitor.post("/sv/sign-in/password", {"email": KARIN, "password": "tre andra ord"})

    response = visitor.post("/sv/sign-in/password", {"email": KARIN.upper(), "password": PASSWORD})

    assert response.status_code == 429
    assert "logga in med en länk i stället" in response.text
    other = make_visitor()
    other.post("/sv/sign-in/password", {"email": "nils@forening.example", "password": PASSWORD})
    assert signed_in_as(other) == "nils@forening.example"


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("elva tecken", "Välj ett lösenord med 12 till 500 tecken"),
        ("", "Välj ett lösenord med 12 till 500 tecken"),
        ("x" * 501, "Välj ett lösenord med 12 till 500 tecken"),
        ("Karin@forening.example", "Välj något annat än din e-postadress"),
    ],
)
def test_a_password_is_long_and_not_the_address(
    make_learner: Make, sign_in: SignIn, mails: Mails, db: Session, new: str, said: str
) -> None:
    learner = make_learner(email=KARIN)

    response = sign_in(learner).post("/sv/profile/password", {"new": new})

    assert response.status_code == 422
    assert response.text.count(said) == 2
    db.refresh(learner)
    assert (learner.password_hash, mails.received) == (None, [])


@pytest.mark.parametrize("new", ["bara små bokstäver", "            ", "🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊", "' OR 1=1 --  x"])
def test_any_characters_will_do(make_learner: Make, sign_in: SignIn, visitor: Visitor, new: str) -> None:
    sign_in(make_learner(email=KARIN)).post("/sv/profile/password", {"new": new})

    visitor.post("/sv/sign-in/password", {"email": KARIN, "password": new})

    assert signed_in_as(visitor) == KARIN


def test_the_same_letters_from_another_keyboard_are_the_same_password(
    make_learner: Make, db: Session, visitor: Visitor
) -> None:
    set_password(db, make_learner(email=KARIN), "två små öar i sjön")
    db.commit()

    decomposed = "tva\u030a sma\u030a o\u0308ar i sjo\u0308n"
    visitor.post("/sv/sign-in/password", {"email": KARIN, "password": decomposed})

    assert signed_in_as(visitor) == KARIN


def test_a_hash_of_yesterdays_strength_is_made_stronger_at_sign_in(make_learner: Make, db: Session) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    learner = make_learner(email=KARIN, password_hash=weak)

    check_password(db, KARIN, PASSWORD)

    assert learner.password_hash is not None
    assert learner.password_hash != weak
    assert not PasswordHasher().check_needs_rehash(learner.password_hash)


def test_a_new_password_needs_the_old_one_and_ends_other_sign_ins(
    karin: Learner, sign_in: SignIn, visitor: Visitor
) -> None:
    here, there = sign_in(karin), sign_in(karin)
    wrong = here.post("/sv/profile/password", {"current": "tre andra ord", "new": "fyra nya korta ord"})
    assert wrong.status_code == 422
    assert wrong.text.count("Det här är inte lösenordet du har nu") == 2

    here.post("/sv/profile/password", {"current": PASSWORD, "new": "fyra nya korta ord"})

    assert signed_in_as(here) == KARIN
    assert there.get("/sv/profile").status_code == 302
    assert visitor.post("/sv/sign-in/password", {"email": KARIN, "password": PASSWORD}).status_code == 422


def test_who_has_forgotten_it_signs_in_with_a_link_and_chooses_a_new_one(
    karin: Learner, visitor: Visitor, mails: Mails
) -> None:
    sign_in_by_link(visitor, mails, KARIN)
    assert 'name="current"' not in visitor.get("/sv/profile/password").text

    assert visitor.post("/sv/profile/password", {"new": "fyra nya korta ord"}).status_code == 302


def test_one_can_go_back_to_having_none(karin: Learner, sign_in: SignIn, visitor: Visitor, mails: Mails) -> None:
    mine = sign_in(karin)

    mine.post("/sv/profile/password/remove")

    assert signed_in_as(mine) == KARIN
    assert mails.last["Subject"] == "Ditt lösenord är borttaget"
    assert visitor.post("/sv/sign-in/password", {"email": KARIN, "password": PASSWORD}).status_code == 422


def test_a_guest_has_no_password(make_learner: Make, sign_in: SignIn, visitor: Visitor) -> None:
    guest = sign_in(make_learner())

    assert guest.get("/sv/profile/password").location.startswith("/sv/sign-in?next=")
    assert guest.post("/sv/profile/password", {"new": PASSWORD}).status_code == 403
    guest.post("/sv/profile/password/remove")
    assert visitor.post("/sv/profile/password", {"new": PASSWORD}).status_code == 403


def test_the_change_stands_when_the_notice_cannot_be_sent(karin: Learner, make_app: Callable[..., Flask]) -> None:
    app = make_app(mail_url="smtp://127.0.0.1:1")
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = signed_in(karin)

    response = Visitor(client).post("/sv/profile/password", {"current": PASSWORD, "new": "fyra nya korta ord"})

    assert response.location == "/sv/profile"
    stranger = Visitor(app.test_client())
    stranger.post("/sv/sign-in/password", {"email": KARIN, "password": "fyra nya korta ord"})
    assert signed_in_as(stranger) == KARIN
