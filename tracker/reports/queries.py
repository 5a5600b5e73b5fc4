"""What the published blocks say. Read-only; each view is one sum over blocks, whatever is stored behind them.

A block whose value is open counts among the most that there may be, never among the least.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from course.schema import Course, Module
from tracker.certificates.models import Certificate
from tracker.learners.models import Learner
from tracker.progress.models import CourseCompletion
from tracker.reports import dimensions
from tracker.reports.figures import Figure
from tracker.reports.models import Publication, PublishedBlock
from tracker.reports.reading import PASSED

__all__ = ["Filters", "ModuleRow", "Overview", "Row", "by_value", "of_imported", "overview", "totals", "values_of"]

NOBODY = Figure()


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; None: everything. ``organisations``: those chosen, with those under them.

    ``scope``: the only organisations whose people the reader may see; None: all people.
    """

    since: str | None = None
    """The month in which the course was begun, ``YYYY-MM``; ``until`` is the last one."""
    done_since: str | None = None
    """The same for the month in which it was completed. Who has not completed it is in none."""
    done_until: str | None = None
    until: str | None = None
    capacity: str | None = None
    kind: str | None = None
    organisations: frozenset[int] | None = None
    municipality: str | None = None
    group: str | None = None
    form: str | None = None
    status: str | None = None
    version: str | None = None
    language: str | None = None
    module: str | None = None
    """Shows this module only; it does not choose people."""
    scope: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class ModuleRow:
    module: Module
    started: Figure
    completed: Figure
    stopped: Figure
    """Have started it and not completed it."""
    minutes: int | None
    """In the middle, over everybody whatever the filters."""


@dataclass(frozen=True, slots=True)
class Row:
    """One organisation, group, month or other value. None: those who are too few to be told apart."""

    value: str | None
    started: Figure
    completed: Figure
    certified: Figure


