"""Taking over one's record from the group, once, with a personal code on a slip of paper.

A code has sixty random bits in the alphabet of the certificates' codes. Only its hash is kept, so it is shown when it
is made and never again; a new one makes the old one worthless.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker.auth.joining import join
from tracker.certificates.codes import make_code, read_code
from tracker.errors import TrackerError
from tracker.groups.codes import count_wrong, listen
from tracker.groups.models import Group, Member
from tracker.learners.models import Learner
from tracker.learning.desk import Recorder
from tracker.learning.services import recheck

__all__ = ["ClaimUnknown", "ClaimUsed", "Slip", "can_claim", "claim", "find", "new_codes"]


class ClaimUnknown(TrackerError):
    """No member has this code: mistyped, or a newer one has been made."""


class ClaimUsed(TrackerError):
    """Somebody has taken over the record with this code, or has an account since."""


@dataclass(frozen=True)
class Slip:
    """What is printed for one member. ``code`` is nowhere else."""

    member_id: int
    name: str | None
    code: str


def can_claim(member: Member) -> bool:
    """Is there a record that nobody with an account has?"""
    registration = member.registration
    return registration is not None and registration.learner.is_guest and member.claimed_at is None


def new_codes(db: Session, group: Group, *, secret: str, members: Sequence[int] | None = None) -> list[Slip]:
    """A new code for everybody without an account, or for those ``members``; the old ones are worth nothing now."""
    slips = []
    for member in group.members:
        if member.removed_at is None and can_claim(member) and (members is None or member.id in members):
            code = make_code()
            member.claim_hash = _hash(code, secret)
            slips.append(Slip(member.id, member.name, code))
    db.flush()
    return slips


def find(db: Session, typed: str, *, address: str, secret: str, now: datetime) -> Member:
    """Whose code it is, used or not. A wrong one is counted, so the caller commits also when it fails.

    :raises TooManyGuesses: whatever was typed.
    :raises ClaimUnknown:
    """
    listen(db, address=address, secret=secret, now=now)
    code = read_code(typed)
    if code is None:  # a slip of the finger that no code can have is no guess
        raise ClaimUnknown
    member = db.scalar(select(Member).where(Member.claim_hash == _hash(code, secret)))
    if member is None:
        count_wrong(db, address=address, secret=secret, now=now)
        raise ClaimUnknown
    return member


def claim(db: Session, member: Member, *, by: Learner | None, recorder: Recorder, now: datetime) -> Learner:
    """The record becomes ``by``'s, who may be a guest; with nobody, it becomes this browser's own.

    Lessons that both have done are done once. Returns who the record belongs to now.

    :raises ClaimUsed: also for the second of two at the same moment.
    """
    first = (
        update(Member)
        .where(Member.id == member.id, Member.claimed_at.is_(None))
        .values(claimed_at=now)
        .execution_options(synchronize_session=False)
    )
    if db.execute(first).rowcount != 1:  # type: ignore[attr-defined]  # the result of an UPDATE has it
        raise ClaimUsed
    db.refresh(member)
    registration = member.registration
    if registration is None or not registration.learner.is_guest:
        raise ClaimUsed
    before = registration.learner
    if by is None or by.id == before.id:
        return before
    _leave_one_name(member, by)
    if not join(db, guest=before, into=by):
        raise ClaimUsed
    recheck(db, by, recorder, language="en" if member.group.language == "en" else "sv", now=now)
    return by


def _leave_one_name(member: Member, by: Learner) -> None:
    """Who is in the group already has stood there under two names. The attendance under the other stays where it is."""
    for other in member.group.members:
        mine = other.registration is not None and other.registration.learner_id == by.id
        if mine and other.removed_at is None and other.id != member.id:
            member.removed_at = member.claimed_at
            return


def _hash(code: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"claim {code}".encode(), hashlib.sha256).hexdigest()
