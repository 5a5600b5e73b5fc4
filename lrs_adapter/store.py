"""The one door by which Statements come in, from the tracker and over HTTP alike.

Everything here happens in the caller's transaction and is committed, or not, by the caller.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from lrs_adapter import definitions, destinations
from lrs_adapter.comparison import same_statement
from lrs_adapter.derive import Derived, derive
from lrs_adapter.errors import InvalidStatement, StatementConflict
from lrs_adapter.identity import INTERNAL, Authority, iri_key
from lrs_adapter.jsontext import complete
from lrs_adapter.models import AgentNameRow, StatementActivityRow, StatementAgentRow, StatementRow
from lrs_adapter.statements import Account, build_voiding
from lrs_adapter.validation import validate_statement
from lrs_adapter.vocabulary import VOIDED

__all__ = [
    "INTERNAL",
    "Authority",
    "OnStored",
    "Received",
    "Stored",
    "count_statements",
    "get_statement",
    "iterate",
    "record",
    "record_received",
    "void",
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

    ``statement_id``: the id it gets where it has none of its own.
    """

    text: bytes
    statement: Mapping[str, Any]
    version_2: bool = False
    statement_id: UUID | None = None


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
) -> list[Stored]:
    """The same for Statements that are already parsed and valid, whose own text is kept."""
    if not received:
        return []
    asserted_by = orjson.dumps(authority.agent)
    candidates: dict[UUID, _Candidate] = {}
    for item in received:
        statement_id = UUID(item.statement["id"]) if "id" in item.statement else item.statement_id or uuid4()
        if statement_id in candidates:
            raise InvalidStatement("$", f"the id {statement_id} is used twice (xAPI 1.0.3 Communication 2.1.2)")
        content, parsed = complete(
            item.text,
            item.statement,
            statement_id=statement_id,
            stored=now,
            authority=asserted_by,
            version_2=item.version_2,
        )
        candidates[statement_id] = _Candidate(content, parsed, derive(item.statement))
    sequence = _insert_statements(db, candidates, authority, now)
    present = _check_present(db, candidates, sequence)
    fresh = {sid: candidates[sid] for sid in candidates if sid in sequence}
    if fresh:
        _insert_relations(db, fresh, sequence)
        definitions.remember(db, [c.derived.definitions for c in fresh.values()])
        destinations.enqueue(db, [(sequence[sid], c.parsed) for sid, c in fresh.items()], now=now)
    stored = [
        present[sid]
        if sid in present
        else Stored(sid, sequence[sid], candidate.parsed, new=True, authority=authority, stored=now)
        for sid, candidate in candidates.items()
    ]
    if on_stored is not None and (new := [one for one in stored if one.new]):
        on_stored(db, new)
    return stored


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
    statement = build_voiding(statement_id, actor=actor, timestamp=now)
    # The id is derived, the moment is not: a repeated call must find the first one and not differ from it.
    if (existing := get_statement(db, UUID(statement["id"]))) is not None:
        return existing
    return record(db, [statement], authority=authority, now=now, on_stored=on_stored)[0]


def get_statement(db: Session, statement_id: UUID) -> Stored | None:
    """One Statement, voided or not."""
    row = db.execute(_columns().where(StatementRow.statement_id == statement_id)).first()
    return None if row is None else _from_row(*row)


def count_statements(db: Session) -> int:
    """How many there are, voided ones too."""
    return db.scalar(select(func.count()).select_from(StatementRow)) or 0


