"""The one door by which Statements come in, from the tracker and over HTTP alike.

Everything here happens in the caller's transaction and is committed, or not, by the caller.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lrs_adapter import definitions
from lrs_adapter.comparison import same_statement
from lrs_adapter.derive import Candidate, Derived, derive
from lrs_adapter.errors import CredentialGone, InvalidStatement, StatementConflict
from lrs_adapter.identity import INTERNAL, Authority, iri_key
from lrs_adapter.jsontext import complete
from lrs_adapter.models import StatementRow
from lrs_adapter.statements import Account, build_voiding
from lrs_adapter.times import isoformat_exact
from lrs_adapter.validation import validate_statement
from lrs_adapter.vocabulary import VOIDED
from lrs_adapter.writing import take_back, write

__all__ = [
    "INTERNAL",
    "Authority",
    "OnStored",
    "Received",
    "Stored",
    "count_statements",
    "get_statement",
    "iterate",
    "make_candidates",
    "record",
    "record_received",
    "void",
    "void_all",
    "voided_among",
]


@dataclass(frozen=True, slots=True)
class Stored:
    """A Statement in the store. ``new`` is False where it was there already, the same."""

    statement_id: UUID
    seq: int
    statement: dict[str, Any]
    new: bool
    authority: Authority
    stored: datetime


@dataclass(frozen=True, slots=True)
class Received:
    """A valid Statement that has not been stored: its own text, and the same parsed.

    ``statement_id``: the id it gets where it has none of its own. ``derived``: what it is found by, where known.
    """

    text: bytes
    statement: Mapping[str, Any]
    version_2: bool = False
    statement_id: UUID | None = None
    derived: Derived | None = None


OnStored = Callable[[Session, list[Stored]], None]


def record(
    db: Session,
    statements: Sequence[Mapping[str, Any]],
    *,
    authority: Authority,
    now: datetime,
    on_stored: OnStored | None = None,
) -> list[Stored]:
    """Validate and store all of them, or none, and queue them for every outside LRS.

    The answer has the order of what was given. A Statement that is stored already, the same, is not stored again and
    comes back with ``new=False``. ``on_stored`` gets the new ones, in the same transaction.

    :raises InvalidStatement: with place and rule; nothing is stored.
    :raises StatementConflict: another Statement has one of the ids; nothing is stored.
    """
    received = []
    for number, statement in enumerate(statements):
        content = orjson.dumps(statement)
        plain = orjson.loads(content)
        validate_statement(plain, f"$[{number}]")
        received.append(Received(content, plain))
    return record_received(db, received, authority=authority, now=now, on_stored=on_stored)


def record_received(
    db: Session,
    received: Sequence[Received],
    *,
    authority: Authority,
    now: datetime,
    on_stored: OnStored | None = None,
    credential_id: UUID | None = None,
) -> list[Stored]:
    """The same for Statements that are already parsed and valid, whose own text is kept.

    :raises CredentialGone: ``credential_id`` was given, and that credential is revoked or has run out.
    """
    if not received:
        return []
    candidates = make_candidates(received, authority=authority, now=now)
    sequence = write(db, candidates, authority_key=authority.key, now=now, credential_id=credential_id)
    present = _check_present(db, candidates, sequence) if len(sequence) < len(candidates) else {}
    definitions.remember(db, [candidates[sid].derived.definitions for sid in candidates if sid in sequence])
    stored = [
        present[sid]
        if sid in present
        else Stored(sid, sequence[sid], candidate.parsed, new=True, authority=authority, stored=now)
        for sid, candidate in candidates.items()
    ]
    if on_stored is not None and (new := [one for one in stored if one.new]):
        on_stored(db, new)
    return stored


def make_candidates(received: Sequence[Received], *, authority: Authority, now: datetime) -> dict[UUID, Candidate]:
    """By their ids, as they will be returned.

    :raises InvalidStatement: two have the same id.
    """
    agent = authority.agent
    agent_text, moment = orjson.dumps(agent), isoformat_exact(now)
    candidates: dict[UUID, Candidate] = {}
    for item in received:
        statement_id = UUID(item.statement["id"]) if "id" in item.statement else item.statement_id or uuid4()
        if statement_id in candidates:
            raise InvalidStatement("$", f"the id {statement_id} is used twice (xAPI 1.0.3 Communication 2.1.2)")
        content, parsed = complete(
            item.text,
            item.statement,
            statement_id=statement_id,
            stored=moment,
            authority=agent,
            authority_text=agent_text,
            version_2=item.version_2,
        )
        candidates[statement_id] = Candidate(content, parsed, item.derived or derive(item.statement))
    return candidates


def void(
    db: Session,
    statement_id: UUID,
    *,
    actor: Account,
    authority: Authority,
    now: datetime,
    on_stored: OnStored | None = None,
) -> Stored:
    """Store the Statement that voids another. Voiding the same one again changes nothing (xAPI 1.0.3 Data 2.3.2)."""
    return void_all(db, [statement_id], actor=actor, authority=authority, now=now, on_stored=on_stored)[0]


def void_all(
    db: Session,
    statement_ids: Sequence[UUID],
    *,
    actor: Account,
    authority: Authority,
    now: datetime,
    on_stored: OnStored | None = None,
) -> list[Stored]:
    """The same for several: ``on_stored`` is told of all of them at once. The answer has the order of the ids."""
    voids = [build_voiding(statement_id, actor=actor, timestamp=now) for statement_id in statement_ids]
    # The id is derived, the moment is not: a repeated call must find the first one and not differ from it.
    found = {UUID(one["id"]): get_statement(db, UUID(one["id"])) for one in voids}
    fresh = [one for one in voids if found[UUID(one["id"])] is None]
    stored = record(db, fresh, authority=authority, now=now, on_stored=on_stored) if fresh else []
    known = {**found, **{one.statement_id: one for one in stored}}
    return [one for statement in voids if (one := known[UUID(statement["id"])]) is not None]


def get_statement(db: Session, statement_id: UUID) -> Stored | None:
    """One Statement, voided or not."""
    row = db.execute(_columns().where(StatementRow.statement_id == statement_id)).first()
    return None if row is None else _from_row(*row)


def count_statements(db: Session) -> int:
    """How many there are, voided ones too."""
    return db.scalar(select(func.count()).select_from(StatementRow)) or 0


def voided_among(db: Session, statement_ids: Sequence[UUID], *, authority: Authority | None = None) -> set[UUID]:
    """Which of these have been voided, by anybody or by one authority."""
    query = select(StatementRow.target_id).where(
        StatementRow.verb_key == iri_key(VOIDED.id), StatementRow.target_id.in_(statement_ids)
    )
    if authority is not None:
        query = query.where(StatementRow.authority_key == authority.key)
    return {target for target in db.scalars(query) if target is not None}


def iterate(
    db: Session,
    *,
    authority: Authority | None = None,
    registration: UUID | None = None,
    after: int = 0,
    batch: int = 1000,
) -> Iterator[Stored]:
    """Every Statement in the order it was stored, voided ones and the voiding ones too, from behind ``after``.

    Reads ``batch`` at a time, so the whole store never stands in memory.
    """
    query = _columns().order_by(StatementRow.seq).limit(batch)
    if authority is not None:
        query = query.where(StatementRow.authority_key == authority.key)
    if registration is not None:
        query = query.where(StatementRow.registration == registration)
    while rows := db.execute(query.where(StatementRow.seq > after)).all():
        for row in rows:
            yield _from_row(*row)
        after = rows[-1].seq


def _columns() -> Any:
    return select(StatementRow.statement_id, StatementRow.seq, StatementRow.statement, StatementRow.stored)


def _from_row(statement_id: UUID, seq: int, content: str, stored: datetime) -> Stored:
    statement = orjson.loads(content)
    account = statement["authority"]["account"]
    authority = Authority(account["homePage"], account["name"])
    return Stored(statement_id, seq, statement, new=False, authority=authority, stored=stored)


def _check_present(
    db: Session, candidates: Mapping[UUID, Candidate], sequence: Mapping[UUID, int]
) -> dict[UUID, Stored]:
    """Those that were there already. All must be the same as what came (xAPI 1.0.3 Communication 2.1.1, 2.1.2)."""
    missing = [sid for sid in candidates if sid not in sequence]
    present = {}
    for row in db.execute(_columns().where(StatementRow.statement_id.in_(missing))):
        if not same_statement(row.statement, candidates[row.statement_id].content):
            # All or nothing, also for a caller who goes on and commits after this.
            take_back(db, list(sequence.values()))
            raise StatementConflict(row.statement_id)
        present[row.statement_id] = _from_row(*row)
    if len(present) < len(missing):
        raise CredentialGone("The credential no longer opens this LRS")
    return present
