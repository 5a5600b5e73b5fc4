"""The address of an account, signing out, administrators, and the mails of a demonstration."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.auth.steps import ask_for_link, sign_in_by_link, signed_in_as
from tests.conftest import NOW, Mails, Visitor
from tracker.auth.passwords import set_password
from tracker.auth.services import AddressInvalid, create_administrator
from tracker.clock import now
from tracker.learners.models import Learner
from tracker.learners.models import SignIn as Browser

OLD, NEW = "karin@forening.example", "karin@kommun.example"

Make = Callable[..., Learner]
SignIn = Callable[[Learner], Visitor]


# ---------------------------------------------------------------- a new address


def _ask_for_change(visitor: Visitor, mails: Mails, email: str = NEW) -> str:
    assert visitor.post("/sv/profile/email", {"email": email}).location == "/sv/profile/email/sent"
    return mails.last_link()


def test_the_address_changes_when_the_new_one_has_answered(make_learner: Make, sign_in: SignIn, mails: Mails) -> None:
    mine = sign_in(make_learner(email=OLD))

    link = _ask_for_change(mine, mails)
    assert mails.last["To"] == NEW
    assert "Bekräfta din nya e-postadress" in mine.get(link).text
    assert signed_in_as(mine) == OLD
    mine.post(link)

    assert signed_in_as(mine) == NEW
    assert (mails.last["To"], mails.last["Subject"]) == (OLD, "Ditt konto har en ny e-postadress")
    assert NEW in mails.last.get_content()


def test_an_address_that_has_an_account_is_refused_only_to_its_owner(
    make_learner: Make, sign_in: SignIn, mails: Mails
) -> None:
    make_learner(email=NEW)
    mine = sign_in(make_learner(email=OLD))

    response = mine.post(_ask_for_change(mine, mails))

    assert response.status_code == 409
    assert "Adressen har redan ett konto" in response.text
    assert signed_in_as(mine) == OLD


def test_who_confirms_elsewhere_does_not_share_the_account_with_who_asked(
    make_learner: Make, sign_in: SignIn, make_visitor: Callable[[], Visitor], mails: Mails, db: Session
) -> None:
    """Somebody puts my address on an account of theirs, and I press the button."""
    learner = make_learner(email=OLD)
    set_password(db, learner, "tre korta ord")
    db.commit()
    theirs, mine = make_visitor(), make_visitor()
    theirs.post("/sv/sign-in/password", {"email": OLD, "password": "tre korta ord"})

    mine.post(_ask_for_change(theirs, mails))

    assert signed_in_as(mine) == NEW
    assert theirs.get("/sv/profile").status_code == 302
    assert theirs.post("/sv/sign-in/password", {"email": NEW, "password": "tre korta ord"}).status_code == 422


def test_who_finds_a_browser_open_does_not_take_the_account(
    make_learner: Make, sign_in: SignIn, mails: Mails, db: Session
) -> None:
    """Whoever has another way in than the old mail signs in once more first."""
    learner = make_learner(email=OLD)
    set_password(db, learner, "tre korta ord")
    db.commit()
    found_open = sign_in(learner)

    for answer in (found_open.get("/sv/profile/email"), found_open.post("/sv/profile/email", {"email": NEW})):
        assert answer.location == "/sv/sign-in?next=/sv/profile/email"
    assert mails.received == []

    found_open.post("/sv/sign-in/password", {"email": OLD, "password": "tre korta ord"})
    found_open.post(_ask_for_change(found_open, mails))
    assert signed_in_as(found_open) == NEW


def test_a_closed_account_gets_no_new_address(
    make_learner: Make, sign_in: SignIn, make_visitor: Callable[[], Visitor], mails: Mails, db: Session
) -> None:
    learner = make_learner(email=OLD)
    link = _ask_for_change(sign_in(learner), mails)
    learner.deactivated_at = NOW
    db.commit()

    assert make_visitor().post(link).status_code == 403

    db.refresh(learner)
    assert learner.email == OLD
    db.rollback()


@pytest.mark.parametrize(
    ("typed", "said"), [("karin@", "Skriv en e-postadress"), (OLD.upper(), "Det är adressen du har nu")]
)
def test_a_change_to_nothing_new_is_refused(
    make_learner: Make, sign_in: SignIn, mails: Mails, typed: str, said: str
) -> None:
    response = sign_in(make_learner(email=OLD)).post("/sv/profile/email", {"email": typed})

    assert response.status_code == 422
    assert response.text.count(said) == 2
    assert mails.received == []


def test_a_guest_and_a_stranger_have_no_address_to_change(
    make_learner: Make, sign_in: SignIn, visitor: Visitor
) -> None:
    assert sign_in(make_learner()).get("/sv/profile/email").location.startswith("/sv/sign-in")
    assert visitor.post("/sv/profile/email", {"email": NEW}).status_code == 403
    assert visitor.get("/sv/profile/email/sent").location.startswith("/sv/sign-in")


# ---------------------------------------------------------------- signing out


def test_signing_out_asks_first_and_takes_the_lasting_cookie_away(visitor: Visitor, mails: Mails) -> None:
    sign_in_by_link(visitor, mails, OLD)
    assert "Det du har gjort finns kvar på ditt konto" in visitor.get("/sv/sign-out").text
    assert signed_in_as(visitor) == OLD

    visitor.post("/sv/sign-out")

    assert visitor.get("/sv/profile").status_code == 302
    assert visitor.client.get_cookie("samverkan_learner") is None
    assert visitor.get("/sv/sign-out").location == "/sv/"


def test_a_guest_is_warned_that_nobody_can_come_back(make_learner: Make, sign_in: SignIn) -> None:
    guest = sign_in(make_learner())

    page = guest.get("/sv/sign-out").text

    assert "Om du lämnar kan ingen komma tillbaka" in page
    assert "Spara med min e-postadress" in page


def test_one_can_sign_out_on_every_device(visitor: Visitor, make_visitor: Callable[[], Visitor], mails: Mails) -> None:
    telephone = make_visitor()
    for each in (visitor, telephone):
        sign_in_by_link(each, mails, OLD)

    visitor.post("/sv/sign-out/everywhere")

    assert visitor.get("/sv/profile").status_code == 302
    assert telephone.get("/sv/profile").status_code == 302
    assert visitor.post("/sv/sign-out/everywhere").status_code == 403


def test_a_sign_in_ends_with_its_cookie_after_a_year(make_learner: Make, sign_in: SignIn, db: Session) -> None:
    """A copy of the cookie is worth nothing longer than the cookie."""
    mine = sign_in(make_learner(email=OLD))
    assert signed_in_as(mine) == OLD

    db.execute(update(Browser).values(started_at=now() - timedelta(days=365)))
    db.commit()

    assert signed_in_as(mine) is None


# ---------------------------------------------------------------- administrators


def test_an_administrator_is_made_and_signs_in_as_everybody_does(visitor: Visitor, mails: Mails, db: Session) -> None:
    create_administrator(db, "Chef@Region.example", now=NOW)
    db.commit()

    sign_in_by_link(visitor, mails, "chef@region.example")

    assert "/sign-in/second-step" in visitor.get("/sv/admin/").location


def test_a_learner_is_promoted(make_learner: Make, sign_in: SignIn, db: Session) -> None:
    learner = make_learner(email=OLD)
    assert sign_in(learner).get("/sv/admin/").status_code == 403

    assert create_administrator(db, OLD, now=NOW) is learner
    db.commit()

    assert sign_in(learner).get("/sv/admin/").status_code == 200


def test_an_administrator_has_an_address(db: Session) -> None:
    with pytest.raises(AddressInvalid):
        create_administrator(db, "chef", now=NOW)


# ---------------------------------------------------------------- the mails of a demonstration


def test_a_demonstration_shows_the_mails_it_would_have_sent(make_app: Callable[..., Flask]) -> None:
    visitor = Visitor(make_app(demo=True, mail_url=None).test_client())
    visitor.post("/sv/sign-in", {"email": OLD})
    assert 'href="/sv/demo/mail"' in visitor.get("/sv/sign-in/sent").text

    page = visitor.get("/sv/demo/mail").text

    assert "Logga in på Tillsammans gör vi mer" in page
    link = re.search(r'href="(/sv/sign-in/link/[^"]+)"', page)
    assert link
    visitor.post(link[1])
    assert signed_in_as(visitor) == OLD


@pytest.mark.parametrize("changed", [{"demo": False, "mail_url": None}, {"demo": True}])
def test_nobody_else_shows_them(make_app: Callable[..., Flask], mails: Mails, changed: dict[str, object]) -> None:
    visitor = Visitor(make_app(**changed).test_client())
    visitor.post("/sv/sign-in", {"email": OLD})

    assert visitor.get("/sv/demo/mail").status_code == 404
    assert "/demo/mail" not in visitor.get("/sv/sign-in/sent").text


def test_an_address_with_letters_of_its_own_gets_its_mail(visitor: Visitor, mails: Mails) -> None:
    visitor.post(ask_for_link(visitor, mails, "Info@Föreningen.example"))

    assert signed_in_as(visitor) == "info@föreningen.example"
    assert mails.last["To"] == "info@xn--freningen-07a.example"
