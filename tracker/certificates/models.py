"""Certificates: a copy of what was true when the course was completed."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.launch.models import ImportedCompletion
from tracker.registrations.models import Registration

__all__ = ["Certificate", "Form", "ImportedCertificate"]


class Form(StrEnum):
    """How the course was taken."""

    ALONE = "alone"
    GROUP = "group"
    BOTH = "both"


class Certificate(Base):
    """Frozen, but for the name: it is read from the learner, who may correct it or take it away at any time.

    Whose it is goes by the registration, which moves to the account that a guest joins.
    """

    __tablename__ = "certificate"

    code: Mapped[str] = mapped_column(primary_key=True)
    """What anyone can check, ``XXXX-XXXX-XXXX`` without letters and digits that look alike."""
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), unique=True)
    course: Mapped[dict[str, Any]] = mapped_column(JSON)
    """``{"title": {language: text}, "subtitle": {language: text}, "goals": {language: [text, …]}}``"""
    course_version: Mapped[str]
    form: Mapped[Form]
    completed_on: Mapped[date]
    lesson_count: Mapped[int]
    minutes: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)

    registration: Mapped[Registration] = relationship(lazy="joined")

    @property
    def name(self) -> str | None:
        return self.registration.learner.name


class ImportedCertificate(Base):
    """For a course made by others: the code for what is kept of a completion. The name is read from the learner."""

    __tablename__ = "imported_certificate"

    code: Mapped[str] = mapped_column(primary_key=True)
    """As ``Certificate.code``; both kinds are checked at the same address."""
    completion_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("imported_completion.registration_id", ondelete="CASCADE"), unique=True
    )
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)

    completion: Mapped[ImportedCompletion] = relationship(lazy="joined")

    @property
    def name(self) -> str | None:
        return self.completion.learner.name
