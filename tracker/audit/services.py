"""Writing in the log: with a change, in its own transaction; when somebody's data is read, before it is shown."""

import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from flask import has_request_context
from sqlalchemy import delete, event, insert, select, update
from sqlalchemy.orm import Session, SessionTransaction

from tracker.audit import chain
from tracker.audit.models import Action, AuditCut, AuditEntry, AuditPerson, Via
from tracker.db import begin_writing, going_to_write
from tracker.learners.models import Learner

__all__ = ["Details", "cut", "looked", "moves_to", "note", "note_all", "refs_of"]

Details = Mapping[str, str | int | bool | None] | None

_PENDING: Final = "audit"
_WORD: Final = re.compile(r"[A-Za-z0-9:./_+-]{0,80}")
_AT_ONCE: Final = 500


def note(
    db: Session,
    action: Action,
    *,
    by: Learner | int | None,
    now: datetime,
    subject: Learner | int | None = None,
    target: str | None = None,
    via: Via | None = None,
    details: Details = None,
) -> None:
    """Somebody changes something. It is written when the transaction is committed, and goes with it if it is not.

    :param by: None where the system itself does it, or somebody at the terminal.
    :param target: what else it is about, such as ``group:<id>``.
    :param details: words, numbers and ids; anything that could be a name or a text is refused with ``ValueError``.
    """
    note_all(db, action, by=by, now=now, subjects=[subject], target=target, via=via, details=details)


def note_all(
    db: Session,
    action: Action,
    *,
    by: Learner | int | None,
    now: datetime,
    subjects: Sequence[Learner | int | None],
    target: str | None = None,
    via: Via | None = None,
    details: Details = None,
) -> None:
    """The same done to several people: an entry about each."""
    db.flush()
    refs = _refs(db, {_id(one) for one in (by, *subjects) if one is not None})
    pending: list[chain.Pending] = db.info.setdefault(_PENDING, [])
    pending += [
        chain.Pending(
            at=now,
            actor=refs[_id(by)] if by is not None else None,
            via=via or (Via.PAGE if has_request_context() else Via.COMMAND),
            action=action,
            subject=refs[_id(one)] if one is not None else None,
            target=_checked(target) if target is not None else None,
            details=_json(details),
        )
        for one in subjects
    ]


def looked(
    db: Session,
    action: Action,
    *,
    by: Learner | None,
    now: datetime,
    subject: Learner | int | None = None,
    target: str | None = None,
    via: Via | None = None,
    details: Details = None,
) -> None:
    """Somebody is about to see another person's data: for a GET, before most of it is read.

    Committed at once, so that nothing is shown that could not be written down. What the request has read until then
    is read again where it is used.
    """
    who, whom = (_id(one) if one is not None else None for one in (by, subject))
    begin_writing(db)
    try:
        note(db, action, by=who, now=now, subject=whom, target=target, via=via, details=details)
        db.commit()
    finally:
        going_to_write(False)


def refs_of(db: Session, learner: Learner | int) -> list[uuid.UUID]:
    """Under which numbers somebody stands in the log, if any."""
    return list(db.scalars(select(AuditPerson.ref).where(AuditPerson.learner_id == _id(learner))))


def moves_to(db: Session, *, guest: Learner, into: Learner) -> None:
    """What was written about one of two who turn out to be one is about the other."""
    db.execute(update(AuditPerson).where(AuditPerson.learner_id == guest.id).values(learner_id=into.id))


def cut(db: Session, *, before: datetime, decision: str, now: datetime) -> int:
    """Take away what was written before a moment, because there is a decision about it. How many entries.

    What is left still proves itself: the hash of the last one that is gone stands in the log.
    """
    last = db.execute(
        select(AuditEntry.seq, AuditEntry.hash).where(AuditEntry.at < before).order_by(AuditEntry.seq.desc()).limit(1)
    ).first()
    if last is None:
        return 0
    db.add(AuditCut(through=last.seq, hash=last.hash, at=now, decision=decision))
    db.flush()
    gone = db.execute(delete(AuditEntry).where(AuditEntry.seq <= last.seq))
    note(db, Action.LOG_CUT, by=None, now=now, target=f"{last.seq}:{last.hash}", via=Via.UPKEEP)
    return int(gone.rowcount)  # type: ignore[attr-defined]  # the result of a DELETE has it


def _id(learner: Learner | int) -> int:
    return learner if isinstance(learner, int) else learner.id


def _refs(db: Session, learner_ids: Iterable[int]) -> Mapping[int, uuid.UUID]:
    wanted = sorted(learner_ids)
    found: dict[int, uuid.UUID] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        step = wanted[start : start + _AT_ONCE]
        rows = select(AuditPerson.learner_id, AuditPerson.ref).where(AuditPerson.learner_id.in_(step))
        found.update((learner_id, ref) for learner_id, ref in db.execute(rows.order_by(AuditPerson.ref.desc())))
    new = {learner_id: uuid.uuid4() for learner_id in wanted if learner_id not in found}
    if new:
        db.execute(insert(AuditPerson), [{"ref": ref, "learner_id": learner_id} for learner_id, ref in new.items()])
    return {**found, **new}


def _json(details: Details) -> str:
    told = details or {}
    checked = {key: _checked(value) if isinstance(value, str) else value for key, value in told.items()}
    return json.dumps(checked, sort_keys=True, separators=(",", ":"))


def _checked(word: str) -> str:
    if not _WORD.fullmatch(word):
        raise ValueError("the audit log holds words and ids, never a text or a name")
    return word


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    if _PENDING in session.info and not session.in_nested_transaction():
        session.flush()
        chain.add(session, session.info.pop(_PENDING))


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    """What was not committed has not happened."""
    if transaction.parent is None:
        session.info.pop(_PENDING, None)
