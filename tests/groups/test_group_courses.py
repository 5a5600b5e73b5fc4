"""Courses by others that a group takes beside ours: chosen by who leads, taken by each alone, counted for the group."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests.conftest import Visitor
from tests.launch.conftest import Api, Au, api
from tests.launch.packages import one_au
from tracker.groups.models import Group
from tracker.launch.models import ImportedCourse
from tracker.launch.services import publish

__all__ = ["api"]


@pytest.fixture
def law(api: Api, db: Session) -> UUID:
    """A published course of one part."""
    course_id = UUID(api.add(one_au(moveOn="Completed"))["id"])
    found = db.get(ImportedCourse, course_id)
    assert found is not None
    publish(db, found, now=datetime.now(UTC))
    db.commit()
    return course_id


def test_the_group_sees_how_many_have_completed_what_it_takes(
    law: UUID, margareta: Visitor, group: Group, visitor: Visitor
) -> None:
    visitor.post(f"/sv/join/{group.join_code}", {"name": "Bengt"})
    assert "Lagen i vardagen" not in margareta.get(f"/sv/groups/{group.id}").text

    margareta.post(f"/sv/groups/{group.id}/courses", {"courses": str(law)})

    assert "0 av 2 deltagare är klara" in margareta.get(f"/sv/groups/{group.id}").text
    assert f"/sv/courses/{law}" in visitor.get(f"/sv/groups/{group.id}/now").text
    opened = visitor.post(f"/sv/courses/{law}/parts/0")
    part = Au(visitor.client, {"launch_url": opened.location, "session_id": "", "registration": ""}).begin()
    part.send("completed")
    page = margareta.get(f"/sv/groups/{group.id}").text
    assert "1 av 2 deltagare är klara" in page

    margareta.post(f"/sv/groups/{group.id}/courses", {})
    assert "deltagare är klara" not in margareta.get(f"/sv/groups/{group.id}").text


def test_only_who_leads_chooses_and_only_what_is_published(
    law: UUID, margareta: Visitor, group: Group, visitor: Visitor, stranger: Visitor, api: Api
) -> None:
    hidden = api.add(one_au(id="https://forlag.example/annan/au/ett"))["id"]
    visitor.post(f"/sv/join/{group.join_code}", {"name": "Bengt"})

    assert visitor.post(f"/sv/groups/{group.id}/courses", {"courses": str(law)}).status_code == 404
    assert stranger.get(f"/sv/groups/{group.id}/courses").status_code == 404
    margareta.post(f"/sv/groups/{group.id}/courses", {"courses": hidden})
    assert "deltagare är klara" not in margareta.get(f"/sv/groups/{group.id}").text


def test_a_course_that_is_taken_away_is_gone_from_the_group(
    law: UUID, margareta: Visitor, group: Group, api: Api, make_group_page: Callable[[], str]
) -> None:
    margareta.post(f"/sv/groups/{group.id}/courses", {"courses": str(law)})
    assert "Lagen i vardagen" in make_group_page()

    assert api.send("DELETE", f"/courses/{law}").status_code == 204

    assert "Lagen i vardagen" not in make_group_page()


@pytest.fixture
def make_group_page(margareta: Visitor, group: Group) -> Callable[[], str]:
    return lambda: str(margareta.get(f"/sv/groups/{group.id}").text)
