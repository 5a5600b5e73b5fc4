"""Signing in with a link by e-mail, and the accounts that come of it.

A link works once, for half an hour, and only its hash is kept. It is the only way to an account: whoever reads the
mail owns the address. So the browser in which a guest asked for the link is signed out when the link is used in
another one, and an account never takes part in a join as the guest.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tracker.auth.joining import join
from tracker.auth.models import SignInLink
from tracker.db import take_turns
from tracker.errors import TrackerError
from tracker.learners import sign_ins
from tracker.learners.models import Learner

__all__ = [
    "LINK_MINUTES",
    "AccountClosed",
    "AddressInvalid",
    "AddressTaken",
    "LinkExpired",
    "LinkUnknown",
    "LinkUsed",
    "TooManyLinks",
    "account_of",
    "ask_for_link",
    "create_administrator",
    "forget_link",
    "make_account",
    "normalise_address",
    "read_link",
    "sign_out_everywhere",
    "use_link",
]

LINK_MINUTES = 30
LINKS_AN_HOUR = 6
SECOND_PRESS = timedelta(minutes=1)


class AddressInvalid(TrackerError):
    """Nobody can have this e-mail address."""


class AddressTaken(TrackerError):
    """Another account has it."""


class AccountClosed(TrackerError):
    """An administrator has closed the account."""


class TooManyLinks(TrackerError):
    """This address has been sent enough links for now."""


class LinkUnknown(TrackerError):
    """Mistyped, cut off, or long gone."""


class LinkExpired(TrackerError):
    """Half an hour has passed."""


class LinkUsed(TrackerError):
    """A link works once."""


def normalise_address(address: str) -> str:
    """As it is stored and compared: lower case, composed characters.

    :raises AddressInvalid: nothing is asked of the network, only the form of the address is looked at.
    """
    try:
        found = validate_email(address.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise AddressInvalid(str(error)) from error
    return found.normalized.lower()


def account_of(db: Session, email: str) -> Learner | None:
    """The account of an address that ``normalise_address`` has been over."""
    found: Learner | None = db.scalar(select(Learner).where(Learner.email == email))
    return found


# ---------------------------------------------------------------- links


def ask_for_link(
    db: Session,
    address: str,
    *,
    now: datetime,
    guest: Learner | None = None,
    new_address_for: Learner | None = None,
    next_page: str | None = None,
) -> tuple[SignInLink, str]:
    """The link's row and its token, which is nowhere else. The same is done whether the address has an account or not.

    :raises AddressInvalid:
    :raises TooManyLinks:
    """
    email = normalise_address(address)
    db.execute(delete(SignInLink).where(SignInLink.expires_at < now - timedelta(days=1)))
    take_turns(db, f"links to {email}")
    recent = select(func.count()).where(SignInLink.email == email, SignInLink.created_at > now - timedelta(hours=1))
    if db.scalar(recent) >= LINKS_AN_HOUR:  # type: ignore[operator]  # a count is never None
        raise TooManyLinks
    token = secrets.token_urlsafe(32)
    link = SignInLink(
        token_hash=_hash(token),
        email=email,
        guest=guest if guest is not None and guest.is_guest else None,
        new_address_for=new_address_for,
        next_page=next_page,
        created_at=now,
        expires_at=now + timedelta(minutes=LINK_MINUTES),
    )
    db.add(link)
    db.flush()
    return link, token


def forget_link(db: Session, token: str) -> None:
    """The mail could not be sent: as if it had never been asked for."""
    db.execute(delete(SignInLink).where(SignInLink.token_hash == _hash(token)))


def read_link(db: Session, token: str, *, now: datetime, browser: str | None = None) -> SignInLink:
    """The link as it stands, still unused.

    :param browser: the mark of the browser that asks. The one that used the link may press the button twice.
    :raises LinkUnknown:
    :raises LinkUsed:
    :raises LinkExpired:
    """
    link = db.get(SignInLink, _hash(token))
    if link is None:
        raise LinkUnknown
    if link.used_at is not None:
        if browser is None or link.used_by != browser or now - link.used_at > SECOND_PRESS:
            raise LinkUsed
    elif link.expires_at <= now:
        raise LinkExpired
    return link


def use_link(
    db: Session,
    token: str,
    *,
    keep: Iterable[Learner],
    browser: str,
    now: datetime,
) -> Learner:
    """Who is now signed in: the account of the address, a guest who becomes it, or somebody new.

    :param keep: guests whose progress the person wants in the account; accounts among them are left alone.
    :raises LinkUnknown:
    :raises LinkUsed: also for the second of two at the same moment.
    :raises LinkExpired:
    :raises AccountClosed:
    :raises AddressTaken: when it was for a new address and somebody else has got it meanwhile.
    """
    link = read_link(db, token, now=now, browser=browser)
    if link.used_at is not None:
        pressed_twice = account_of(db, link.email)
        if pressed_twice is None or pressed_twice.deactivated_at is not None:
            raise LinkUsed
        return pressed_twice
    claim = (
        update(SignInLink)
        .where(SignInLink.token_hash == link.token_hash, SignInLink.used_at.is_(None))
        .values(used_at=now, used_by=browser)
    )
    if db.execute(claim).rowcount != 1:  # type: ignore[attr-defined]  # the result of an UPDATE has it
        raise LinkUsed
    if link.new_address_for is not None:
        return _change_address(db, link.new_address_for, link.email)
    guests = {guest.id: guest for guest in keep if guest.is_guest}
    account = account_of(db, link.email)
    if account is None:
        account = make_account(db, link.email, next(iter(guests.values()), None), now=now)
    if account.deactivated_at is not None:
        raise AccountClosed
    guests.pop(account.id, None)
    for guest in guests.values():
        join(db, guest=guest, into=account)
    account.last_seen_on = now
    db.flush()
    return account


def make_account(db: Session, email: str, guest: Learner | None, *, now: datetime) -> Learner:
    """The guest with an address, or a new learner. Ends the guest's sign-in in every other browser."""
    if guest is not None:
        # By another link the guest may have become another account, or a part of one.
        still = select(Learner.id).where(Learner.id == guest.id, Learner.email.is_(None)).with_for_update()
        guest = guest if db.scalar(still) is not None else None
    learner = guest or Learner(created_at=now)
    try:
        with db.begin_nested():
            db.add(learner)
            learner.email = email
            db.flush()
            sign_ins.end_all(db, learner)
    except IntegrityError:
        # Another link to the same new address was used at the same moment.
        found = account_of(db, email)
        if found is None:
            raise
        return found
    return learner


def _change_address(db: Session, account: Learner, email: str) -> Learner:
    if account.deactivated_at is not None:
        raise AccountClosed
    taken = db.scalar(select(Learner).where(Learner.email == email, Learner.id != account.id))
    if taken is not None:
        raise AddressTaken
    try:
        with db.begin_nested():
            account.email = email
            db.flush()
    except IntegrityError as error:
        # A link to the same address was used at the same moment.
        raise AddressTaken from error
    sign_ins.end_all(db, account)
    return account


def sign_out_everywhere(db: Session, learner: Learner) -> None:
    """Every sign-in of the learner ends, on this device too."""
    sign_ins.end_all(db, learner)


def create_administrator(db: Session, email: str, *, now: datetime) -> Learner:
    """The account of the address, made if need be, with the right to administer.

    :raises AddressInvalid:
    """
    address = normalise_address(email)
    account = account_of(db, address)
    if account is None:
        account = Learner(email=address, created_at=now)
        db.add(account)
    account.is_administrator = True
    db.flush()
    return account


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
