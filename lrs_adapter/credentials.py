"""Keys to the LRS: what each may do, for how long, and for whose data.

A secret is 256 random bits and is stored as its SHA-256. Guessing it is out of reach, so a slow password hash would
only cost time on every request.
"""

import base64
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final, cast
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Engine, Table, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from lrs_adapter.identity import Authority
from lrs_adapter.models import CredentialRow

# A read must not cost a write: the last use is known to within this.
LAST_USE_PRECISION: Final = timedelta(minutes=10)
_REMEMBERED: Final = 1_000

_ROW: Final = cast("Table", CredentialRow.__table__)
GOOD: Final = exists(
    select(_ROW.c.id).where(
        _ROW.c.id == bindparam("credential_id"),
        _ROW.c.revoked.is_(None),
        or_(_ROW.c.expires.is_(None), _ROW.c.expires > bindparam("now")),
    )
)
"""``is_good`` as a condition, for whoever asks the database anyway."""


class Scope(StrEnum):
    """xAPI 1.0.3 Communication 4.2."""

    ALL = "all"
    ALL_READ = "all/read"
    STATEMENTS_WRITE = "statements/write"
    STATEMENTS_READ = "statements/read"
    STATEMENTS_READ_MINE = "statements/read/mine"
    STATE = "state"
    DEFINE = "define"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class Binding:
    """What a credential is confined to; None confines nothing.

    ``actor`` is an Agent. A bound credential writes Statements of this Actor in this registration only, reads only
    those, and reaches only the documents of this Activity, Actor and registration.
    """

    session_id: str | None = None
    registration: UUID | None = None
    activity_id: str | None = None
    actor: Mapping[str, Any] | None = None

    def __bool__(self) -> bool:
        return any((self.session_id, self.registration, self.activity_id, self.actor))


@dataclass(frozen=True, slots=True)
class Credential:
    id: UUID
    key: str
    name: str
    scopes: frozenset[Scope]
    authority: Authority
    created: datetime
    last_used: datetime | None
    version_2: bool
    expires: datetime | None
    revoked: datetime | None
    binding: Binding

    def may(self, *scopes: Scope) -> bool:
        """Is any one of these scopes given, or everything?"""
        return Scope.ALL in self.scopes or not self.scopes.isdisjoint(scopes)


@dataclass(frozen=True, slots=True)
class NewCredential:
    """The only time that the secret is seen."""

    credential: Credential
    secret: str

    @property
    def key(self) -> str:
        return self.credential.key

    @property
    def basic(self) -> str:
        """What stands after ``Basic`` in an Authorization header."""
        return base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()


def create_credential(
    db: Session,
    *,
    name: str,
    home_page: str,
    now: datetime,
    scopes: Iterable[Scope | str] = (Scope.ALL,),
    expires: datetime | None = None,
    binding: Binding = Binding(),  # frozen, so one for all is safe
) -> NewCredential:
    """``home_page`` is the address of this LRS: with the key it makes the account that Statements get as authority.

    :raises ValueError: for a scope that there isn't.
    """
    secret = secrets.token_urlsafe(32)
    row = CredentialRow(
        id=uuid4(),
        key=secrets.token_hex(16),
        secret_hash=_hash(secret),
        name=name,
        scopes=" ".join(sorted({Scope(scope) for scope in scopes})),
        home_page=home_page,
        created=now,
        last_used=None,
        version_2=False,
        expires=expires,
        revoked=None,
        session_id=binding.session_id,
        registration=binding.registration,
        activity_id=binding.activity_id,
        actor=orjson.dumps(binding.actor).decode() if binding.actor else None,
    )
    db.add(row)
    db.flush()
    return NewCredential(_credential(row), secret)


