"""Lists that an administrator has sent in and has not yet said yes to."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime

__all__ = ["OrganisationImport", "PeopleImport"]


class PeopleImport(Base):
    """Kept until it is carried out or taken back, for a day at most: what was shown is what is done."""

    __tablename__ = "people_import"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    by_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """``{"line", "email", "name", "organisation_id", "organisation", "learner_id", "version"}``: the last two are None
    for a new account. ``name`` and ``organisation_id`` are None where nothing is said and nothing changes."""
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """``{"line", "fault", "value"}``, the fault in the words of ``importing.Fault``."""
    unchanged: Mapped[int]


class OrganisationImport(Base):
    """As above, of organisations."""

    __tablename__ = "organisation_import"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    by_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """``{"line", "name", "kind", "parent", "moves", "organisation_id", "version"}``: the last two are None for a new
    one. ``kind`` is None where it stays. ``parent`` is a name, or None for no other, and holds only if ``moves``."""
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """``{"line", "fault", "value"}``, the fault in the words of ``organisation_importing.Fault``."""
    unchanged: Mapped[int]
