"""Passkeys, with one in software; the journey in a real browser is in tests/browser."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.auth.authenticator import Authenticator
from tests.auth.steps import sign_in_by_link, signed_in_as
from tests.conftest import Mails, Visitor
from tracker.auth.models import Passkey, PasskeyChallenge
from tracker.auth.passkeys import site_of
from tracker.clock import now
from tracker.learners.models import Learner, SignIn

KARIN, CHIEF = "karin@forening.example", "chef@region.example"
MINE = "/sv/profile/passkeys"
Make = Callable[..., Learner]


def _options(visitor: Visitor, address: str) -> dict[str, Any]:
    answer = visitor.post(address)
    assert answer.status_code == 200, answer.status_code
    found: dict[str, Any] = answer.json
    return found


def _register(visitor: Visitor, key: Authenticator, name: str = "Nyckelknippan") -> Any:
    return visitor.post(MINE, {"name": name, "credential": key.create(_options(visitor, f"{MINE}/options"))})


def _sign_in(visitor: Visitor, key: Authenticator) -> Any:
    options = _options(visitor, "/sv/sign-in/passkey/options")
    return visitor.post("/sv/sign-in/passkey", {"credential": key.get(options)})


def _told(visitor: Visitor, answer: Any) -> str:
    found = re.search(r"notice--error.*?<p>([^<]+)</p>", visitor.get(answer.location).text, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def karin(visitor: Visitor, mails: Mails) -> Visitor:
    """Who has just signed in with a link."""
    sign_in_by_link(visitor, mails, KARIN)
    return visitor


def test_a_passkey_does_not_follow_to_whoever_confirms_a_new_address_elsewhere(
    karin: Visitor, make_visitor: Callable[[], Visitor], mails: Mails
) -> None:
    """Somebody puts my address on an account of theirs, and I press the button."""
    key, mine, other = Authenticator(), make_visitor(), make_visitor()
    _register(karin, key)
    karin.post("/sv/profile/email", {"email": "min@kommun.example"})

    mine.post(mails.last_link())

    assert signed_in_as(mine) == "min@kommun.example"
    assert "Nyckelknippan" not in mine.get(MINE).text
    assert "känner inte igen" in _told(other, _sign_in(other, key))


def test_a_passkey_that_verifies_its_owner_signs_in_by_itself(
    karin: Visitor, make_visitor: Callable[[], Visitor], mails: Mails, db: Session
) -> None:
    key, other = Authenticator(), make_visitor()

    assert _register(karin, key).status_code == 302
    assert "Nyckelknippan" in karin.get(MINE).text
    assert "ny passnyckel" in mails.last["Subject"]

    assert _sign_in(other, key).location == "/sv/course"
    assert signed_in_as(other) == KARIN
    stored = db.scalar(select(Passkey))
    assert stored is not None
    assert (stored.sign_count, stored.last_used_at is None) == (1, False)


def test_what_it_signed_is_good_once_in_the_browser_that_asked(
    karin: Visitor, make_visitor: Callable[[], Visitor], db: Session
) -> None:
    key, first, second = Authenticator(), make_visitor(), make_visitor()
    _register(karin, key)
    signed = key.get(_options(first, "/sv/sign-in/passkey/options"))

    assert "tog för lång tid" in _told(second, second.post("/sv/sign-in/passkey", {"credential": signed}))
    assert "tog för lång tid" in _told(first, first.post("/sv/sign-in/passkey", {"credential": signed}))

    signed = key.get(_options(first, "/sv/sign-in/passkey/options"))
    db.execute(update(PasskeyChallenge).values(expires_at=now() - timedelta(seconds=1)))
    db.commit()
    assert "tog för lång tid" in _told(first, first.post("/sv/sign-in/passkey", {"credential": signed}))
    assert signed_in_as(first) is None


def test_another_site_a_stranger_and_noise_get_nowhere(karin: Visitor, make_visitor: Callable[[], Visitor]) -> None:
    key, visitor = Authenticator(), make_visitor()
    _register(karin, key)
    stranger = Authenticator()
    stranger.user = key.user
    assert "känner inte igen" in _told(visitor, _sign_in(visitor, stranger))
    stranger.id = key.id
    assert "känner inte igen" in _told(visitor, _sign_in(visitor, stranger))
    key.origin = "https://samverkan.invalid"
    assert "känner inte igen" in _told(visitor, _sign_in(visitor, key))
    key.origin, key.host = "http://localhost", "samverkan.invalid"
    assert "känner inte igen" in _told(visitor, _sign_in(visitor, key))
    for noise in ("", "[]", "{}", '{"id": "x"', "null", '{"response": 1}'):
        assert visitor.post("/sv/sign-in/passkey", {"credential": noise}).status_code == 302
    assert signed_in_as(visitor) is None


def test_one_that_verifies_nobody_is_not_enough_by_itself(karin: Visitor, make_visitor: Callable[[], Visitor]) -> None:
    key, visitor = Authenticator(), make_visitor()
    key.verifies = False
    _register(karin, key)

    assert "frågade inte efter finger" in _told(visitor, _sign_in(visitor, key))
    assert signed_in_as(visitor) is None


def test_one_that_counts_backwards_is_stopped(karin: Visitor, make_visitor: Callable[[], Visitor]) -> None:
    key, visitor = Authenticator(), make_visitor()
    _register(karin, key)
    key.count = 10
    _sign_in(visitor, key)
    visitor.post("/sv/sign-out")
    key.count = 5

    assert "kan finnas en kopia" in _told(visitor, _sign_in(visitor, key))
    key.count = 50
    assert "känner inte igen" in _told(visitor, _sign_in(visitor, key))
    assert "stoppad" in karin.get(MINE).text


def test_a_closed_account_stays_closed(karin: Visitor, make_visitor: Callable[[], Visitor], db: Session) -> None:
    key, visitor = Authenticator(), make_visitor()
    _register(karin, key)
    db.execute(update(Learner).values(deactivated_at=now()))
    db.commit()

    assert "Kontot är stängt" in _told(visitor, _sign_in(visitor, key))


def test_is_added_and_removed_only_by_who_has_just_signed_in(karin: Visitor, db: Session) -> None:
    _register(karin, Authenticator())
    with karin.client.session_transaction() as session:
        session["signed_in_at"] = 0

    assert karin.post(f"{MINE}/options").status_code == 403
    assert "/sign-in" in karin.post(MINE, {"credential": "x"}).location
    stored = db.scalar(select(Passkey))
    assert stored is not None
    db.commit()
    assert "/sign-in" in karin.post(f"{MINE}/{stored.id}/remove").location
    assert "Visa att det är du" in karin.get(MINE).text


def test_nobody_removes_anothers(
    karin: Visitor, make_learner: Make, sign_in: Callable[[Learner], Visitor], db: Session
) -> None:
    _register(karin, Authenticator())
    stored = db.scalar(select(Passkey))
    assert stored is not None
    db.commit()

    sign_in(make_learner(email="olle@forening.example")).post(f"{MINE}/{stored.id}/remove")

    assert "Nyckelknippan" in karin.get(MINE).text
    assert karin.post(f"{MINE}/{stored.id}/remove").status_code == 302
    assert "<strong>Nyckelknippan" not in karin.get(MINE).text


def test_it_can_be_given_another_name_by_its_owner(
    karin: Visitor, make_learner: Make, sign_in: Callable[[Learner], Visitor], db: Session
) -> None:
    _register(karin, Authenticator())
    address = f"{MINE}/{db.scalar(select(Passkey.id))}/rename"
    db.rollback()

    for wrong, words in (("  ", "Skriv ett namn"), ("x" * 61, "högst 60 tecken")):
        page = karin.post(address, {"name": wrong})
        assert (page.status_code, words in page.text) == (422, True)
    stranger = sign_in(make_learner(email="olle@forening.example"))
    assert stranger.post(address, {"name": "Min nu"}).status_code == 404
    assert karin.post(address, {"name": " Jobbets  dator "}).status_code == 302

    assert "<strong>Jobbets dator</strong>" in karin.get(MINE).text


# ---------------------------------------------------------------- as the second step


@pytest.fixture
def chief(make_learner: Make, visitor: Visitor, mails: Mails) -> Visitor:
    """An administrator who has just signed in with a link and has no second step yet."""
    make_learner(email=CHIEF, is_administrator=True)
    sign_in_by_link(visitor, mails, CHIEF)
    return visitor


def test_an_administrator_chooses_a_passkey_as_the_second_step_and_gets_recovery_codes(
    chief: Visitor, make_visitor: Callable[[], Visitor], mails: Mails, db: Session
) -> None:
    key = Authenticator()
    key.verifies = False  # enough as the second of two
    codes = re.findall(r"<li><code>([^<]+)</code>", _register(chief, key).text)
    assert len(set(codes)) == 10
    assert chief.get("/sv/admin/organisations").status_code == 200

    again = make_visitor()
    sign_in_by_link(again, mails, CHIEF)
    asked = again.get("/sv/admin/organisations").location
    page = again.get(asked).text
    assert "Använd en passnyckel" in page
    options = _options(again, "/sv/sign-in/second-step/passkey/options")
    assert len(options["allowCredentials"]) == 1
    done = again.post("/sv/sign-in/second-step/passkey", {"credential": key.get(options), "next": "/sv/admin/people"})
    assert done.location == "/sv/admin/people"
    assert again.get("/sv/admin/people").status_code == 200

    lost = make_visitor()
    sign_in_by_link(lost, mails, CHIEF)
    assert lost.post("/sv/sign-in/second-step", {"code": "123456"}).status_code == 422
    assert lost.post("/sv/sign-in/second-step", {"code": codes[0]}).status_code == 302
    assert lost.get("/sv/admin/organisations").status_code == 200


def test_one_that_verifies_its_owner_replaces_both_steps(chief: Visitor, make_visitor: Callable[[], Visitor]) -> None:
    key, again = Authenticator(), make_visitor()
    _register(chief, key)

    _sign_in(again, key)

    assert again.get("/sv/admin/organisations").status_code == 200


def test_who_reads_an_administrators_mail_gets_past_no_second_step(
    chief: Visitor, make_visitor: Callable[[], Visitor], mails: Mails
) -> None:
    _register(chief, Authenticator())
    thief = make_visitor()
    sign_in_by_link(thief, mails, CHIEF)

    assert thief.post(f"{MINE}/options").status_code == 403
    assert "second-step" in thief.post(MINE, {"credential": "x"}).location
    assert "/sv/sign-in/second-step" in thief.get("/sv/profile/second-step").location
    assert thief.get("/sv/admin/organisations").status_code == 302


def test_the_only_second_step_of_who_needs_one_is_kept(chief: Visitor, db: Session) -> None:
    _register(chief, Authenticator())
    first = db.scalar(select(Passkey))
    assert first is not None
    db.commit()

    kept = chief.post(f"{MINE}/{first.id}/remove")
    assert "enda andra steg" in _told(chief, kept)

    _register(chief, Authenticator(), "Stickan")
    chief.post(f"{MINE}/{first.id}/remove")
    db.rollback()
    assert [one.name for one in db.scalars(select(Passkey))] == ["Stickan"]
    db.execute(update(SignIn).values(second_step_at=None))
    db.commit()
    assert "/second-step" in chief.post(f"{MINE}/{first.id}/remove").location


def test_a_site_without_a_name_has_none() -> None:
    assert site_of("http://127.0.0.1:8000") is None
    assert site_of("http://[::1]:8000") is None
    site = site_of("https://kurs.example")
    assert site is not None
    assert (site.host, site.origin) == ("kurs.example", "https://kurs.example")
