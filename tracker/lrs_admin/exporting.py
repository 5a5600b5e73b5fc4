"""All that is stored, or a part of it, as lines of JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lrs_adapter.identity import iri_key
from lrs_adapter.models import StatementRow
from lrs_adapter.queries import consistent_through

__all__ = ["Choice", "choose", "count", "lines"]

_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """``since`` is exclusive and ``until`` inclusive, as in xAPI; both go by when a Statement was stored."""

    until: datetime
    since: datetime | None = None
    verb: str | None = None
    activity: str | None = None


def choose(
    db: Session,
    *,
    now: datetime,
    since: datetime | None,
    until: datetime | None,
    verb: str | None,
    activity: str | None,
) -> Choice:
    """Never further than to where nothing can come in between any more, so that the next export goes on from there."""
    through = consistent_through(db, now)
    return Choice(through if until is None else min(until, through), since, verb, activity)


def count(db: Session, choice: Choice) -> int:
    return db.scalar(select(func.count()).select_from(_chosen(choice, StatementRow.seq).subquery())) or 0


def lines(db: Session, choice: Choice) -> Iterator[str]:
    """Each Statement as an LRS returns it, in the order of storing; voided ones too, and those that void them.

    Each page is a transaction of its own, so that nobody has to wait for a long export.
    """
    after = 0
    while True:
        rows = db.execute(
            _chosen(choice, StatementRow.seq, StatementRow.statement)
            .where(StatementRow.seq > after)
            .order_by(StatementRow.seq)
            .limit(_PAGE)
        ).all()
        db.rollback()
        for row in rows:
            # Whoever sent it may have put line breaks between its parts; within a string there are none.
            yield row.statement.replace("\r", " ").replace("\n", " ")
        if len(rows) < _PAGE:
            return
        after = rows[-1].seq


def _chosen(choice: Choice, *columns: Any) -> Select[*tuple[Any, ...]]:
    chosen = select(*columns).where(StatementRow.stored <= choice.until)
    if choice.since is not None:
        chosen = chosen.where(StatementRow.stored > choice.since)
    if choice.verb is not None:
        chosen = chosen.where(StatementRow.verb_key == iri_key(choice.verb))
    if choice.activity is not None:
        chosen = chosen.where(StatementRow.activity_key == iri_key(choice.activity))
    return chosen
