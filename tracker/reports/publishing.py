"""Making what reports are read from: everybody's progress, divided into blocks.

Nothing is done when an answer is recorded. Reports show what was so when they were last published.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Float,
    Select,
    String,
    case,
    cast,
    delete,
    extract,
    func,
    insert,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.certificates.models import Certificate
from tracker.db import begin_writing
from tracker.groups.models import Group, Member
from tracker.learners.models import Learner
from tracker.progress.models import CourseCompletion, LessonProgress, ModuleProgress
from tracker.registrations.models import Registration
from tracker.reports.blocks import THRESHOLD, Block, divide
from tracker.reports.dimensions import DIMENSIONS, MOST_CHOICES, NOT_SAID, worth_of
from tracker.reports.models import Publication, PublishedBlock

__all__ = ["classes_of", "latest", "publish", "publish_if_due"]

EVERY: Final = timedelta(days=1)
_KEPT: Final = 2
_LONGEST_MINUTES: Final = 8 * 60
"""Between beginning and completing a module. Who takes longer went home in between."""
_BATCH: Final = 5000
_TEXT: Final = String(40)


def latest(db: Session, course: Course, *, with_demo: bool) -> Publication | None:
    return db.scalars(
        select(Publication)
        .where(Publication.course_id == course.info.id, Publication.with_demo.is_(with_demo))
        .order_by(Publication.id.desc())
        .limit(1)
    ).first()


def publish(db: Session, course: Course, *, with_demo: bool, now: datetime, least: int = THRESHOLD) -> Publication:
    """Count everybody and publish. The caller commits; until then reports show what they showed.

    On SQLite what the session had not committed before is lost.
    """
    modules = [module.id for module in course.modules]
    minutes = _median_minutes(db, course, with_demo, least)
    blocks = divide(classes_of(db, course, with_demo=with_demo), worth=worth_of(len(modules)), least=least)
    if db.get_bind().dialect.name == "sqlite":
        # Counting takes its time, and only now do others have to wait.
        begin_writing(db)
    publication = Publication(
        course_id=course.info.id,
        published_at=now,
        least=least,
        with_demo=with_demo,
        people=sum(block.people for block in blocks),
        parts=modules,
        minutes=minutes,
        counts=_counts(blocks),
    )
    db.add(publication)
    db.flush()
    width = len(DIMENSIONS)
    rows = [
        {
            "publication_id": publication.id,
            "number": number,
            "people": block.people,
            **dict(zip(DIMENSIONS, block.values, strict=False)),
            "parts": "".join(value or "?" for value in block.values[width:]),
        }
        for number, block in enumerate(blocks)
    ]
    for start in range(0, len(rows), _BATCH):
        db.execute(insert(PublishedBlock), rows[start : start + _BATCH])
    _forget_older(db, publication)
    return publication


def publish_if_due(db: Session, course: Course, *, with_demo: bool, now: datetime, least: int = THRESHOLD) -> bool:
    """Once a day, when at least ``least`` people have come further since: two publications tell nothing of fewer.

    Also at once when there is none, or the course or the threshold is another one.
    """
    last = latest(db, course, with_demo=with_demo)
    alike = last is not None and last.least == least and last.parts == [module.id for module in course.modules]
    if last is not None and alike and not _is_due(db, course, last.published_at, with_demo, now, least):
        return False
    publish(db, course, with_demo=with_demo, now=now, least=least)
    return True


def _is_due(db: Session, course: Course, last: datetime, with_demo: bool, now: datetime, least: int) -> bool:
    return now >= last + EVERY and _came_further(db, course, last, with_demo) >= least


def classes_of(db: Session, course: Course, *, with_demo: bool) -> dict[tuple[str, ...], int]:
    """How many people share which values: the dimensions, then how far each module has come.

    A person is counted once, however many registrations or groups there are. The furthest counts.
    """
    modules = [module.id for module in course.modules]
    steps = (
        select(
            Registration.learner_id,
            func.min(ModuleProgress.started_at).label("begun"),
            func.max(ModuleProgress.course_version).label("version"),
            *(
                func.max(
                    case(
                        (ModuleProgress.module_id != module_id, 0),
                        (ModuleProgress.completed_at.is_not(None), 2),
                        else_=1,
                    )
                ).label(f"part_{number}")
                for number, module_id in enumerate(modules)
            ),
        )
        .join(Registration, Registration.id == ModuleProgress.registration_id)
        .where(Registration.course_id == course.info.id)
        .group_by(Registration.learner_id)
        .subquery("steps")
    )
    completed = _of_person(
        course,
        CourseCompletion,
        at=func.min(CourseCompletion.completed_at),
        of=func.min(CourseCompletion.course_version),
    ).subquery("completed")
    certified = _of_person(course, Certificate, at=func.min(Certificate.issued_at)).subquery("certified")
    forms = (
        _of_person(
            course,
            LessonProgress,
            grouped=func.max(case((LessonProgress.meeting_id.is_not(None), 1), else_=0)),
            alone=func.max(case((LessonProgress.meeting_id.is_(None), 1), else_=0)),
        )
        .where(LessonProgress.completed_at.is_not(None))
        .subquery("forms")
    )
    groups = _groups(course).subquery("groups")
    form = case(
        (forms.c.grouped.is_(None), NOT_SAID),
        (forms.c.grouped == 0, "alone"),
        (forms.c.alone == 0, "group"),
        else_="both",
    )
    how_far = case((completed.c.at.is_(None), "1"), (certified.c.at.is_(None), "2"), else_="3")
    columns = [
        how_far,
        func.coalesce(cast(Learner.organisation_kind, _TEXT), NOT_SAID),
        func.coalesce(cast(Learner.capacity, _TEXT), NOT_SAID),
        func.coalesce(cast(Learner.organisation_id, _TEXT), NOT_SAID),
        func.coalesce(groups.c.municipality, NOT_SAID),
        func.coalesce(cast(groups.c.group_id, _TEXT), NOT_SAID),
        form,
        _month(db, steps.c.begun),
        func.coalesce(_month(db, completed.c.at), NOT_SAID),
        func.coalesce(completed.c.of, steps.c.version),
        *(steps.c[f"part_{number}"] for number in range(len(modules))),
    ]
    query = (
        select(*columns, func.count())
        .select_from(steps)
        .join(Learner, Learner.id == steps.c.learner_id)
        .outerjoin(completed, completed.c.learner_id == steps.c.learner_id)
        .outerjoin(certified, certified.c.learner_id == steps.c.learner_id)
        .outerjoin(forms, forms.c.learner_id == steps.c.learner_id)
        .outerjoin(groups, groups.c.learner_id == steps.c.learner_id)
        .group_by(*(literal_column(str(number)) for number in range(1, len(columns) + 1)))
    )
    if not with_demo:
        query = query.where(Learner.is_demo.is_(False))
    return {tuple(str(value) for value in key): people for *key, people in db.execute(query)}


def _counts(blocks: Sequence[Block]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for place, dimension in enumerate(DIMENSIONS):
        counts: dict[str, int] = {}
        for block in blocks:
            value = block.values[place]
            if value is not None:
                counts[value] = counts.get(value, 0) + block.people
        largest = sorted(counts, key=lambda value: (-counts[value], value))[:MOST_CHOICES]
        found[dimension] = {value: counts[value] for value in largest}
    return found


def _of_person(course: Course, table: Any, **columns: Any) -> Select[Any]:
    return (
        select(Registration.learner_id, *(column.label(name) for name, column in columns.items()))
        .join(Registration, Registration.id == table.registration_id)
        .where(Registration.course_id == course.info.id)
        .group_by(Registration.learner_id)
    )


def _groups(course: Course) -> Select[Any]:
    """Each person's latest group, so that nobody is counted twice for being in two."""
    order = (Member.joined_at.desc(), Member.id.desc())
    memberships = (
        select(
            Registration.learner_id,
            Member.group_id,
            Group.municipality,
            func.row_number().over(partition_by=Registration.learner_id, order_by=order).label("place"),
        )
        .join(Registration, Registration.id == Member.registration_id)
        .join(Group, Group.id == Member.group_id)
        .where(
            Registration.course_id == course.info.id,
            Member.approved_at.is_not(None),
            Group.is_rehearsal.is_(False),
        )
        .subquery("memberships")
    )
    return select(memberships.c.learner_id, memberships.c.group_id, memberships.c.municipality).where(
        memberships.c.place == 1
    )


