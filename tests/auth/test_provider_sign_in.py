"""Signing in with the organisation's own sign-in, against a provider in a process of its own."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.auth.conftest import Provider
from tests.auth.steps import KARIN, heading, look, signed_in_as
from tests.conftest import Mails, Visitor
from tracker.learners.models import Learner, Organisation
from tracker.providers import outgoing
from tracker.providers.models import Admits, Identity, IdentityProvider, PendingSignIn

Add = Callable[..., IdentityProvider]
ComeIn = Callable[..., TestResponse]
Make = Callable[..., Learner]


def _stored(db: Session) -> tuple[int, int]:
    """Accounts and identities."""
    db.rollback()
    counts = tuple(db.scalar(select(func.count()).select_from(table)) or 0 for table in (Learner, Identity))
    db.commit()
    return counts[0], counts[1]


# ---------------------------------------------------------------- in, and out again


def test_a_stranger_gets_an_account_where_the_organisation_lets_everybody_in(
    visitor: Visitor, add_provider: Add, come_in: ComeIn, municipality: Organisation, db: Session
) -> None:
    one = add_provider()
    page = visitor.get("/sv/sign-in?next=/sv/profile").text
    assert f'href="/sv/sign-in/with/{one.id}?next=/sv/profile">Logga in med Älvbro kommun</a>' in page

    answer = come_in(visitor, one, next="/sv/profile")

    assert (answer.status_code, answer.location) == (302, "/sv/profile")
    assert signed_in_as(visitor) == KARIN
    found = look(db)
    assert found is not None
    assert (found.organisation_id, found.staff_role, found.name) == (municipality.id, None, None)
    db.refresh(one)
    assert one.last_success_at is not None


def test_the_second_time_it_is_the_same_account_whatever_the_address_has_become(
    make_visitor: Callable[[], Visitor], add_provider: Add, come_in: ComeIn, provider: Provider, db: Session
) -> None:
    one = add_provider()
    come_in(make_visitor(), one)
    provider.behave(claims={"email": "karin.ny@alvbro.example"})
    visitor = make_visitor()

    come_in(visitor, one)

    assert signed_in_as(visitor) == KARIN
    assert _stored(db) == (1, 1)


def test_an_address_that_has_changed_hands_opens_nobody_elses_account(
    make_visitor: Callable[[], Visitor],
    add_provider: Add,
    come_in: ComeIn,
    provider: Provider,
    make_learner: Make,
    sign_in: Callable[[Learner], Visitor],
    db: Session,
) -> None:
    one = add_provider()
    first, second = make_visitor(), make_visitor()
    come_in(first, one)
    provider.behave(claims={"sub": "somebody new"})

    answer = come_in(second, one)

    assert (answer.status_code, heading(answer)) == (403, "Adressen är någon annans här")
    assert signed_in_as(second) is None
    found = look(db)
    assert found is not None
    chief = sign_in(make_learner(email="chef@region.example", is_administrator=True))
    page = f"/sv/admin/people/{found.id}"
    assert "Koppla bort inloggningen med Älvbro kommun" in chief.get(page).text
    chief.post(f"{page}/unlink", {"version": str(found.version)})
    assert signed_in_as(first) is None
    come_in(second, one)
    assert signed_in_as(second) == KARIN


def test_an_address_that_only_the_userinfo_page_tells_is_enough(
    visitor: Visitor, add_provider: Add, come_in: ComeIn, provider: Provider
) -> None:
    provider.behave(claims={"email": None, "email_verified": None}, userinfo={"email": KARIN, "email_verified": True})

    come_in(visitor, add_provider())

    assert signed_in_as(visitor) == KARIN


def test_what_a_guest_has_done_comes_along_if_the_guest_says_so(
    make_visitor: Callable[[], Visitor], add_provider: Add, come_in: ComeIn, db: Session
) -> None:
    one = add_provider()
    for keep, accounts in (("0", 2), ("1", 2)):
        guest = make_visitor()
        assert guest.post("/sv/lessons/6-2/read").status_code == 302
        asked = guest.get(f"/sv/sign-in/with/{one.id}")
        assert "Någon har börjat kursen i den här webbläsaren" in asked.text
        come_in(guest, one, keep=keep)
        assert signed_in_as(guest) == KARIN
        assert _stored(db)[0] == accounts


def test_a_typed_address_leads_to_the_organisations_sign_in_and_the_link_is_still_there(
    visitor: Visitor, add_provider: Add, mails: Mails
) -> None:
    one = add_provider()

    answer = visitor.post("/sv/sign-in", {"email": "Ny@Alvbro.example", "keep": "y"})

    assert answer.location == f"/sv/sign-in/with/{one.id}?typed=1"
    page = visitor.get(answer.location).text
    assert "Logga in med Älvbro kommun" in page
    assert "Skicka en länk till ny@alvbro.example i stället" in page
    assert mails.received == []
    visitor.post("/sv/sign-in", {"email": "ny@alvbro.example", "keep": "y", "by_link": "y"})
    assert mails.last["To"] == "ny@alvbro.example"


def test_who_signs_out_is_told_that_the_provider_is_still_open(
    visitor: Visitor, add_provider: Add, come_in: ComeIn, provider: Provider
) -> None:
    come_in(visitor, add_provider())

    out = visitor.post("/sv/sign-out")
    page = visitor.get(out.location).text

    assert signed_in_as(visitor) is None
    assert f'href="{provider.issuer}/leave?client_id=samverkan&amp;post_logout_redirect_uri=' in page


def test_new_keys_at_the_provider_are_fetched_when_they_are_met(
    make_visitor: Callable[[], Visitor], add_provider: Add, come_in: ComeIn, provider: Provider
) -> None:
    one = add_provider()
    come_in(make_visitor(), one)
    provider.behave(new_key=True)
    visitor = make_visitor()

    come_in(visitor, one)

    assert signed_in_as(visitor) == KARIN


# ---------------------------------------------------------------- who is not let in


def test_is_told_why_and_nothing_is_saved(
    make_visitor: Callable[[], Visitor],
    add_provider: Add,
    come_in: ComeIn,
    provider: Provider,
    make_learner: Make,
    db: Session,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_learner(email="chef@region.example", is_administrator=True)
    one = add_provider()
    caplog.set_level(logging.INFO)
    cases: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        ({"email": None}, {}, "Vi vet inte vilken e-postadress du har"),
        ({"email_verified": False}, {}, "Vi vet inte vilken e-postadress du har"),
        ({"email": "no address"}, {}, "Vi vet inte vilken e-postadress du har"),
        ({"email": "chef@region.example"}, {}, "Adressen hör till en annan organisation"),
        ({"email": "a@x.alvbro.example"}, {}, "Adressen hör till en annan organisation"),
        ({}, {"admits": Admits.INVITED}, "Du har inget konto än"),
        ({}, {"assurance": {"everybody": ["LOA2"]}}, "Det behövs en säkrare inloggning"),
    ]
    for claims, changed, told in cases:
        provider.behave(claims=claims)
        db.refresh(one)
        for name, value in changed.items():
            setattr(one, name, value)
        db.commit()
        visitor = make_visitor()

        answer = come_in(visitor, one)

        assert (answer.status_code, heading(answer)) == (403, told)
        assert signed_in_as(visitor) is None
        assert _stored(db) == (1, 0)
    assert caplog.text.count(f"provider {one.id}") == len(cases)
    assert "karin" not in caplog.text
    assert "@" not in caplog.text


def test_a_closed_account_stays_closed(
    visitor: Visitor, add_provider: Add, come_in: ComeIn, make_learner: Make, db: Session
) -> None:
    one = add_provider()
    come_in(visitor, one)
    visitor.post("/sv/sign-out")
    found = look(db)
    assert found is not None
    found.deactivated_at = found.created_at
    db.commit()

    answer = come_in(visitor, one)

    assert (answer.status_code, heading(answer)) == (403, "Kontot är stängt")
    assert signed_in_as(visitor) is None


def test_an_organisation_may_vouch_for_its_own_addresses(
    visitor: Visitor, add_provider: Add, come_in: ComeIn, provider: Provider, make_learner: Make
) -> None:
    make_learner(email=KARIN)
    provider.behave(claims={"email_verified": None})

    come_in(visitor, add_provider(vouches=True, admits=Admits.INVITED))

    assert signed_in_as(visitor) == KARIN


# ---------------------------------------------------------------- a provider that fails


UNTRUSTED: dict[str, dict[str, Any]] = {
    "wrong nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "token of another issuer": {"claims": {"iss": "https://login.other.example"}},
    "for somebody else": {"claims": {"aud": "somebody else"}},
    "asked for by somebody else": {"claims": {"aud": ["samverkan", "other"], "azp": "other"}},
    "expired": {"claims": {"exp": 1_000_000}},
    "nobody": {"claims": {"sub": None}},
    "with another access token": {"claims": {"at_hash": "wrong"}},
    "unsigned": {"sign": "none"},
    "signed with the public key": {"sign": "public key"},
    "signed with the client secret": {"sign": "client secret"},
    "signed with another key": {"sign": "another key"},
    "an answer of another issuer": {"back": {"iss": "https://login.other.example"}},
    "a made-up code": {"back": {"code": "made up"}},
    "an error of its own": {"error": "server_error"},
    "another's userinfo": {"claims": {"email": None}, "userinfo": {"sub": "olle", "email": KARIN}},
}


def test_an_answer_that_cannot_be_trusted_lets_nobody_in(
    make_visitor: Callable[[], Visitor],
    add_provider: Add,
    come_in: ComeIn,
    provider: Provider,
    db: Session,
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = add_provider()
    for why, how in UNTRUSTED.items():
        provider.behave(**how)
        visitor = make_visitor()

        answer = come_in(visitor, one)

        assert (answer.status_code, heading(answer)) == (502, "Inloggningen med Älvbro kommun fungerade inte"), why
        assert signed_in_as(visitor) is None, why
        assert _stored(db) == (0, 0), why
    assert caplog.text.count(f"Provider {one.id} failed") == len(UNTRUSTED)
    assert "karin" not in caplog.text


@pytest.mark.parametrize(
    ("how", "fault", "status"),
    [
        pytest.param({"discovery": {"issuer": "https://other.example"}}, "wrong-issuer", 502, id="another issuer"),
        pytest.param({"discovery": {"issuer": None}}, "not-a-provider", 502, id="no issuer"),
        pytest.param({"discovery": {"token_endpoint": "http://10.0.0.1/x"}}, "forbidden-address", 502, id="private"),
        pytest.param({"discovery": {"jwks_uri": "http://localhost:1/"}}, "forbidden-address", 502, id="other name"),
        pytest.param({"discovery": {"jwks_uri": "https://localhost:{port}/"}}, "forbidden-address", 502, id="inside"),
        pytest.param({"slow": "/jwks"}, "unreachable", 503, id="slow"),
    ],
)
def test_a_provider_that_does_not_answer_as_it_should_is_told_before_anybody_goes_there(
    visitor: Visitor,
    add_provider: Add,
    provider: Provider,
    db: Session,
    monkeypatch: pytest.MonkeyPatch,
    how: dict[str, Any],
    fault: str,
    status: int,
) -> None:
    if "slow" in how:
        monkeypatch.setattr(outgoing, "SECONDS", 0.5)
    port = str(urlsplit(provider.issuer).port)
    discovery = {name: value and value.replace("{port}", port) for name, value in how.get("discovery", {}).items()}
    provider.behave(**{**how, "discovery": discovery})
    one = add_provider()

    answer = visitor.get(f"/sv/sign-in/with/{one.id}")

    assert answer.status_code == status
    assert "länk med e-post" in answer.text
    db.rollback()
    db.refresh(one)
    assert one.last_fault == fault
    assert db.scalar(select(func.count()).select_from(PendingSignIn)) == 0


def test_a_provider_that_is_down_is_told(visitor: Visitor, add_provider: Add) -> None:
    answer = visitor.get(f"/sv/sign-in/with/{add_provider(issuer='http://127.0.0.1:1').id}")

    assert (answer.status_code, heading(answer)) == (503, "Älvbro kommun svarar inte")


def test_the_code_is_not_carried_on_to_another_address(
    visitor: Visitor, add_provider: Add, come_in: ComeIn, provider: Provider
) -> None:
    provider.behave(redirect_token=f"{provider.issuer}/elsewhere")

    assert come_in(visitor, add_provider()).status_code == 502
    assert "/elsewhere" not in provider.asked()


# ---------------------------------------------------------------- the way back


def test_a_state_is_good_once_in_the_browser_that_began(
    make_visitor: Callable[[], Visitor], add_provider: Add, provider: Provider, db: Session
) -> None:
    one, begun, other = add_provider(), make_visitor(), make_visitor()
    back = provider.follow(begun.get(f"/sv/sign-in/with/{one.id}").location)

    stolen = other.get(back)
    assert (stolen.status_code, heading(stolen)) == (410, "Börja om med inloggningen")
    assert begun.get(back).status_code == 410

    back = provider.follow(begun.get(f"/sv/sign-in/with/{one.id}").location)
    assert begun.get(back).status_code == 302
    assert begun.get(back).status_code == 410
    assert other.get("/sign-in/callback?code=x&state=y").status_code == 410
    assert _stored(db) == (1, 1)


def test_who_breaks_off_is_told_that_nothing_happened(
    visitor: Visitor, add_provider: Add, come_in: ComeIn, provider: Provider
) -> None:
    provider.behave(error="access_denied")

    answer = come_in(visitor, add_provider())

    assert (answer.status_code, heading(answer)) == (403, "Du avbröt inloggningen")
