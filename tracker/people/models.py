"""Lists that an administrator has sent in and has not yet said yes to."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime

__all__ = ["Import", "OrganisationImport", "PeopleImport"]


class Import(Base):
    """Until it is carried out or taken back, for a day at most: what was shown is what is done."""

    __abstract__ = True

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    by_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """With ``line``, and ``version`` that is None for what is new."""
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """``{"line", "fault", "value"}``, the fault in the words of ``Fault`` and ``OrganisationFault``."""
    unchanged: Mapped[int]


class PeopleImport(Import):
    """``{"line", "email", "name", "organisation_id", "organisation", "learner_id", "version"}``: ``name`` and
    ``organisation_id`` are None where nothing is said and nothing changes."""

    __tablename__ = "people_import"


class OrganisationImport(Import):
    """``{"line", "name", "kind", "parent", "moves", "organisation_id", "version"}``: ``kind`` is None where it stays.
    ``parent`` is a name, or None for no other, and holds only if ``moves``."""

    __tablename__ = "organisation_import"
