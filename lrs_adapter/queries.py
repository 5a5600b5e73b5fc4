"""Finding Statements (xAPI 1.0.3 Communication 2.1.3).

Every branch of a search walks one index in the order of ``seq`` and stops at the limit, so a page costs the same
however many Statements there are and wherever in them it lies. The branches are put together here: an OR in SQL would
make the database collect all that match before it sorts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import product
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Row,
    Select,
    Table,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from lrs_adapter.credentials import GOOD, is_good
from lrs_adapter.errors import CredentialGone
from lrs_adapter.identity import iri_key
from lrs_adapter.models import StatementActivityRow, StatementAgentRow, StatementRow
from lrs_adapter.vocabulary import VOIDED

VOIDED_KEY: Final = iri_key(VOIDED.id)

Found = Row[UUID, int, str, datetime]


@dataclass(frozen=True, slots=True)
class StatementQuery:
    """``cursor`` is the ``seq`` of the last Statement of the page before. ``authority`` confines to one authority,
    ``actor`` to one Actor: what a credential may see, apart from what was asked for."""

    agent: UUID | None = None
    verb: UUID | None = None
    activity: UUID | None = None
    registration: UUID | None = None
    related_agents: bool = False
    related_activities: bool = False
    since: datetime | None = None
    until: datetime | None = None
    ascending: bool = False
    limit: int = 100
    cursor: int | None = None
    authority: UUID | None = None
    actor: UUID | None = None
    only_registration: UUID | None = None

    @property
    def filters(self) -> bool:
        return any((self.agent, self.verb, self.activity, self.registration))


@dataclass(frozen=True, slots=True)
class Page:
    """``cursor``: where the next page starts; None when this was the last."""

    rows: Sequence[Found]
    cursor: int | None


def find(db: Session, query: StatementQuery) -> Page:
    """One page, newest first or ``ascending``. Voided Statements are left out."""
    found: dict[int, Found] = {}
    for statement in (*_branches(query), *([_targeting(query)] if query.filters else ())):
        for row in db.execute(statement):
            found[row.seq] = row
    rows = [found[seq] for seq in sorted(found, reverse=not query.ascending)[: query.limit + 1]]
    if len(rows) > query.limit:
        return Page(rows[: query.limit], rows[query.limit - 1].seq)
    return Page(rows, None)


def find_one(
    db: Session,
    statement_id: UUID,
    *,
    voided: bool,
    authority: UUID | None = None,
    actor: UUID | None = None,
    registration: UUID | None = None,
) -> Found | None:
    """The Statement with this id, if it is voided, or is not, as asked for."""
    query = _one(voided)
    if allowed := _allowed(authority, actor, registration):
        query = query.where(*allowed)
    return db.execute(query, {"wanted": statement_id}).first()


def consistent_through(db: Session, now: datetime, *, credential_id: UUID | None = None) -> datetime:
    """Everything stored before this moment can be read (xAPI 1.0.3 Communication 2.1.3).

    Where several write at once, the oldest transaction that is still writing sets the limit. To be asked before the
    Statements are, so that nothing is promised that came between.

    :raises CredentialGone: ``credential_id`` was given, and that credential is revoked or has run out.
    """
    if db.get_bind().dialect.name != "postgresql":
        if credential_id is not None and not is_good(db, credential_id, now=now):
            raise CredentialGone("The credential no longer opens this LRS")
        return now
    if credential_id is None:
        oldest = db.scalar(_OLDEST)
    else:
        oldest, good = db.execute(_OLDEST_AND_GOOD, {"credential_id": credential_id, "now": now}).one()
        if not good:
            raise CredentialGone("The credential no longer opens this LRS")
    return now if oldest is None else min(now, oldest)


_OLDEST_WRITER: Final = literal_column(
    "(SELECT min(xact_start) FROM pg_stat_activity"
    # PostgreSQL's own upkeep writes too, but no Statement.
    " WHERE datname = current_database() AND backend_type = 'client backend'"
    " AND backend_xid IS NOT NULL AND pid <> pg_backend_pid())",
    DateTime(timezone=True),
)
_OLDEST: Final = select(_OLDEST_WRITER)
_OLDEST_AND_GOOD: Final = select(_OLDEST_WRITER, GOOD)


# Putting these together takes SQLAlchemy longer than PostgreSQL takes to answer, and they are always the same.
@cache
def _one(voided: bool) -> Select[UUID, int, str, datetime]:
    # By the table and not by the mapped class: nothing then passes through the ORM's loading of objects.
    row = cast("Table", StatementRow.__table__)
    voiding = row.alias()
    is_voided = exists().where(voiding.c.target_id == row.c.statement_id, voiding.c.verb_key == VOIDED_KEY)
    is_not_voided = or_(row.c.verb_key == VOIDED_KEY, ~is_voided)
    return select(row.c.statement_id, row.c.seq, row.c.statement, row.c.stored).where(
        row.c.statement_id == bindparam("wanted"), ~is_not_voided if voided else is_not_voided
    )


@cache
def _columns() -> Select[UUID, int, str, datetime]:
    return select(StatementRow.statement_id, StatementRow.seq, StatementRow.statement, StatementRow.stored)


@cache
def _is_not_voided() -> ColumnElement[bool]:
    """A voiding Statement can't itself be voided (xAPI 1.0.3 Data 2.3.2)."""
    voiding = aliased(StatementRow)
    return or_(
        StatementRow.verb_key == VOIDED_KEY,
        ~exists().where(voiding.target_id == StatementRow.statement_id, voiding.verb_key == VOIDED_KEY),
    )


