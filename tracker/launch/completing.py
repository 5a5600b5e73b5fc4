"""Which imported courses a learner has completed, and keeping it where the course may go away."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.launch.models import ImportedCompletion, LaunchRegistration
from tracker.launch.satisfying import states
from tracker.launch.structure import MoveOn
from tracker.learners.models import Learner

__all__ = ["completions", "keep", "keep_all", "lock_learners"]


def completions(db: Session, learner: Learner) -> list[ImportedCompletion]:
    """The first completed first. Those that are not kept yet are in no session: they say what would be kept.

    A course can be there twice after a guest joined an account. A course whose parts ask for nothing is satisfied as
    soon as it is opened (cmi5 13.1.4), and nobody has completed anything by that.
    """
    kept = list(db.scalars(select(ImportedCompletion).where(ImportedCompletion.learner_id == learner.id)))
    known = {one.registration_id for one in kept}
    satisfied = db.scalars(
        select(LaunchRegistration).where(
            LaunchRegistration.learner_id == learner.id, LaunchRegistration.satisfied_at.is_not(None)
        )
    )
    new = [_described(db, one) for one in satisfied if one.id not in known]
    return sorted([*kept, *filter(None, new)], key=lambda one: (one.completed_at, one.registration_id))


def keep(db: Session, learner: Learner, registration_id: UUID) -> ImportedCompletion | None:
    """The learner's completion, kept from now on. None: it is not complete, or not the learner's.

    The learner's row is locked: of two presses of a button the second finds what the first has kept.
    """
    db.execute(select(Learner.id).where(Learner.id == learner.id).with_for_update())
    found = next((one for one in completions(db, learner) if one.registration_id == registration_id), None)
    if found is not None:
        db.add(found)
        db.flush()
    return found


def lock_learners(db: Session, course_id: UUID) -> None:
    """Before the course and its registrations are locked: everybody else takes a learner's lock first, too."""
    of_course = select(LaunchRegistration.learner_id).where(
        LaunchRegistration.course_id == course_id, LaunchRegistration.satisfied_at.is_not(None)
    )
    db.execute(
        select(Learner.id)
        .where(Learner.id.in_(of_course))
        .order_by(Learner.id)
        .with_for_update(read=True, key_share=True)
    )


def keep_all(db: Session, course_id: UUID) -> None:
    """Before the course is deleted: whoever has completed it can make a certificate afterwards too."""
    satisfied = db.scalars(
        select(LaunchRegistration).where(
            LaunchRegistration.course_id == course_id,
            LaunchRegistration.learner_id.is_not(None),
            LaunchRegistration.satisfied_at.is_not(None),
            LaunchRegistration.id.not_in(select(ImportedCompletion.registration_id)),
        )
    )
    db.add_all(filter(None, [_described(db, one) for one in satisfied]))
    db.flush()


def _described(db: Session, registration: LaunchRegistration) -> ImportedCompletion | None:
    structure = registration.version.structure
    asked = {au.index for au in structure.aus if au.move_on is not MoveOn.NOT_APPLICABLE}
    if not asked:
        return None
    waived = {index for index, row in states(db, registration).items() if row.waived_at is not None}
    return ImportedCompletion(
        registration_id=registration.id,
        learner_id=registration.learner_id,
        course_id=registration.course_id,
        publisher_id=structure.publisher_id,
        title=dict(structure.title),
        version=registration.version.number,
        part_count=len(asked),
        waived_count=len(asked & waived),
        completed_at=registration.satisfied_at,
    )
