"""The log as it is read: entries, newest first, and what those in them are called now. Read-only."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from tracker.audit.models import AuditEntry, AuditPerson
from tracker.audit.wording import Vocabulary, things_in
from tracker.learners.models import Learner

__all__ = ["PAGE", "Choice", "Names", "about", "entries", "every", "names_in"]

PAGE: Final = 50
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """``until`` is the first moment that is not asked for. An empty tuple of numbers is somebody who is not there."""

    actors: tuple[uuid.UUID, ...] | None = None
    subjects: tuple[uuid.UUID, ...] | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What they are called now. A number that is not in ``people`` is somebody who has been erased."""

    people: Mapping[uuid.UUID, tuple[int | None, str]]
    """Number in the log: the learner's id where there is a page about her, and name or address, or nothing."""
    things: Mapping[str, str] = field(default_factory=dict)


def entries(
    db: Session, choice: Choice, *, before: int | None = None, limit: int = PAGE
) -> tuple[Sequence[AuditEntry], int | None]:
    """The newest first, and before which number the next page begins."""
    query = _chosen(choice)
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    found = db.scalars(query.order_by(AuditEntry.seq.desc()).limit(limit + 1)).all()
    return found[:limit], found[limit - 1].seq if len(found) > limit else None


def every(db: Session, choice: Choice) -> Iterator[Sequence[AuditEntry]]:
    """All that was chosen, a few hundred at a time."""
    before: int | None = None
    while True:
        found, before = entries(db, choice, before=before, limit=_CHUNK)
        yield found
        if before is None:
            return


def about(db: Session, learner: Learner) -> Sequence[AuditEntry]:
    """What others have done with somebody's data: for that person, and without who it was."""
    refs = select(AuditPerson.ref).where(AuditPerson.learner_id == learner.id)
    return db.scalars(select(AuditEntry).where(AuditEntry.subject.in_(refs)).order_by(AuditEntry.seq)).all()


def names_in(db: Session, found: Iterable[AuditEntry], vocabulary: Vocabulary) -> Names:
    found = list(found)
    refs = {ref for entry in found for ref in (entry.actor, entry.subject) if ref is not None}
    people = {
        ref: (learner_id if email else None, name or email or "")
        for ref, learner_id, name, email in db.execute(
            select(AuditPerson.ref, Learner.id, Learner.name, Learner.email)
            .join(Learner, Learner.id == AuditPerson.learner_id)
            .where(AuditPerson.ref.in_(refs))
        )
    }
    wanted: dict[str, set[str]] = defaultdict(set)
    for kind, which in (one for entry in found for one in things_in(entry.target, entry.details)):
        wanted[kind].add(which)
    return Names(
        people,
        {
            f"{kind}:{which}": name
            for kind, every in wanted.items()
            if kind in vocabulary.things
            for which, name in vocabulary.things[kind](db, every).items()
        },
    )


def _chosen(choice: Choice) -> Select[AuditEntry]:
    query = select(AuditEntry)
    for column, refs in ((AuditEntry.actor, choice.actors), (AuditEntry.subject, choice.subjects)):
        if refs is not None:
            query = query.where(or_(*(column == ref for ref in refs)) if refs else column.in_(()))
    if choice.action is not None:
        query = query.where(AuditEntry.action == choice.action)
    if choice.since is not None:
        query = query.where(AuditEntry.at >= choice.since)
    if choice.until is not None:
        query = query.where(AuditEntry.at < choice.until)
    return query