def _allowed(authority: UUID | None, actor: UUID | None, registration: UUID | None) -> list[ColumnElement[bool]]:
    allowed = []
    if authority is not None:
        allowed.append(StatementRow.authority_key == authority)
    if actor is not None:
        allowed.append(StatementRow.actor_key == actor)
    if registration is not None:
        allowed.append(StatementRow.registration == registration)
    return allowed


def _branches(query: StatementQuery) -> list[Select[*tuple[Any, ...]]]:
    """One for each way in which a Statement can name what was asked for."""
    agents = ["actor", "agent"] if query.agent else [""]
    if query.agent and query.related_agents:
        agents.append("authority")
    activities = ["object"] if query.activity else [""]
    if query.activity and query.related_activities:
        activities.append("related")
    return [_branch(query, agent, activity) for agent, activity in product(agents, activities)]


def _branch(query: StatementQuery, agent: str, activity: str) -> Select[*tuple[Any, ...]]:
    statement = _columns()
    # What drives the walk is the column that paging and order go by.
    walk: Any = StatementRow.seq
    if agent == "actor":
        statement = statement.where(StatementRow.actor_key == query.agent)
    elif agent == "authority":
        statement = statement.where(StatementRow.authority_key == query.agent)
    elif agent == "agent":
        walk = StatementAgentRow.seq
        statement = statement.join(StatementAgentRow, StatementAgentRow.seq == StatementRow.seq)
        statement = statement.where(StatementAgentRow.agent_key == query.agent)
        if not query.related_agents:
            statement = statement.where(StatementAgentRow.narrow)
    if activity == "object":
        statement = statement.where(StatementRow.activity_key == query.activity)
    elif activity == "related":
        if agent != "agent":
            walk = StatementActivityRow.seq
        statement = statement.join(StatementActivityRow, StatementActivityRow.seq == StatementRow.seq)
        statement = statement.where(StatementActivityRow.activity_key == query.activity)
    if query.verb is not None:
        statement = statement.where(StatementRow.verb_key == query.verb)
    if query.registration is not None:
        statement = statement.where(StatementRow.registration == query.registration)
    return _page(statement, query, walk)


def _page(statement: Select[*tuple[Any, ...]], query: StatementQuery, walk: Any) -> Select[*tuple[Any, ...]]:
    """What holds for the found Statement itself, in every branch: time, sequence, voiding and permission."""
    statement = statement.where(_is_not_voided(), *_allowed(query.authority, query.actor, query.only_registration))
    if query.since is not None:
        statement = statement.where(StatementRow.stored > query.since)
    if query.until is not None:
        statement = statement.where(StatementRow.stored <= query.until)
    if query.cursor is not None:
        statement = statement.where(walk > query.cursor if query.ascending else walk < query.cursor)
    return statement.order_by(walk.asc() if query.ascending else walk.desc()).limit(query.limit + 1)


def _targeting(query: StatementQuery) -> Select[*tuple[Any, ...]]:
    """Statements that point at a matching one, also through others that point (Filter Conditions for StatementRefs).

    Whether the one pointed at is voided doesn't matter here. Statements that point at others are few: the walk starts
    from them.
    """
    reached, matching = _reached()
    roots = (
        select(reached.c.root)
        .join(matching, matching.statement_id == reached.c.target)
        .where(*_matches(query, matching))
    )
    return _page(_columns().where(StatementRow.seq.in_(roots)), query, StatementRow.seq)


@cache
def _reached() -> tuple[CTE, Any]:
    """Each Statement that points at another with all that it reaches, and the rows to compare that with."""
    first = aliased(StatementRow)
    reached = (
        select(first.seq.label("root"), first.target_id.label("target"))
        .where(first.target_id.is_not(None))
        .cte("reached", recursive=True)
    )
    following = aliased(StatementRow)
    reached = reached.union(
        select(reached.c.root, following.target_id)
        .join(following, following.statement_id == reached.c.target)
        .where(following.target_id.is_not(None))
    )
    return reached, aliased(StatementRow)


def _matches(query: StatementQuery, row: Any) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.agent is not None:
        named = exists(literal_column("1")).where(
            StatementAgentRow.agent_key == query.agent, StatementAgentRow.seq == row.seq
        )
        if query.related_agents:
            conditions.append(or_(row.actor_key == query.agent, row.authority_key == query.agent, named))
        else:
            conditions.append(or_(row.actor_key == query.agent, named.where(StatementAgentRow.narrow)))
    if query.activity is not None:
        about = row.activity_key == query.activity
        if query.related_activities:
            named = exists(literal_column("1")).where(
                StatementActivityRow.activity_key == query.activity, StatementActivityRow.seq == row.seq
            )
            about = or_(about, named)
        conditions.append(about)
    if query.verb is not None:
        conditions.append(row.verb_key == query.verb)
    if query.registration is not None:
        conditions.append(row.registration == query.registration)
    return conditions


def count_statements(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(StatementRow)) or 0
