"""The cast: a facilitator with an account, somebody else with an account, and a group."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import Visitor
from tracker.groups.models import Group
from tracker.learners.models import Learner


def forged(address: str) -> str:
    """The same with another signature. Its first letter is another: in the last one two bits mean nothing."""
    signed, signature = address.rsplit(".", 1)
    return f"{signed}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def look(db: Session, group: Group) -> Group:
    """The group as it stands in the database now. Holds nothing, so that the pages can write meanwhile."""
    db.expire_all()
    for rows in (group.meetings, group.members):
        for row in rows:
            db.refresh(row)
    for meeting in group.meetings:
        for found in (meeting.lessons, meeting.attendance, meeting.answers, meeting.changes):
            len(found)
    db.commit()
    return group


@pytest.fixture
def margareta(make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(make_learner(email="margareta@forening.example", name="Margareta Exempel"))


@pytest.fixture
def stranger(make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(make_learner(email="frammande@forening.example"))


@pytest.fixture
def start_group(margareta: Visitor, db: Session) -> Callable[..., Group]:
    """A group that Margareta leads, made through the pages."""

    def make(**fields: str) -> Group:
        answer = margareta.post(
            "/sv/groups/new",
            {
                "name": "Torsdagsgruppen",
                "municipality": "Älvbro",
                "pacing": "a",
                "meetings": "4",
                "facilitator_name": "Margareta",
                **fields,
            },
        )
        found = re.search(r"/groups/([0-9a-f-]{36})", answer.location)
        assert found, answer.text
        [group] = [one for one in db.scalars(select(Group)) if str(one.id) == found[1]]
        return look(db, group)

    return make


@pytest.fixture
def group(start_group: Callable[..., Group]) -> Group:
    return start_group()
