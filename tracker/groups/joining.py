"""Coming into a group, with a code, typed in by the facilitator or by a link in a mail; and leaving it.

Every member has a registration. Who has no account gets one as a guest: with a session on the phone that joined, or
asleep, without one, when the facilitator typed the name.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from course.schema import Language
from tracker.auth.joining import join as join_learners
from tracker.errors import TrackerError
from tracker.groups.access import GroupEnded
from tracker.groups.models import Attendance, Group, Meeting, Member
from tracker.groups.services import lock
from tracker.learners.models import Learner
from tracker.learners.services import create_guest
from tracker.learning.desk import Desk, Recorder, begin
from tracker.learning.services import recheck
from tracker.registrations.models import Registration

__all__ = [
    "GroupFull",
    "HasAnAccount",
    "Invitation",
    "InvitationInvalid",
    "NameThere",
    "decide",
    "invitation_token",
    "join",
    "join_invited",
    "leave",
    "let_in",
    "notice",
    "read_invitation",
    "remove",
    "rename",
    "type_in",
]

INVITATION_DAYS = 14
_SALT = "invitation to a group"


class GroupFull(TrackerError):
    """There is no chair left."""


class InvitationInvalid(TrackerError):
    """Mistyped, too old, or for another e-mail address."""


class HasAnAccount(TrackerError):
    """Whoever has an account signs in on the new phone; nobody else can give it away."""


class NameThere(TrackerError):
    """Somebody in the group has this name already: perhaps it is the same person."""

    def __init__(self, member: Member) -> None:
        super().__init__(str(member.id))
        self.member = member


def join(
    db: Session,
    group: Group,
    desk: Desk,
    *,
    name: str,
    says_to_be: int | None = None,
    is_another: bool = False,
) -> Member:
    """Come in with the code. Who is in the group already is the same member still.

    :param says_to_be: the member whom this person says to be; the facilitator decides.
    :param is_another: has seen that the name is there, and is somebody else.
    :raises GroupFull:
    :raises GroupEnded:
    :raises NameThere:
    """
    lock(db, group)
    if group.ended_at is not None:
        raise GroupEnded
    before = _member_of(group, desk.registration)
    if before is not None and before.removed_at is None:
        return before
    if len(_here(group)) >= group.member_cap and says_to_be is None:
        raise GroupFull
    same = [member for member in _here(group) if member.name_key == name.casefold()]
    chosen = next((member for member in same if member.id == says_to_be), None)
    if same and chosen is None and not is_another:
        raise NameThere(same[0])
    member = before or Member(registration=desk.registration, joined_at=desk.now)
    member.name = name
    # Somebody who was taken out comes back only with the facilitator's leave.
    waits = group.approves_joins or chosen is not None or before is not None
    member.removed_at, member.approved_at = None, None if waits else desk.now
    member.says_to_be_id = chosen.id if chosen else None
    if before is None:
        group.members.append(member)
    notice(db, group)
    return member


def type_in(
    db: Session, group: Group, recorder: Recorder, names: Sequence[str], *, language: Language, now: datetime
) -> list[Member]:
    """Those without a phone. Each gets a record of her own, which a personal code lets her take over later.

    :raises GroupFull: and nobody is added.
    """
    lock(db, group)
    if len(_here(group)) + len(names) > group.member_cap:
        raise GroupFull
    added = []
    for name in names:
        desk = begin(db, create_guest(db, now=now), recorder, language=language, now=now)
        member = Member(registration=desk.registration, name=name, joined_at=now, approved_at=now)
        group.members.append(member)
        added.append(member)
    notice(db, group)
    return added


def let_in(db: Session, member: Member, *, now: datetime) -> None:
    """Also who says to be somebody else here, when the facilitator sees that it is another person."""
    member.approved_at = member.approved_at or now
    member.says_to_be_id = None
    notice(db, member.group)


def decide(db: Session, newcomer: Member, recorder: Recorder, *, language: Language, now: datetime) -> Member:
    """The facilitator says that the newcomer is whom she says to be: two records become one person's.

    What the phone has done and what was credited before are kept. The phone that asks is the one that stays signed in.

    :raises HasAnAccount: when the one who was there before has an account.
    """
    group, says_to_be = newcomer.group, newcomer.says_to_be_id
    lock(db, group)
    known = db.get(Member, says_to_be) if says_to_be is not None else None
    if known is not None and newcomer not in group.members:
        return known  # the second press
    if known is None or known.registration is None or newcomer.registration is None:
        raise HasAnAccount
    # Before anybody's record, as who closes a meeting takes them.
    db.execute(select(Meeting.id).where(Meeting.group_id == group.id).order_by(Meeting.id).with_for_update())
    into = newcomer.registration.learner
    if not known.registration.learner.is_guest or not join_learners(db, guest=known.registration.learner, into=into):
        raise HasAnAccount
    ticked = select(Attendance.meeting_id).where(Attendance.member_id == known.id)
    moved = update(Attendance).where(Attendance.member_id == newcomer.id, Attendance.meeting_id.not_in(ticked))
    db.execute(moved.values(member_id=known.id).execution_options(synchronize_session=False))
    db.execute(delete(Member).where(Member.id == newcomer.id).execution_options(synchronize_session=False))
    db.flush()
    db.expire_all()
    recheck(db, into, recorder, language=language, now=now)
    notice(db, known.group)
    return known


def rename(db: Session, member: Member, name: str) -> None:
    member.name = name
    notice(db, member.group)


def remove(db: Session, member: Member, *, now: datetime) -> None:
    """What was credited stays. A code can't bring the person back without the facilitator."""
    member.removed_at = member.removed_at or now
    member.is_facilitator = False
    notice(db, member.group)


