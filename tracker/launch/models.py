"""Courses made by others, in versions; who takes them, and each time somebody has opened a part of one."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lrs_adapter.statements import Account
from tracker.db import Base, UTCDateTime
from tracker.launch.structure import Structure, read_structure
from tracker.learners.models import Learner

__all__ = [
    "AuSession",
    "AuState",
    "CourseVersion",
    "ImportedCompletion",
    "ImportedCourse",
    "LaunchMode",
    "LaunchRegistration",
    "Satisfaction",
]


class LaunchMode(StrEnum):
    """cmi5 10.2.2."""

    NORMAL = "Normal"
    BROWSE = "Browse"
    REVIEW = "Review"


class ImportedCourse(Base):
    """``published_at``: since when learners see it. None: only administrators and other systems do."""

    __tablename__ = "imported_course"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    versions: Mapped[list["CourseVersion"]] = relationship(
        back_populates="course", order_by="CourseVersion.number", passive_deletes=True
    )

    @property
    def current(self) -> "CourseVersion":
        return self.versions[-1]


class CourseVersion(Base):
    """Never changes. Whoever has begun goes on in the version that they began with."""

    __tablename__ = "imported_course_version"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    course_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("imported_course.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    filename: Mapped[str]
    folder: Mapped[uuid.UUID | None]
    """Under which name its files lie (see ``package``). None: all of it is somewhere else."""
    file_count: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes, unpacked."""
    structure_json: Mapped[str] = mapped_column(Text)

    course: Mapped[ImportedCourse] = relationship(back_populates="versions")

    __table_args__ = (UniqueConstraint("course_id", "number"),)

    @property
    def structure(self) -> Structure:
        return read_structure(self.structure_json)


class LaunchRegistration(Base):
    """Somebody taking an imported course. Its id is the registration of cmi5 (9.6.1).

    ``learner_id`` is None where another system has launched it for somebody whom it knows and we don't.
    """

    __tablename__ = "launch_registration"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    course_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("imported_course.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("imported_course_version.id", ondelete="CASCADE"), index=True
    )
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    actor_home_page: Mapped[str]
    actor_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    satisfied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the whole course was satisfied (cmi5 9.3.9)."""

    course: Mapped[ImportedCourse] = relationship()
    version: Mapped[CourseVersion] = relationship()
    learner: Mapped[Learner | None] = relationship()

    @property
    def account(self) -> Account:
        return Account(self.actor_home_page, self.actor_name)

    @property
    def actor(self) -> dict[str, Any]:
        """As it is handed to the AU (cmi5 8.1.3)."""
        account = {"homePage": self.actor_home_page, "name": self.actor_name}
        return {"objectType": "Agent", "account": account}


class AuState(Base):
    """What has come of an AU in a registration. No row: nothing yet."""

    __tablename__ = "launch_au_state"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("launch_registration.id", ondelete="CASCADE"), primary_key=True
    )
    au_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    completed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    passed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    waived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    satisfied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    score: Mapped[float | None]
    """Scaled, of the newest Statement that had one."""


class Satisfaction(Base):
    """A block or a course that is satisfied in a registration: it is said once (cmi5 9.3.9)."""

    __tablename__ = "launch_satisfaction"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("launch_registration.id", ondelete="CASCADE"), primary_key=True
    )
    activity_id: Mapped[str] = mapped_column(primary_key=True)
    satisfied_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ImportedCompletion(Base):
    """What was true when a learner completed an imported course. Refers to nothing of the course, which may be deleted.

    Frozen, but for whose it is, which changes when a guest joins an account. Kept when somebody makes a certificate,
    and for everybody when the course is deleted (see ``completing``).
    """

    __tablename__ = "imported_completion"

    registration_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    course_id: Mapped[uuid.UUID]
    publisher_id: Mapped[str]
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    """Language tag: text, as the package has it."""
    version: Mapped[int]
    part_count: Mapped[int]
    """Of the parts that ask for something."""
    waived_count: Mapped[int]
    """How many of them an administrator has counted as done (cmi5 9.3.7)."""
    completed_at: Mapped[datetime] = mapped_column(UTCDateTime)

    learner: Mapped[Learner] = relationship()


class AuSession(Base):
    """One launch of an AU. ``id`` is the session id of cmi5 (9.6.3.1).

    ``verbs``: those of the cmi5-defined Statements it has sent, with spaces between. ``last_at``: the latest timestamp
    among its Statements, by the AU's clock.
    """

    __tablename__ = "launch_session"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    registration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("launch_registration.id", ondelete="CASCADE"), index=True
    )
    au_index: Mapped[int]
    mode: Mapped[LaunchMode]
    launched_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    fetch_hash: Mapped[bytes] = mapped_column(unique=True)
    fetched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    preferences_read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    initialized_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    terminated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    abandoned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    verbs: Mapped[str] = mapped_column(default="")

    registration: Mapped[LaunchRegistration] = relationship()

    @property
    def is_over(self) -> bool:
        return self.terminated_at is not None or self.abandoned_at is not None
