"""What reports are read from: blocks of at least five people, published together."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime

__all__ = ["Frequency", "Publication", "PublishedBlock", "SavedView"]


class Publication(Base):
    """Everything that reports say until the next one. ``minutes``: median minutes by module id, over everybody."""

    __tablename__ = "report_publication"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(index=True)
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
    least: Mapped[int]
    """The threshold it was made with."""
    with_demo: Mapped[bool]
    people: Mapped[int]
    """In all its blocks."""
    parts: Mapped[list[str]] = mapped_column(JSON)
    """Module ids, in the order of ``PublishedBlock.parts``."""
    minutes: Mapped[dict[str, int]] = mapped_column(JSON)
    counts: Mapped[dict[str, dict[str, int]]] = mapped_column(JSON)
    """For each dimension how many people surely have a value, for what the filters offer: the largest only."""


class PublishedBlock(Base):
    """So many people who share these values. None: they differ in it, or it is not told."""

    __tablename__ = "report_block"
    __table_args__ = (
        Index("ix_report_block_organisation", "publication_id", "organisation"),
        Index("ix_report_block_study_group", "publication_id", "study_group"),
    )

    publication_id: Mapped[int] = mapped_column(
        ForeignKey("report_publication.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    people: Mapped[int]
    course: Mapped[str | None]
    """How far: started, completed or certified."""
    kind: Mapped[str | None]
    capacity: Mapped[str | None]
    organisation: Mapped[str | None]
    municipality: Mapped[str | None]
    group: Mapped[str | None] = mapped_column("study_group")
    form: Mapped[str | None]
    begun: Mapped[str | None]
    """The month in which the course was begun, ``YYYY-MM``; ``done``: in which it was completed."""
    done: Mapped[str | None]
    version: Mapped[str | None]
    parts: Mapped[str]
    """A letter for each module: 0 not started, 1 started, 2 completed, ? not told."""


class Frequency(StrEnum):
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class SavedView(Base):
    """A choice of filters under a name, and when a link to it is mailed to its owner."""

    __tablename__ = "report_view"
    __table_args__ = (UniqueConstraint("learner_id", "name"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    view: Mapped[str]
    filters: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    frequency: Mapped[Frequency | None]
    language: Mapped[str]
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    last_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """The last run, whether the mail was sent or not."""
    fault: Mapped[str | None]
    """Why the last mail was not sent."""
