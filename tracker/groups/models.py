"""A group, who is in it, its meetings, who was there, and what the group answered.

A member is somebody's Registration in a group, never a Learner: when a guest's record is joined with an account the
registration goes along, and the membership with it. Somebody without a phone has a registration too, of a guest who
has not signed in anywhere yet; a personal code lets that person take it over later.

No vote is stored with a person, and none outlives its meeting.
"""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from tracker.db import Base, UTCDateTime
from tracker.registrations.models import Registration

__all__ = [
    "Attendance",
    "Ballot",
    "CodeGuess",
    "Group",
    "GroupAnswer",
    "GroupCourse",
    "LessonHeld",
    "Meeting",
    "MeetingChange",
    "Member",
    "Pacing",
    "Presence",
]


class Pacing(StrEnum):
    """``A`` three times two hours, ``B`` three times three study hours, ``OWN`` the group's own plan."""

    A = "a"
    B = "b"
    OWN = "own"


class Presence(StrEnum):
    WHOLE = "whole"
    PART = "part"
    ABSENT = "absent"


class Group(Base):
    """``account`` and ``registration`` are what Statements carry: opaque, and never a member's."""

    __tablename__ = "study_group"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    account: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    registration: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    course_id: Mapped[str]
    course_version: Mapped[str]
    """The version that the group began with."""
    name: Mapped[str]
    municipality: Mapped[str | None]
    pacing: Mapped[Pacing]
    language: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    join_code: Mapped[str | None] = mapped_column(unique=True)
    """As it is compared: without blanks and in capitals. None when nobody can join."""
    code_expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    member_cap: Mapped[int] = mapped_column(default=20)
    approves_joins: Mapped[bool] = mapped_column(default=False)
    """Whether a facilitator lets in each one who has joined by the code."""
    keeps_texts: Mapped[bool] = mapped_column(default=False)
    """What the group writes together is kept only when the group has said so."""
    is_rehearsal: Mapped[bool] = mapped_column(default=False)
    """A facilitator trying it out: nothing is recorded."""
    version: Mapped[int] = mapped_column()

    members: Mapped[list["Member"]] = relationship(
        back_populates="group", order_by="Member.id", cascade="all, delete-orphan", passive_deletes=True
    )
    meetings: Mapped[list["Meeting"]] = relationship(
        back_populates="group", order_by="Meeting.number", cascade="all, delete-orphan", passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy declares it as an instance variable


class GroupCourse(Base):
    """An imported course that the group takes too."""

    __tablename__ = "study_group_course"

    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("study_group.id", ondelete="CASCADE"), primary_key=True)
    course_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("imported_course.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Member(Base):
    """``name`` is what the group calls the person. None after it was deleted: the credit stays countable."""

    __tablename__ = "group_member"
    __table_args__ = (UniqueConstraint("group_id", "registration_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("study_group.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("registration.id", ondelete="SET NULL"), index=True
    )
    """None when the person has been erased."""
    name: Mapped[str | None]
    name_key: Mapped[str | None]
    """The name without regard to case. Two members may have the same; the facilitator is told."""
    is_facilitator: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime] = mapped_column(UTCDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """None while waiting to be let in."""
    says_to_be_id: Mapped[int | None] = mapped_column(ForeignKey("group_member.id", ondelete="SET NULL"), index=True)
    """Who joined by phone and says to be somebody already written down; the facilitator decides."""
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Who has left the group keeps what was credited."""
    claim_hash: Mapped[str | None] = mapped_column(unique=True)
    """Of the personal code with which a member without an account takes over the record, once."""
    claimed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    group: Mapped[Group] = relationship(back_populates="members")
    registration: Mapped[Registration | None] = relationship()

    @validates("name")
    def _keep_key(self, _attribute: str, name: str | None) -> str | None:
        self.name_key = name.casefold() if name is not None else None
        return name


class Meeting(Base):
    """Planned, open while the group sits together, closed when everyone present has been credited.

    ``revision`` counts what the devices in the room have to follow: slide, votes shown, answers, attendance.
    """

    __tablename__ = "meeting"
    __table_args__ = (UniqueConstraint("group_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("study_group.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    plan_id: Mapped[str | None]
    """Which of the course's meeting plans; None for a spare meeting or a group's own."""
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    location: Mapped[str | None]
    moved: Mapped[int] = mapped_column(default=0)
    """How many times the time or the place was set anew: the SEQUENCE of the meeting in calendars."""
    opened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    held_from: Mapped[datetime | None] = mapped_column(UTCDateTime)
    held_to: Mapped[datetime | None] = mapped_column(UTCDateTime)
    break_minutes: Mapped[int] = mapped_column(default=0)
    on_paper: Mapped[bool] = mapped_column(default=False)
    """Held without a screen, and entered afterwards."""
    slide: Mapped[str | None]
    """What the room is at: the key of a slide in the programme."""
    shows_votes: Mapped[bool] = mapped_column(default=False)
    screen: Mapped[str] = mapped_column(default="slide")
    """What the shared screen shows: ``slide``, ``code``, ``break``, or ``over`` once the meeting is opened again to be
    put right."""
    revision: Mapped[int] = mapped_column(default=0)
    corrections: Mapped[int] = mapped_column(default=0)
    """How many times the meeting was reopened and closed again: a part of the ids of its Statements."""

    group: Mapped[Group] = relationship(back_populates="meetings")
    lessons: Mapped[list["LessonHeld"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    attendance: Mapped[list["Attendance"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    answers: Mapped[list["GroupAnswer"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    changes: Mapped[list["MeetingChange"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="MeetingChange.id"
    )

    @property
    def is_live(self) -> bool:
        """The group sits in it now."""
        return self.opened_at is not None and self.closed_at is None and self.screen != "over"

    @property
    def is_corrected(self) -> bool:
        """It was closed and is opened again to be put right: the group has gone home, or sits in another meeting."""
        return self.closed_at is None and self.screen == "over"

    @validates("starts_at", "ends_at", "location")
    def _count_moves(self, attribute: str, value: datetime | str | None) -> datetime | str | None:
        if getattr(self, attribute) != value:
            self.moved = (self.moved or 0) + 1
        return value


class _OfMeeting:
    meeting_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )


class LessonHeld(_OfMeeting, Base):
    """A lesson that the room has come to. ``done`` is what the members present are credited with."""

    __tablename__ = "meeting_lesson"

    lesson_id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done: Mapped[bool] = mapped_column(default=False)


class Attendance(_OfMeeting, Base):
    __tablename__ = "attendance"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("group_member.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    presence: Mapped[Presence]
    arrived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When later than the beginning."""
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When before the end."""
    lessons: Mapped[list[str] | None] = mapped_column(JSON)
    """Of somebody who was there for a part: the lessons to credit, when the facilitator has said which."""
    marked_at: Mapped[datetime] = mapped_column(UTCDateTime)

    member: Mapped[Member] = relationship()


class GroupAnswer(_OfMeeting, Base):
    """What the group agreed on, with no person in it.

    ``response`` in the shape that ``course.marking`` takes; ``{"right": n}`` for a knowledge check that was held on
    paper, with n right answers; None for what was only talked about.
    """

    __tablename__ = "group_answer"

    lesson_id: Mapped[str] = mapped_column(primary_key=True)
    activity_id: Mapped[str] = mapped_column(primary_key=True)
    response: Mapped[Any] = mapped_column(JSON)
    sentence: Mapped[str | None]
    """One sentence together; kept only where the group keeps its texts."""
    revision: Mapped[int] = mapped_column(default=0)
    """Of two facilitators who write at once the second is told."""
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Ballot(_OfMeeting, Base):
    """One device's vote on one question in one round. Thrown away when the meeting is closed.

    ``token`` is a random word that the device keeps, hashed with the question, so that a vote can be changed but not
    followed from question to question or to a member.
    """

    __tablename__ = "ballot"

    question: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(primary_key=True)
    choice: Mapped[str]


class CodeGuess(Base):
    """How many wrong codes came from a network address (hashed, with the day's salt) on one day."""

    __tablename__ = "code_guess"

    address: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    wrong: Mapped[int] = mapped_column(default=0)


class MeetingChange(Base):
    """Who opened, closed, reopened or corrected a meeting, and when. ``details`` hold no names."""

    __tablename__ = "meeting_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("group_member.id", ondelete="SET NULL"), index=True)
    what: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
