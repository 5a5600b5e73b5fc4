"""What has been destroyed and by which decision, what outside LRSs are to erase, and for how long things are kept."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime

__all__ = ["Destroyed", "ErasureOrder", "RetentionRule"]


class Destroyed(Base):
    """A row of the protocol. Says nothing about whose it was."""

    __tablename__ = "destroyed"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    kind: Mapped[str]
    """A kind of data that has a retention rule, or ``person``: one person, at her own wish or an administrator's."""
    count: Mapped[int]
    days: Mapped[int | None]
    decision: Mapped[str | None]
    details: Mapped[dict[str, int]] = mapped_column(JSON)


class ErasureOrder(Base):
    """xAPI has no way to erase, so whoever runs the outside LRS is asked to. ``agents`` is emptied when it is done."""

    __tablename__ = "erasure_order"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    destination_id: Mapped[int]
    """No foreign key: an LRS that is no longer sent to still holds what it got."""
    name: Mapped[str]
    endpoint: Mapped[str]
    agents: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    statements: Mapped[int]
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the LRS was last asked whether it still has any of them."""
    has_some: Mapped[bool | None]
    """What it answered. None: it did not tell."""
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    done_by: Mapped[int | None] = mapped_column(ForeignKey("learner.id", ondelete="SET NULL"))
    """Which administrator says so. None of a done order: the LRS itself."""


class RetentionRule(Base):
    """For how long a kind of data is kept. Nothing is thrown away until it has a reference to a decision."""

    __tablename__ = "retention_rule"

    kind: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int]
    decision: Mapped[str | None]
    decided_on: Mapped[date | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy declares it as an instance variable
