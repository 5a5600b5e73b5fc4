"""When an AU, a block or a course is satisfied, and saying so: once each, in the transaction in which it happens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lrs_adapter.store import INTERNAL, record
from tracker.launch.models import AuState, LaunchRegistration, Satisfaction
from tracker.launch.statements import Names, Teller
from tracker.launch.structure import MoveOn

__all__ = ["au_state", "lock", "satisfied_aus", "states", "tell_satisfied"]


def lock(db: Session, registration_id: UUID) -> LaunchRegistration | None:
    """One at a time writes to a registration: whoever comes second sees what the first has done."""
    return db.scalar(
        select(LaunchRegistration)
        .where(LaunchRegistration.id == registration_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def states(db: Session, registration: LaunchRegistration) -> dict[int, AuState]:
    """By index; AUs of which nothing has come yet are not in it."""
    rows = db.scalars(select(AuState).where(AuState.registration_id == registration.id))
    return {row.au_index: row for row in rows}


def au_state(db: Session, registration: LaunchRegistration, index: int) -> AuState:
    """The row, made where there is none. Only for one who holds the lock."""
    row = db.get(AuState, (registration.id, index))
    if row is None:
        row = AuState(registration_id=registration.id, au_index=index)
        db.add(row)
    return row


def satisfied_aus(db: Session, registration: LaunchRegistration) -> set[int]:
    """Waived, or with moveOn met; those that ask for nothing are so from the beginning (cmi5 13.1.4)."""
    structure = registration.version.structure
    from_beginning = {au.index for au in structure.aus if au.move_on is MoveOn.NOT_APPLICABLE}
    return from_beginning | {index for index, row in states(db, registration).items() if row.satisfied_at is not None}


def tell_satisfied(
    db: Session, registration: LaunchRegistration, names: Names, *, session_id: UUID, now: datetime
) -> None:
    """Record Satisfied for every block, and for the course, that is so now and has not been told of (cmi5 9.3.9)."""
    structure = registration.version.structure
    satisfied = satisfied_aus(db, registration)
    told = set(db.scalars(select(Satisfaction.activity_id).where(Satisfaction.registration_id == registration.id)))
    teller = Teller(registration, names, session_id, now)
    statements: list[dict[str, Any]] = []
    new: list[str] = []
    for block in structure.satisfied_blocks(satisfied):
        if (activity_id := names.block(block)) not in told:
            new.append(activity_id)
            statements.append(teller.block_satisfied(block))
    if names.course not in told and structure.is_satisfied(satisfied):
        new.append(names.course)
        statements.append(teller.course_satisfied())
        registration.satisfied_at = now
    db.add_all(
        Satisfaction(registration_id=registration.id, activity_id=activity_id, satisfied_at=now) for activity_id in new
    )
    db.flush()
    if statements:
        record(db, statements, authority=INTERNAL, now=now)
