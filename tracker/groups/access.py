"""Who may see and do what in a group. Every view asks here; somebody else's group looks like one that is not there."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from tracker.errors import TrackerError
from tracker.groups.models import Group, Meeting, Member
from tracker.learners.models import Learner
from tracker.registrations.models import Registration

__all__ = ["GroupEnded", "NotYours", "Seat", "facilitated", "meeting_of", "membership", "seats_of"]


class NotYours(TrackerError, NotFound):
    """No such group, or one in which this learner has no part. Nobody is told which: the page is a 404."""


class GroupEnded(TrackerError):
    """It is as it was until a facilitator takes it up again."""


@dataclass(frozen=True)
class Seat:
    """Somebody's place in a group. ``waits``: has joined and is not let in yet."""

    group: Group
    member: Member

    @property
    def waits(self) -> bool:
        return self.member.approved_at is None


def facilitated(db: Session, group_id: uuid.UUID, learner: Learner) -> Group:
    """The group, for one of its facilitators.

    :raises NotYours:
    """
    seat = membership(db, group_id, learner)
    if not seat.member.is_facilitator:
        raise NotYours
    return seat.group


def membership(db: Session, group_id: uuid.UUID, learner: Learner) -> Seat:
    """The learner's place in the group. Who was removed has none.

    :raises NotYours:
    """
    query = _seats(learner).where(Group.id == group_id).order_by(Member.is_facilitator.desc(), Member.id)
    found = db.execute(query).first()
    if found is None:
        raise NotYours
    return Seat(found[0], found[1])


def seats_of(db: Session, learner: Learner) -> list[Seat]:
    """Every group that the learner is in, the newest first, each once."""
    query = _seats(learner).order_by(Group.created_at.desc(), Group.id, Member.is_facilitator.desc(), Member.id)
    seats: dict[uuid.UUID, Seat] = {}
    for group, member in db.execute(query):
        seats.setdefault(group.id, Seat(group, member))
    return list(seats.values())


def meeting_of(group: Group, number: int) -> Meeting:
    """:raises NotYours: when the group has no such meeting."""
    for meeting in group.meetings:
        if meeting.number == number:
            return meeting
    raise NotYours


def _seats(learner: Learner):  # type: ignore[no-untyped-def]  # a Select, whose type is longer than what it does
    return (
        select(Group, Member)
        .join(Member, Member.group_id == Group.id)
        .join(Registration, Registration.id == Member.registration_id)
        .where(Registration.learner_id == learner.id, Member.removed_at.is_(None))
    )
