"""Writing Statements and everything they are found by, in as few trips to the database as it allows.

PostgreSQL takes all of it in one statement. What a batch can wait for is the same Statement coming in twice at once, so
rows go in by the order of their ids, and two batches never wait for each other in a circle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Table, delete, insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from lrs_adapter import destinations
from lrs_adapter.derive import Derived
from lrs_adapter.models import AgentNameRow, OutboxRow, StatementActivityRow, StatementAgentRow, StatementRow

_STATEMENT: Final = cast("Table", StatementRow.__table__)
_AGENT: Final = cast("Table", StatementAgentRow.__table__)
_ACTIVITY: Final = cast("Table", StatementActivityRow.__table__)
_NAME: Final = cast("Table", AgentNameRow.__table__)


@dataclass(slots=True)
class Candidate:
    """A Statement as it will be returned, as text and parsed, and what it is found by."""

    content: str
    parsed: dict[str, Any]
    derived: Derived


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
    stored for a ``credential_id`` that has been revoked (PostgreSQL only; see ``credentials.recall``).
    """
    if db.get_bind().dialect.name == "postgresql":
        return _write_postgresql(db, candidates, authority_key, now, credential_id)
    return _write_sqlite(db, candidates, authority_key, now)


def take_back(db: Session, seqs: Sequence[int]) -> None:
    """Undo ``write`` within the same transaction."""
    for table in (StatementRow, StatementAgentRow, StatementActivityRow, OutboxRow):
        db.execute(delete(table).where(table.seq.in_(seqs)))


# The numbers are drawn first, so that they follow the order of the batch and not that of the ids.
_WRITE: Final = """
WITH given AS MATERIALIZED (
    SELECT nextval('lrs_statement_seq_seq') AS seq, one.*
    FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[],
                %s::text[], %s::text[], %s::text[])
        WITH ORDINALITY AS one(statement_id, verb_key, actor_key, activity_key, registration, target_id,
                               statement, verb, object, position)
), stored AS (
    INSERT INTO lrs_statement (seq, statement_id, stored, verb_key, actor_key, activity_key, registration,
                               authority_key, target_id, statement)
    SELECT seq, statement_id, %s, verb_key, actor_key, activity_key, registration, %s, target_id, statement
    FROM given
    WHERE %s::uuid IS NULL OR EXISTS (
        SELECT FROM lrs_credential WHERE id = %s AND revoked IS NULL AND (expires IS NULL OR expires > %s)
    )
    ORDER BY statement_id
    ON CONFLICT (statement_id) DO NOTHING
    RETURNING seq
), fresh AS (
    SELECT given.seq, given.statement_id, given.position, given.verb, given.object FROM given JOIN stored USING (seq)
), agents AS (
    INSERT INTO lrs_statement_agent (agent_key, seq, narrow)
    SELECT named.key, fresh.seq, named.narrow
    FROM unnest(%s::int[], %s::uuid[], %s::bool[]) AS named(position, key, narrow) JOIN fresh USING (position)
), activities AS (
    INSERT INTO lrs_statement_activity (activity_key, seq)
    SELECT named.key, fresh.seq
    FROM unnest(%s::int[], %s::uuid[]) AS named(position, key) JOIN fresh USING (position)
), names AS (
    INSERT INTO lrs_agent_name (agent_key, name)
    SELECT DISTINCT key, name FROM unnest(%s::uuid[], %s::text[]) AS told(key, name) ORDER BY key, name
    ON CONFLICT DO NOTHING
), queued AS (
    INSERT INTO lrs_outbox (destination_id, seq, queued)
    SELECT destination.id, fresh.seq, %s FROM fresh CROSS JOIN lrs_destination AS destination
    WHERE (destination.verbs IS NULL OR jsonb_exists(destination.verbs::jsonb, fresh.verb))
      AND (destination.activities IS NULL OR jsonb_exists(destination.activities::jsonb, fresh.object))
)
SELECT statement_id, seq FROM fresh
"""


def _write_postgresql(
    db: Session,
    candidates: Mapping[UUID, Candidate],
    authority_key: UUID,
    now: datetime,
    credential_id: UUID | None,
) -> dict[UUID, int]:
    found = [one.derived for one in candidates.values()]
    agents = [(n, key, narrow) for n, one in enumerate(found, 1) for key, narrow in one.agents.items()]
    activities = [(n, key) for n, one in enumerate(found, 1) for key in one.activities]
    names = [name for one in found for name in one.names]
    result = db.connection().exec_driver_sql(
        _WRITE,
        (
            list(candidates),
            [one.verb_key for one in found],
            [one.actor_key for one in found],
            [one.activity_key for one in found],
            [one.registration for one in found],
            [one.target_id for one in found],
            [one.content for one in candidates.values()],
            [one.parsed["verb"]["id"] for one in candidates.values()],
            [one.parsed["object"].get("id") for one in candidates.values()],
            now,
            authority_key,
            credential_id,
            credential_id,
            now,
            [n for n, _, _ in agents],
            [key for _, key, _ in agents],
            [narrow for _, _, narrow in agents],
            [n for n, _ in activities],
            [key for _, key in activities],
            [key for key, _ in names],
            [name for _, name in names],
            now,
        ),
    )
    return {row.statement_id: row.seq for row in result}


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
