"""Statements -> progress. Live, in the transaction that stores them, and again from the beginning, the same."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lrs_adapter.store import INTERNAL, OnStored, Stored, get_statement, iterate, voided_among
from lrs_adapter.vocabulary import VOIDED
from tracker.learners.models import Learner
from tracker.progress.events import Event, EventKind, event_of
from tracker.progress.models import ActivityResult, CourseCompletion, LessonProgress, ModuleProgress
from tracker.registrations.models import Registration

__all__ = ["projection_of", "rebuild"]

_TABLES = (ActivityResult, LessonProgress, ModuleProgress, CourseCompletion)
_BATCH = 1000


def projection_of(course: str) -> OnStored:
    """What the store calls with new Statements. ``course`` is the IRI of the course.

    Only what the tracker itself has recorded counts: who may write to the LRS can't give anybody a certificate.
    """

    def apply_statements(db: Session, stored: list[Stored]) -> None:
        own = [one for one in stored if one.authority == INTERNAL]
        voids = [one for one in own if one.statement["verb"]["id"] == VOIDED.id]
        _apply_all(db, course, [one for one in own if one not in voids])
        for registration in dict.fromkeys(_voided_in(db, course, one) for one in voids):
            if registration is not None:
                _make_again(db, course, registration)

    return apply_statements


def rebuild(db: Session, course: str, *, told: Callable[[int], None] = lambda count: None) -> int:
    """Throw the progress away and make it again from the Statements. Returns how many were read.

    What is left to be counted of who has been erased has no Statements, and stays as it is.
    """
    erased = select(Registration.id).join(Learner).where(Learner.erased_on.is_not(None))
    for table in _TABLES:
        db.execute(delete(table).where(table.registration_id.not_in(erased)))
    count = 0
    batch: list[Stored] = []
    for one in iterate(db, authority=INTERNAL, batch=_BATCH):
        batch.append(one)
        if len(batch) == _BATCH:
            count += _rebuild_batch(db, course, batch)
            told(count)
            batch = []
    count += _rebuild_batch(db, course, batch)
    told(count)
    return count


def _rebuild_batch(db: Session, course: str, batch: Sequence[Stored]) -> int:
    _apply_all(db, course, _without_voided(db, batch))
    # What has been read is not needed again; a store of millions must not pile up in the session.
    db.flush()
    db.expire_all()
    return len(batch)


def _without_voided(db: Session, batch: Sequence[Stored]) -> list[Stored]:
    # Whoever may write to the LRS can't take a certificate away either: live, such a void changes nothing.
    voided = voided_among(db, [one.statement_id for one in batch], authority=INTERNAL)
    return [one for one in batch if one.statement_id not in voided and one.statement["verb"]["id"] != VOIDED.id]


def _voided_in(db: Session, course: str, void: Stored) -> UUID | None:
    """The registration whose progress stood on what is now voided."""
    target = get_statement(db, UUID(void.statement["object"]["id"]))
    event = event_of(course, target.statement) if target is not None else None
    return event.registration if event is not None else None


def _make_again(db: Session, course: str, registration: UUID) -> None:
    """Take back what the voided Statements had given, by making that registration's progress again without them."""
    db.flush()
    for table in _TABLES:
        db.execute(delete(table).where(table.registration_id == registration))
    db.expire_all()
    _apply_all(db, course, _without_voided(db, list(iterate(db, authority=INTERNAL, registration=registration))))


def _apply_all(db: Session, course: str, stored: Iterable[Stored]) -> None:
    for one in stored:
        event = event_of(course, one.statement)
        if event is None:
            continue
        registration = db.get(Registration, event.registration)
        if registration is not None and str(registration.account) == event.account:
            _apply(db, event)
    db.flush()


def _apply(db: Session, event: Event) -> None:
    if event.kind is EventKind.COURSE_COMPLETED:
        _complete_course(db, event)
        return
    if event.module_id is not None:
        _touch_module(db, event, event.module_id)
    if event.place.lesson_id is not None:
        _touch_lesson(db, event, event.place.lesson_id)
    if event.kind is EventKind.ACTIVITY_SUBMITTED:
        _submit_activity(db, event)


def _touch_lesson(db: Session, event: Event, lesson_id: str) -> None:
    row = db.get(LessonProgress, (event.registration, lesson_id))
    if row is None:
        row = LessonProgress(
            registration_id=event.registration,
            lesson_id=lesson_id,
            started_at=event.at,
            last_at=event.at,
            course_version=event.course_version,
        )
        db.add(row)
    row.last_at = max(row.last_at, event.at)
    if event.kind is EventKind.LESSON_COMPLETED and row.completed_at is None:
        row.completed_at = event.at
        row.course_version = event.course_version
        row.meeting_id = event.meeting


def _touch_module(db: Session, event: Event, module_id: str) -> None:
    row = db.get(ModuleProgress, (event.registration, module_id))
    if row is None:
        row = ModuleProgress(
            registration_id=event.registration,
            module_id=module_id,
            started_at=event.at,
            course_version=event.course_version,
            language=event.language,
        )
        db.add(row)
    if event.kind is EventKind.MODULE_COMPLETED and row.completed_at is None:
        row.completed_at = event.at
        row.course_version = event.course_version
        row.language = event.language


def _submit_activity(db: Session, event: Event) -> None:
    key = (event.registration, event.place.lesson_id, event.place.activity_id)
    row = db.get(ActivityResult, key)
    if row is None:
        row = ActivityResult(
            registration_id=event.registration,
            lesson_id=event.place.lesson_id,
            activity_id=event.place.activity_id,
            attempts=0,
        )
        db.add(row)
    row.attempts += 1
    row.success = True if row.success else event.success
    row.response = event.response
    row.answered_at = event.at


def _complete_course(db: Session, event: Event) -> None:
    if db.get(CourseCompletion, event.registration) is None:
        db.add(
            CourseCompletion(
                registration_id=event.registration,
                completed_at=event.at,
                course_version=event.course_version,
                minutes=event.minutes,
                lesson_count=event.lesson_count,
            )
        )
