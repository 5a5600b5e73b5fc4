"""Writing Statements to PostgreSQL: everything in one statement, for one Statement and for a batch.

What a batch can wait for is the same Statement coming in twice at once, so rows go in by the order of their ids, and
two batches never wait for each other in a circle. Arrays go in binary (%b): as text, psycopg would spend more time on
their escapes than on everything else together.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from struct import Struct
from typing import Any, Final
from uuid import UUID

from psycopg import adapters
from psycopg.adapt import Dumper
from psycopg.pq import Format
from sqlalchemy.orm import Session

from lrs_adapter.derive import Candidate


class _Array(bytes):
    """An array in PostgreSQL's binary form. psycopg makes one too, at ten times the cost for a batch of keys."""


class _Uuids(_Array):
    oid = 2951


class _Texts(_Array):
    oid = 1009


class _Ints(_Array):
    oid = 1007


class _Bools(_Array):
    oid = 1000


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def __init__(self, cls: type, context: Any = None) -> None:
        super().__init__(cls, context)
        self.oid = cls.oid  # type: ignore[attr-defined]  # each of the four above has one

    def dump(self, obj: Any) -> bytes:
        return bytes(obj)


for _kind in (_Uuids, _Texts, _Ints, _Bools):
    adapters.register_dumper(_kind, _ArrayDumper)
# One dimension, with or without NULL, the type of an element, how many, counted from 1.
_HEAD: Final = Struct("!iiiii").pack
_INT: Final = Struct("!ii").pack
_SIXTEEN: Final = (16).to_bytes(4, "big")
_NULL: Final = b"\xff\xff\xff\xff"
_FALSE_TRUE: Final = (b"\0\0\0\1\0", b"\0\0\0\1\1")


def _uuids(values: Sequence[UUID | None]) -> _Uuids:
    items = [_NULL if value is None else _SIXTEEN + value.bytes for value in values]
    return _Uuids(_HEAD(1, None in values, 2950, len(items), 1) + b"".join(items))


def _texts(values: Sequence[str | None]) -> _Texts:
    items = [_NULL if value is None else _sized(value.encode()) for value in values]
    return _Texts(_HEAD(1, None in values, 25, len(items), 1) + b"".join(items))


def _ints(values: Sequence[int]) -> _Ints:
    return _Ints(_HEAD(1, 0, 23, len(values), 1) + b"".join([_INT(4, value) for value in values]))


def _bools(values: Sequence[bool]) -> _Bools:
    return _Bools(_HEAD(1, 0, 16, len(values), 1) + b"".join([_FALSE_TRUE[value] for value in values]))


