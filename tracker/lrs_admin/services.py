"""What an administrator can do with keys to the LRS and with outside LRSs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lrs_adapter import backfills, credentials, upkeep
from lrs_adapter.credentials import NewCredential, Scope
from lrs_adapter.destinations import add_destination, decrypt
from lrs_adapter.errors import UnknownDestination
from lrs_adapter.models import CredentialRow, DestinationRow
from lrs_adapter.remote_lrs import OutsideLRS
from tracker.db import take_turns
from tracker.errors import TrackerError

__all__ = [
    "BY_HAND",
    "AddressTaken",
    "NameTaken",
    "Wish",
    "add_outside_lrs",
    "change_outside_lrs",
    "connect_to",
    "hold",
    "make_credential",
]

BY_HAND = "paused by an administrator"
"""What stands as the reason of a pause that an administrator made."""

TEST_SECONDS = 10


class NameTaken(TrackerError):
    """A key that still opens the LRS has this name."""


class AddressTaken(TrackerError):
    """There is already an outside LRS with this address and key."""


@dataclass(frozen=True)
class Wish:
    """An outside LRS as the administrator wants it. ``secret`` None: the one that is stored already."""

    name: str
    endpoint: str
    key: str
    secret: str | None
    verbs: Sequence[str] = ()
    activities: Sequence[str] = ()


def make_credential(
    db: Session, *, name: str, scopes: Iterable[Scope | str], home_page: str, now: datetime
) -> NewCredential:
    """:raises NameTaken: also when the page that showed the secret is loaded again, so that there is no second key."""
    take_turns(db, "names of credentials")
    taken = select(CredentialRow.id).where(
        func.lower(CredentialRow.name) == name.lower(),
        CredentialRow.revoked.is_(None),
        CredentialRow.session_id.is_(None),
    )
    if db.scalar(taken.limit(1)) is not None:
        raise NameTaken
    return credentials.create_credential(db, name=name, home_page=home_page, scopes=scopes, now=now)


def add_outside_lrs(db: Session, wish: Wish, *, secret_key: str, with_earlier: bool, now: datetime) -> int:
    """From now on what is stored is sent there too; ``with_earlier``: also all that was stored before. Its id.

    :raises AddressTaken: when nothing has been added.
    """
    try:
        with db.begin_nested():
            made = add_destination(
                db,
                name=wish.name,
                endpoint=wish.endpoint,
                key=wish.key,
                secret=wish.secret or "",
                secret_key=secret_key,
                verbs=wish.verbs,
                activities=wish.activities,
                now=now,
            )
    except IntegrityError as error:
        raise AddressTaken from error
    if with_earlier:
        backfills.ask_for(db, made.id, now=now)
    return made.id


def change_outside_lrs(db: Session, destination_id: int, wish: Wish, *, secret_key: str, now: datetime) -> None:
    """:raises AddressTaken: when nothing has been changed.

    :raises UnknownDestination:
    """
    try:
        with db.begin_nested():
            upkeep.change_destination(
                db,
                destination_id,
                name=wish.name,
                endpoint=wish.endpoint,
                key=wish.key,
                secret=wish.secret,
                secret_key=secret_key,
                verbs=wish.verbs,
                activities=wish.activities,
                now=now,
            )
    except IntegrityError as error:
        raise AddressTaken from error


def hold(db: Session, destination_id: int, *, now: datetime) -> None:
    """Send nothing there until an administrator says so. What is stored meanwhile waits.

    :raises UnknownDestination:
    """
    upkeep.hold(db, destination_id, reason=BY_HAND, now=now)


def connect_to(db: Session, destination_id: int, *, secret_key: str) -> OutsideLRS:
    """A connection to test it with. The caller ends the transaction before using it: the answer may take seconds.

    :raises UnknownDestination:
    :raises UnreadableSecret:
    """
    row = db.get(DestinationRow, destination_id)
    if row is None:
        raise UnknownDestination
    return OutsideLRS(row.endpoint, row.key, decrypt(row.secret, secret_key), timeout=TEST_SECONDS)
