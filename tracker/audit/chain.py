"""The chain: what an entry's hash is taken over, how the next one is added, and whether all of it still holds."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from tracker.audit.models import NOTHING_BEFORE, Action, AuditCut, AuditEntry, Via

__all__ = ["Broken", "Head", "Pending", "add", "head", "read_head", "verify"]

_LOCK: Final = 7_301_175
"""Any number, the same in each process: who holds it adds to the log."""
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Pending:
    at: datetime
    actor: uuid.UUID | None
    via: Via
    action: Action
    subject: uuid.UUID | None
    target: str | None
    details: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry. Whoever has written it down notices when it, or those before it, have been cut off or changed."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Broken:
    """``seq``: the first entry that is not what it was. ``why`` in a few words of English, for the terminal."""

    seq: int
    why: str


def add(db: Session, entries: Sequence[Pending]) -> None:
    """At the very end of a transaction: others who add wait until it is committed, and nobody else waits."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = head(db)
    rows = []
    for entry in entries:
        row = {
            "seq": last.seq + 1,
            "at": entry.at,
            "actor": entry.actor,
            "via": entry.via.value,
            "action": entry.action.value,
            "subject": entry.subject,
            "target": entry.target,
            "details": entry.details,
            "before": last.hash,
        }
        digest = row["hash"] = _hash(row)
        rows.append(row)
        last = Head(last.seq + 1, digest)
    db.execute(insert(AuditEntry), rows)


def head(db: Session) -> Head:
    last = db.execute(select(AuditEntry.seq, AuditEntry.hash).order_by(AuditEntry.seq.desc()).limit(1)).first()
    return Head(last.seq, last.hash) if last is not None else _beginning(db)


def read_head(written: str) -> Head:
    """:raises ValueError: it is not a number, a colon and 64 hexadecimal digits."""
    seq, _, digest = written.strip().partition(":")
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError(written)
    return Head(int(seq), digest)


def verify(db: Session, *, known: Iterable[Head] = ()) -> Broken | Head:
    """The first entry that does not hold, or the last one when all do.

    :param known: heads that were written down earlier; those from before the log was cut can't be looked at any more.
    """
    begins = last = _beginning(db)
    written = {one.seq: one.hash for one in known}
    for row in _rows(db, after=begins.seq):
        if row["seq"] != last.seq + 1:
            return Broken(last.seq + 1, "the entry is gone")
        if row["before"] != last.hash:
            return Broken(row["seq"], "it does not follow the entry before it")
        if row["hash"] != _hash(row):
            return Broken(row["seq"], "the entry has been changed")
        if written.get(row["seq"], row["hash"]) != row["hash"]:
            return Broken(row["seq"], "it is another entry than the one that was written down")
        last = Head(row["seq"], row["hash"])
    if begins.seq and not _says_cut(db, begins):
        return Broken(begins.seq + 1, "the beginning was cut off without an entry about it")
    furthest = max(written, default=0)
    if furthest > last.seq:
        return Broken(last.seq + 1, f"the log has been cut off here; it has had {furthest} entries")
    return last


def _beginning(db: Session) -> Head:
    cut = db.execute(select(AuditCut.through, AuditCut.hash).order_by(AuditCut.through.desc()).limit(1)).first()
    return Head(cut.through, cut.hash) if cut is not None else Head(0, NOTHING_BEFORE)


def _says_cut(db: Session, cut: Head) -> bool:
    said = select(AuditEntry.seq).where(AuditEntry.action == Action.LOG_CUT.value, AuditEntry.target == str(cut))
    return db.scalar(said.limit(1)) is not None


def _rows(db: Session, *, after: int) -> Iterator[dict[str, Any]]:
    columns = AuditEntry.__table__.c
    while rows := db.execute(select(*columns).where(columns.seq > after).order_by(columns.seq).limit(_BATCH)).all():
        for row in rows:
            yield dict(row._mapping)
        after = rows[-1].seq


def _hash(row: Mapping[str, Any]) -> str:
    content = [
        row["before"],
        row["seq"],
        row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        _text(row["actor"]),
        row["via"],
        row["action"],
        _text(row["subject"]),
        row["target"],
        row["details"],
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def _text(value: object) -> str | None:
    return None if value is None else str(value)
