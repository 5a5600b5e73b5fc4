"""Taking a person out of the store: her Statements and documents go, and in those of others she becomes nobody.

xAPI has no such thing: a voided Statement can still be fetched, with its Actor (xAPI 1.0.3 Data 2.3.2). The law has.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from lrs_adapter.attachments import attachments_of
from lrs_adapter.identity import INTERNAL, agent_key
from lrs_adapter.models import (
    AgentNameRow,
    AttachmentRow,
    CredentialRow,
    DocumentRow,
    OutboxRow,
    StatementActivityRow,
    StatementAgentRow,
    StatementRow,
)
from lrs_adapter.queries import VOIDED_KEY

__all__ = ["Erased", "count_others", "documents_of", "erase", "forget_others", "statements_of"]

_AT_ONCE: Final = 500
Agent = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Erased:
    """``rewritten``: Statements of others that named the person. ``agents``: those that anything was found of.

    ``since``: when the first of the Statements was stored.
    """

    statements: int
    rewritten: int
    documents: int
    agents: Sequence[Agent]
    since: datetime | None


def statements_of(db: Session, agents: Sequence[Agent], registrations: Collection[UUID]) -> Iterator[dict[str, Any]]:
    """Every Statement whose Actor the person is, or that belongs to a registration of hers, in the order of storing."""
    seqs = sorted(_own(db, _keys(agents), registrations))
    for step in _steps(seqs):
        rows = select(StatementRow.statement).where(StatementRow.seq.in_(step)).order_by(StatementRow.seq)
        for text in db.scalars(rows):
            yield orjson.loads(text)


def documents_of(db: Session, agents: Sequence[Agent], registrations: Collection[UUID]) -> Sequence[DocumentRow]:
    """State and Agent Profile documents."""
    return db.scalars(
        select(DocumentRow).where(_documents(_keys(agents), registrations)).order_by(DocumentRow.id)
    ).all()


def erase(db: Session, agents: Sequence[Agent], registrations: Collection[UUID], *, stand_in: Agent) -> Erased:
    """Nothing that names one of the agents is left.

    Statements of others keep standing, with ``stand_in`` where the person was: a member's lesson does not become
    undone because the facilitator has gone. What she had voided stays voided.

    :param stand_in: an Agent that means nobody else.
    """
    keys = _keys(agents)
    found = {key for key in keys if _is_known(db, key)}
    own = _own(db, keys, registrations)
    kept = {
        seq
        for step in _steps(sorted(own))
        for seq in db.scalars(
            select(StatementRow.seq).where(StatementRow.seq.in_(step), StatementRow.verb_key == VOIDED_KEY)
        )
        if not _voids_one_of(db, seq, own)
    }
    gone = sorted(own - kept)
    named = set(db.scalars(select(StatementAgentRow.seq).where(StatementAgentRow.agent_key.in_(keys))))
    rewritten = sorted((named | kept) - set(gone))
    attached: set[str] = set()
    since = _first_stored(db, [*gone, *rewritten])
    for step in _steps(gone):
        attached |= _take_away(db, step)
    for step in _steps(rewritten):
        _rename(db, step, keys, stand_in)
    _forget_attachments(db, attached)
    db.execute(delete(AgentNameRow).where(AgentNameRow.agent_key.in_(keys)))
    documents = db.execute(delete(DocumentRow).where(_documents(keys, registrations)))
    if registrations:
        db.execute(delete(CredentialRow).where(CredentialRow.registration.in_(registrations)))
    return Erased(
        statements=len(gone),
        rewritten=len(rewritten),
        documents=int(documents.rowcount),  # type: ignore[attr-defined]  # the result of a DELETE has it
        agents=[agent for agent in agents if agent_key(agent) in found],
        since=since,
    )


def _first_stored(db: Session, seqs: Sequence[int]) -> datetime | None:
    """What was stored first has the lowest number, and so was sent on first."""
    if not seqs:
        return None
    return db.scalar(select(StatementRow.stored).where(StatementRow.seq == min(seqs)))


def _keys(agents: Sequence[Agent]) -> list[UUID]:
    return [key for agent in agents if (key := agent_key(agent)) is not None]


def _is_known(db: Session, key: UUID) -> bool:
    acted = select(StatementRow.seq).where(StatementRow.actor_key == key)
    named = select(StatementAgentRow.seq).where(StatementAgentRow.agent_key == key)
    return any(db.scalar(query.limit(1)) is not None for query in (acted, named))


def _own(db: Session, keys: Sequence[UUID], registrations: Collection[UUID]) -> set[int]:
    # Two questions and not one: each walks its index.
    acted = select(StatementRow.seq).where(StatementRow.actor_key.in_(keys))
    belongs = select(StatementRow.seq).where(StatementRow.registration.in_(registrations))
    return {*db.scalars(acted), *(db.scalars(belongs) if registrations else ())}


def _voids_one_of(db: Session, seq: int, own: Collection[int]) -> bool:
    target = select(StatementRow.target_id).where(StatementRow.seq == seq).scalar_subquery()
    return db.scalar(select(StatementRow.seq).where(StatementRow.statement_id == target)) in own


def _documents(keys: Sequence[UUID], registrations: Collection[UUID]) -> Any:
    return or_(DocumentRow.agent_key.in_(keys), DocumentRow.registration.in_(registrations))


def _take_away(db: Session, seqs: Sequence[int]) -> set[str]:
    """With what they are found by, their places in the queues, and what voids them. The hashes of their attachments."""
    rows = db.execute(select(StatementRow.statement_id, StatementRow.statement).where(StatementRow.seq.in_(seqs))).all()
    attached = {one["sha2"].lower() for row in rows for _, one in attachments_of(orjson.loads(row.statement))}
    ids = [row.statement_id for row in rows]
    voids = db.scalars(select(StatementRow.seq).where(StatementRow.target_id.in_(ids))).all()
    every = [*seqs, *voids]
    for table in (StatementRow, StatementAgentRow, StatementActivityRow, OutboxRow):
        db.execute(delete(table).where(table.seq.in_(every)))
    return attached


def _rename(db: Session, seqs: Sequence[int], keys: Sequence[UUID], stand_in: Agent) -> None:
    nobody = agent_key(stand_in)
    assert nobody is not None
    # Held: somebody else that the same Statement names may be erased at this moment, or who it belongs to.
    held = select(StatementRow.seq, StatementRow.actor_key, StatementRow.statement).where(StatementRow.seq.in_(seqs))
    rows = db.execute(held.order_by(StatementRow.seq).with_for_update()).all()
    for row in rows:
        text = orjson.dumps(_without(orjson.loads(row.statement), frozenset(keys), stand_in)).decode()
        actor = nobody if row.actor_key in keys else row.actor_key
        db.execute(update(StatementRow).where(StatementRow.seq == row.seq).values(statement=text, actor_key=actor))
    named = select(StatementAgentRow.seq, StatementAgentRow.narrow).where(
        StatementAgentRow.agent_key.in_(keys), StatementAgentRow.seq.in_(seqs)
    )
    places: dict[int, bool] = {}
    for seq, narrow in db.execute(named):
        places[seq] = places.get(seq, False) or narrow
    db.execute(delete(StatementAgentRow).where(StatementAgentRow.agent_key.in_(keys), StatementAgentRow.seq.in_(seqs)))
    if places:
        db.execute(
            insert(StatementAgentRow),
            [{"agent_key": nobody, "seq": seq, "narrow": narrow} for seq, narrow in places.items()],
        )


def _without(value: Any, keys: frozenset[UUID], stand_in: Agent) -> Any:
    if isinstance(value, list):
        return [_without(one, keys, stand_in) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("objectType") in (None, "Agent", "Group") and _is_one_of(value, keys):
        return dict(stand_in)
    return {name: _without(one, keys, stand_in) for name, one in value.items()}


def _is_one_of(value: Mapping[str, Any], keys: frozenset[UUID]) -> bool:
    try:
        return agent_key(value) in keys
    except (KeyError, TypeError, AttributeError):
        # Something else that has a member of that name, in an extension.
        return False


def _steps(seqs: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(seqs), _AT_ONCE):
        yield seqs[start : start + _AT_ONCE]


def count_others(db: Session, *, before: datetime) -> int:
    """Statements stored before a moment that other systems have sent: the tracker's own go with whom they are about."""
    return db.scalar(select(func.count()).where(*_others(before))) or 0


def forget_others(db: Session, *, before: datetime, most: int) -> int:
    """Take away so many of them at most. How many."""
    seqs = db.scalars(select(StatementRow.seq).where(*_others(before)).order_by(StatementRow.seq).limit(most)).all()
    for step in _steps(seqs):
        _forget_attachments(db, _take_away(db, step))
    return len(seqs)


def _others(before: datetime) -> list[Any]:
    return [StatementRow.authority_key != INTERNAL.key, StatementRow.stored < before]


def _forget_attachments(db: Session, attached: Collection[str]) -> None:
    """Those that no Statement names any more."""
    for sha2 in attached:
        if db.scalar(select(StatementRow.seq).where(StatementRow.statement.contains(sha2)).limit(1)) is None:
            db.execute(delete(AttachmentRow).where(AttachmentRow.sha2 == sha2))