def _month(db: Session, at: Any) -> ColumnElement[str]:
    """``YYYY-MM`` in UTC, the same on both databases."""
    if db.get_bind().dialect.name == "sqlite":
        return func.strftime("%Y-%m", at)
    return func.to_char(func.timezone("UTC", at), "YYYY-MM")


def _minutes(db: Session) -> ColumnElement[float]:
    if db.get_bind().dialect.name == "sqlite":
        days = func.julianday(ModuleProgress.completed_at) - func.julianday(ModuleProgress.started_at)
        return cast(days * 24 * 60, Float)
    return cast(extract("epoch", ModuleProgress.completed_at - ModuleProgress.started_at) / 60, Float)


def _median_minutes(db: Session, course: Course, with_demo: bool, least: int) -> dict[str, int]:
    """Of those who completed a module within one sitting; a module that too few did has none.

    Whole minutes of the person in the middle: with so many on either side it is nobody's own time.
    """
    minutes = func.round(_minutes(db))
    ordered = (
        select(
            ModuleProgress.module_id,
            minutes.label("minutes"),
            func.row_number().over(partition_by=ModuleProgress.module_id, order_by=minutes).label("place"),
            func.count().over(partition_by=ModuleProgress.module_id).label("people"),
        )
        .join(Registration, Registration.id == ModuleProgress.registration_id)
        .join(Learner, Learner.id == Registration.learner_id)
        .where(
            Registration.course_id == course.info.id,
            ModuleProgress.completed_at.is_not(None),
            minutes <= _LONGEST_MINUTES,
            *([] if with_demo else [Learner.is_demo.is_(False)]),
        )
        .subquery("ordered")
    )
    query = select(ordered.c.module_id, ordered.c.minutes).where(
        ordered.c.people >= 2 * least, ordered.c.place == (ordered.c.people + 1) // 2
    )
    return {module_id: max(1, int(found)) for module_id, found in db.execute(query)}


def _came_further(db: Session, course: Course, since: datetime, with_demo: bool) -> int:
    changed = (
        select(Registration.learner_id)
        .join(ModuleProgress, ModuleProgress.registration_id == Registration.id)
        .join(Learner, Learner.id == Registration.learner_id)
        .where(
            Registration.course_id == course.info.id,
            or_(ModuleProgress.started_at > since, ModuleProgress.completed_at > since),
            *([] if with_demo else [Learner.is_demo.is_(False)]),
        )
        .distinct()
        .limit(100)
        .subquery()
    )
    return db.scalar(select(func.count()).select_from(changed)) or 0


def _forget_older(db: Session, publication: Publication) -> None:
    older = db.scalars(
        select(Publication.id)
        .where(
            Publication.course_id == publication.course_id,
            Publication.with_demo.is_(publication.with_demo),
            Publication.id < publication.id,
        )
        .order_by(Publication.id.desc())
        .offset(_KEPT - 1)
    ).all()
    db.execute(delete(PublishedBlock).where(PublishedBlock.publication_id.in_(older)))
    db.execute(delete(Publication).where(Publication.id.in_(older)))
