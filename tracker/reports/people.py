"""One row for each person, for those whose task it is: with names, as it is now, and therefore without blocks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.certificates.models import Certificate
from tracker.groups.models import Group, Member
from tracker.learners.labels import CAPACITIES
from tracker.learners.models import Capacity, Learner, Organisation
from tracker.progress.models import CourseCompletion, LessonProgress, ModuleProgress
from tracker.registrations.models import Registration
from tracker.reports.dimensions import BOTH, NO_ORGANISATION, NOT_SAID
from tracker.reports.labels import LANGUAGES, PROGRESS
from tracker.reports.queries import Filters

__all__ = ["PAGE", "count", "ids", "rows"]

PAGE: Final = 50
_CHUNK: Final = 500

Row = Sequence[str | date | None]


def ids(
    db: Session, course: Course, filters: Filters, *, with_demo: bool, after: int = 0, limit: int = PAGE
) -> list[int]:
    """Of the next learners, in the order in which they came."""
    return list(
        db.scalars(_wanted(course, filters, with_demo).where(Learner.id > after).order_by(Learner.id).limit(limit))
    )


def count(db: Session, course: Course, filters: Filters, *, with_demo: bool) -> int:
    return db.scalar(select(func.count()).select_from(_wanted(course, filters, with_demo).subquery())) or 0


def rows(
    db: Session, course: Course, filters: Filters, *, with_demo: bool, after: int = 0, limit: int | None = None
) -> Iterator[Row]:
    """Read a few hundred at a time, however many there are. Can go on after the request has ended."""
    capacities = {capacity: str(label) for capacity, label in CAPACITIES.items()}
    progress = [str(PROGRESS[step]) for step in range(3)]
    return _all_rows(db, course, filters, with_demo, after, limit, capacities, progress)


def _all_rows(
    db: Session,
    course: Course,
    filters: Filters,
    with_demo: bool,
    after: int,
    limit: int | None,
    capacities: Mapping[Capacity, str],
    progress: Sequence[str],
) -> Iterator[Row]:
    left = limit
    while left is None or left > 0:
        step = _CHUNK if left is None else min(left, _CHUNK)
        found = ids(db, course, filters, with_demo=with_demo, after=after, limit=step)
        yield from _rows_of(db, course, filters, found, capacities, progress)
        if len(found) < step:
            return
        after = found[-1]
        left = None if left is None else left - step


def _rows_of(
    db: Session,
    course: Course,
    filters: Filters,
    found: Sequence[int],
    capacities: Mapping[Capacity, str],
    progress: Sequence[str],
) -> Iterator[Row]:
    modules = [module.id for module in course.modules if filters.module in (None, module.id)]
    of_course = and_(Registration.learner_id.in_(found), Registration.course_id == course.info.id)
    reached: dict[tuple[int, str], int] = {}
    for learner_id, module_id, completed_at in db.execute(
        select(Registration.learner_id, ModuleProgress.module_id, ModuleProgress.completed_at)
        .join(Registration, Registration.id == ModuleProgress.registration_id)
        .where(of_course)
    ):
        key = (learner_id, module_id)
        reached[key] = max(reached.get(key, 0), 1 if completed_at is None else 2)
    completed = _days(db, CourseCompletion, CourseCompletion.completed_at, of_course)
    certified = _days(db, Certificate, Certificate.issued_at, of_course)
    learners = (
        select(Learner.id, Learner.name, Learner.email, Learner.capacity, Organisation.name.label("organisation"))
        .outerjoin(Organisation, Organisation.id == Learner.organisation_id)
        .where(Learner.id.in_(found))
        .order_by(Learner.id)
    )
    for learner in db.execute(learners):
        yield (
            learner.name,
            learner.email,
            learner.organisation,
            capacities[learner.capacity] if learner.capacity else None,
            *(progress[reached.get((learner.id, module_id), 0)] for module_id in modules),
            progress[2 if learner.id in completed else 1],
            completed.get(learner.id),
            certified.get(learner.id),
        )


def _days(db: Session, table: Any, at: Any, of_course: ColumnElement[bool]) -> dict[int, date]:
    query = (
        select(Registration.learner_id, func.min(at))
        .join(Registration, Registration.id == table.registration_id)
        .where(of_course)
        .group_by(Registration.learner_id)
    )
    return {learner_id: day.date() for learner_id, day in db.execute(query)}


def _wanted(course: Course, filters: Filters, with_demo: bool) -> Select[int]:
    """The same people whom the blocks count: those who have begun a module."""
    mine = and_(Registration.learner_id == Learner.id, Registration.course_id == course.info.id)

    def has(table: Any, *more: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(mine, table.registration_id == Registration.id, *more)

    wanted = [has(ModuleProgress)]
    if not with_demo:
        wanted.append(Learner.is_demo.is_(False))
    for column, value in ((Learner.capacity, filters.capacity), (Learner.organisation_kind, filters.kind)):
        if value is not None:
            wanted.append(column.is_(None) if value == NOT_SAID else column == value)
    for organisations in (filters.organisations, filters.scope):
        if organisations is not None:
            chosen = Learner.organisation_id.in_(sorted(organisations))
            none = Learner.organisation_id.is_(None)
            wanted.append(or_(chosen, none) if NO_ORGANISATION in organisations else chosen)
    if filters.since is not None:
        wanted.append(~has(ModuleProgress, ModuleProgress.started_at < _first_of(filters.since)))
    if filters.until is not None:
        wanted.append(has(ModuleProgress, ModuleProgress.started_at < _first_of(filters.until, months=1)))
    if filters.language is not None:
        wanted += _of_language(filters.language, has)
    if filters.done_since is not None or filters.done_until is not None:
        wanted += _of_completion(filters, has)
    wanted += _of_status(filters.status, has) + _of_groups(filters, has)
    if filters.version is not None:
        done = has(CourseCompletion, CourseCompletion.course_version == filters.version)
        begun = and_(~has(CourseCompletion), has(ModuleProgress, ModuleProgress.course_version == filters.version))
        wanted.append(or_(done, begun))
    return select(Learner.id).where(*wanted)


def _of_language(language: str, has: Any) -> list[ColumnElement[bool]]:
    if language == NOT_SAID:
        return [~has(ModuleProgress, ModuleProgress.language.is_not(None))]
    if language == BOTH:
        return [has(ModuleProgress, ModuleProgress.language == one) for one in LANGUAGES if one != BOTH]
    other = [one for one in LANGUAGES if one not in (language, BOTH)]
    return [
        has(ModuleProgress, ModuleProgress.language == language),
        ~has(ModuleProgress, ModuleProgress.language.in_(other)),
    ]


def _of_completion(filters: Filters, has: Any) -> list[ColumnElement[bool]]:
    """Whose first completion was in these months."""
    wanted = [has(CourseCompletion)]
    if filters.done_since is not None:
        wanted.append(~has(CourseCompletion, CourseCompletion.completed_at < _first_of(filters.done_since)))
    if filters.done_until is not None:
        wanted.append(has(CourseCompletion, CourseCompletion.completed_at < _first_of(filters.done_until, months=1)))
    return wanted


def _of_status(status: str | None, has: Any) -> list[ColumnElement[bool]]:
    match status:
        case "started":
            return [~has(CourseCompletion)]
        case "completed":
            return [has(CourseCompletion)]
        case "certified":
            return [has(CourseCompletion), has(Certificate)]
    return []


def _of_groups(filters: Filters, has: Any) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    in_some = and_(Member.approved_at.is_not(None), Member.group_id == Group.id, Group.is_rehearsal.is_(False))
    if filters.group is not None:
        wanted.append(
            ~has(Member, in_some)
            if filters.group == NOT_SAID
            else has(Member, in_some, Group.id == UUID(filters.group))
        )
    if filters.municipality is not None:
        wanted.append(has(Member, in_some, Group.municipality == filters.municipality))
    if filters.form is not None:
        done = LessonProgress.completed_at.is_not(None)
        grouped = has(LessonProgress, done, LessonProgress.meeting_id.is_not(None))
        alone = has(LessonProgress, done, LessonProgress.meeting_id.is_(None))
        wanted.append(
            {
                "alone": and_(alone, ~grouped),
                "group": and_(grouped, ~alone),
                "both": and_(alone, grouped),
                NOT_SAID: and_(~alone, ~grouped),
            }[filters.form]
        )
    return wanted


def _first_of(month: str, *, months: int = 0) -> datetime:
    year, number = (int(part) for part in month.split("-"))
    number += months
    return datetime(year + (number - 1) // 12, (number - 1) % 12 + 1, 1, tzinfo=UTC)
