"""What a learner has begun but not handed in, so that it is there again tomorrow and on another device."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime

__all__ = ["ActivityState", "Position"]


class ActivityState(Base):
    """Cards placed, the way through a scenario, the questions drawn and answered so far, and what was handed in.

    ``attempt`` counts from 1 and is the try that ``data`` belongs to; ``submitted`` says whether it was handed in.
    ``data`` is JSON: ``{"response": …, "draw": seed}`` in the shapes that ``course.marking`` takes.
    """

    __tablename__ = "activity_state"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    lesson_id: Mapped[str] = mapped_column(primary_key=True)
    activity_id: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(default=1)
    submitted: Mapped[bool] = mapped_column(default=False)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Position(Base):
    """Where the learner was last: the page to go on with."""

    __tablename__ = "position"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    lesson_id: Mapped[str]
    activity_id: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
