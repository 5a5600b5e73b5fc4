"""Reading by person is written down where it is not done on an administrator's page, too."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import Visitor, signed_in
from tests.groups.circles import Circle
from tests.tracker.servers import run_here
from tracker.audit import services
from tracker.audit.models import AuditEntry
from tracker.config import Settings
from tracker.groups.models import Member


@pytest.fixture
def circle(db: Session, app: Flask) -> Circle:
    return Circle(db, app, "Yusuf", "Lena")


def _as(app: Flask, member: Member) -> Visitor:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = signed_in(member.registration.learner)
    return Visitor(client)


@pytest.mark.parametrize("page", ["", "/members", "/hours"])
def test_a_facilitator_who_sees_the_names_is_written_down_once_for_all_of_them(
    db: Session, app: Flask, circle: Circle, page: str
) -> None:
    group, leader = circle.group.id, circle.leader.registration.learner_id
    facilitator = _as(app, circle.leader)
    db.rollback()

    shown = facilitator.get(f"/sv/groups/{group}{page}")

    assert (shown.status_code, "Yusuf" in shown.text) == (200, True)
    [entry] = db.scalars(select(AuditEntry))
    assert (entry.action, entry.target, entry.subject) == ("group-seen", f"group:{group}", None)
    assert [entry.actor] == services.refs_of(db, leader)


def test_a_member_who_looks_in_is_not(db: Session, app: Flask, circle: Circle) -> None:
    group, member = circle.group.id, _as(app, circle.members[0])
    db.rollback()

    assert member.get(f"/sv/groups/{group}").status_code == 302
    assert member.get(f"/sv/groups/{group}/members").status_code == 404

    assert db.scalars(select(AuditEntry)).all() == []


def test_the_report_by_person_at_the_terminal_is_written_down_and_figures_are_not(
    db: Session, settings: Settings
) -> None:
    run_here(settings, "report", "completion", "--view", "organisations")
    run_here(settings, "report", "completion", "--view", "people", "--format", "json")

    [entry] = db.scalars(select(AuditEntry))
    assert (entry.action, entry.target, entry.via) == ("report-exported", "report:people", "command")
    assert entry.actor is None
