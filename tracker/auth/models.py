"""Links that sign somebody in."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.learners.models import Learner

__all__ = ["CodeApp", "Passkey", "PasskeyChallenge", "RecoveryCode", "SignInLink"]


class SignInLink(Base):
    """Works once, for half an hour. Only a hash of what the mail carries is kept."""

    __tablename__ = "sign_in_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(index=True)
    guest_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id", ondelete="SET NULL"))
    """The guest who asked for it and wants to keep what is done."""
    new_address_for_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    """The account that gets ``email`` as its new address."""
    next_page: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    used_by: Mapped[str | None]
    """A mark of the browser that used it: a second press of the same button there is not refused."""

    guest: Mapped[Learner | None] = relationship(foreign_keys=[guest_id])
    new_address_for: Mapped[Learner | None] = relationship(foreign_keys=[new_address_for_id])


class CodeApp(Base):
    """An app that shows a new code every half minute (RFC 6238). Not in use until its first code has been written."""

    __tablename__ = "code_app"

    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes]
    """Encrypted with the site's secret key."""
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_period: Mapped[int] = mapped_column(default=0)
    """Which half minute the last code was of: no code is good twice."""


class RecoveryCode(Base):
    """For who has lost the phone. Each works once; only hashes are kept."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)


class Passkey(Base):
    """A key in a phone, a computer or a stick (Web Authentication). The secret half never leaves it."""

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(primary_key=True)
    """The credential id, in base64url."""
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    """How often it says it has been used; 0 of those that do not count."""
    name: Mapped[str]
    synced: Mapped[bool]
    """It follows the person's account at the maker to other devices."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """It has counted backwards, so there may be a copy of it: it opens nothing more."""


class PasskeyChallenge(Base):
    """What a browser has been asked to sign. Good once, for some minutes."""

    __tablename__ = "passkey_challenge"

    challenge_hash: Mapped[str] = mapped_column(primary_key=True)
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    browser: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
