"""The sign-ins that organisations have of their own (OpenID Connect), and who has come by them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.learners.models import Organisation, StaffRole

__all__ = ["EVERYBODY", "Admits", "Identity", "IdentityProvider", "PendingSignIn", "ProviderDomain"]

EVERYBODY = "everybody"
"""In ``assurance``: what is demanded of each one who signs in, whatever the role."""


class Admits(StrEnum):
    INVITED = "invited"
    """Only those who have an account already."""
    EVERYBODY = "everybody"
    """Whoever the provider lets in gets an account the first time."""


class IdentityProvider(Base):
    __tablename__ = "identity_provider"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    issuer: Mapped[str]
    """As in its ID tokens, to the letter."""
    client_id: Mapped[str]
    secret: Mapped[bytes]
    """Encrypted with the site's secret key."""
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), index=True)
    """Where the roles that it gives hold, with the organisations under it. New accounts are placed here."""
    scopes: Mapped[str]
    admits: Mapped[Admits]
    vouches: Mapped[bool]
    """Its addresses are taken as verified though it never says so (``email_verified``), as some do not."""
    role_claim: Mapped[str | None]
    """Where it tells groups or roles: ``groups``, or with dots for what lies inside, ``realm_access.roles``."""
    role_values: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    """``StaffRole`` to the values of that claim which give it."""
    may_administer: Mapped[bool]
    """It may give the role of Administrator, and its assurance is good enough for administrators."""
    assurance: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    """``StaffRole``, or EVERYBODY, to the values of acr or amr of which one is demanded. None: nothing is demanded."""
    is_open: Mapped[bool]
    """Offered on the sign-in page."""
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_success_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_fault_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_fault: Mapped[str | None]
    """A ``protocol.Fault``; nothing about a person."""

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    domains: Mapped[list["ProviderDomain"]] = relationship(
        cascade="all, delete-orphan", order_by="ProviderDomain.domain"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy declares it as an instance variable

    def demanded(self, role: StaffRole | str | None) -> frozenset[str]:
        return frozenset(self.assurance.get(role or "", ()))


class ProviderDomain(Base):
    """A mail domain belongs to one provider: no other can say who has an address there."""

    __tablename__ = "provider_domain"

    domain: Mapped[str] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("identity_provider.id", ondelete="CASCADE"), index=True)


class Identity(Base):
    """Who somebody is at a provider. An address may change hands there; ``subject`` never does."""

    __tablename__ = "identity"

    provider_id: Mapped[int] = mapped_column(ForeignKey("identity_provider.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    linked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    gave_role: Mapped[StaffRole | None]
    """The role that came from the provider, which it can take away again. Never one that was given by hand."""


class PendingSignIn(Base):
    """Somebody has been sent to a provider and is not back yet. Taken away by the first who comes back with it."""

    __tablename__ = "pending_sign_in"

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("identity_provider.id", ondelete="CASCADE"), index=True)
    browser: Mapped[str]
    nonce: Mapped[str]
    verifier: Mapped[str]
    """Of PKCE (RFC 7636)."""
    keep_guest: Mapped[bool]
    next_page: Mapped[str | None]
    language: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
