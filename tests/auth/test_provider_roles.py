"""Which roles an organisation's own sign-in gives, and how surely people have to show who they are."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.auth.conftest import Provider
from tests.auth.steps import KARIN, look
from tests.conftest import Visitor
from tracker.learners.models import Learner, Organisation, StaffRole
from tracker.learners.scope import with_those_under
from tracker.providers.models import IdentityProvider

Add = Callable[..., IdentityProvider]
ComeIn = Callable[..., TestResponse]
Make = Callable[..., Learner]


GIVES = {
    "role_claim": "groups",
    "role_values": {
        "report-reader": ["läsare"],
        "organisation-administrator": ["ansvariga"],
        "administrator": ["chefer"],
    },
}


def test_a_role_holds_in_the_providers_organisation_and_never_everywhere(
    make_visitor: Callable[[], Visitor],
    add_provider: Add,
    come_in: ComeIn,
    provider: Provider,
    municipality: Organisation,
    db: Session,
) -> None:
    one = add_provider(**GIVES)
    cases: list[tuple[Any, StaffRole | None]] = [
        (["läsare"], StaffRole.REPORT_READER),
        ("läsare", StaffRole.REPORT_READER),
        (["ansvariga", "läsare"], StaffRole.ORGANISATION_ADMINISTRATOR),
        (["chefer"], None),
        (["Läsare"], None),
        ([{"läsare": 1}], None),
    ]
    for groups, role in cases:
        provider.behave(claims={"groups": groups})

        come_in(make_visitor(), one)

        found = look(db)
        assert found is not None
        assert found.staff_role is role, groups
        assert found.staff_organisation_id == (municipality.id if role else None), groups


def test_a_role_that_it_gave_ends_with_the_group_and_one_given_by_hand_does_not(
    make_visitor: Callable[[], Visitor], add_provider: Add, come_in: ComeIn, provider: Provider, db: Session
) -> None:
    one = add_provider(**GIVES)
    provider.behave(claims={"groups": ["läsare"]})
    come_in(make_visitor(), one)
    provider.behave(claims={"groups": []})
    come_in(make_visitor(), one)
    found = look(db)
    assert found is not None
    assert found.staff_role is None

    found.staff_role = StaffRole.REPORT_READER  # by hand, of everything
    db.commit()
    for groups in (["ansvariga"], []):
        provider.behave(claims={"groups": groups})
        come_in(make_visitor(), one)
        found = look(db)
        assert found is not None
        assert (found.staff_role, found.staff_organisation_id) == (StaffRole.REPORT_READER, None)


def test_the_role_of_administrator_is_given_where_that_is_allowed(
    visitor: Visitor, add_provider: Add, come_in: ComeIn, provider: Provider, db: Session
) -> None:
    provider.behave(claims={"groups": ["chefer"], "acr": "LOA3"})

    come_in(visitor, add_provider(**GIVES, may_administer=True, assurance={"administrator": ["LOA3"]}))

    found = look(db)
    assert found is not None
    assert found.is_administrator
    assert visitor.get("/sv/admin/organisations").status_code == 200  # without a code from an app


def test_the_second_step_is_asked_for_unless_the_provider_has_seen_enough(
    make_visitor: Callable[[], Visitor], add_provider: Add, come_in: ComeIn, provider: Provider, db: Session
) -> None:
    one = add_provider(**GIVES)
    cases: list[tuple[list[str], dict[str, Any], bool]] = [
        ([], {"acr": "LOA3"}, True),
        (["LOA3"], {"acr": "LOA2"}, True),
        (["LOA3"], {}, True),
        (["LOA3"], {"acr": "LOA3"}, False),
        (["LOA3", "mfa"], {"amr": ["pwd", "mfa"]}, False),
    ]
    for demanded, claims, asked_for_more in cases:
        db.refresh(one)
        one.assurance = {"organisation-administrator": demanded}
        db.commit()
        provider.behave(claims={"groups": ["ansvariga"], **claims})
        visitor = make_visitor()
        come_in(visitor, one)

        answer = visitor.get("/sv/admin/people")

        assert (answer.status_code == 302) is asked_for_more, (demanded, claims)
        if asked_for_more:
            page = visitor.get(visitor.get(answer.location).location).text
            assert "Logga in säkrare med Älvbro kommun" in page


def test_a_reader_of_whom_more_is_demanded_is_asked_for_it_too(
    visitor: Visitor, add_provider: Add, come_in: ComeIn, provider: Provider
) -> None:
    one = add_provider(**GIVES, assurance={"report-reader": ["LOA2"]})
    provider.behave(claims={"groups": ["läsare"]})
    come_in(visitor, one)
    assert "second-step" in visitor.get("/sv/admin/").location

    out = visitor.get(f"/sv/sign-in/with/{one.id}?stronger=1").location
    assert (parse_qs(urlsplit(out).query)["acr_values"], "prompt=login" in out) == (["LOA2"], True)
    provider.behave(claims={"groups": ["läsare"], "acr": "LOA2"})
    visitor.get(provider.follow(out))
    assert visitor.get("/sv/admin/").status_code == 200


def test_a_provider_says_nothing_about_roles_that_hold_elsewhere(
    visitor: Visitor, add_provider: Add, come_in: ComeIn, provider: Provider, make_learner: Make, db: Session
) -> None:
    chief = make_learner(email=KARIN, is_administrator=True)
    provider.behave(claims={"groups": ["ansvariga"], "acr": "LOA3"})

    come_in(visitor, add_provider(**GIVES, assurance={"administrator": ["LOA3"]}))

    db.refresh(chief)
    assert chief.is_administrator
    assert "second-step" in visitor.get("/sv/admin/organisations").location
    assert with_those_under(db, []) == frozenset()