@dataclass(frozen=True, slots=True)
class Overview:
    started: Figure
    completed: Figure
    certified: Figure
    stopped: Figure
    modules: tuple[ModuleRow, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        of_modules = (figure for row in self.modules for figure in (row.started, row.completed))
        return (self.started, self.completed, self.certified, *of_modules)


def overview(db: Session, course: Course, publication: Publication | None, filters: Filters) -> Overview:
    """Zero everywhere where nothing has been published yet."""
    steps, started, completed, stopped = _summed(db, publication, filters)
    minutes = publication.minutes if publication is not None else {}
    modules = tuple(
        ModuleRow(
            module,
            started=started.get(module.id, NOBODY),
            completed=completed.get(module.id, NOBODY),
            stopped=stopped.get(module.id, NOBODY),
            minutes=minutes[module.id][0] if module.id in minutes else None,
        )
        for module in course.modules
        if filters.module in (None, module.id)
    )
    all_started, all_completed, all_certified, all_stopped = steps
    return Overview(all_started, all_completed, all_certified, all_stopped, modules)


def of_imported(db: Session, publication: Publication, filters: Filters) -> tuple[Figure, Figure, Figure]:
    """How many have begun a course made by others, have completed it, and have passed a part of it."""
    steps, _, completed, _ = _summed(db, publication, filters)
    return steps[0], steps[1], completed.get(PASSED, NOBODY)


_ByPart = dict[str, Figure]


def _summed(
    db: Session, publication: Publication | None, filters: Filters
) -> tuple[list[Figure], _ByPart, _ByPart, _ByPart]:
    """Of the whole course: started, completed, certified, stopped. Then by part: started, completed, stopped."""
    steps = [NOBODY] * 4
    started: _ByPart = {}
    completed: _ByPart = {}
    stopped: _ByPart = {}
    if publication is not None:
        sure, possible = _matching(filters)
        query = (
            select(PublishedBlock.course, PublishedBlock.parts, sure, func.sum(PublishedBlock.people))
            .where(_told_in(publication), possible)
            .group_by(PublishedBlock.course, PublishedBlock.parts, sure)
        )
        for how_far, parts, is_sure, people in db.execute(query):
            steps = [
                before + more for before, more in zip(steps, _steps(how_far, int(people), bool(is_sure)), strict=True)
            ]
            # A part that came after the block was told was not begun by anybody.
            for module_id, reached in zip(publication.parts, parts.ljust(len(publication.parts), "0"), strict=False):
                for counts, fitting in ((started, "12"), (completed, "2"), (stopped, "1")):
                    counts[module_id] = counts.get(module_id, NOBODY) + _counted(
                        reached in fitting, reached == "?", int(people), bool(is_sure)
                    )
    return steps, started, completed, stopped


def by_value(db: Session, publication: Publication | None, filters: Filters, dimension: str) -> list[Row]:
    """A row for each value of a dimension, and one for those whose value is not told.

    Each row counts those who surely have the value; the last says how many there are besides, so the rows add up.
    """
    if publication is None:
        return []
    column = _column(dimension)
    sure, possible = _matching(filters)
    query = (
        select(column, PublishedBlock.course, sure, func.sum(PublishedBlock.people))
        .where(_told_in(publication), possible)
        .group_by(column, PublishedBlock.course, sure)
    )
    found: dict[str | None, list[Figure]] = {}
    for value, how_far, is_sure, people in db.execute(query):
        steps = _steps(how_far, int(people), bool(is_sure))
        found[value] = [a + b for a, b in zip(found.get(value, [NOBODY] * 4), steps, strict=True)]
    return [Row(value, *steps[:3]) for value, steps in found.items()]


def values_of(
    db: Session, publication: Publication | None, dimension: str, scope: frozenset[int] | None
) -> dict[str, int]:
    """How many people surely have each value: what a filter offers, with its count."""
    if publication is None:
        return {}
    if scope is None:
        return publication.counts[dimension]
    rows = by_value(db, publication, Filters(scope=scope), dimension)
    return {row.value: row.started.least for row in rows if row.value is not None and row.started.least}


def totals(db: Session) -> Mapping[str, int]:
    """For monitoring, so without anybody's name or kind: how much there is of what."""
    return {
        "learners": db.scalar(select(func.count()).select_from(Learner)) or 0,
        "course_completions": db.scalar(select(func.count()).select_from(CourseCompletion)) or 0,
        "certificates": db.scalar(select(func.count()).select_from(Certificate)) or 0,
    }


def _counted(yes: bool, perhaps: bool, people: int, sure: bool) -> Figure:
    return Figure(people if yes and sure else 0, people if yes or perhaps else 0)


def _steps(how_far: str | None, people: int, sure: bool) -> list[Figure]:
    perhaps = how_far is None
    return [
        _counted(True, False, people, sure),
        _counted(how_far in (dimensions.Course.COMPLETED, dimensions.Course.CERTIFIED), perhaps, people, sure),
        _counted(how_far == dimensions.Course.CERTIFIED, perhaps, people, sure),
        _counted(how_far == dimensions.Course.STARTED, perhaps, people, sure),
    ]


def _told_in(publication: Publication) -> ColumnElement[bool]:
    """The blocks of a publication. Never one that is too small for it, as when the threshold was raised."""
    mine = and_(
        PublishedBlock.course_id == publication.course_id,
        PublishedBlock.with_demo.is_(publication.with_demo),
        PublishedBlock.people >= publication.least,
    )
    still = PublishedBlock.told_until.is_(None)
    if publication.is_newest:
        return and_(mine, still)
    return and_(
        mine,
        PublishedBlock.told_from <= publication.id,
        or_(still, PublishedBlock.told_until > publication.id),
    )


def _column(dimension: str) -> Any:
    return getattr(PublishedBlock, dimension)


def _matching(filters: Filters) -> tuple[ColumnElement[int], ColumnElement[bool]]:
    """Whether a block surely fits, as 1 or 0, and whether it may."""
    wanted: list[tuple[Any, ColumnElement[bool]]] = []
    wanted += [
        (_column(name), _column(name) == getattr(filters, name))
        for name in ("capacity", "kind", "municipality", "group", "form", "version", "language")
        if getattr(filters, name) is not None
    ]
    for organisations in (filters.organisations, filters.scope):
        if organisations is not None:
            ids = sorted(
                dimensions.NOT_SAID if one == dimensions.NO_ORGANISATION else str(one) for one in organisations
            )
            wanted.append((PublishedBlock.organisation, PublishedBlock.organisation.in_(ids)))
    if filters.since is not None:
        wanted.append((PublishedBlock.begun, PublishedBlock.begun >= filters.since))
    if filters.until is not None:
        wanted.append((PublishedBlock.begun, PublishedBlock.begun <= filters.until))
    if filters.done_since is not None or filters.done_until is not None:
        wanted.append(
            (
                PublishedBlock.done,
                and_(
                    PublishedBlock.done != dimensions.NOT_SAID,
                    PublishedBlock.done >= (filters.done_since or ""),
                    PublishedBlock.done <= (filters.done_until or "9"),
                ),
            )
        )
    if filters.status is not None:
        statuses = {"started": ["1"], "completed": ["2", "3"], "certified": ["3"]}[filters.status]
        wanted.append((PublishedBlock.course, PublishedBlock.course.in_(statuses)))
    if not wanted:
        return literal(1), literal(value=True)
    sure = case((and_(*(fits for _, fits in wanted)), 1), else_=0)
    return sure, and_(*(or_(column.is_(None), fits) for column, fits in wanted))
