"""Trying it out: a group of made-up members, in which nothing is recorded and which is gone after a day."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.groups.access import seats_of
from tracker.groups.leading import open_meeting
from tracker.groups.models import Group, Meeting, Member, Pacing
from tracker.groups.services import start_group, stop_code
from tracker.learners.models import Learner
from tracker.learning.desk import Desk

__all__ = ["LASTS", "end_old_rehearsals", "end_rehearsal", "rehearse"]

LASTS = timedelta(days=1)


def rehearse(db: Session, desk: Desk, *, name: str, facilitator_name: str) -> Meeting:
    """The first meeting of a new rehearsal, opened. An earlier one of the same facilitator ends.

    The members are the people of the course's case. They have no record anywhere, and so nothing to be credited with;
    nor is there a code, so nobody joins by mistake.
    """
    # Of two presses the second ends what the first has begun.
    db.execute(select(Learner.id).where(Learner.id == desk.registration.learner_id).with_for_update(key_share=True))
    end_old_rehearsals(db, now=desk.now)
    for seat in seats_of(db, desk.registration.learner):
        if seat.group.is_rehearsal and seat.member.is_facilitator:
            end_rehearsal(db, seat.group)
    group = start_group(
        db,
        desk,
        name=name,
        facilitator_name=facilitator_name,
        municipality=None,
        pacing=Pacing.A,
        is_rehearsal=True,
    )
    for person in desk.course.info.cast:
        group.members.append(Member(name=person.name, joined_at=desk.now, approved_at=desk.now))
    db.flush()
    meeting = group.meetings[0]
    open_meeting(db, meeting, group.members[0], now=desk.now)
    stop_code(db, group)
    return meeting


def end_rehearsal(db: Session, group: Group) -> None:
    for rows in (group.members, group.meetings):
        len(rows)  # loaded, so that the session forgets them too: SQLite gives their numbers to the next ones
    db.delete(group)
    db.flush()


def end_old_rehearsals(db: Session, *, now: datetime) -> int:
    """How many there were. What another process is just ending is left to it."""
    query = select(Group).where(Group.is_rehearsal, Group.created_at < now - LASTS)
    old = db.scalars(query.with_for_update(skip_locked=True)).all()
    for group in old:
        end_rehearsal(db, group)
    return len(old)
