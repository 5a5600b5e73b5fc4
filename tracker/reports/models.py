"""What reports are read from: blocks of at least five people, published together."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime

__all__ = ["CountedPerson", "Frequency", "Publication", "PublishedBlock", "PublishedSum", "SavedView"]


class Publication(Base):
    """What reports say until the next one. ``course_id``: of the course, or of an imported course, its UUID."""

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
    minutes: Mapped[dict[str, list[int]]] = mapped_column(JSON)
    """Module id: median minutes, and of how many people."""
    counts: Mapped[dict[str, dict[str, int]]] = mapped_column(JSON)
    """For each dimension how many people surely have a value, for what the filters offer: the largest only."""

    summed: Mapped[bool] = mapped_column(server_default=false())
    """Whether its sums were written; those from before there were any are answered from the blocks."""

    is_newest: ClassVar[bool] = False
    """Said by whoever has looked: then its blocks are those that nothing has ended."""


_INDEXED: Final = ("organisation", "study_group", "kind", "capacity", "municipality", "begun", "done")
"""Of several filters the one with the fewest blocks is looked up, and the others are asked of those."""


class PublishedBlock(Base):
    """So many people who share these values. None: they differ in it, or it is not told.

    Said from the publication ``told_from`` to the one before ``told_until``. The people of a block stay together until
    enough of them have changed; then the parts are blocks of their own, and nobody else comes in.
    """

    __tablename__ = "report_block"
    __table_args__ = (
        Index("ix_report_block_told", "course_id", "told_until", "told_from"),
        *(Index(f"ix_report_block_{name}", "course_id", name, "told_until") for name in _INDEXED),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    course_id: Mapped[str]
    with_demo: Mapped[bool]
    told_from: Mapped[int]
    told_until: Mapped[int | None]
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
    language: Mapped[str | None]
    parts: Mapped[str]
    """A letter for each module: 0 not started, 1 started, 2 completed, ? not told."""


class PublishedSum(Base):
    """So many people in the blocks that have ``value`` in ``filter_by`` and ``row_value`` in ``row_by``, by how far.

    Empty words: see ``sums``. The totals stay as long as their publication, the rows until the one after the next.
    """

    __tablename__ = "report_sum"

    publication_id: Mapped[int] = mapped_column(
        ForeignKey("report_publication.id", ondelete="CASCADE"), primary_key=True
    )
    filter_by: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    row_by: Mapped[str] = mapped_column(primary_key=True)
    row_value: Mapped[str] = mapped_column(primary_key=True)
    started: Mapped[int]
    """And not completed; ``completed``: and without a certificate."""
    completed: Mapped[int]
    certified: Mapped[int]
    untold: Mapped[int]
    """It is not told how far."""
    parts: Mapped[list[list[int]] | None] = mapped_column(JSON)
    """Of a total, in the order of the publication's parts: started and not completed, completed, not told."""


class CountedPerson(Base):
    """In which block somebody is counted, and the values of that person as they were when the block was told."""

    __tablename__ = "report_person"

    course_id: Mapped[str] = mapped_column(primary_key=True)
    with_demo: Mapped[bool] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), primary_key=True, index=True)
    block_id: Mapped[int] = mapped_column(index=True)
    """The block that is told now. No foreign key: a publication writes both, and removes blocks in thousands."""
    told: Mapped[str]
    """The values in the order of the dimensions, then the modules, with the separator of ``reading``."""


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
