"""A learner's own details: all optional, all hers."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.conftest import NOW, Visitor
from tracker.learners.models import Capacity, Learner, Organisation, OrganisationKind

Make = Callable[..., Learner]
SignIn = Callable[[Learner], Visitor]

ALL = {"name": "Karin Lindqvist", "capacity": "volunteer", "organisation_kind": "association", "organisation": ""}


@pytest.fixture
def kitchen(db: Session) -> Organisation:
    organisation = Organisation(name="Öppna Köket", kind=OrganisationKind.ASSOCIATION, created_at=NOW)
    db.add(organisation)
    db.commit()
    return organisation


def _saved(db: Session, learner: Learner) -> tuple[object, ...]:
    db.refresh(learner)
    db.commit()
    return learner.name, learner.capacity, learner.organisation_kind, learner.organisation_id


@pytest.mark.parametrize("email", [None, "karin@forening.example"])
def test_a_learner_fills_it_in_guest_or_not(
    make_learner: Make, sign_in: SignIn, db: Session, email: str | None
) -> None:
    learner = make_learner(email=email)
    visitor = sign_in(learner)

    response = visitor.post("/sv/profile", ALL)

    assert response.location == "/sv/profile"
    page = visitor.get("/sv/profile").text
    assert "Dina uppgifter är sparade." in page
    assert 'value="Karin Lindqvist"' in page
    assert _saved(db, learner) == ("Karin Lindqvist", Capacity.VOLUNTEER, OrganisationKind.ASSOCIATION, None)


def test_everything_can_be_taken_away_again(make_learner: Make, sign_in: SignIn, db: Session) -> None:
    learner = make_learner(name="Karin", capacity=Capacity.OTHER, organisation_kind=OrganisationKind.REGION)

    sign_in(learner).post("/sv/profile", {"name": "", "capacity": "", "organisation_kind": "", "organisation": ""})

    assert _saved(db, learner) == (None, None, None, None)


def test_the_list_knows_what_kind_an_organisation_is(
    make_learner: Make, sign_in: SignIn, db: Session, kitchen: Organisation
) -> None:
    learner = make_learner()
    visitor = sign_in(learner)
    assert ">Öppna Köket</option>" in visitor.get("/sv/profile").text

    visitor.post("/sv/profile", {**ALL, "organisation_kind": "region", "organisation": str(kitchen.id)})

    assert _saved(db, learner)[2:] == (OrganisationKind.ASSOCIATION, kitchen.id)


@pytest.mark.parametrize(
    "bad",
    [
        {"capacity": "king"},
        {"organisation_kind": "party"},
        {"organisation": "4711"},
        {"organisation": "one"},
        {"name": "x" * 101},
    ],
)
def test_what_is_not_on_offer_is_refused_and_the_rest_is_kept_on_the_page(
    make_learner: Make, sign_in: SignIn, db: Session, kitchen: Organisation, bad: dict[str, str]
) -> None:
    learner = make_learner(name="Before")

    response = sign_in(learner).post("/sv/profile", {**ALL, **bad})

    assert response.status_code == 422
    assert "<title>Fel: " in response.text
    assert "data-focus" in response.text
    assert 'value="volunteer"' in response.text
    assert f'value="{bad.get("name", "Karin Lindqvist")}"' in response.text
    assert _saved(db, learner) == ("Before", None, None, None)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Karin \t Lindqvist ", "Karin Lindqvist"),
        ("Karin\u202eLindqvist\x00\n", "KarinLindqvist"),
        ("O’Neill-Łukasz Žofia", "O’Neill-Łukasz Žofia"),
        ("A\u030asa", "Åsa"),
        ("محمد علي", "محمد علي"),
        ("   ", None),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_a_name_is_kept_as_it_is_read(
    make_learner: Make, sign_in: SignIn, db: Session, typed: str, kept: str | None
) -> None:
    learner = make_learner()
    visitor = sign_in(learner)

    visitor.post("/sv/profile", {**ALL, "name": typed})

    assert _saved(db, learner)[0] == kept
    assert "<script>alert" not in visitor.get("/sv/profile").text


def test_each_sees_her_own_only(make_learner: Make, sign_in: SignIn, visitor: Visitor, db: Session) -> None:
    karin, nils = make_learner(name="Karin Lindqvist"), make_learner(name="Nils Ek")

    sign_in(nils).post("/sv/profile", {**ALL, "name": "Nisse"})

    assert _saved(db, karin)[0] == "Karin Lindqvist"
    assert "Karin" not in sign_in(nils).get("/sv/profile").text
    assert visitor.get("/sv/profile").location.startswith("/sv/sign-in")
    assert visitor.post("/sv/profile", ALL).status_code == 403


def test_the_page_says_what_is_saved(make_learner: Make, sign_in: SignIn) -> None:
    learner = make_learner()

    page = sign_in(learner).get("/en/profile").text

    assert str(learner.account) in page
    assert "never under your name or address" in page
    assert 'href="/en/privacy"' in page
    assert "Sign out on every device" not in page  # a guest has one device
