"""The projection of the Statements: what has been done, in a form that pages and reports can ask for.

Everything here can be thrown away and made again from the Statements (``samverkan progress rebuild``).
Each row says in which version of the course it was done; a later version never changes it.
"""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime

__all__ = ["ActivityResult", "CourseCompletion", "LessonProgress", "ModuleProgress"]


class _OfRegistration:
    registration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )


class ActivityResult(_OfRegistration, Base):
    """The latest answer to an activity. ``success`` stays true once it has been true."""

    __tablename__ = "activity_result"

    lesson_id: Mapped[str] = mapped_column(primary_key=True)
    activity_id: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int]
    success: Mapped[bool | None]
    response: Mapped[str | None]
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)


class LessonProgress(_OfRegistration, Base):
    __tablename__ = "lesson_progress"

    lesson_id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    course_version: Mapped[str]
    meeting_id: Mapped[uuid.UUID | None]
    """The meeting at which it was completed; None when that was alone. No foreign key: it comes from the Statement."""


class ModuleProgress(_OfRegistration, Base):
    __tablename__ = "module_progress"

    module_id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    course_version: Mapped[str]
    language: Mapped[str | None]
    """In which the module was begun, and then completed."""


class CourseCompletion(_OfRegistration, Base):
    """Frozen: the version, the extent and the lessons as they were on that day."""

    __tablename__ = "course_completion"

    completed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    course_version: Mapped[str]
    minutes: Mapped[int]
    lesson_count: Mapped[int]
