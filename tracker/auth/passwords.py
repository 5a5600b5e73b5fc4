"""The optional password. Long rather than odd: twelve characters or more, of any kind."""

import unicodedata
import uuid
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy.orm import Session

from tracker.auth.services import AddressInvalid, account_of, normalise_address
from tracker.errors import TrackerError
from tracker.learners import sign_ins
from tracker.learners.models import Learner

__all__ = [
    "LONGEST",
    "SHORTEST",
    "PasswordIsAddress",
    "PasswordLength",
    "WrongPassword",
    "check_password",
    "confirm_password",
    "remove_password",
    "set_password",
]

SHORTEST = 12
LONGEST = 500

hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106


class WrongPassword(TrackerError):
    """The address and the password do not belong together. Never says which of them is wrong."""


class PasswordLength(TrackerError):
    """Shorter than SHORTEST or longer than LONGEST."""


class PasswordIsAddress(TrackerError):
    """The first thing anybody would try."""


def check_password(db: Session, address: str, password: str) -> Learner:
    """The account, in the same time and with the same error whether the address exists or not.

    :raises WrongPassword:
    """
    try:
        email: str | None = normalise_address(address)
    except AddressInvalid:
        email = None
    learner = account_of(db, email) if email is not None else None
    if not _verify(learner.password_hash if learner is not None else None, password) or learner is None:
        raise WrongPassword
    if learner.deactivated_at is not None:
        raise WrongPassword
    if learner.password_hash is not None and hasher.check_needs_rehash(learner.password_hash):
        learner.password_hash = hasher.hash(_composed(password))
        db.flush()
    return learner


def confirm_password(learner: Learner, password: str) -> bool:
    return _verify(learner.password_hash, password)


def set_password(db: Session, learner: Learner, password: str) -> None:
    """Ends every sign-in of the learner; the view signs in again here.

    :raises PasswordLength:
    :raises PasswordIsAddress:
    """
    if not SHORTEST <= len(_composed(password)) <= LONGEST:
        raise PasswordLength
    if learner.email is not None and _composed(password).strip().lower() == learner.email:
        raise PasswordIsAddress
    learner.password_hash = hasher.hash(_composed(password))
    sign_ins.end_all(db, learner)
    db.flush()


def remove_password(db: Session, learner: Learner) -> None:
    """From now on the link by e-mail is the only way in."""
    learner.password_hash = None
    sign_ins.end_all(db, learner)
    db.flush()


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        hasher.verify(password_hash or _nobodys_hash(), _composed(password)[: LONGEST + 1])
    except VerifyMismatchError:
        return False
    return password_hash is not None


def _composed(password: str) -> str:
    """The same characters whichever keyboard they were typed on (RFC 8265)."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys_hash() -> str:
    return hasher.hash(uuid.uuid4().hex)