def _sized(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


# A credential that this process remembers may have been revoked by another one.
_STILL_GOOD: Final = """(%b::uuid IS NULL OR EXISTS (
    SELECT FROM lrs_credential WHERE id = %b AND revoked IS NULL AND (expires IS NULL OR expires > %b)))"""

_ONE: Final = f"""
WITH fresh AS (
    INSERT INTO lrs_statement (statement_id, stored, verb_key, actor_key, activity_key, registration, authority_key,
                               target_id, statement)
    SELECT %b::uuid, %b::timestamptz, %b::uuid, %b::uuid, %b::uuid, %b::uuid, %b::uuid, %b::uuid, %b::text
    WHERE {_STILL_GOOD}
    ON CONFLICT (statement_id) DO NOTHING
    RETURNING seq
), queued AS (
    INSERT INTO lrs_outbox (destination_id, seq, queued)
    SELECT destination.id, fresh.seq, %b FROM fresh CROSS JOIN lrs_destination AS destination
    WHERE (destination.verbs IS NULL OR jsonb_exists(destination.verbs::jsonb, %b))
      AND (destination.activities IS NULL OR jsonb_exists(destination.activities::jsonb, %b))
)"""
_ONE_AGENTS: Final = """, agents AS (
    INSERT INTO lrs_statement_agent (agent_key, seq, narrow)
    SELECT named.key, fresh.seq, named.narrow FROM fresh CROSS JOIN unnest(%b::uuid[], %b::bool[]) AS named(key, narrow)
)"""
_ONE_ACTIVITIES: Final = """, activities AS (
    INSERT INTO lrs_statement_activity (activity_key, seq)
    SELECT named.key, fresh.seq FROM fresh CROSS JOIN unnest(%b::uuid[]) AS named(key)
)"""
_NAMES: Final = """, names AS (
    INSERT INTO lrs_agent_name (agent_key, name)
    SELECT DISTINCT key, name FROM unnest(%b::uuid[], %b::text[]) AS told(key, name) ORDER BY key, name
    ON CONFLICT DO NOTHING
)"""

# The numbers are drawn first, so that they follow the order of the batch and not that of the ids. The @ stands for what
# is to be done when an id is there already.
_BATCH: Final = f"""
WITH given AS MATERIALIZED (
    SELECT nextval('lrs_statement_seq_seq') AS seq, one.*
    FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::uuid[], %b::uuid[], %b::uuid[],
                %b::text[], %b::text[], %b::text[])
        WITH ORDINALITY AS one(statement_id, verb_key, actor_key, activity_key, registration, target_id,
                               statement, verb, object, position)
), stored AS (
    INSERT INTO lrs_statement (seq, statement_id, stored, verb_key, actor_key, activity_key, registration,
                               authority_key, target_id, statement)
    SELECT seq, statement_id, %b, verb_key, actor_key, activity_key, registration, %b, target_id, statement
    FROM given
    WHERE {_STILL_GOOD}
    ORDER BY statement_id
    @
    RETURNING seq
), fresh AS (
    SELECT given.seq, given.statement_id, given.position, given.verb, given.object FROM given JOIN stored USING (seq)
), queued AS (
    INSERT INTO lrs_outbox (destination_id, seq, queued)
    SELECT destination.id, fresh.seq, %b FROM fresh CROSS JOIN lrs_destination AS destination
    WHERE (destination.verbs IS NULL OR jsonb_exists(destination.verbs::jsonb, fresh.verb))
      AND (destination.activities IS NULL OR jsonb_exists(destination.activities::jsonb, fresh.object))
)"""
_BATCH_AGENTS: Final = """, agents AS (
    INSERT INTO lrs_statement_agent (agent_key, seq, narrow)
    SELECT named.key, fresh.seq, named.narrow
    FROM unnest(%b::int[], %b::uuid[], %b::bool[]) AS named(position, key, narrow) JOIN fresh USING (position)
)"""
_BATCH_ACTIVITIES: Final = """, activities AS (
    INSERT INTO lrs_statement_activity (activity_key, seq)
    SELECT named.key, fresh.seq
    FROM unnest(%b::int[], %b::uuid[]) AS named(position, key) JOIN fresh USING (position)
)"""


def write_one(
    db: Session, candidates: Mapping[UUID, Candidate], authority_key: UUID, now: datetime, credential_id: UUID | None
) -> dict[UUID, int]:
    ((statement_id, one),) = candidates.items()
    found = one.derived
    given: list[Any] = [
        statement_id,
        now,
        found.verb_key,
        found.actor_key,
        found.activity_key,
        found.registration,
        authority_key,
        found.target_id,
        one.content,
        credential_id,
        credential_id,
        now,
        now,
        one.parsed["verb"]["id"],
        one.parsed["object"].get("id"),
    ]
    if found.agents:
        given += [_uuids(list(found.agents)), _bools(list(found.agents.values()))]
    if found.activities:
        given.append(_uuids(list(found.activities)))
    if found.names:
        given += [_uuids([key for key, _ in found.names]), _texts([name for _, name in found.names])]
    statement = _one(bool(found.agents), bool(found.activities), bool(found.names))
    row = db.connection().exec_driver_sql(statement, tuple(given)).first()
    return {} if row is None else {statement_id: row.seq}


def write_batch(
    db: Session, candidates: Mapping[UUID, Candidate], authority_key: UUID, now: datetime, credential_id: UUID | None
) -> dict[UUID, int]:
    statement, given = batch_of(candidates, authority_key, now, credential_id)
    result = db.connection().exec_driver_sql(statement, tuple(given))
    return {row.statement_id: row.seq for row in result}


def batch_of(
    candidates: Mapping[UUID, Candidate],
    authority_key: UUID,
    now: datetime,
    credential_id: UUID | None,
    *,
    all_new: bool = False,
) -> tuple[str, list[Any]]:
    """What stores them all, and what is to be put into its places.

    ``all_new``: an id that is there already stops it, and nothing is stored. Otherwise those are left alone.
    """
    found = [one.derived for one in candidates.values()]
    given: list[Any] = [
        _uuids(list(candidates)),
        _uuids([one.verb_key for one in found]),
        _uuids([one.actor_key for one in found]),
        _uuids([one.activity_key for one in found]),
        _uuids([one.registration for one in found]),
        _uuids([one.target_id for one in found]),
        _texts([one.content for one in candidates.values()]),
        _texts([one.parsed["verb"]["id"] for one in candidates.values()]),
        _texts([one.parsed["object"].get("id") for one in candidates.values()]),
        now,
        authority_key,
        credential_id,
        credential_id,
        now,
        now,
    ]
    agents = [(n, key, narrow) for n, one in enumerate(found, 1) for key, narrow in one.agents.items()]
    activities = [(n, key) for n, one in enumerate(found, 1) for key in one.activities]
    names = {name for one in found for name in one.names}
    if agents:
        numbers, keys, narrow = zip(*agents, strict=True)
        given += [_ints(numbers), _uuids(keys), _bools(narrow)]
    if activities:
        numbers, keys = zip(*activities, strict=True)
        given += [_ints(numbers), _uuids(keys)]
    if names:
        given += [_uuids([key for key, _ in names]), _texts([name for _, name in names])]
    return _batch(bool(agents), bool(activities), bool(names), all_new), given


# Each part that a statement hasn't is one that PostgreSQL need not set up.
@cache
def _one(agents: bool, activities: bool, names: bool) -> str:
    parts = (_ONE, agents * _ONE_AGENTS, activities * _ONE_ACTIVITIES, names * _NAMES)
    return "".join(parts) + " SELECT seq FROM fresh"


@cache
def _batch(agents: bool, activities: bool, names: bool, all_new: bool) -> str:
    batch = _BATCH.replace("@", "" if all_new else "ON CONFLICT (statement_id) DO NOTHING")
    parts = (batch, agents * _BATCH_AGENTS, activities * _BATCH_ACTIVITIES, names * _NAMES)
    return "".join(parts) + " SELECT statement_id, seq FROM fresh"
