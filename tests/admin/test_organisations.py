"""The list that learners choose from, kept by administrators."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import NOW, Visitor
from tracker.admin import services
from tracker.learners.models import Learner, Organisation, OrganisationKind

MakeOrganisation = Callable[..., Organisation]
LIST = "/sv/admin/organisations"


def _names(db: Session) -> list[str]:
    db.rollback()  # what pages have committed since
    names = sorted(db.scalars(select(Organisation.name)))
    db.rollback()  # so that the test holds no lock
    return names


def _version(page: str) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found
    return found[1]


# ---------------------------------------------------------------- the list


def test_stands_in_the_order_of_the_swedish_alphabet(
    administrator: Visitor, make_organisation: MakeOrganisation
) -> None:
    for name in ("Öppna Köket", "Ådalen", "natthamn", "Ängens vänner", "Region Mittlandet"):
        make_organisation(name)

    page = administrator.get(LIST).text
    assert re.findall(r'<th scope="row">([^<]+)</th>', page) == [
        "natthamn",
        "Region Mittlandet",
        "Ådalen",
        "Ängens vänner",
        "Öppna Köket",
    ]
    assert "5 organisationer på listan" in page


@pytest.mark.parametrize(("words", "found"), [("KÖK", 1), ("  öppna   köket ", 1), ("%", 0), ("x", 0), ("", 2)])
def test_can_be_narrowed_by_part_of_the_name(
    administrator: Visitor, make_organisation: MakeOrganisation, words: str, found: int
) -> None:
    make_organisation("Öppna Köket")
    make_organisation("Natthamn")

    page = administrator.get(LIST, query_string={"q": words}).text
    assert page.count('<th scope="row">') == found


def test_an_empty_list_says_what_that_means(administrator: Visitor) -> None:
    assert "Listan är tom." in administrator.get(LIST).text


@pytest.mark.parametrize("path", ["", "/new", "/1", "/1/remove"])
def test_is_closed_to_learners(learner: Visitor, make_organisation: MakeOrganisation, db: Session, path: str) -> None:
    make_organisation()

    assert learner.get(LIST + path).status_code == 403
    if path:
        assert learner.post(LIST + path, {"name": "Min egen", "kind": "other", "version": "1"}).status_code == 403
    assert _names(db) == ["Öppna Köket"]


# ---------------------------------------------------------------- adding


def test_what_is_added_can_be_chosen_by_learners(administrator: Visitor, learner: Visitor) -> None:
    response = administrator.post(f"{LIST}/new", {"name": "  Öppna   Köket ", "kind": "association", "version": "0"})

    assert response.status_code == 302
    assert "Öppna Köket finns nu på listan." in administrator.get(response.location).text
    assert ">Öppna Köket</option>" in learner.get("/sv/profile").text


@pytest.mark.parametrize("name", ["öppna köket", "ÖPPNA KÖKET", " Öppna  Köket"])
def test_a_second_with_the_same_name_is_refused_whatever_the_case(
    administrator: Visitor, make_organisation: MakeOrganisation, db: Session, name: str
) -> None:
    make_organisation("Öppna Köket")

    response = administrator.post(f"{LIST}/new", {"name": name, "kind": "region", "version": "0"})

    assert response.status_code == 422
    assert response.text.count("Det finns redan en organisation med det namnet") == 2
    assert f'value="{" ".join(name.split())}"' in response.text
    assert _names(db) == ["Öppna Köket"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": "   ", "kind": "region"}, "Skriv organisationens namn"),
        ({"name": "x" * 201, "kind": "region"}, "Korta namnet till högst 200 tecken"),
        ({"name": "Natthamn"}, "Välj vilken typ av organisation det är"),
        ({"name": "Natthamn", "kind": "party"}, "Välj vilken typ av organisation det är"),
    ],
)
def test_bad_input_is_told_beside_the_field_and_in_the_summary(
    administrator: Visitor, db: Session, typed: dict[str, str], told: str
) -> None:
    response = administrator.post(f"{LIST}/new", {"version": "0", **typed})

    assert response.status_code == 422
    assert response.text.count(told) == 2
    assert "<title>Fel:" in response.text
    assert _names(db) == []


def test_a_name_with_html_is_shown_as_it_is(administrator: Visitor) -> None:
    administrator.post(f"{LIST}/new", {"name": "<b>Fet</b> & Co", "kind": "other", "version": "0"})

    assert "&lt;b&gt;Fet&lt;/b&gt; &amp; Co" in administrator.get(LIST).text


# ---------------------------------------------------------------- changing


def test_a_new_kind_follows_to_those_who_have_chosen_it(
    administrator: Visitor, make_organisation: MakeOrganisation, make_learner: Callable[..., Learner], db: Session
) -> None:
    organisation = make_organisation("Strömmen")
    member = make_learner(organisation_id=organisation.id, organisation_kind=OrganisationKind.ASSOCIATION)
    other = make_learner(organisation_kind=OrganisationKind.ASSOCIATION)

    administrator.post(
        f"{LIST}/{organisation.id}", {"name": "Studieförbundet Strömmen", "kind": "study-association", "version": "1"}
    )

    db.expire_all()
    assert _names(db) == ["Studieförbundet Strömmen"]
    assert member.organisation_kind is OrganisationKind.STUDY_ASSOCIATION
    assert other.organisation_kind is OrganisationKind.ASSOCIATION


def test_the_case_of_its_own_name_can_be_changed(
    administrator: Visitor, make_organisation: MakeOrganisation, db: Session
) -> None:
    organisation = make_organisation("öppna köket")

    administrator.post(f"{LIST}/{organisation.id}", {"name": "Öppna Köket", "kind": "association", "version": "1"})

    assert _names(db) == ["Öppna Köket"]


def test_cannot_take_the_name_of_another(
    administrator: Visitor, make_organisation: MakeOrganisation, db: Session
) -> None:
    make_organisation("Öppna Köket")
    other = make_organisation("Natthamn")

    response = administrator.post(f"{LIST}/{other.id}", {"name": "ÖPPNA KÖKET", "kind": "other", "version": "1"})

    assert response.status_code == 422
    assert "Ändra Natthamn" in response.text
    assert _names(db) == ["Natthamn", "Öppna Köket"]


def test_of_two_administrators_who_change_it_the_second_is_told_and_can_decide(
    administrator: Visitor,
    make_learner: Callable[..., Learner],
    sign_in: Callable[[Learner], Visitor],
    make_organisation: MakeOrganisation,
    db: Session,
) -> None:
    above = make_organisation("Distriktet")
    address = f"{LIST}/{make_organisation('Köket').id}"
    second = sign_in(make_learner(email="second@region.example", is_administrator=True))
    seen_by_both = _version(second.get(address).text)
    administrator.post(
        address, {"name": "Öppna Köket", "kind": "association", "version": seen_by_both, "parent": str(above.id)}
    )

    response = second.post(address, {"name": "Det öppna köket", "kind": "other", "version": seen_by_both})

    assert response.status_code == 409
    assert "Någon annan ändrade organisationen medan du skrev" in response.text
    assert "Nu står det: Öppna Köket, Förening" in response.text
    assert "Den hör till: Distriktet." in response.text
    assert 'value="Det öppna köket"' in response.text
    assert _names(db) == ["Distriktet", "Öppna Köket"]

    second.post(address, {"name": "Det öppna köket", "kind": "other", "version": _version(response.text)})
    assert _names(db) == ["Det öppna köket", "Distriktet"]


def test_without_knowing_the_version_nothing_is_changed(
    administrator: Visitor, make_organisation: MakeOrganisation, db: Session
) -> None:
    organisation = make_organisation("Köket")

    for version in ("", "many", "-1"):
        administrator.post(f"{LIST}/{organisation.id}", {"name": "Annat", "kind": "other", "version": version})

    assert _names(db) == ["Köket"]


def test_one_that_is_not_there_is_not_found(administrator: Visitor) -> None:
    assert administrator.get(f"{LIST}/99").status_code == 404
    assert administrator.get(f"{LIST}/99/remove").status_code == 404


def test_one_that_somebody_removed_in_the_meantime_is_told(administrator: Visitor) -> None:
    for path in ("/99", "/99/remove"):
        response = administrator.post(LIST + path, {"name": "Köket", "kind": "other", "version": "1"})

        assert response.location == LIST
        assert "Någon annan har tagit bort organisationen" in administrator.get(LIST).text


# ---------------------------------------------------------------- removing


def test_asks_first_and_says_what_happens(administrator: Visitor, make_organisation: MakeOrganisation) -> None:
    page = administrator.get(f"{LIST}/{make_organisation('Öppna Köket').id}/remove").text

    assert "Ta bort Öppna Köket?" in page
    assert "Färre än fem personer har valt den." in page
    assert "De blir utan organisation men behåller typen" in page


def test_says_how_many_have_chosen_it_from_five_on(
    administrator: Visitor, make_organisation: MakeOrganisation, make_learner: Callable[..., Learner]
) -> None:
    organisation = make_organisation()
    for _ in range(5):
        make_learner(organisation_id=organisation.id)

    assert "5 personer har valt den." in administrator.get(f"{LIST}/{organisation.id}/remove").text


def test_whoever_had_chosen_it_keeps_the_kind(
    administrator: Visitor, make_organisation: MakeOrganisation, make_learner: Callable[..., Learner], db: Session
) -> None:
    organisation = make_organisation()
    member = make_learner(organisation_id=organisation.id, organisation_kind=OrganisationKind.ASSOCIATION)

    response = administrator.post(f"{LIST}/{organisation.id}/remove", {"version": "1"})

    assert response.location == LIST
    db.expire_all()
    assert _names(db) == []
    assert member.organisation_id is None
    assert member.organisation_kind is OrganisationKind.ASSOCIATION


def test_one_that_was_changed_meanwhile_is_not_removed_unseen(
    administrator: Visitor, make_organisation: MakeOrganisation, db: Session
) -> None:
    address = f"{LIST}/{make_organisation('Köket').id}"
    administrator.post(address, {"name": "Öppna Köket", "kind": "association", "version": "1"})

    response = administrator.post(f"{address}/remove", {"version": "1"})

    assert response.status_code == 409
    assert _names(db) == ["Öppna Köket"]
    administrator.post(f"{address}/remove", {"version": _version(response.text)})
    assert _names(db) == []


# ---------------------------------------------------------------- at the very same moment


def test_two_new_ones_with_one_name_at_once_become_one(db: Session) -> None:
    first = services.add_organisation(db, name="Köket", kind=OrganisationKind.OTHER, now=NOW)

    with pytest.raises(services.NameTaken):
        services.add_organisation(db, name="KÖKET", kind=OrganisationKind.OTHER, now=NOW)

    db.commit()
    assert _names(db) == [first.name]
