"""Who is learning, and the organisations that an administrator keeps a list of."""

import uuid
from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from tracker.db import Base, UTCDateTime
from tracker.permissions import Role

__all__ = ["Capacity", "Learner", "Organisation", "OrganisationKind"]


class Capacity(StrEnum):
    """In which capacity somebody takes the course. (``Role`` is what one may do on the site.)"""

    ELECTED = "elected"
    OFFICER = "officer"
    EMPLOYEE = "employee"
    VOLUNTEER = "volunteer"
    OTHER = "other"


class OrganisationKind(StrEnum):
    REGION = "region"
    MUNICIPALITY = "municipality"
    STATE = "state"
    ASSOCIATION = "association"
    STUDY_ASSOCIATION = "study-association"
    OTHER = "other"


class Organisation(Base):
    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    """The name without regard to case: what makes it unique. Neither database folds Å and å by itself."""
    kind: Mapped[OrganisationKind]
    version: Mapped[int] = mapped_column()
    """Counts the changes, so that of two administrators who change it at once the second is told."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy declares it as an instance variable

    @validates("name")
    def _keep_key(self, _attribute: str, name: str) -> str:
        self.name_key = name.casefold()
        return name


class Learner(UserMixin, Base):
    """A guest until there is an e-mail address. ``account`` is the only name that Statements carry."""

    __tablename__ = "learner"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_on: Mapped[datetime | None] = mapped_column(UTCDateTime)
    email: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    name: Mapped[str | None]
    """For the certificate only."""
    capacity: Mapped[Capacity | None]
    organisation_kind: Mapped[OrganisationKind | None]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="SET NULL"), index=True)
    is_administrator: Mapped[bool] = mapped_column(default=False)
    is_demo: Mapped[bool] = mapped_column(default=False)
    sign_in_key: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    """What the sign-in cookie holds. A new one ends every session of the learner."""

    organisation: Mapped[Organisation | None] = relationship(lazy="joined")

    @property
    def is_guest(self) -> bool:
        return self.email is None

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset({Role.LEARNER, Role.ADMINISTRATOR} if self.is_administrator else {Role.LEARNER})

    def get_id(self) -> str:
        return str(self.sign_in_key)
