"""The cast: an administrator, a learner, and organisations to keep."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.conftest import NOW, Visitor
from tracker.learners.models import Learner, Organisation, OrganisationKind


@pytest.fixture
def administrator(make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(make_learner(email="admin@region.example", is_administrator=True))


@pytest.fixture
def learner(make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(make_learner(email="karin@forening.example"))


@pytest.fixture
def make_organisation(db: Session) -> Callable[..., Organisation]:
    def make(
        name: str = "Öppna Köket",
        kind: OrganisationKind = OrganisationKind.ASSOCIATION,
        under: Organisation | None = None,
    ) -> Organisation:
        parent_id = under.id if under is not None else None
        organisation = Organisation(name=name, kind=kind, parent_id=parent_id, created_at=NOW)
        db.add(organisation)
        db.commit()
        return organisation

    return make
