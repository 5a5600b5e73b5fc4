"""Passkeys (Web Authentication, level 3): instead of the link, instead of the code from an app, or instead of both.

What they are and whose. How they are made and shown is in ``passkey_ceremonies``.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tracker.auth.models import Passkey
from tracker.errors import TrackerError
from tracker.learners.models import Learner

__all__ = ["LONGEST_NAME", "MOST", "Site", "Used", "Why", "WrongPasskey", "of", "remove", "rename", "site_of"]

MOST = 20
LONGEST_NAME = 60


class Why(StrEnum):
    UNKNOWN = "unknown"
    """Not one of ours, or no longer."""
    LATE = "late"
    """Nobody asked for it, or too long ago, or in another browser."""
    NOT_VERIFIED = "not-verified"
    """It alone is to be enough, and nobody has shown a finger, a face or a PIN."""
    COPIED = "copied"
    """It counts its uses, and has counted backwards: there may be two of it."""
    CLOSED = "closed"
    TOO_MANY = "too-many"


class WrongPasskey(TrackerError):
    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Site:
    """What passkeys are bound to: the host name, and the whole origin."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Used:
    learner: Learner
    verified: bool
    """A finger, a face or a PIN was shown: as good as both steps."""


def site_of(base_url: str) -> Site | None:
    """None: an address without a name, to which no passkey can be bound."""
    host = urlsplit(base_url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return Site(host=host, origin=base_url)
    return None


def of(db: Session, learner: Learner) -> Sequence[Passkey]:
    return db.scalars(select(Passkey).where(Passkey.learner_id == learner.id).order_by(Passkey.created_at)).all()


def remove(db: Session, learner: Learner, passkey_id: str) -> bool:
    gone = delete(Passkey).where(Passkey.id == passkey_id, Passkey.learner_id == learner.id)
    return bool(db.execute(gone).rowcount)  # type: ignore[attr-defined]  # the result of a DELETE has it


def rename(db: Session, learner: Learner, passkey_id: str, name: str) -> None:
    db.execute(update(Passkey).where(Passkey.id == passkey_id, Passkey.learner_id == learner.id).values(name=name))
