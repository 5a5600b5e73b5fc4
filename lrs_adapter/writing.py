"""Writing Statements and everything they are found by, in as few trips to the database as it allows.

PostgreSQL takes all of it in one statement (``writing_postgresql``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from sqlalchemy import Table, delete, insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from lrs_adapter import destinations
from lrs_adapter.credentials import is_good
from lrs_adapter.derive import Candidate
from lrs_adapter.models import AgentNameRow, OutboxRow, StatementActivityRow, StatementAgentRow, StatementRow
from lrs_adapter.writing_postgresql import write_batch, write_one

_STATEMENT: Final = cast("Table", StatementRow.__table__)
_AGENT: Final = cast("Table", StatementAgentRow.__table__)
_ACTIVITY: Final = cast("Table", StatementActivityRow.__table__)
_NAME: Final = cast("Table", AgentNameRow.__table__)


def write(
    db: Session,
    candidates: Mapping[UUID, Candidate],
    *,
    authority_key: UUID,
    now: datetime,
    credential_id: UUID | None = None,
) -> dict[UUID, int]:
    """Store those that are not there, queue them for outside LRSs, and return the ``seq`` of each, by its id.

    ``seq`` follows the order given. Those that are there already are left alone and are not in the answer. Nothing is
    stored for a ``credential_id`` that has been revoked or has run out (see ``credentials.recall``).
    """
    if db.get_bind().dialect.name == "postgresql":
        if len(candidates) == 1:
            return write_one(db, candidates, authority_key, now, credential_id)
        return write_batch(db, candidates, authority_key, now, credential_id)
    if credential_id is not None and not is_good(db, credential_id, now=now):
        return {}
    return _write_sqlite(db, candidates, authority_key, now)


def take_back(db: Session, seqs: Sequence[int]) -> None:
    """Undo ``write`` within the same transaction."""
    for table in (StatementRow, StatementAgentRow, StatementActivityRow, OutboxRow):
        db.execute(delete(table).where(table.seq.in_(seqs)))


def _write_sqlite(
    db: Session, candidates: Mapping[UUID, Candidate], authority_key: UUID, now: datetime
) -> dict[UUID, int]:
    """One writer at a time, so nothing needs to be sorted, and a trip costs little."""
    add = sqlite_insert(_STATEMENT).on_conflict_do_nothing(index_elements=["statement_id"])
    rows = [
        {
            "statement_id": statement_id,
            "stored": now,
            "verb_key": one.derived.verb_key,
            "actor_key": one.derived.actor_key,
            "activity_key": one.derived.activity_key,
            "registration": one.derived.registration,
            "authority_key": authority_key,
            "target_id": one.derived.target_id,
            "statement": one.content,
        }
        for statement_id, one in candidates.items()
    ]
    result = db.execute(add.returning(_STATEMENT.c.statement_id, _STATEMENT.c.seq), rows)
    sequence = {row.statement_id: row.seq for row in result}
    fresh = [(sequence[sid], one) for sid, one in candidates.items() if sid in sequence]
    if agents := [
        {"agent_key": key, "seq": seq, "narrow": narrow}
        for seq, one in fresh
        for key, narrow in one.derived.agents.items()
    ]:
        db.execute(insert(_AGENT), agents)
    if activities := [{"activity_key": key, "seq": seq} for seq, one in fresh for key in one.derived.activities]:
        db.execute(insert(_ACTIVITY), activities)
    if names := sorted({name for _, one in fresh for name in one.derived.names}):
        told = [{"agent_key": key, "name": name} for key, name in names]
        db.execute(sqlite_insert(_NAME).on_conflict_do_nothing(), told)
    destinations.enqueue(db, [(seq, one.parsed) for seq, one in fresh], now=now)
    return sequence
