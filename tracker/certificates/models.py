"""Certificates: a copy of what was true when the course was completed."""

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime

__all__ = ["Certificate"]


class Certificate(Base):
    __tablename__ = "certificate"

    code: Mapped[str] = mapped_column(primary_key=True)
    """What anyone can check, ``XXXX-XXXX-XXXX`` without letters and digits that look alike."""
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    name: Mapped[str | None]
    course_title_sv: Mapped[str]
    course_title_en: Mapped[str]
    course_version: Mapped[str]
    completed_on: Mapped[date]
    minutes: Mapped[int]
    lesson_count: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
