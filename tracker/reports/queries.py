"""How many have started and completed what. Read-only; all counting is done by the database.

A person is counted once, however many registrations there are after accounts were joined.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, true
from sqlalchemy.orm import Session

from course.schema import Course, Localised, Module
from tracker.certificates.models import Certificate
from tracker.learners.models import Capacity, Learner, OrganisationKind
from tracker.progress.models import CourseCompletion, ModuleProgress
from tracker.registrations.models import Registration
from tracker.reports.protection import ALL, Figure, protect

__all__ = ["Completion", "ModuleRow", "completion", "completion_rows", "course_figures", "totals"]

CAPACITIES: Sequence[Capacity | None] = (*Capacity, None)
KINDS: Sequence[OrganisationKind | None] = (*OrganisationKind, None)
"""``None``: has not said."""

Counts = dict[tuple[Capacity | None, OrganisationKind | None], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class ModuleRow:
    module: Module
    started: Figure
    completed: Figure


@dataclass(frozen=True, slots=True)
class Completion:
    """The figures that may be shown for one choice of filters."""

    modules: tuple[ModuleRow, ...]
    started: Figure
    completed: Figure
    certified: Figure

    @property
    def figures(self) -> tuple[Figure, ...]:
        of_modules = (figure for row in self.modules for figure in (row.started, row.completed))
        return (*of_modules, self.started, self.completed, self.certified)


def completion(
    db: Session,
    course: Course,
    *,
    capacity: Capacity | str | None = ALL,
    kind: OrganisationKind | str | None = ALL,
    with_demo: bool,
) -> Completion:
    """``ALL`` or one capacity or kind; ``None`` for those who have not said.

    Everything that another choice of filters would show is protected in the same way.
    """
    by_module = _counts_of_modules(db, course.info.id, with_demo)
    rows = []
    for module in course.modules:
        started, completed = _protected(by_module[module.id], 2)[capacity, kind]
        rows.append(ModuleRow(module, started, completed))
    return Completion(tuple(rows), *_protected(_counts_of_course(db, course.info.id, with_demo), 3)[capacity, kind])


def course_figures(db: Session, course: Course, *, with_demo: bool) -> tuple[Figure, ...]:
    """How many have started the course, completed it, and got a certificate for it."""
    return _protected(_counts_of_course(db, course.info.id, with_demo), 3)[ALL, ALL]


def completion_rows(
    db: Session,
    course: Course,
    *,
    capacity: Capacity | str | None = ALL,
    kind: OrganisationKind | str | None = ALL,
    with_demo: bool,
) -> list[dict[str, Any]]:
    """The same as plain values, for other programs. What is hidden is ``None``, and beside it stands why."""
    found = completion(db, course, capacity=capacity, kind=kind, with_demo=with_demo)
    rows: list[tuple[str, Localised, Figure, Figure, Figure | None]] = [
        *((row.module.id, row.module.info.title, row.started, row.completed, None) for row in found.modules),
        (course.info.id, course.info.title, found.started, found.completed, found.certified),
    ]
    return [
        {
            "part": part,
            "title": title["sv"],
            **_plain("started", started),
            **_plain("completed", completed),
            **_plain("certified", certified),
        }
        for part, title, started, completed, certified in rows
    ]


def totals(db: Session) -> Mapping[str, int]:
    """For monitoring, so without anybody's name or kind: how much there is of what."""
    return {
        "learners": db.scalar(select(func.count()).select_from(Learner)) or 0,
        "course_completions": db.scalar(select(func.count()).select_from(CourseCompletion)) or 0,
        "certificates": db.scalar(select(func.count()).select_from(Certificate)) or 0,
    }


def _plain(name: str, figure: Figure | None) -> dict[str, Any]:
    why = figure.hidden if figure else None
    return {name: figure.value if figure else None, f"{name}_hidden": why.value if why else None}


def _protected(counts: Counts, steps: int) -> dict[Any, tuple[Figure, ...]]:
    return protect(counts, rows=CAPACITIES, columns=KINDS, steps=steps)


def _whom(course_id: str, with_demo: bool) -> ColumnElement[bool]:
    return and_(Registration.course_id == course_id, true() if with_demo else Learner.is_demo.is_(False))


def _counts_of_modules(db: Session, course_id: str, with_demo: bool) -> dict[str, Counts]:
    # Grouping by person first lets the database count in one pass; count(distinct …) would sort every row.
    person = (
        select(
            ModuleProgress.module_id,
            Learner.capacity,
            Learner.organisation_kind,
            func.max(ModuleProgress.completed_at).label("completed"),
        )
        .join(Registration, Registration.id == ModuleProgress.registration_id)
        .join(Learner, Learner.id == Registration.learner_id)
        .where(_whom(course_id, with_demo))
        .group_by(ModuleProgress.module_id, Learner.id, Learner.capacity, Learner.organisation_kind)
        .subquery()
    )
    by_module: dict[str, Counts] = defaultdict(dict)
    for module_id, capacity, kind, *steps in db.execute(_grouped(person, "completed", by=("module_id",))):
        by_module[module_id][capacity, kind] = tuple(steps)
    return by_module


def _counts_of_course(db: Session, course_id: str, with_demo: bool) -> Counts:
    completed = func.max(CourseCompletion.completed_at)
    person = (
        select(
            Learner.capacity,
            Learner.organisation_kind,
            completed.label("completed"),
            # Only with a completion, so that each step counts some of the people of the step before.
            func.max(Certificate.code).filter(CourseCompletion.completed_at.is_not(None)).label("certified"),
        )
        .join(Registration, Registration.learner_id == Learner.id)
        .outerjoin(CourseCompletion, CourseCompletion.registration_id == Registration.id)
        .outerjoin(Certificate, Certificate.registration_id == Registration.id)
        .where(_whom(course_id, with_demo), exists().where(ModuleProgress.registration_id == Registration.id))
        .group_by(Learner.id, Learner.capacity, Learner.organisation_kind)
        .subquery()
    )
    return {
        (capacity, kind): tuple(steps)
        for capacity, kind, *steps in db.execute(_grouped(person, "completed", "certified"))
    }


def _grouped(person: Any, *steps: str, by: Sequence[str] = ()) -> Select[Any]:
    groups = [person.c[name] for name in (*by, "capacity", "organisation_kind")]
    return select(*groups, func.count(), *(func.count(person.c[step]) for step in steps)).group_by(*groups)
