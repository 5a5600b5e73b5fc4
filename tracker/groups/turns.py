"""Whoever changes a meeting takes turns on its row, and is told when it is over."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.errors import TrackerError
from tracker.groups.models import Meeting

__all__ = ["MeetingClosed", "NotOpen", "take_turn", "take_turn_in_room", "touch"]


class MeetingClosed(TrackerError):
    """It is over; what is to be changed is corrected."""


class NotOpen(TrackerError):
    """Nobody has opened the meeting yet."""


def take_turn(db: Session, meeting: Meeting) -> None:
    """One at a time changes a meeting: whoever comes second sees what the first has done.

    :raises MeetingClosed:
    """
    db.flush()
    db.execute(select(Meeting.id).where(Meeting.id == meeting.id).with_for_update())
    db.expire_all()
    if meeting.closed_at is not None:
        raise MeetingClosed


def take_turn_in_room(db: Session, meeting: Meeting) -> None:
    """Of what is only done while the group sits together.

    :raises MeetingClosed:
    :raises NotOpen:
    """
    take_turn(db, meeting)
    if meeting.opened_at is None:
        raise NotOpen


def touch(db: Session, meeting: Meeting) -> None:
    """There is something new for the devices in the room to fetch."""
    meeting.revision = Meeting.revision + 1  # by the database: two who write different things both count
    db.flush()
