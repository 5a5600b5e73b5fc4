"""The list of people, and what an administrator does with one of them."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import NOW, Mails, Visitor, signed_in
from tracker.audit.models import AuditEntry
from tracker.learners.models import Learner, Organisation, StaffRole
from tracker.registrations.models import Registration

LIST = "/sv/admin/people"
Make = Callable[..., Learner]


def _listed(visitor: Visitor, **query: str) -> list[str]:
    return re.findall(r'people/\d+">([^<>]+@[^<>]+)</a>', visitor.get(LIST, query_string=query).text)


def _look(db: Session, email: str) -> Learner | None:
    """As it stands in the database now. Holds nothing, so that the pages can write meanwhile."""
    db.rollback()
    found = db.scalar(select(Learner).where(Learner.email == email).execution_options(populate_existing=True))
    db.commit()
    return found


# ---------------------------------------------------------------- the list


def test_shows_accounts_and_no_guests_fifty_at_a_time(administrator: Visitor, make_learner: Make) -> None:
    make_learner()
    for number in range(60):
        make_learner(email=f"p{number:02}@forening.example")

    first = _listed(administrator)
    assert len(first) == 50
    assert first[:2] == ["chef@region.example", "p00@forening.example"]
    assert _listed(administrator, after=first[-1]) == [f"p{number:02}@forening.example" for number in range(49, 60)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "KARIN"}, ["karin@forening.example"]),
        ({"q": "örn"}, ["karin@forening.example"]),
        ({"q": "kaRIN ÖR"}, ["karin@forening.example"]),
        ({"q": "%"}, []),
        ({"role": "administrator"}, ["chef@region.example"]),
        ({"role": "nonsense"}, ["chef@region.example", "karin@forening.example"]),
    ],
)
def test_can_be_searched(administrator: Visitor, make_learner: Make, query: dict[str, str], found: list[str]) -> None:
    make_learner(email="karin@forening.example", name="Karin Örn")

    assert _listed(administrator, **query) == found


def test_somebody_responsible_for_a_part_sees_and_reaches_that_part(
    responsible: Visitor, make_learner: Make, municipality: Organisation, elsewhere: Organisation, db: Session
) -> None:
    inside = make_learner(email="inne@alvbro.example", organisation_id=municipality.id)
    outside = make_learner(email="ute@koket.example", organisation_id=elsewhere.id)

    assert _listed(responsible) == ["ansvarig@alvbro.example", "inne@alvbro.example"]
    assert responsible.get(f"{LIST}/{inside.id}").status_code == 200
    for path in ("", "/close", "/reset"):
        assert responsible.post(f"{LIST}/{outside.id}{path}", {"version": "1"}).status_code == 404
    assert responsible.get(f"{LIST}/{outside.id}").status_code == 404


# ---------------------------------------------------------------- inviting


def test_who_is_invited_gets_a_mail_and_signs_in_with_a_link(
    administrator: Visitor, visitor: Visitor, mails: Mails, municipality: Organisation, db: Session
) -> None:
    answer = administrator.post(
        f"{LIST}/invite",
        {
            "email": "Ny@Alvbro.example",
            "organisation": str(municipality.id),
            "role": "report-reader",
            "role_holds_at": str(municipality.id),
        },
    )

    assert answer.status_code == 302
    assert mails.last["To"] == "ny@alvbro.example"
    assert mails.last_link() == "/sv/sign-in"
    found = _look(db, "ny@alvbro.example")
    assert found is not None
    assert (found.staff_role, found.staff_organisation_id) == (StaffRole.REPORT_READER, municipality.id)
    visitor.post("/sv/sign-in", {"email": "ny@alvbro.example"})
    visitor.post(mails.last_link())
    assert visitor.get("/sv/admin/").status_code == 200


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"email": "ingen adress"}, "Skriv en e-postadress"),
        ({"email": "chef@region.example"}, "Adressen har redan ett konto"),
        ({"email": "ny@region.example", "role": "organisation-administrator"}, "Välj var rollen gäller"),
        ({"email": "ny@region.example", "role": "king"}, "Välj ett av alternativen"),
        ({"email": "ny@region.example", "organisation": "999"}, "Välj ett av alternativen"),
    ],
)
def test_a_faulty_invitation_is_told_and_nobody_is_invited(
    administrator: Visitor, mails: Mails, db: Session, typed: dict[str, str], told: str
) -> None:
    answer = administrator.post(f"{LIST}/invite", typed)

    assert answer.status_code == 422
    assert answer.text.count(told) == 2
    assert mails.received == []
    assert _look(db, "ny@region.example") is None


def test_without_a_mail_server_nobody_is_invited(make_app: Callable[..., Flask], chief: Learner, db: Session) -> None:
    client = make_app(mail_url="smtp://127.0.0.1:1").test_client()
    with client.session_transaction() as session:
        session["_user_id"] = signed_in(chief)

    assert Visitor(client).post(f"{LIST}/invite", {"email": "ny@region.example"}).status_code == 503
    assert _look(db, "ny@region.example") is None


# ---------------------------------------------------------------- one person


def test_of_two_administrators_the_second_is_told_and_can_decide(
    administrator: Visitor, make_learner: Make, municipality: Organisation, elsewhere: Organisation, db: Session
) -> None:
    address = f"{LIST}/{make_learner(email='karin@forening.example').id}"
    first = {"organisation": str(municipality.id), "role": "report-reader", "role_holds_at": str(municipality.id)}
    administrator.post(address, {**first, "version": "1"})

    answer = administrator.post(address, {"organisation": str(elsewhere.id), "role": "", "version": "1"})

    assert answer.status_code == 409
    assert "Nu står det: Älvbro kommun, Läser rapporter" in answer.text
    assert "Rollen gäller: Älvbro kommun." in answer.text
    # What the second one chose is still chosen, and saving again says so.
    assert f'<option selected value="{elsewhere.id}">Öppna Köket</option>' in answer.text
    assert re.search(r'<input[^>]*checked[^>]* value="">', answer.text)
    assert re.search(r'<input[^>]* name="version"[^>]* value="2">', answer.text)
    found = _look(db, "karin@forening.example")
    assert found is not None
    assert found.organisation_id == municipality.id
    administrator.post(address, {"organisation": str(elsewhere.id), "role": "", "version": "2"})
    found = _look(db, "karin@forening.example")
    assert found is not None
    assert found.organisation_id == elsewhere.id


def test_nobody_changes_the_own_role_or_closes_the_own_account(
    administrator: Visitor, chief: Learner, db: Session
) -> None:
    assert administrator.post(f"{LIST}/{chief.id}", {"role": "", "version": "1"}).status_code == 422
    assert administrator.post(f"{LIST}/{chief.id}/close", {"version": "1"}).status_code == 403

    found = _look(db, "chef@region.example")
    assert found is not None
    assert found.is_administrator
    assert found.deactivated_at is None


@pytest.mark.parametrize(
    "role", [{"role": "administrator"}, {"role": "report-reader"}, {"role": "organisation-administrator"}]
)
def test_nobody_gives_more_than_she_has(
    responsible: Visitor,
    make_learner: Make,
    municipality: Organisation,
    elsewhere: Organisation,
    db: Session,
    role: dict[str, str],
) -> None:
    inside = make_learner(email="inne@alvbro.example", organisation_id=municipality.id)
    for holds_at in ("", str(elsewhere.id)):
        form = {"organisation": str(municipality.id), "role_holds_at": holds_at, "version": "1", **role}
        assert responsible.post(f"{LIST}/{inside.id}", form).status_code == 422

    found = _look(db, "inne@alvbro.example")
    assert found is not None
    assert found.staff_role is None


def test_an_administrator_in_the_own_part_is_out_of_reach(
    responsible: Visitor, make_learner: Make, municipality: Organisation, db: Session
) -> None:
    above = make_learner(email="hog@alvbro.example", organisation_id=municipality.id, is_administrator=True)

    for what in ("close", "reset"):
        assert responsible.post(f"{LIST}/{above.id}/{what}", {"version": "1"}).status_code == 403


def test_a_closed_account_is_signed_out_and_stays_closed_until_it_is_opened(
    administrator: Visitor,
    make_learner: Make,
    sign_in: Callable[[Learner], Visitor],
    visitor: Visitor,
    mails: Mails,
) -> None:
    karin = make_learner(email="karin@forening.example")
    hers = sign_in(karin)
    learner_id = karin.id

    administrator.post(f"{LIST}/{learner_id}/close", {"version": "1"})

    assert hers.get("/sv/profile").status_code == 302
    visitor.post("/sv/sign-in", {"email": "karin@forening.example"})
    refused = visitor.post(mails.last_link())
    assert (refused.status_code, "Kontot är stängt" in refused.text) == (403, True)
    administrator.post(f"{LIST}/{learner_id}/open", {"version": "2"})
    assert visitor.post(mails.last_link()).status_code == 302


def test_two_accounts_of_one_person_become_one(administrator: Visitor, make_learner: Make, db: Session) -> None:
    old = make_learner(email="gammal@forening.example", name="Karin Örn")
    new = make_learner(email="ny@forening.example")
    registration = Registration(learner_id=old.id, account=old.account, course_id="samverkan", created_at=NOW)
    db.add(registration)
    db.commit()

    unknown = administrator.post(f"{LIST}/{old.id}/merge", {"email": "ingen@forening.example", "version": "1"})
    assert unknown.status_code == 422
    asked = {"email": "ny@forening.example", "version": "1"}
    compared = administrator.post(f"{LIST}/{old.id}/merge", asked)
    assert compared.status_code == 200
    assert "Är det samma person?" in compared.text
    assert db.scalars(select(AuditEntry.action)).all() == ["person-seen"]
    db.commit()
    # An address that was changed after the two were shown is shown again.
    other = administrator.post(f"{LIST}/{old.id}/merge", {**asked, "sure": "1"})
    assert (other.status_code, f'value="{new.id}"' in other.text) == (200, True)
    assert _look(db, "gammal@forening.example") is not None
    answer = administrator.post(f"{LIST}/{old.id}/merge", {**asked, "sure": new.id})

    assert answer.location == f"{LIST}/{new.id}"
    assert _look(db, "gammal@forening.example") is None
    found = _look(db, "ny@forening.example")
    assert found is not None
    assert found.name == "Karin Örn"
    db.refresh(registration)
    assert registration.learner_id == new.id
