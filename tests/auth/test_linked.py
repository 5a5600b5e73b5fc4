"""Which organisations' sign-ins lead into one's own account, and letting go of one."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import NOW, Mails, Visitor
from tracker.audit.models import AuditEntry
from tracker.learners.models import Learner, Organisation, StaffRole
from tracker.providers.models import Admits, Identity, IdentityProvider

LINKED = "/sv/profile/linked"
Make = Callable[..., Learner]
SignIn = Callable[[Learner], Visitor]


@pytest.fixture
def link(db: Session, municipality: Organisation) -> Callable[..., int]:
    """The account, linked to a provider of its own: the provider's number."""

    def make(learner: Learner, role: StaffRole | None = None) -> int:
        provider = IdentityProvider(
            name=f"Älvbro {learner.id}",
            issuer=f"https://login{learner.id}.alvbro.example",
            client_id="x",
            secret=b"",
            organisation_id=municipality.id,
            scopes="openid",
            admits=Admits.INVITED,
            vouches=False,
            role_values={},
            may_administer=True,
            assurance={},
            is_open=True,
            created_at=NOW,
        )
        db.add(provider)
        db.flush()
        db.add(
            Identity(
                provider_id=provider.id,
                subject=f"s{learner.id}",
                learner_id=learner.id,
                linked_at=NOW,
                gave_role=role,
            )
        )
        db.commit()
        return provider.id

    return make


def _subjects(db: Session) -> list[str]:
    found = list(db.scalars(select(Identity.subject).order_by(Identity.subject)))
    db.rollback()
    return found


def test_a_sign_in_does_not_follow_to_whoever_confirms_a_new_address_elsewhere(
    db: Session,
    make_learner: Make,
    sign_in: SignIn,
    make_visitor: Callable[[], Visitor],
    link: Callable[..., int],
    mails: Mails,
    municipality: Organisation,
) -> None:
    karin = make_learner(
        email="karin@alvbro.example", staff_role=StaffRole.REPORT_READER, staff_organisation_id=municipality.id
    )
    link(karin, StaffRole.REPORT_READER)
    theirs, mine = sign_in(karin), make_visitor()
    theirs.post("/sv/profile/email", {"email": "min@kommun.example"})
    address = mails.last_link()

    mine.post(address)
    mine.post(address)

    assert _subjects(db) == []
    assert mine.get("/sv/profile").status_code == 200
    assert mine.get("/sv/admin/completion").status_code == 403


def test_a_person_sees_and_removes_the_own_ones_and_nobody_elses(
    db: Session, make_learner: Make, sign_in: SignIn, link: Callable[..., int]
) -> None:
    karin, olle = make_learner(email="karin@alvbro.example"), make_learner(email="olle@alvbro.example")
    hers, his = link(karin), link(olle)
    own, her_id, his_id = sign_in(karin), karin.id, olle.id
    db.rollback()

    assert f"Älvbro {her_id}</dd>" in own.get("/sv/profile").text
    page = own.get(LINKED).text
    assert f"<strong>Älvbro {her_id}</strong>" in page
    assert f"Älvbro {his_id}" not in page

    assert "inte kopplat dit" in own.get(own.post(f"{LINKED}/{his}/remove").location).text
    assert _subjects(db) == [f"s{her_id}", f"s{his_id}"]
    assert "inte kopplat dit längre" in own.get(own.post(f"{LINKED}/{hers}/remove").location).text
    assert _subjects(db) == [f"s{his_id}"]
    assert "inte kopplat till någon" in own.get(LINKED).text
    assert "Genom organisationer" not in own.get("/sv/profile").text


def test_a_role_that_came_that_way_goes_with_it_and_one_by_hand_stays(
    db: Session, make_learner: Make, sign_in: SignIn, link: Callable[..., int], municipality: Organisation
) -> None:
    role = {"staff_role": StaffRole.REPORT_READER, "staff_organisation_id": municipality.id}
    given = make_learner(email="karin@alvbro.example", **role)
    by_hand = make_learner(email="olle@alvbro.example", **role)
    first, second = link(given, StaffRole.REPORT_READER), link(by_hand)

    assert "upphör rollen" in sign_in(given).get(LINKED).text
    sign_in(given).post(f"{LINKED}/{first}/remove")
    assert "upphör rollen" not in sign_in(by_hand).get(LINKED).text
    sign_in(by_hand).post(f"{LINKED}/{second}/remove")

    for learner in (given, by_hand):
        db.refresh(learner)
    assert (given.staff_role, given.staff_organisation_id) == (None, None)
    assert by_hand.staff_role is StaffRole.REPORT_READER
    assert [one.action for one in db.scalars(select(AuditEntry))] == ["sign-in-unlinked"]


def test_the_only_administrator_is_not_locked_out(
    db: Session, make_learner: Make, sign_in: SignIn, link: Callable[..., int]
) -> None:
    chief = make_learner(email="chef@alvbro.example", is_administrator=True)
    provider = link(chief, StaffRole.ADMINISTRATOR)
    own, subject = sign_in(chief), f"s{chief.id}"

    answer = own.post(f"{LINKED}/{provider}/remove")

    assert "den enda administratören" in own.get(answer.location).text
    assert _subjects(db) == [subject]
    db.rollback()
    make_learner(email="andra@region.example", is_administrator=True)
    own.post(f"{LINKED}/{provider}/remove")
    db.refresh(chief)
    assert (chief.staff_role, _subjects(db)) == (None, [])
