"""Who is learning, and the organisations that an administrator keeps a list of."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from flask_login import UserMixin
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from tracker.clock import now
from tracker.db import Base, UTCDateTime
from tracker.permissions import Role, with_what_follows

__all__ = ["Capacity", "Here", "Learner", "Organisation", "OrganisationKind", "SignIn", "StaffRole"]


SECOND_STEP_HOLDS = timedelta(hours=12)


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


class StaffRole(StrEnum):
    """What somebody has been trusted with. The words are those of ``Role``."""

    REPORT_READER = "report-reader"
    ORGANISATION_ADMINISTRATOR = "organisation-administrator"
    ADMINISTRATOR = "administrator"


class Organisation(Base):
    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    """The name without regard to case: what makes it unique. Neither database folds Å and å by itself."""
    kind: Mapped[OrganisationKind]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="SET NULL"), index=True)
    """The organisation that this one belongs to, as a district to its association. Never itself or one under it."""
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
    staff_role: Mapped[StaffRole | None] = mapped_column(index=True)
    staff_organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id", ondelete="RESTRICT"), index=True
    )
    """Where the role holds, with the organisations under it. None of an administrator, and of a reader of everything.

    Never emptied by itself: a reader of one organisation would become a reader of all.
    """
    is_demo: Mapped[bool] = mapped_column(default=False)
    deactivated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """An administrator has closed the account: nobody can sign in to it, and what was done in it stays."""
    erased_on: Mapped[date | None]
    """Nobody: what is left to be counted of somebody who was erased (see ``tracker.privacy``)."""
    version: Mapped[int] = mapped_column(default=1)
    """Counts the changes that administrators make, so that of two at once the second is told."""

    organisation: Mapped[Organisation | None] = relationship(lazy="joined", foreign_keys=[organisation_id])
    staff_organisation: Mapped[Organisation | None] = relationship(foreign_keys=[staff_organisation_id])

    here: ClassVar["Here | None"] = None
    """The sign-in of this request, where the learner is the one who asks. Not stored."""

    @property
    def is_administrator(self) -> bool:
        return self.staff_role is StaffRole.ADMINISTRATOR

    @is_administrator.setter
    def is_administrator(self, whether: bool) -> None:
        if whether:
            self.staff_role, self.staff_organisation_id = StaffRole.ADMINISTRATOR, None
        elif self.is_administrator:
            self.staff_role = None

    @property
    def is_guest(self) -> bool:
        return self.email is None

    @property
    def roles(self) -> frozenset[Role]:
        if self.staff_role is not None:
            return with_what_follows(Role(self.staff_role))
        return with_what_follows(Role.LEARNER if self.is_guest else Role.ACCOUNT)

    @property
    def needs_second_step(self) -> bool:
        """Whoever sees what others have told, or can change it, is asked for more than the inbox."""
        if self.here is not None and self.here.needs_more and self.staff_role is not None:
            return True
        return self.staff_role in {StaffRole.ADMINISTRATOR, StaffRole.ORGANISATION_ADMINISTRATOR}

    @property
    def showed_second_step(self) -> bool:
        """In this browser, half a working day ago at most."""
        shown_at = self.here.second_step_at if self.here is not None else None
        return shown_at is not None and now() - shown_at < SECOND_STEP_HOLDS

    def get_id(self) -> str | None:
        """What the cookie of this sign-in holds."""
        return str(self.here.sign_in_id) if self.here is not None else None


@dataclass(frozen=True, slots=True)
class Here:
    """What is known of the sign-in of this request, also when its row has been ended in the meantime."""

    sign_in_id: uuid.UUID
    seen_on: date
    second_step_at: datetime | None
    provider_id: int | None = None
    needs_more: bool = False


class SignIn(Base):
    """One browser in which somebody is signed in. ``id`` is what its cookie holds: without the row it opens nothing."""

    __tablename__ = "sign_in"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_on: Mapped[date]
    """Written once a day at most."""
    browser: Mapped[str | None]
    """In two words, ``Firefox, Windows``, so that the person can tell her sign-ins apart."""
    second_step_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the second factor was shown in this browser."""
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("identity_provider.id", ondelete="SET NULL"), index=True)
    """The organisation's own sign-in, where it was by that."""
    needs_more: Mapped[bool] = mapped_column(default=False)
    """What was shown there is less than what the role demands."""
