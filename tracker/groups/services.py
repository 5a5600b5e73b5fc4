"""Starting a group, planning its meetings, and who leads it."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.errors import TrackerError
from tracker.groups.codes import new_code
from tracker.groups.models import Group, Meeting, Member, Pacing
from tracker.groups.turns import touch
from tracker.learning.desk import Desk

__all__ = [
    "ChangedMeanwhile",
    "MeetingBegun",
    "NeedsAFacilitator",
    "add_meeting",
    "change_group",
    "code_until",
    "end_group",
    "make_facilitator",
    "next_meeting",
    "plan_meeting",
    "remove_meeting",
    "renew_code",
    "start_group",
    "step_down",
    "stop_code",
    "take_up",
]

AFTER_THE_MEETING = timedelta(hours=4)
WITHOUT_A_DATE = timedelta(days=14)
MOST_MEETINGS = 12


class ChangedMeanwhile(TrackerError):
    """Another facilitator has changed the same since this one looked."""


class MeetingBegun(TrackerError):
    """What has been opened stays among the group's meetings."""


class NeedsAFacilitator(TrackerError):
    """The last one can't step down, and who leads has an account."""


def start_group(
    db: Session,
    desk: Desk,
    *,
    name: str,
    facilitator_name: str,
    municipality: str | None,
    pacing: Pacing,
    meetings: int = 3,
    is_rehearsal: bool = False,
) -> Group:
    """A group of one: who starts it leads it, and is a member like the others.

    :param meetings: how many, where the group makes its own plan.
    """
    group = Group(
        id=uuid.uuid4(),
        account=uuid.uuid4(),
        registration=uuid.uuid4(),
        course_id=desk.course.info.id,
        course_version=desk.course.info.version,
        name=name,
        municipality=municipality,
        pacing=pacing,
        language=desk.language,
        created_at=desk.now,
        is_rehearsal=is_rehearsal,
    )
    db.add(group)
    group.members.append(
        Member(
            registration=desk.registration,
            name=facilitator_name,
            is_facilitator=True,
            joined_at=desk.now,
            approved_at=desk.now,
        )
    )
    plans: Sequence[str | None] = (
        [None] * min(max(meetings, 1), MOST_MEETINGS)
        if pacing is Pacing.OWN
        else [plan.id for plan in desk.course.meetings.meetings]
    )
    group.meetings.extend(Meeting(number=number, plan_id=plan) for number, plan in enumerate(plans, 1))
    renew_code(db, group, now=desk.now)
    return group


def change_group(
    db: Session,
    group: Group,
    *,
    version: int,
    name: str,
    municipality: str | None,
    member_cap: int,
    approves_joins: bool,
    keeps_texts: bool,
) -> None:
    """
    :param version: the one that the facilitator saw.
    :raises ChangedMeanwhile:
    """
    lock(db, group)
    if group.version != version:
        raise ChangedMeanwhile
    group.name, group.municipality = name, municipality
    group.member_cap, group.approves_joins, group.keeps_texts = member_cap, approves_joins, keeps_texts
    db.flush()


def end_group(db: Session, group: Group, *, now: datetime) -> None:
    """Nobody joins any more. What was recorded stays, and the papers can still be fetched.

    :raises MeetingBegun: one is open.
    """
    lock(db, group)
    if any(meeting.is_live or meeting.is_corrected for meeting in group.meetings):
        raise MeetingBegun
    group.ended_at = group.ended_at or now
    group.join_code = group.code_expires_at = None
    db.flush()


def take_up(db: Session, group: Group) -> None:
    """An ended group goes on. Its code has to be made anew."""
    lock(db, group)
    group.ended_at = None
    db.flush()


def lock(db: Session, group: Group) -> None:
    """One at a time changes who is in a group, its meetings and its code: whoever comes second sees what the first has
    done. Taken before a meeting's turn, never after it."""
    db.flush()
    # Not from those who only refer to it: PostgreSQL asks for the group of a meeting that is written twice.
    db.execute(select(Group.id).where(Group.id == group.id).with_for_update(key_share=True))
    db.refresh(group)  # and with it its members and meetings


# ---------------------------------------------------------------- the code


def renew_code(db: Session, group: Group, *, now: datetime) -> None:
    """A new one; the old one is worth nothing from now on."""
    lock(db, group)
    code = new_code()
    while db.scalar(select(Group.id).where(Group.join_code == code)) is not None:
        code = new_code()
    group.join_code, group.code_expires_at = code, code_until(group, now)
    db.flush()


def stop_code(db: Session, group: Group) -> None:
    lock(db, group)
    group.join_code = group.code_expires_at = None
    db.flush()


def code_until(group: Group, now: datetime) -> datetime:
    """Some hours after the next meeting, or two weeks where no meeting has a date."""
    coming = [
        meeting.ends_at
        for meeting in group.meetings
        if meeting.closed_at is None and meeting.ends_at is not None and meeting.ends_at > now
    ]
    return min(coming) + AFTER_THE_MEETING if coming else now + WITHOUT_A_DATE


# ---------------------------------------------------------------- meetings


def next_meeting(group: Group) -> Meeting | None:
    """The one that the room is in, or else the first that is not held, or one that is opened again to be put right.

    None of these when all are held, or the group has ended.
    """
    if group.ended_at is not None:
        return None
    undone = [meeting for meeting in group.meetings if meeting.closed_at is None]
    undone.sort(key=lambda meeting: (not meeting.is_live, meeting.is_corrected))
    return undone[0] if undone else None


def plan_meeting(
    db: Session,
    meeting: Meeting,
    *,
    starts_at: datetime | None,
    ends_at: datetime | None,
    location: str | None,
    now: datetime,
) -> None:
    """When and where. The code that is valid follows the meetings' dates."""
    lock(db, meeting.group)
    meeting.starts_at, meeting.ends_at, meeting.location = starts_at, ends_at, location
    touch(db, meeting)
    group = meeting.group
    if group.code_expires_at is not None and group.code_expires_at > now:
        group.code_expires_at = code_until(group, now)
    db.flush()


def add_meeting(db: Session, group: Group) -> Meeting:
    """A spare one: its agenda is what the group has left."""
    lock(db, group)
    meeting = Meeting(number=max((one.number for one in group.meetings), default=0) + 1, plan_id=None, revision=1)
    group.meetings.append(meeting)
    db.flush()
    return meeting


def remove_meeting(db: Session, meeting: Meeting) -> None:
    """The second press changes nothing.

    :raises MeetingBegun: also when it was opened before and closed again.
    """
    group = meeting.group
    lock(db, group)
    if meeting not in group.meetings:
        return
    if meeting.opened_at is not None or meeting.closed_at is not None:
        raise MeetingBegun
    group.meetings.remove(meeting)
    db.flush()


# ---------------------------------------------------------------- who leads


def make_facilitator(db: Session, member: Member) -> None:
    """:raises NeedsAFacilitator: for a member without an account."""
    lock(db, member.group)
    if member.registration is None or member.registration.learner.is_guest:
        raise NeedsAFacilitator
    member.is_facilitator = True
    db.flush()


def step_down(db: Session, member: Member) -> None:
    """From leading; the person stays a member.

    :raises NeedsAFacilitator: for the last one.
    """
    lock(db, member.group)
    if not any(one.is_facilitator and one.id != member.id and one.removed_at is None for one in member.group.members):
        raise NeedsAFacilitator
    member.is_facilitator = False
    db.flush()
