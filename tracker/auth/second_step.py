"""The second factor of administrators: a code from an app or a passkey, or a recovery code when the phone is gone."""

import base64
import hashlib
import secrets
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from tracker.auth.models import CodeApp, Passkey, RecoveryCode
from tracker.errors import TrackerError
from tracker.learners.models import Learner

__all__ = [
    "WrongCode",
    "begin_app",
    "check",
    "confirm_app",
    "has_app",
    "has_second_step",
    "new_recovery_codes",
    "recovery_codes_left",
    "remove",
    "remove_app",
]

PERIOD_SECONDS = 30
CODES = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


class WrongCode(TrackerError):
    """Mistyped, of another time, or used before."""


def has_second_step(db: Session, learner: Learner) -> bool:
    """An app, or a passkey that works."""
    usable = select(Passkey.id).where(Passkey.learner_id == learner.id, Passkey.stopped_at.is_(None)).limit(1)
    return has_app(db, learner) or db.scalar(usable) is not None


def has_app(db: Session, learner: Learner) -> bool:
    app = db.get(CodeApp, learner.id)
    return app is not None and app.confirmed_at is not None


def begin_app(db: Session, learner: Learner, *, secret_key: str | bytes) -> str:
    """The secret for the app, the same until it has been confirmed: the page may be loaded twice."""
    _take_turn(db, learner)
    app = db.get(CodeApp, learner.id, populate_existing=True)
    if app is not None and app.confirmed_at is None:
        try:
            return _cipher(secret_key).decrypt(app.secret).decode()
        except InvalidToken:
            pass
    secret = pyotp.random_base32()
    encrypted = _cipher(secret_key).encrypt(secret.encode())
    if app is None:
        db.add(CodeApp(learner_id=learner.id, secret=encrypted))
    else:
        app.secret, app.confirmed_at, app.last_period = encrypted, None, 0
    db.flush()
    return secret


def confirm_app(db: Session, learner: Learner, code: str, *, secret_key: str | bytes, now: datetime) -> list[str]:
    """The recovery codes, which are nowhere else.

    :raises WrongCode: when the app is still not in use.
    """
    _take_turn(db, learner)
    app = db.get(CodeApp, learner.id, populate_existing=True)
    if app is None or app.confirmed_at is not None:
        raise WrongCode
    _take_code(db, app, _digits(code), secret_key=secret_key, now=now)
    app.confirmed_at = now
    return new_recovery_codes(db, learner)


def new_recovery_codes(db: Session, learner: Learner) -> list[str]:
    """Instead of those there were."""
    _take_turn(db, learner)
    db.execute(delete(RecoveryCode).where(RecoveryCode.learner_id == learner.id))
    codes = ["-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3)) for _ in range(CODES)]
    db.add_all(RecoveryCode(code_hash=_hash(learner, code), learner_id=learner.id) for code in codes)
    db.flush()
    return codes


def check(db: Session, learner: Learner, code: str, *, secret_key: str | bytes, now: datetime) -> None:
    """A code from the app or a recovery code; either is good once.

    :raises WrongCode:
    """
    app = db.get(CodeApp, learner.id, with_for_update=True)
    digits = _digits(code)
    if len(digits) == 6 and digits.isdecimal():
        if app is None or app.confirmed_at is None:
            raise WrongCode
        _take_code(db, app, digits, secret_key=secret_key, now=now)
        return
    used = delete(RecoveryCode).where(
        RecoveryCode.code_hash == _hash(learner, code), RecoveryCode.learner_id == learner.id
    )
    if not db.execute(used).rowcount:  # type: ignore[attr-defined]  # the result of a DELETE has it
        raise WrongCode


def recovery_codes_left(db: Session, learner: Learner) -> int:
    return db.scalar(select(func.count()).where(RecoveryCode.learner_id == learner.id)) or 0


def remove_app(db: Session, learner: Learner) -> None:
    """The recovery codes stay as long as there is a passkey that they stand in for."""
    db.execute(delete(CodeApp).where(CodeApp.learner_id == learner.id))
    if not has_second_step(db, learner):
        db.execute(delete(RecoveryCode).where(RecoveryCode.learner_id == learner.id))


def remove(db: Session, learner: Learner) -> None:
    """App, passkeys and codes. The next time that it is needed the person is asked to choose again."""
    db.execute(delete(CodeApp).where(CodeApp.learner_id == learner.id))
    db.execute(delete(Passkey).where(Passkey.learner_id == learner.id))
    db.execute(delete(RecoveryCode).where(RecoveryCode.learner_id == learner.id))


def _take_turn(db: Session, learner: Learner) -> None:
    """Of two pages that choose at once the second finds what the first has done."""
    db.execute(select(Learner.id).where(Learner.id == learner.id).with_for_update(key_share=True))


def _take_code(db: Session, app: CodeApp, digits: str, *, secret_key: str | bytes, now: datetime) -> None:
    try:
        totp = pyotp.TOTP(_cipher(secret_key).decrypt(app.secret).decode())
    except InvalidToken as error:
        raise WrongCode from error
    here = int(now.timestamp()) // PERIOD_SECONDS
    # A clock may be half a minute wrong.
    for period in (here - 1, here, here + 1):
        if period > app.last_period and secrets.compare_digest(totp.generate_otp(period), digits):
            # Of two who write the same code at once, one is first.
            taken = update(CodeApp).where(CodeApp.learner_id == app.learner_id, CodeApp.last_period < period)
            if db.execute(taken.values(last_period=period)).rowcount:  # type: ignore[attr-defined]  # as above
                return
    raise WrongCode


def _digits(code: str) -> str:
    return "".join(code.split())


def _hash(learner: Learner, code: str) -> str:
    """Of 74 random bits, so a fast hash is enough."""
    plain = "".join(character for character in code.lower() if character in ALPHABET)
    return hashlib.sha256(f"{learner.account}:{plain}".encode()).hexdigest()


def _cipher(secret_key: str | bytes) -> Fernet:
    key = secret_key.encode() if isinstance(secret_key, str) else secret_key
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"second step:" + key).digest()))
