"""Join codes: four letters and four digits, read aloud in a room and typed on a phone: HAKT 4729.

No letter looks or sounds like another, so what can be mistaken is put right: in a letter's place ``1`` and ``I`` can
only be L, in a digit's place S, B, Z and G only 5, 8, 2 and 6. ``O`` and ``0`` can be nothing.

There are 13**4 * 8**4 = 116,985,856 codes. An address may guess wrong 30 times an hour and 100 times a day; when it has
guessed wrong a hundred times in thirty days, 5 times a day. So an address that asks 20 times a second for a year is
heard 100 + 364 * 5 = 1,920 times. With a thousand codes valid all that year it finds one of them with a probability
of 1,920 * 1,000 / 116,985,856, which is 1.6 per cent; with a hundred, 0.16.
"""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tracker.errors import TrackerError
from tracker.groups.models import CodeGuess, Group

__all__ = [
    "DIGITS",
    "LETTERS",
    "CodeExpired",
    "CodeUnknown",
    "TooManyGuesses",
    "count_wrong",
    "find_group",
    "is_shaped_like_a_code",
    "listen",
    "new_code",
    "normalise",
    "spaced",
]

LETTERS = "AEFHJKLMRTUXY"
DIGITS = "23456789"
RUDE = ("ARJ", "FET", "FX", "FUK", "FUL", "HAT", "HEL", "KKK", "KUK", "LAM", "LAT", "MUT", "RAT")
AN_HOUR, A_DAY, SUSPECTED = 30, 100, 5
MEMORY_DAYS = 30

_LETTER = str.maketrans({"1": "L", "I": "L"})
_DIGIT = str.maketrans({"S": "5", "B": "8", "Z": "2", "G": "6"})


class CodeUnknown(TrackerError):
    """No group has this code."""


class CodeExpired(TrackerError):
    """It was right once: the facilitator can renew it."""


class TooManyGuesses(TrackerError):
    """From this network address too many wrong codes have come."""


def new_code() -> str:
    while True:
        letters = "".join(secrets.choice(LETTERS) for _ in range(4))
        if not any(word in letters for word in RUDE):
            return letters + "".join(secrets.choice(DIGITS) for _ in range(4))


def spaced(code: str) -> str:
    """As people read it: ``HAKT 4729``."""
    return f"{code[:4]} {code[4:]}"


def normalise(typed: str) -> str:
    """As codes are stored and compared."""
    kept = "".join(character for character in typed.upper() if character.isalnum())
    return kept[:4].translate(_LETTER) + kept[4:].translate(_DIGIT)


def is_shaped_like_a_code(code: str) -> bool:
    return len(code) == 8 and all(c in LETTERS for c in code[:4]) and all(c in DIGITS for c in code[4:])


def find_group(db: Session, typed: str, *, address: str, secret: str, now: datetime) -> Group:
    """The group of a code that somebody has typed. A wrong one is counted, so the caller commits also when it fails.

    :raises TooManyGuesses: whatever was typed; the wait makes guessing pointless.
    :raises CodeUnknown:
    :raises CodeExpired:
    """
    code = normalise(typed)
    marks = _marks(address, secret, now)
    if _heard_enough(db, marks, now):
        raise TooManyGuesses
    group = db.scalar(select(Group).where(Group.join_code == code)) if is_shaped_like_a_code(code) else None
    if group is None or group.ended_at is not None:
        # A slip of the finger that no code can have is no guess.
        if is_shaped_like_a_code(code):
            _count(db, marks[:2], now)
        raise CodeUnknown
    if group.code_expires_at is None or group.code_expires_at <= now:
        raise CodeExpired
    return group


def listen(db: Session, *, address: str, secret: str, now: datetime) -> None:
    """Before another kind of code is looked up.

    :raises TooManyGuesses:
    """
    if _heard_enough(db, _marks(address, secret, now), now):
        raise TooManyGuesses


def count_wrong(db: Session, *, address: str, secret: str, now: datetime) -> None:
    """One more wrong code of whatever kind from this address. The caller commits."""
    _count(db, _marks(address, secret, now)[:2], now)


def _heard_enough(db: Session, marks: Sequence[str], now: datetime) -> bool:
    wrong = {row.address: row.wrong for row in db.scalars(select(CodeGuess).where(CodeGuess.address.in_(marks))).all()}
    this_hour, today, *before = (wrong.get(mark, 0) for mark in marks)
    limit = SUSPECTED if sum(before) >= A_DAY else A_DAY
    return this_hour >= AN_HOUR or today >= limit


def _count(db: Session, marks: Sequence[str], now: datetime) -> None:
    day = now.date()
    db.execute(delete(CodeGuess).where(CodeGuess.day < day - timedelta(days=MEMORY_DAYS)))
    for mark in marks:
        one_more = (
            update(CodeGuess)
            .where(CodeGuess.address == mark, CodeGuess.day == day)
            .values(wrong=CodeGuess.wrong + 1)
            .execution_options(synchronize_session=False)
        )
        if db.execute(one_more).rowcount:  # type: ignore[attr-defined]  # the result of an UPDATE has it
            continue
        try:
            with db.begin_nested():
                db.add(CodeGuess(address=mark, day=day, wrong=1))
        except IntegrityError:
            # Another phone behind the address was the first at the same moment.
            db.execute(one_more)


def _marks(address: str, secret: str, now: datetime) -> list[str]:
    """What stands for an address: this hour, today, and each of the thirty days before. Salted with the time, so that
    the rows of two days say nothing about each other without the server's secret."""
    days = [now.date() - timedelta(days=back) for back in range(MEMORY_DAYS + 1)]
    times = [f"{now:%Y-%m-%dT%H}", *(date.isoformat(day) for day in days)]
    return [
        hmac.new(secret.encode(), f"code guess {time} {_network(address)}".encode(), hashlib.sha256).hexdigest()
        for time in times
    ]


def _network(address: str) -> str:
    """A whole IPv6 network of /64 is one visitor: each phone in it makes up addresses as it likes."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
