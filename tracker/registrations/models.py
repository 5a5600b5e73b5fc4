"""One Registration is one learner taking one course (xAPI 1.0.3 Data 2.4.6.1)."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.learners.models import Learner

__all__ = ["Registration"]


class Registration(Base):
    """After two accounts were joined a learner can have several for one course; the oldest is the one in use.

    ``account`` is the account its Statements name. It stays when the registration moves to another learner.
    """

    __tablename__ = "registration"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    account: Mapped[uuid.UUID]
    course_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    learner: Mapped[Learner] = relationship()
