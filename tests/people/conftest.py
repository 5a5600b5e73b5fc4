"""The cast: an administrator, somebody responsible for a municipality, and organisations."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.conftest import NOW, Visitor
from tracker.learners.models import Learner, Organisation, OrganisationKind, StaffRole


@pytest.fixture
def chief(make_learner: Callable[..., Learner]) -> Learner:
    return make_learner(email="chef@region.example", is_administrator=True)


@pytest.fixture
def administrator(chief: Learner, sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(chief)


@pytest.fixture
def elsewhere(db: Session) -> Organisation:
    organisation = Organisation(name="Öppna Köket", kind=OrganisationKind.ASSOCIATION, created_at=NOW)
    db.add(organisation)
    db.commit()
    return organisation


@pytest.fixture
def responsible(
    municipality: Organisation, make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]
) -> Visitor:
    return sign_in(
        make_learner(
            email="ansvarig@alvbro.example",
            organisation_id=municipality.id,
            staff_role=StaffRole.ORGANISATION_ADMINISTRATOR,
            staff_organisation_id=municipality.id,
        )
    )
