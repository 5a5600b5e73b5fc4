"""Organisations that belong to others, and whoever is responsible for a part of them."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.conftest import Visitor
from tracker.admin import services
from tracker.learners.models import Learner, Organisation, OrganisationKind, StaffRole
from tracker.learners.scope import organisations_seen_by, with_those_under

MakeOrganisation = Callable[..., Organisation]
LIST = "/sv/admin/organisations"


@pytest.fixture
def tree(make_organisation: MakeOrganisation) -> dict[str, Organisation]:
    """A region with a municipality with a board, and another region."""
    region = make_organisation("Region Mittlandet", OrganisationKind.REGION)
    municipality = make_organisation("Älvbro kommun", OrganisationKind.MUNICIPALITY, under=region)
    board = make_organisation("Kulturnämnden", OrganisationKind.OTHER, under=municipality)
    other = make_organisation("Region Norrlandet", OrganisationKind.REGION)
    return {"region": region, "municipality": municipality, "board": board, "other": other}


@pytest.fixture
def responsible(
    tree: dict[str, Organisation], make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]
) -> Visitor:
    """For the municipality."""
    return sign_in(
        make_learner(
            email="ansvarig@alvbro.example",
            staff_role=StaffRole.ORGANISATION_ADMINISTRATOR,
            staff_organisation_id=tree["municipality"].id,
        )
    )


@pytest.mark.parametrize(
    ("role", "where", "seen"),
    [
        (StaffRole.ADMINISTRATOR, None, None),
        (StaffRole.REPORT_READER, None, None),
        (StaffRole.REPORT_READER, "region", {"region", "municipality", "board"}),
        (StaffRole.ORGANISATION_ADMINISTRATOR, "municipality", {"municipality", "board"}),
        (StaffRole.ORGANISATION_ADMINISTRATOR, "other", {"other"}),
        (StaffRole.ORGANISATION_ADMINISTRATOR, None, set()),
        (None, None, set()),
    ],
)
def test_the_role_says_which_organisations_are_seen(
    db: Session,
    tree: dict[str, Organisation],
    make_learner: Callable[..., Learner],
    role: StaffRole | None,
    where: str | None,
    seen: set[str] | None,
) -> None:
    learner = make_learner(
        email="karin@forening.example", staff_role=role, staff_organisation_id=tree[where].id if where else None
    )

    assert organisations_seen_by(db, learner) == (None if seen is None else {tree[name].id for name in seen})


def test_an_organisation_cannot_belong_to_one_under_it(
    administrator: Visitor, db: Session, tree: dict[str, Organisation]
) -> None:
    region, board = tree["region"], tree["board"]

    response = administrator.post(
        f"{LIST}/{region.id}", {"name": region.name, "kind": "region", "parent": str(board.id), "version": "1"}
    )

    assert response.status_code == 422
    assert response.text.count("Välj en organisation i listan") == 2
    with pytest.raises(services.ParentUnderIt):
        services.change_organisation(
            db, region, name=region.name, kind=region.kind, parent_id=board.id, version=region.version
        )


def test_even_a_ring_has_an_end(db: Session, tree: dict[str, Organisation]) -> None:
    tree["region"].parent_id = tree["board"].id
    db.commit()

    assert len(with_those_under(db, [tree["municipality"].id])) == 3


def test_what_was_under_a_removed_organisation_belongs_to_the_one_above(
    administrator: Visitor, db: Session, tree: dict[str, Organisation]
) -> None:
    administrator.post(f"{LIST}/{tree['municipality'].id}/remove", {"version": "1"})

    db.expire_all()
    assert tree["board"].parent_id == tree["region"].id


def test_a_role_ends_with_its_organisation_and_never_grows(
    administrator: Visitor, db: Session, tree: dict[str, Organisation], make_learner: Callable[..., Learner]
) -> None:
    reader = make_learner(
        email="las@alvbro.example", staff_role=StaffRole.REPORT_READER, staff_organisation_id=tree["other"].id
    )

    administrator.post(f"{LIST}/{tree['other'].id}/remove", {"version": "1"})

    db.expire_all()
    assert reader.staff_role is None
    assert organisations_seen_by(db, reader) == frozenset()


# ---------------------------------------------------------------- somebody responsible for a part


def test_sees_the_own_part_of_the_list(responsible: Visitor) -> None:
    page = responsible.get(LIST).text

    assert "Älvbro kommun" in page
    assert "Kulturnämnden" in page
    assert "Region" not in page.split("<tbody>")[1].split("</tbody>")[0]


@pytest.mark.parametrize("name", ["region", "other"])
@pytest.mark.parametrize("path", ["", "/remove"])
def test_another_id_in_the_address_leads_nowhere(
    responsible: Visitor, db: Session, tree: dict[str, Organisation], name: str, path: str
) -> None:
    address = f"{LIST}/{tree[name].id}{path}"

    assert responsible.get(address).status_code == 404
    responsible.post(address, {"name": "Mitt", "kind": "other", "version": "1"})

    db.expire_all()
    assert tree[name].name.startswith("Region ")


def test_adds_under_the_own_organisation_and_nowhere_else(
    responsible: Visitor, db: Session, tree: dict[str, Organisation]
) -> None:
    def add(name: str, parent: str) -> int:
        return responsible.post(
            f"{LIST}/new", {"name": name, "kind": "other", "parent": parent, "version": "0"}
        ).status_code

    assert add("Fri", "") == 422
    assert add("Främmande", str(tree["region"].id)) == 422
    assert add("Skolnämnden", str(tree["municipality"].id)) == 302
    assert add("Utskottet", str(tree["board"].id)) == 302


def test_changes_the_own_name_but_not_where_it_belongs_and_cannot_remove_it(
    responsible: Visitor, db: Session, tree: dict[str, Organisation]
) -> None:
    own = tree["municipality"]
    form = {"name": "Älvbro stad", "kind": "municipality", "parent": str(tree["other"].id), "version": "1"}

    assert responsible.post(f"{LIST}/{own.id}", form).status_code == 302
    assert responsible.post(f"{LIST}/{own.id}/remove", {"version": "2"}).status_code == 404

    db.expire_all()
    assert (own.name, own.parent_id) == ("Älvbro stad", tree["region"].id)


def test_does_not_see_the_figures_of_everybody(responsible: Visitor) -> None:
    page = responsible.get("/sv/admin/").text

    assert "Har börjat" not in page
    assert "/sv/admin/lrs" not in page
    assert LIST in page
