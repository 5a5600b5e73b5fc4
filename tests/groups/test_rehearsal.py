"""A rehearsal: everything works, nothing is recorded, and it goes away."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lrs_adapter.models import StatementRow
from tests.conftest import Mails, Visitor
from tracker.clock import now
from tracker.groups.models import Ballot, Group, Meeting, Member
from tracker.groups.rehearsal import end_old_rehearsals
from tracker.learners.models import Learner
from tracker.registrations.models import Registration


def _count(db: Session, *tables: type) -> list[int]:
    found = [db.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
    db.commit()
    return found


@pytest.fixture
def rehearsal(margareta: Visitor) -> str:
    """The address of the meeting."""
    answer = margareta.post("/sv/groups/rehearsal")
    assert answer.status_code == 302
    return str(answer.location)


def test_it_opens_the_first_meeting_with_made_up_members(rehearsal: str, margareta: Visitor) -> None:
    page = margareta.get(rehearsal)
    assert page.status_code == 200
    assert "Övning: inget sparas." in page.text
    for name in ("Margareta", "Amina", "Henrik", "Maj-Britt", "Elias", "Sara"):
        assert name in page.text


def test_every_view_says_that_it_is_a_rehearsal(rehearsal: str, margareta: Visitor) -> None:
    group = rehearsal.split("/meetings")[0]
    screen = re.search(r'href="([^"]+)" target="samverkan-screen"', margareta.get(rehearsal).text)
    assert screen
    for address in (group, f"{group}/members", f"{rehearsal}/close", f"{group}/hours"):
        page = margareta.get(address)
        assert page.status_code == 200, address
        assert "Övning: inget sparas." in page.text, address
        assert "Avsluta övningen" in page.text, address
    shown = margareta.get(screen[1], follow_redirects=True).text
    assert "Övning: inget sparas." in shown
    assert "Avsluta övningen" not in shown


def test_closing_it_records_nothing_and_mails_nobody(
    rehearsal: str, margareta: Visitor, db: Session, mails: Mails
) -> None:
    before = _count(db, StatementRow, Registration, Learner)
    margareta.post(f"{rehearsal}/attendance", {"all": "1"})
    margareta.post(f"{rehearsal}/move", {"seen": "start", "to": "2-3.title"})
    seats = {f"presence_{one}": "whole" for one in db.scalars(select(Member.id))}
    db.commit()
    day = (now() - timedelta(days=1)).date().isoformat()
    times = {"day": day, "begins": "17:30", "ends": "19:30", "break_minutes": "10"}
    closed = margareta.post(f"{rehearsal}/close", {**seats, **times, "lessons": ["2-3"]})

    assert closed.location == f"{rehearsal}/closed"
    assert "Det här var en övning. Inget har registrerats för någon." in margareta.get(closed.location).text
    assert _count(db, StatementRow, Registration, Learner) == before
    assert mails.received == []


def test_ending_it_takes_everything_away(rehearsal: str, margareta: Visitor, db: Session) -> None:
    answer = margareta.post(f"{rehearsal.split('/meetings')[0]}/rehearsal/end")
    assert answer.status_code == 302
    assert _count(db, Group, Meeting, Member, Ballot) == [0, 0, 0, 0]
    assert margareta.get(rehearsal).status_code == 404


def test_a_real_group_is_not_ended_like_that(group: Group, margareta: Visitor, db: Session) -> None:
    assert margareta.post(f"/sv/groups/{group.id}/rehearsal/end").status_code == 404
    assert _count(db, Group) == [1]


def test_a_rehearsal_is_not_ended_like_a_group(rehearsal: str, margareta: Visitor, db: Session) -> None:
    """It would stay among the groups, as one that has been held."""
    assert margareta.post(f"{rehearsal.split('/meetings')[0]}/end").status_code == 404
    assert [one.ended_at for one in db.scalars(select(Group))] == [None]


def test_nobody_else_ends_it(rehearsal: str, stranger: Visitor, db: Session) -> None:
    assert stranger.post(f"{rehearsal.split('/meetings')[0]}/rehearsal/end").status_code == 404
    assert _count(db, Group) == [1]


def test_a_new_one_takes_the_place_of_the_old(rehearsal: str, margareta: Visitor, db: Session) -> None:
    assert margareta.post("/sv/groups/rehearsal").location != rehearsal
    assert _count(db, Group) == [1]


def test_it_is_gone_after_a_day(rehearsal: str, group: Group, db: Session) -> None:
    [made_at] = db.scalars(select(Group.created_at).where(Group.is_rehearsal))
    assert end_old_rehearsals(db, now=made_at + timedelta(hours=23)) == 0
    assert end_old_rehearsals(db, now=made_at + timedelta(hours=25)) == 1
    db.commit()
    assert list(db.scalars(select(Group.id))) == [group.id]


def test_a_guest_signs_in_first(visitor: Visitor, db: Session) -> None:
    assert "/sign-in" in visitor.post("/sv/groups/rehearsal").location
    assert _count(db, Group) == [0]


def test_the_guide_and_the_groups_lead_to_it(margareta: Visitor) -> None:
    for address in ("/sv/facilitator/guide", "/sv/groups"):
        assert 'action="/sv/groups/rehearsal"' in margareta.get(address).text


def test_it_has_no_link_to_give_to_who_missed_it(rehearsal: str, margareta: Visitor, db: Session) -> None:
    [meeting_id] = db.scalars(select(Meeting.id).where(Meeting.opened_at.is_not(None)))
    db.commit()

    assert margareta.get(f"/sv/meetings/{meeting_id}/alone").status_code == 404
