"""Votes that nobody can trace: a phone's random word, hashed anew for every question, and a letter.

A vote can be changed while its round is open. The distribution can be seen when at least three have voted and the
facilitator opens it, which ends the round. All ballots are thrown away when the meeting is closed.
"""

import hashlib
import hmac
from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tracker.errors import TrackerError
from tracker.groups.models import Ballot, Meeting

__all__ = ["FEWEST", "RoundClosed", "cast", "count", "own_vote", "tally"]

FEWEST = 3


class RoundClosed(TrackerError):
    """The room has gone on, or sees the votes already."""


def cast(db: Session, meeting: Meeting, *, question: str, choice: str, device: str, secret: str) -> None:
    """
    :param question: the key of the slide that was voted on.
    :param choice: one of the question's options; the caller has looked.
    :raises RoundClosed: also for a vote from a phone that was offline meanwhile.
    """
    # Shared with nobody who moves the room: a vote is in time or too late, never both.
    db.execute(select(Meeting.id).where(Meeting.id == meeting.id).with_for_update(read=True))
    db.refresh(meeting)
    if not meeting.is_live:
        raise RoundClosed
    if meeting.slide != question or meeting.shows_votes:
        raise RoundClosed
    token = _token(meeting, question, device, secret)
    ballot = db.get(Ballot, (meeting.id, question, token))
    if ballot is not None:
        ballot.choice = choice
        db.flush()
        return
    try:
        with db.begin_nested():
            db.add(Ballot(meeting_id=meeting.id, question=question, token=token, choice=choice))
    except IntegrityError:
        # The same phone pressed twice at once.
        ballot = db.get_one(Ballot, (meeting.id, question, token))
        ballot.choice = choice
        db.flush()


def own_vote(db: Session, meeting: Meeting, *, question: str, device: str, secret: str) -> str | None:
    """What this device has voted, for itself to see."""
    ballot = db.get(Ballot, (meeting.id, question, _token(meeting, question, device, secret)))
    return ballot.choice if ballot is not None else None


def count(db: Session, meeting: Meeting, question: str) -> int:
    found: int | None = db.scalar(
        select(func.count()).where(Ballot.meeting_id == meeting.id, Ballot.question == question)
    )
    return found or 0


def tally(db: Session, meeting: Meeting, question: str) -> dict[str, int] | None:
    """Choice -> how many; None while fewer than three have voted, whoever asks."""
    choices = db.scalars(select(Ballot.choice).where(Ballot.meeting_id == meeting.id, Ballot.question == question))
    counted = Counter(choices)
    return dict(counted) if counted.total() >= FEWEST else None


def _token(meeting: Meeting, question: str, device: str, secret: str) -> str:
    key = hmac.new(secret.encode(), f"ballots of {meeting.id}".encode(), hashlib.sha256).digest()
    return hmac.new(key, f"{question} {device}".encode(), hashlib.sha256).hexdigest()
