"""How many have started and completed what. Read-only; all counting is done by the database.

A person is counted once, however many registrations there are after accounts were joined.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, exists, func, literal, select
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

Counts = Mapping[tuple[Capacity | None, OrganisationKind | None], tuple[int, ...]]


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
        started, completed = _protected(by_module.get(module.id, {}), 2)[capacity, kind]
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


def _counts_of_modules(db: Session, course_id: str, with_demo: bool) -> dict[str, Counts]:
    progress = (
        select(
            ModuleProgress.module_id.label("part"), Registration.learner_id, ModuleProgress.completed_at.label("step_1")
        )
        .join(Registration, Registration.id == ModuleProgress.registration_id)
        .where(Registration.course_id == course_id)
    )
    return _people(db, progress, course_id, with_demo, steps=2)


def _counts_of_course(db: Session, course_id: str, with_demo: bool) -> Counts:
    progress = (
        select(
            literal("").label("part"),
            Registration.learner_id,
            CourseCompletion.completed_at.label("step_1"),
            # Only with a completion, so that each step counts some of the people of the step before.
            case((CourseCompletion.completed_at.is_not(None), Certificate.code)).label("step_2"),
        )
        .outerjoin(CourseCompletion, CourseCompletion.registration_id == Registration.id)
        .outerjoin(Certificate, Certificate.registration_id == Registration.id)
        .where(Registration.course_id == course_id, exists().where(ModuleProgress.registration_id == Registration.id))
    )
    return _people(db, progress, course_id, with_demo, steps=3).get("", {})


def _people(
    db: Session, progress: Select[*tuple[Any, ...]], course_id: str, with_demo: bool, *, steps: int
) -> dict[str, Counts]:
    """By part, capacity and kind: how many people there are in ``progress``, and with each of its later steps.

    Nearly everybody has one registration. So registrations are counted, which the database does in one pass, and what
    somebody has twice is taken off; grouping every row by person first would take several times as long.
    """
    counts: dict[str, dict[Any, list[int]]] = defaultdict(dict)
    rows = progress.subquery("progress")
    later = [rows.c[f"step_{step}"] for step in range(1, steps)]
    for part, capacity, kind, *numbers in db.execute(
        _by_group(rows.c.part, [func.count(), *map(func.count, later)], rows, with_demo)
    ):
        counts[part][capacity, kind] = numbers

    several = select(Registration.learner_id).where(Registration.course_id == course_id)
    several = several.group_by(Registration.learner_id).having(func.count() > 1)
    twice = (
        select(
            rows.c.part,
            rows.c.learner_id,
            (func.count() - 1).label("extra_0"),
            *(
                (func.count(step) - case((func.count(step) > 0, 1), else_=0)).label(f"extra_{number}")
                for number, step in enumerate(later, start=1)
            ),
        )
        .where(rows.c.learner_id.in_(several))
        .group_by(rows.c.part, rows.c.learner_id)
        .subquery("twice")
    )
    extra = [func.sum(twice.c[f"extra_{step}"]) for step in range(steps)]
    for part, capacity, kind, *numbers in db.execute(_by_group(twice.c.part, extra, twice, with_demo)):
        found = counts[part].get((capacity, kind), numbers)
        counts[part][capacity, kind] = [number - int(more) for number, more in zip(found, numbers, strict=True)]
    return {part: {key: tuple(numbers) for key, numbers in found.items()} for part, found in counts.items()}


def _by_group(part: Any, numbers: Sequence[Any], rows: Any, with_demo: bool) -> Select[Any]:
    groups = (part, Learner.capacity, Learner.organisation_kind)
    found = select(*groups, *numbers).join(Learner, Learner.id == rows.c.learner_id).group_by(*groups)
    return found if with_demo else found.where(Learner.is_demo.is_(False))
