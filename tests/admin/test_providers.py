"""The administrator's pages about the organisations' own sign-ins."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import NOW, Visitor
from tracker.admin.provider_services import ensure_provider
from tracker.config import OidcSettings, Settings
from tracker.learners.models import Learner, Organisation, OrganisationKind
from tracker.providers.keeping import decrypt
from tracker.providers.models import IdentityProvider

LIST = "/sv/admin/providers"


@pytest.fixture
def chief(make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(make_learner(email="chef@region.example", is_administrator=True))


@pytest.fixture
def typed(db: Session) -> dict[str, Any]:
    organisation = Organisation(name="Älvbro kommun", kind=OrganisationKind.MUNICIPALITY, created_at=NOW)
    db.add(organisation)
    db.commit()
    return {
        "name": "Älvbro",
        "organisation": str(organisation.id),
        "issuer": "https://login.alvbro.example/.well-known/openid-configuration",
        "client_id": "samverkan",
        "secret": "mycket hemligt",
        "domains": "Alvbro.example\n@ålvbro.example",
        "admits": "invited",
        "scopes": "openid email groups",
        "role_claim": "groups",
        "gives_reader": "Rapporter läsa\n\nAlla chefer",
        "responsible_shows": "LOA2\nLOA3",
        "is_open": "y",
    }


def _stored(db: Session) -> IdentityProvider | None:
    db.rollback()
    found = db.scalar(select(IdentityProvider).execution_options(populate_existing=True))
    db.commit()
    return found


def test_is_added_with_its_secret_encrypted_and_never_shown(
    chief: Visitor, visitor: Visitor, typed: dict[str, Any], db: Session, settings: Settings
) -> None:
    assert "http://localhost/sign-in/callback" in chief.get(f"{LIST}/new").text

    page = chief.get(chief.post(f"{LIST}/new", typed).location).text

    assert "Älvbro är tillagd" in page
    found = _stored(db)
    assert found is not None
    assert found.issuer == "https://login.alvbro.example"
    assert [one.domain for one in found.domains] == ["alvbro.example", "ålvbro.example"]
    assert found.role_values == {"report-reader": ["Rapporter läsa", "Alla chefer"]}
    assert found.assurance == {"organisation-administrator": ["LOA2", "LOA3"]}
    assert b"hemligt" not in found.secret
    assert decrypt(found.secret, settings.secret_key) == "mycket hemligt"
    assert "hemligt" not in page + chief.get(f"{LIST}/{found.id}/change").text
    assert "Logga in med Älvbro" in visitor.get("/sv/sign-in").text


WRONG: list[tuple[dict[str, str], str]] = [
    ({"issuer": "http://login.alvbro.example"}, "kan andra läsa"),
    ({"issuer": "login.alvbro.example"}, "Skriv hela adressen"),
    ({"issuer": "https://login.alvbro.example/?a=b"}, "efter ett frågetecken"),
    ({"secret": ""}, "Skriv hemligheten"),
    ({"organisation": "999"}, "Välj vilken organisation"),
    ({"domains": ""}, "Skriv minst en e-postdomän"),
    ({"domains": "inte en domän"}, "är ingen e-postdomän"),
    ({"admits": "nobody"}, "Välj ett av alternativen"),
    ({"scopes": "email"}, "openid måste vara med"),
    ({"role_claim": ""}, "Skriv var rollerna står"),
    ({"gives_administrator": "chefer"}, "Kryssa för att den får"),
    ({"name": "x" * 81}, "högst 80 tecken"),
]


def test_what_is_wrong_is_told_and_nothing_is_added(chief: Visitor, typed: dict[str, Any], db: Session) -> None:
    for changed, told in WRONG:
        answer = chief.post(f"{LIST}/new", {**typed, **changed})

        assert (answer.status_code, answer.text.count(told)) == (422, 2), told
    assert _stored(db) is None


def test_a_mail_domain_belongs_to_one_sign_in(chief: Visitor, typed: dict[str, Any]) -> None:
    chief.post(f"{LIST}/new", typed)

    second = chief.post(
        f"{LIST}/new", {**typed, "issuer": "https://other.example", "domains": "x.example\nalvbro.example"}
    )
    same = chief.post(f"{LIST}/new", {**typed, "domains": "x.example"})

    assert (second.status_code, second.text.count("alvbro.example hör till en annan inloggning")) == (422, 2)
    assert (same.status_code, same.text.count("Utfärdaren och klient-id finns redan")) == (422, 2)


def test_the_secret_stays_when_none_is_written_and_follows_to_no_other_address(
    chief: Visitor, typed: dict[str, Any], db: Session, settings: Settings
) -> None:
    chief.post(f"{LIST}/new", typed)
    found = _stored(db)
    assert found is not None
    address, again = f"{LIST}/{found.id}/change", {**typed, "secret": "", "version": "1"}

    moved = chief.post(address, {**again, "issuer": "https://login.other.example"})
    assert (moved.status_code, moved.text.count("Skriv hemligheten igen")) == (422, 2)

    assert chief.post(address, {**again, "name": "Älvbro igen", "domains": "alvbro.example"}).status_code == 302
    found = _stored(db)
    assert found is not None
    assert (found.name, [one.domain for one in found.domains]) == ("Älvbro igen", ["alvbro.example"])
    assert decrypt(found.secret, settings.secret_key) == "mycket hemligt"


def test_of_two_administrators_the_second_is_told(chief: Visitor, typed: dict[str, Any], db: Session) -> None:
    chief.post(f"{LIST}/new", typed)
    found = _stored(db)
    assert found is not None
    address = f"{LIST}/{found.id}"
    chief.post(f"{address}/change", {**typed, "version": "1", "name": "Först"})

    changed = chief.post(f"{address}/change", {**typed, "version": "1", "name": "Sedan"})
    removed = chief.post(f"{address}/remove", {"version": "1"})

    assert (changed.status_code, removed.status_code) == (409, 409)
    assert "Någon annan" in changed.text
    found = _stored(db)
    assert found is not None
    assert found.name == "Först"
    assert chief.post(f"{address}/remove", {"version": "2"}).status_code == 302
    assert _stored(db) is None


def test_an_organisation_with_a_sign_in_is_not_removed_before_it(chief: Visitor, typed: dict[str, Any]) -> None:
    chief.post(f"{LIST}/new", typed)

    answer = chief.post(f"/sv/admin/organisations/{typed['organisation']}/remove", {"version": "1"})

    assert "egen inloggning" in chief.get(answer.location).text


def test_the_test_tells_what_is_wrong_and_what_to_do(chief: Visitor, typed: dict[str, Any]) -> None:
    shown = chief.post(f"{LIST}/new", {**typed, "issuer": "http://127.0.0.1:1"}).location

    page = chief.get(chief.post(f"{shown}/test").location).text

    assert "Den svarade inte i tid." in page
    assert "fråga dem som sköter den" in page
    assert "Fungerar inte" in page


def test_the_sign_in_of_the_settings_is_added_once_and_only_its_secret_follows_them(
    db: Session, settings: Settings
) -> None:
    given = OidcSettings("https://login.region.example", "samverkan", "ett", "Regionen", ("region.example",))
    ensure_provider(db, given, secret_key=settings.secret_key, now=NOW)
    found = _committed(db)
    assert (found.organisation.name, found.is_open, found.may_administer) == ("Regionen", True, False)
    found.name = "Regionens inloggning"
    db.commit()

    ensure_provider(db, replace(given, secret="två"), secret_key=settings.secret_key, now=NOW)

    found = _committed(db)
    assert found.name == "Regionens inloggning"
    assert decrypt(found.secret, settings.secret_key) == "två"


def _committed(db: Session) -> IdentityProvider:
    db.commit()
    [found] = db.scalars(select(IdentityProvider))
    return found
