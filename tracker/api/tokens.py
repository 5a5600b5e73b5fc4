"""Tokens of the API: made, checked, revoked.

A token is 256 random bits, so its SHA-256 is as good as a slow hash and costs nothing on each request.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from tracker.api.models import ApiToken

__all__ = ["TokenScope", "check_token", "create_token", "list_tokens", "note_use", "revoke_token"]

# A read must not cost a write each time.
_USE_PRECISION: Final = timedelta(hours=1)


class TokenScope(StrEnum):
    COURSES = "courses"
    """Everything under /api/v1/courses, /registrations and /sessions."""
    REPORTS = "reports"
    """Figures under /api/v1/reports: blocks of people, never anybody's name."""


def create_token(db: Session, *, name: str, scopes: Iterable[TokenScope], now: datetime) -> tuple[ApiToken, str]:
    """The token is seen only here."""
    secret = secrets.token_urlsafe(32)
    row = ApiToken(name=name, token_hash=_hash(secret), scopes=" ".join(sorted(set(scopes))), created_at=now)
    db.add(row)
    db.flush()
    return row, secret


def check_token(db: Session, secret: str) -> ApiToken | None:
    """The row of a token that is good."""
    row = db.scalar(select(ApiToken).where(ApiToken.token_hash == _hash(secret)))
    return None if row is None or row.revoked_at is not None else row


def note_use(db: Session, token: ApiToken, *, now: datetime) -> None:
    db.execute(
        update(ApiToken)
        .where(
            ApiToken.id == token.id,
            or_(ApiToken.last_used_on.is_(None), ApiToken.last_used_on < now - _USE_PRECISION),
        )
        .values(last_used_on=now)
    )


def list_tokens(db: Session) -> list[ApiToken]:
    return list(db.scalars(select(ApiToken).order_by(ApiToken.created_at, ApiToken.id)))


def revoke_token(db: Session, token: ApiToken, *, now: datetime) -> None:
    """From now on it opens nothing. The first moment stays when it is revoked again."""
    if token.revoked_at is None:
        token.revoked_at = now
    db.flush()


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
