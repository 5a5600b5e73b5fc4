"""Everybody's values as they are now: whom reports can count, and in what they differ. Read-only.

A person is counted once, however many registrations or groups there are. The furthest counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from sys import intern
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from course.schema import Course
from tracker.certificates.models import Certificate
from tracker.groups.models import Group, Member
from tracker.launch.models import AuSession, AuState, CourseVersion, ImportedCourse, LaunchRegistration
from tracker.learners.models import Learner
from tracker.progress.models import CourseCompletion, LessonProgress, ModuleProgress
from tracker.registrations.models import Registration
from tracker.reports.blocks import Key
from tracker.reports.dimensions import NOT_SAID

__all__ = ["COMPANY", "PASSED", "SEPARATOR", "STILL", "Population", "key_of", "of_course", "of_imported"]

SEPARATOR: Final = "\x1f"
"""Between the values of a person, as ``CountedPerson.told`` keeps them. Nobody can type it."""

STILL: Final = timedelta(days=21)
"""Whoever takes no step for so long has paused. Counted earlier, everybody would be cut off half-way."""
AFTER_COMPLETING: Final = timedelta(days=3)
"""Time to make the certificate."""
COMPANY: Final = timedelta(days=7)
"""So long somebody waits for people who are alike, before being told together with others."""

PASSED: Final = "passed"
"""The only part of an imported course that reports know."""

_TEXT: Final = String(40)


@dataclass(frozen=True, slots=True)
class Population:
    """``people``: columns learner_id, told (the values in one text), settled and late (as 1 or 0)."""

    course_id: str
    parts: tuple[str, ...]
    people: Select[Any]


def key_of(told: str) -> Key:
    # A million people share a few thousand words.
    return tuple(map(intern, told.split(SEPARATOR)))


def of_course(db: Session, course: Course, modules: Sequence[str], *, with_demo: bool, now: datetime) -> Population:
    """Whoever has begun a module. ``modules``: their ids, in the order in which the values are told."""
    steps = _steps(course, modules).subquery("steps")
    completed = _of_person(
        course,
        CourseCompletion,
        at=func.min(CourseCompletion.completed_at),
        of=func.min(CourseCompletion.course_version),
    ).subquery("completed")
    certified = _of_person(course, Certificate, at=func.min(Certificate.issued_at)).subquery("certified")
    done = LessonProgress.completed_at.is_not(None)
    lessons = _of_person(
        course,
        LessonProgress,
        grouped=func.max(case((and_(done, LessonProgress.meeting_id.is_not(None)), 1), else_=0)),
        alone=func.max(case((and_(done, LessonProgress.meeting_id.is_(None)), 1), else_=0)),
        last=func.max(LessonProgress.last_at),
    ).subquery("lessons")
    groups = _groups(course).subquery("groups")
    form = case(
        (and_(lessons.c.grouped == 1, lessons.c.alone == 1), "both"),
        (lessons.c.grouped == 1, "group"),
        (lessons.c.alone == 1, "alone"),
        else_=NOT_SAID,
    )
    values = [
        case((completed.c.at.is_(None), "1"), (certified.c.at.is_(None), "2"), else_="3"),
        *_of_learner(),
        func.coalesce(groups.c.municipality, NOT_SAID),
        func.coalesce(cast(groups.c.group_id, _TEXT), NOT_SAID),
        form,
        _month(db, steps.c.begun),
        func.coalesce(_month(db, completed.c.at), NOT_SAID),
        func.coalesce(completed.c.of, steps.c.version),
        case(
            (steps.c.language.is_(None), NOT_SAID),
            (steps.c.language == steps.c.other_language, steps.c.language),
            else_="both",
        ),
        *(cast(steps.c[f"part_{number}"], _TEXT) for number in range(len(modules))),
    ]

    def settled(wait: timedelta) -> ColumnElement[int]:
        still = now - STILL - wait
        return _flag(
            certified.c.at <= now - wait,
            completed.c.at <= now - AFTER_COMPLETING - wait,
            and_(steps.c.last <= still, or_(lessons.c.last.is_(None), lessons.c.last <= still)),
        )

    people = (
        _select(Learner.id.label("learner_id"), _joined(values), settled(timedelta()), settled(COMPANY).label("late"))
        .select_from(steps)
        .join(Learner, Learner.id == steps.c.learner_id)
        .outerjoin(completed, completed.c.learner_id == steps.c.learner_id)
        .outerjoin(certified, certified.c.learner_id == steps.c.learner_id)
        .outerjoin(lessons, lessons.c.learner_id == steps.c.learner_id)
        .outerjoin(groups, groups.c.learner_id == steps.c.learner_id)
    )
    return Population(course.info.id, tuple(modules), _real(people, with_demo))


def of_imported(db: Session, course: ImportedCourse, *, with_demo: bool, now: datetime) -> Population:
    """Whoever of our learners has begun it. How far: begun or satisfied as a whole; and whether a part was passed."""
    passed = (
        select(AuState.registration_id)
        .where(AuState.passed_at.is_not(None))
        .group_by(AuState.registration_id)
        .subquery("passed")
    )
    opened = (
        select(AuSession.registration_id, func.max(func.coalesce(AuSession.last_at, AuSession.launched_at)).label("at"))
        .group_by(AuSession.registration_id)
        .subquery("opened")
    )
    taken = (
        select(
            LaunchRegistration.learner_id,
            func.min(LaunchRegistration.created_at).label("begun"),
            func.min(LaunchRegistration.satisfied_at).label("done"),
            func.max(CourseVersion.number).label("version"),
            func.max(case((passed.c.registration_id.is_not(None), 2), else_=0)).label("passed"),
            func.max(func.coalesce(opened.c.at, LaunchRegistration.created_at)).label("last"),
        )
        .join(CourseVersion, CourseVersion.id == LaunchRegistration.version_id)
        .outerjoin(passed, passed.c.registration_id == LaunchRegistration.id)
        .outerjoin(opened, opened.c.registration_id == LaunchRegistration.id)
        .where(LaunchRegistration.course_id == course.id, LaunchRegistration.learner_id.is_not(None))
        .group_by(LaunchRegistration.learner_id)
        .subquery("taken")
    )
    values = [
        case((taken.c.done.is_(None), "1"), else_="2"),
        *_of_learner(),
        literal(NOT_SAID),
        literal(NOT_SAID),
        literal(NOT_SAID),
        _month(db, taken.c.begun),
        func.coalesce(_month(db, taken.c.done), NOT_SAID),
        cast(taken.c.version, _TEXT),
        literal(NOT_SAID),
        cast(taken.c.passed, _TEXT),
    ]

    def settled(wait: timedelta) -> ColumnElement[int]:
        return _flag(taken.c.done <= now - AFTER_COMPLETING - wait, taken.c.last <= now - STILL - wait)

    people = (
        _select(Learner.id.label("learner_id"), _joined(values), settled(timedelta()), settled(COMPANY).label("late"))
        .select_from(taken)
        .join(Learner, Learner.id == taken.c.learner_id)
    )
    return Population(str(course.id), (PASSED,), _real(people, with_demo))


def _steps(course: Course, modules: Sequence[str]) -> Select[Any]:
    return (
        _select(
            Registration.learner_id,
            func.min(ModuleProgress.started_at).label("begun"),
            func.max(func.coalesce(ModuleProgress.completed_at, ModuleProgress.started_at)).label("last"),
            func.max(ModuleProgress.course_version).label("version"),
            func.min(ModuleProgress.language).label("language"),
            func.max(ModuleProgress.language).label("other_language"),
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
    )


def _select(*columns: Any) -> Select[Any]:
    """As many columns as there are, which is not for a type to say."""
    found: Select[Any] = select(*columns)
    return found


def _of_learner() -> list[ColumnElement[str]]:
    columns = (Learner.organisation_kind, Learner.capacity, Learner.organisation_id)
    return [func.coalesce(cast(column, _TEXT), NOT_SAID) for column in columns]


def _joined(values: Sequence[ColumnElement[str]]) -> ColumnElement[str]:
    found: ColumnElement[str] = values[0]
    for value in values[1:]:
        found = found.concat(literal(SEPARATOR)).concat(value)
    return found.label("told")


def _flag(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return case((or_(*conditions), 1), else_=0).label("settled")


def _real(people: Select[Any], with_demo: bool) -> Select[Any]:
    return people if with_demo else people.where(Learner.is_demo.is_(False))


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
