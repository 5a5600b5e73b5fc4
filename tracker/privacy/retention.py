"""For how long each kind of data is kept. With a reference to a decision it is thrown away, without it is proposed.

What is kept by a public body may be destroyed only by a decision (gallringsbeslut, arkivlagen 10 §). What never becomes
a record is outside this: links to sign in, votes in a meeting, lists not yet imported, rehearsals.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask_babel.speaklater import LazyString
from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from lrs_adapter.erasure import count_others, forget_others
from lrs_adapter.models import DocumentRow, OutboxRow
from tracker.audit import services as audit
from tracker.audit.models import Action, AuditEntry, Via
from tracker.groups.models import GroupAnswer, Meeting, Member
from tracker.groups.upkeep import forget_names, names_to_forget
from tracker.i18n import _l
from tracker.launch.models import LaunchRegistration
from tracker.learners.models import Learner, SignIn
from tracker.privacy.erasing import Place, erase
from tracker.privacy.models import Destroyed, RetentionRule
from tracker.registrations.models import Registration

__all__ = ["KINDS", "Kind", "carry_out", "proposed", "rules"]

_STEP: Final = 200
"""People, or thousands of rows, in one transaction: nobody waits long."""

Count = Callable[[Session, datetime], int]
Forget = Callable[[Session, datetime, RetentionRule, Place, datetime], int]


@dataclass(frozen=True, slots=True)
class Kind:
    """``days`` is what is proposed. ``count``: how many are older than a moment. ``forget`` takes a step of them."""

    id: str
    label: LazyString
    begins: LazyString
    """From when the days are counted."""
    days: int
    count: Count
    forget: Forget
    promise: LazyString | None = None
    """What people were told when they gave it: carried out without a decision too, which can change the days."""

    def is_carried_out(self, rule: RetentionRule) -> bool:
        return bool(rule.decision) or self.promise is not None


def _rows(table: Any, *conditions: Callable[[datetime], Any]) -> tuple[Count, Forget]:
    """Kinds that are whole rows."""

    def count(db: Session, before: datetime) -> int:
        return db.scalar(select(func.count()).select_from(table).where(*(one(before) for one in conditions))) or 0

    def forget(db: Session, before: datetime, _rule: RetentionRule, _place: Place, _now: datetime) -> int:
        gone = db.execute(delete(table).where(*(one(before) for one in conditions)))
        return int(gone.rowcount)  # type: ignore[attr-defined]  # the result of a DELETE has it

    return count, forget


def _unused(before: datetime) -> Any:
    return [
        Learner.email.is_(None),
        Learner.erased_on.is_(None),
        func.coalesce(Learner.last_seen_on, Learner.created_at) < before,
        ~exists().where(Registration.learner_id == Learner.id),
        ~exists().where(LaunchRegistration.learner_id == Learner.id),
    ]


def _inactive(before: datetime) -> Any:
    return [
        Learner.erased_on.is_(None),
        Learner.staff_role.is_(None),
        func.coalesce(Learner.last_seen_on, Learner.created_at) < before,
        or_(Learner.email.is_not(None), exists().where(Registration.learner_id == Learner.id)),
    ]


def _count_inactive(db: Session, before: datetime) -> int:
    return db.scalar(select(func.count()).select_from(Learner).where(*_inactive(before))) or 0


def _erase_inactive(db: Session, before: datetime, _rule: RetentionRule, place: Place, now: datetime) -> int:
    found = db.scalars(select(Learner.id).where(*_inactive(before)).order_by(Learner.id).limit(_STEP)).all()
    erased = 0
    for learner_id in found:
        # Asked again of each: somebody may have come back while the others were erased.
        still = select(Learner).where(Learner.id == learner_id, *_inactive(before)).with_for_update(of=Learner)
        if (learner := db.scalar(still)) is not None:
            erase(db, learner, by=None, place=place, now=now, via=Via.UPKEEP, by_decision=True)
            erased += 1
    return erased


def _count_unused(db: Session, before: datetime) -> int:
    return db.scalar(select(func.count()).select_from(Learner).where(*_unused(before))) or 0


def _forget_unused(db: Session, before: datetime, _rule: RetentionRule, _place: Place, _now: datetime) -> int:
    gone = db.execute(delete(Learner).where(*_unused(before)).execution_options(synchronize_session=False))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # the result of a DELETE has it


def _count_names(db: Session, before: datetime) -> int:
    return db.scalar(select(func.count()).select_from(Member).where(*names_to_forget(before))) or 0


def _forget_names(db: Session, before: datetime, _rule: RetentionRule, _place: Place, _now: datetime) -> int:
    return forget_names(db, before=before)


def _texts(before: datetime) -> Any:
    closed = exists().where(Meeting.id == GroupAnswer.meeting_id, Meeting.closed_at < before)
    return [GroupAnswer.sentence.is_not(None), closed]


def _count_texts(db: Session, before: datetime) -> int:
    return db.scalar(select(func.count()).select_from(GroupAnswer).where(*_texts(before))) or 0


def _forget_texts(db: Session, before: datetime, _rule: RetentionRule, _place: Place, _now: datetime) -> int:
    forget = update(GroupAnswer).where(*_texts(before)).values(sentence=None)
    gone = db.execute(forget.execution_options(synchronize_session=False))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # the result of an UPDATE has it


def _count_log(db: Session, before: datetime) -> int:
    return db.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.at < before)) or 0


def _cut_log(db: Session, before: datetime, rule: RetentionRule, _place: Place, now: datetime) -> int:
    return audit.cut(db, before=before, decision=rule.decision or "", now=now)


def _count_others(db: Session, before: datetime) -> int:
    return count_others(db, before=before)


def _forget_others(db: Session, before: datetime, _rule: RetentionRule, _place: Place, _now: datetime) -> int:
    return forget_others(db, before=before, most=_STEP * 25)


KINDS: Final[Mapping[str, Kind]] = {
    one.id: one
    for one in (
        Kind(
            "sign-ins",
            _l("Sign-ins"),
            _l("since the browser was last seen"),
            400,
            *_rows(SignIn, lambda before: SignIn.seen_on < before.date()),
        ),
        Kind(
            "unused-guests",
            _l("Guests who never began the course"),
            _l("since they were last here"),
            30,
            _count_unused,
            _forget_unused,
        ),
        Kind(
            "inactive",
            _l("People who have not been here, with all that they have done"),
            _l("since they were last here"),
            730,
            _count_inactive,
            _erase_inactive,
        ),
        Kind(
            "member-names",
            _l("Names of members of study circles without an account"),
            _l("since the last meeting of the group"),
            365,
            _count_names,
            _forget_names,
            _l("What members are told when they join"),
        ),
        Kind(
            "group-texts",
            _l("Sentences that study circles have written together"),
            _l("since the meeting"),
            30,
            _count_texts,
            _forget_texts,
        ),
        Kind(
            "documents",
            _l("What parts of courses from others have put aside (State)"),
            _l("since it was changed"),
            730,
            *_rows(DocumentRow, lambda before: DocumentRow.updated < before),
        ),
        Kind(
            "statements",
            _l("Statements from other systems"),
            _l("since they were stored"),
            730,
            _count_others,
            _forget_others,
        ),
        Kind(
            "refused",
            _l("Deliveries that an outside LRS did not accept"),
            _l("since they were refused"),
            90,
            *_rows(OutboxRow, lambda before: OutboxRow.refused < before),
        ),
        Kind("log", _l("The audit log"), _l("since it was written"), 1825, _count_log, _cut_log),
    )
}


def rules(db: Session) -> Sequence[tuple[Kind, RetentionRule]]:
    """Every kind with its rule; what nobody has set yet is as proposed, and in no session."""
    known = {one.kind: one for one in db.scalars(select(RetentionRule))}
    return [(kind, known.get(kind.id) or proposed(kind)) for kind in KINDS.values()]


def proposed(kind: Kind) -> RetentionRule:
    return RetentionRule(kind=kind.id, days=kind.days, decision=None, decided_on=None, version=0)


def carry_out(db: Session, *, place: Place, now: datetime, commit: Callable[[], None]) -> int:
    """Everything that a decision says, kind by kind and step by step. How many rows or people."""
    decided = [kind for kind, rule in rules(db) if kind.is_carried_out(rule)]
    commit()
    return sum(_carry_out(db, kind, place, now, commit) for kind in decided)


def _carry_out(db: Session, kind: Kind, place: Place, now: datetime, commit: Callable[[], None]) -> int:
    total = 0
    while True:
        # Asked each time, and held: a decision that is taken back holds from the next step on.
        rule = db.get(RetentionRule, kind.id, with_for_update=True, populate_existing=True) or proposed(kind)
        if not kind.is_carried_out(rule):
            return total
        before = now - timedelta(days=rule.days)
        count = kind.forget(db, before, rule, place, now)
        if count:
            db.add(Destroyed(at=now, kind=kind.id, count=count, days=rule.days, decision=rule.decision, details={}))
            audit.note(
                db,
                Action.RETENTION_DONE,
                by=None,
                now=now,
                target=f"retention:{kind.id}",
                via=Via.UPKEEP,
                details={"count": count},
            )
        commit()
        total += count
        if kind.count(db, before) == 0 or not count:
            commit()
            return total