def voided_among(db: Session, statement_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these have been voided."""
    query = select(StatementRow.target_id).where(
        StatementRow.verb_key == iri_key(VOIDED.id), StatementRow.target_id.in_(statement_ids)
    )
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


@dataclass(slots=True)
class _Candidate:
    content: str
    parsed: dict[str, Any]
    derived: Derived


def _columns() -> Any:
    return select(StatementRow.statement_id, StatementRow.seq, StatementRow.statement, StatementRow.stored)


def _from_row(statement_id: UUID, seq: int, content: str, stored: datetime) -> Stored:
    statement = orjson.loads(content)
    account = statement["authority"]["account"]
    authority = Authority(account["homePage"], account["name"])
    return Stored(statement_id, seq, statement, new=False, authority=authority, stored=stored)


def _insert_statements(
    db: Session, candidates: Mapping[UUID, _Candidate], authority: Authority, now: datetime
) -> dict[UUID, int]:
    """The ``seq`` of those that were not there. The others are left alone."""
    rows: list[dict[str, Any]] = [
        {
            "statement_id": statement_id,
            "stored": now,
            "verb_key": candidate.derived.verb_key,
            "actor_key": candidate.derived.actor_key,
            "activity_key": candidate.derived.activity_key,
            "registration": candidate.derived.registration,
            "authority_key": authority.key,
            "target_id": candidate.derived.target_id,
            "statement": candidate.content,
        }
        for statement_id, candidate in candidates.items()
    ]
    if db.get_bind().dialect.name == "postgresql":
        if len(rows) > 1:
            _number(db, rows)
            # Two batches with the same ids in different order would each hold what the other waits for.
            rows.sort(key=lambda row: row["statement_id"])
        statement = postgresql_insert(StatementRow).on_conflict_do_nothing(index_elements=["statement_id"])
    else:
        statement = sqlite_insert(StatementRow).on_conflict_do_nothing(index_elements=["statement_id"])  # type: ignore[assignment]  # the two dialects share no base class that has the method
    result = db.execute(statement.returning(StatementRow.statement_id, StatementRow.seq), rows)
    return {row.statement_id: row.seq for row in result}


def _number(db: Session, rows: list[dict[str, Any]]) -> None:
    """Fetch the numbers beforehand, so that they follow the order of the batch and not that of the insert."""
    numbers = db.scalars(
        text("SELECT nextval(pg_get_serial_sequence('lrs_statement', 'seq')) FROM generate_series(1, :count)"),
        {"count": len(rows)},
    )
    for row, number in zip(rows, sorted(numbers), strict=True):
        row["seq"] = number


def _check_present(
    db: Session, candidates: Mapping[UUID, _Candidate], sequence: Mapping[UUID, int]
) -> dict[UUID, Stored]:
    """Those that were there already. All must be the same as what came (xAPI 1.0.3 Communication 2.1.1, 2.1.2)."""
    missing = [sid for sid in candidates if sid not in sequence]
    if not missing:
        return {}
    present = {}
    for row in db.execute(_columns().where(StatementRow.statement_id.in_(missing))):
        if not same_statement(row.statement, candidates[row.statement_id].content):
            # All or nothing, also for a caller who goes on and commits after this.
            db.execute(delete(StatementRow).where(StatementRow.seq.in_(sequence.values())))
            raise StatementConflict(row.statement_id)
        present[row.statement_id] = _from_row(*row)
    return present


def _insert_relations(db: Session, fresh: Mapping[UUID, _Candidate], sequence: Mapping[UUID, int]) -> None:
    agents, activities, names = [], [], set()
    for statement_id, candidate in fresh.items():
        seq = sequence[statement_id]
        agents += [{"agent_key": k, "seq": seq, "narrow": n} for k, n in candidate.derived.agents.items()]
        activities += [{"activity_key": k, "seq": seq} for k in candidate.derived.activities]
        names |= candidate.derived.names
    if agents:
        db.execute(insert(StatementAgentRow), agents)
    if activities:
        db.execute(insert(StatementActivityRow), activities)
    if names:
        _insert_names(db, sorted(names))


def _insert_names(db: Session, names: list[tuple[UUID, str]]) -> None:
    rows = [{"agent_key": key, "name": name} for key, name in names]
    if db.get_bind().dialect.name == "postgresql":
        db.execute(postgresql_insert(AgentNameRow).on_conflict_do_nothing(), rows)
    else:
        db.execute(sqlite_insert(AgentNameRow).on_conflict_do_nothing(), rows)