def check_credential(db: Session, key: str, secret: str, *, now: datetime) -> Credential | None:
    """The credential, if key and secret belong together and it is neither revoked nor past its time."""
    row = db.execute(select(*CredentialRow.__table__.columns).where(CredentialRow.key == key)).first()
    if row is None or not compare_digest(row.secret_hash, _hash(secret)):
        return None
    if row.revoked is not None or (row.expires is not None and row.expires <= now):
        return None
    return _credential(row)


def was_bound(db: Session, key: str) -> bool:
    """Was this key made for one session, over by now or not?"""
    found = select(CredentialRow.id).where(CredentialRow.key == key, CredentialRow.session_id.is_not(None))
    return db.execute(found).first() is not None


def is_good(db: Session, credential_id: UUID, *, now: datetime) -> bool:
    """Neither revoked nor past its time."""
    return bool(db.scalar(select(GOOD), {"credential_id": credential_id, "now": now}))


def recall(engine: Engine, key: str, secret: str) -> Credential | None:
    """One that this process has found good before, without asking the database again.

    Only for those who have its revocation looked at together with what it permits: ``writing.write`` and
    ``queries.consistent_through``.
    """
    return _remembered(engine).get((key, _hash(secret)))


def remember(engine: Engine, secret: str, credential: Credential) -> None:
    found = _remembered(engine)
    if len(found) >= _REMEMBERED:
        found.clear()
    found[credential.key, _hash(secret)] = credential


def forget(engine: Engine, credential: Credential) -> None:
    found = _remembered(engine)
    for known in [known for known in list(found) if known[0] == credential.key]:
        found.pop(known, None)


def is_use_worth_noting(credential: Credential, *, version_2: bool, now: datetime) -> bool:
    return (
        credential.last_used is None
        or now - credential.last_used >= LAST_USE_PRECISION
        or credential.version_2 is not version_2
    )


def note_use(db: Session, credential: Credential, *, version_2: bool, now: datetime) -> None:
    """When it was last used, and in which version of xAPI: the one to answer in, should a request forget to say."""
    db.execute(
        update(CredentialRow)
        .where(
            CredentialRow.id == credential.id,
            # Of many requests at the same time one writes; the others find nothing to do.
            or_(
                CredentialRow.last_used.is_(None),
                CredentialRow.last_used <= now - LAST_USE_PRECISION,
                CredentialRow.version_2.is_not(version_2),
            ),
        )
        .values(last_used=now, version_2=version_2)
    )


def revoke_credential(db: Session, credential_id: UUID, *, now: datetime) -> None:
    """From now on it opens nothing. The first moment stays when it is revoked again."""
    db.execute(
        update(CredentialRow)
        .where(CredentialRow.id == credential_id, CredentialRow.revoked.is_(None))
        .values(revoked=now)
    )


def list_credentials(db: Session, *, bound: bool = False) -> list[Credential]:
    """The newest first. Those made for one session are many and short-lived; ``bound`` asks for them instead."""
    query = select(*CredentialRow.__table__.columns).order_by(CredentialRow.created.desc(), CredentialRow.key)
    condition = CredentialRow.session_id.is_not(None) if bound else CredentialRow.session_id.is_(None)
    return [_credential(row) for row in db.execute(query.where(condition))]


def _credential(row: Any) -> Credential:
    return Credential(
        id=row.id,
        key=row.key,
        name=row.name,
        scopes=frozenset(Scope(scope) for scope in row.scopes.split()),
        authority=Authority(row.home_page, row.key),
        created=row.created,
        last_used=row.last_used,
        version_2=row.version_2,
        expires=row.expires,
        revoked=row.revoked,
        binding=Binding(
            session_id=row.session_id,
            registration=row.registration,
            activity_id=row.activity_id,
            actor=orjson.loads(row.actor) if row.actor else None,
        ),
    )


# By database: one process may serve several, as the tests do.
_memory: WeakKeyDictionary[Engine, dict[tuple[str, bytes], Credential]] = WeakKeyDictionary()


def _remembered(engine: Engine) -> dict[tuple[str, bytes], Credential]:
    return _memory.setdefault(engine, {})


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