leave = remove


def notice(db: Session, group: Group) -> None:
    """The group's devices see that it has changed: in a meeting, and of those who wait to be let in before one."""
    db.flush()
    first = select(func.min(Meeting.number)).where(Meeting.group_id == group.id).scalar_subquery()
    db.execute(
        update(Meeting)
        .where(Meeting.group_id == group.id, Meeting.number == first)
        .values(revision=Meeting.revision + 1)
        .execution_options(synchronize_session=False)
    )
    for meeting in group.meetings:
        db.expire(meeting, ["revision"])


def _here(group: Group) -> list[Member]:
    return [member for member in group.members if member.removed_at is None]


def _member_of(group: Group, registration: Registration) -> Member | None:
    """By any record of the same person: somebody who was joined with an account has several."""
    mine = [one for one in group.members if one.registration and one.registration.learner_id == registration.learner_id]
    return next(iter(sorted(mine, key=lambda one: one.removed_at is not None)), None)


# ---------------------------------------------------------------- by mail


@dataclass(frozen=True)
class Invitation:
    group_id: uuid.UUID
    email: str
    leads: bool


def invitation_token(invitation: Invitation, secret: str) -> str:
    """Signed, valid for fourteen days, and good for nobody but the one who can sign in with the address.

    Nothing is stored: whom somebody has invited is nobody's business until the person comes.
    """
    packed = [invitation.group_id.hex, invitation.email, invitation.leads]
    token = URLSafeTimedSerializer(secret, salt=_SALT).dumps(packed)
    return str(token)


def read_invitation(token: str, secret: str) -> Invitation:
    """:raises InvitationInvalid:"""
    serializer = URLSafeTimedSerializer(secret, salt=_SALT)
    try:
        group_id, email, leads = serializer.loads(token, max_age=INVITATION_DAYS * 24 * 3600)
    except (BadSignature, SignatureExpired) as error:
        raise InvitationInvalid from error
    return Invitation(uuid.UUID(group_id), email, leads)


def join_invited(db: Session, group: Group, desk: Desk, learner: Learner, invitation: Invitation, name: str) -> Member:
    """
    :raises InvitationInvalid: for another address, and for somebody who has been taken out of the group since.
    :raises GroupFull:
    :raises GroupEnded:
    """
    if learner.email != invitation.email:
        raise InvitationInvalid
    lock(db, group)
    if group.ended_at is not None:
        raise GroupEnded
    member = _member_of(group, desk.registration)
    if member is not None and member.removed_at is not None:
        raise InvitationInvalid
    if member is None:
        if len(_here(group)) >= group.member_cap:
            raise GroupFull
        member = Member(registration=desk.registration, name=name, joined_at=desk.now)
        group.members.append(member)
    member.approved_at = member.approved_at or desk.now
    member.is_facilitator = member.is_facilitator or invitation.leads
    notice(db, group)
    return member
