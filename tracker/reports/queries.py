"""What the published blocks say. Read-only; each view is a sum over blocks, and those asked most are written down.

A block whose value is open counts among the most that there may be, never among the least.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import eq
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from course.schema import Course, Module
from tracker.certificates.models import Certificate
from tracker.learners.models import Learner
from tracker.progress.models import CourseCompletion
from tracker.reports import dimensions
from tracker.reports.figures import Figure
from tracker.reports.models import Publication, PublishedBlock, PublishedSum
from tracker.reports.reading import PASSED
from tracker.reports.sums import ALL, FINE, OPEN, Tally, steps_of_blocks, steps_of_sums

__all__ = ["Filters", "ModuleRow", "Overview", "Row", "by_value", "of_imported", "overview", "totals", "values_of"]

NOBODY = Figure()

Fits = Callable[[Any], ColumnElement[bool]]
"""Of a column with the values of a dimension."""


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
    (begun, completed, certified, stopped), parts = _figures(db, publication, filters)
    minutes = publication.minutes if publication is not None else {}
    modules = []
    for module in course.modules:
        if filters.module in (None, module.id):
            of_part = parts.get(module.id, [NOBODY] * 3)
            median = minutes[module.id][0] if module.id in minutes else None
            modules.append(ModuleRow(module, of_part[0], of_part[1], of_part[2], median))
    return Overview(begun, completed, certified, stopped, tuple(modules))


def of_imported(db: Session, publication: Publication, filters: Filters) -> tuple[Figure, Figure, Figure]:
    """How many have begun a course made by others, have completed it, and have passed a part of it."""
    steps, parts = _figures(db, publication, filters)
    return steps[0], steps[1], parts[PASSED][1]


def _figures(
    db: Session, publication: Publication | None, filters: Filters
) -> tuple[list[Figure], dict[str, list[Figure]]]:
    """Of the whole course: started, completed, certified, stopped. Then for each part: started, completed, stopped."""
    steps = [NOBODY] * 4
    parts: dict[str, list[Figure]] = {}
    if publication is None:
        return steps, parts
    parts = {module_id: [NOBODY] * 3 for module_id in publication.parts}
    for is_sure, tally in _tallies(db, publication, filters):
        steps = _together(steps, _steps(tally.steps, is_sure))
        for module_id, (started, completed, untold) in zip(publication.parts, tally.parts, strict=True):
            more = [_counted(number, untold, is_sure) for number in (started + completed, completed, started)]
            parts[module_id] = _together(parts[module_id], more)
    return steps, parts


def _tallies(db: Session, publication: Publication, filters: Filters) -> Iterator[tuple[bool, Tally]]:
    """Those who surely fit, and those who may. From sums where there is at most one filter."""
    wanted = _wanted(filters)
    if not publication.summed or len(wanted) > 1:
        yield from _of_blocks(db, publication, *_matching(wanted))
        return
    sums = _sums(publication, wanted, ALL)
    for value, *steps, parts in db.execute(
        select(PublishedSum.value, *steps_of_sums(), PublishedSum.parts).where(*sums)
    ):
        yield not wanted or value != OPEN, Tally(steps, parts)
    for dimension, fits in wanted.items():
        if dimension in FINE:
            yield from _of_blocks(db, publication, literal(1), fits(_column(dimension)))


def _of_blocks(
    db: Session, publication: Publication, sure: ColumnElement[int], possible: ColumnElement[bool]
) -> Iterator[tuple[bool, Tally]]:
    query = (
        select(PublishedBlock.course, PublishedBlock.parts, sure, func.sum(PublishedBlock.people))
        .where(_told_in(publication), possible)
        .group_by(PublishedBlock.course, PublishedBlock.parts, sure)
    )
    found = {is_sure: Tally.of_nobody(len(publication.parts)) for is_sure in (True, False)}
    for how_far, parts, is_sure, people in db.execute(query):
        found[bool(is_sure)].add(how_far, parts, int(people))
    yield from found.items()


def by_value(db: Session, publication: Publication | None, filters: Filters, dimension: str) -> list[Row]:
    """A row for each value of a dimension, and one for those whose value is not told.

    Each row counts those who surely have the value; the last says how many there are besides, so the rows add up.
    """
    found: dict[str | None, list[Figure]] = {}
    if publication is not None:
        for value, is_sure, steps in _lines(db, publication, filters, dimension):
            found[value] = _together(found.get(value, [NOBODY] * 4), _steps(steps, is_sure))
    return [Row(value, *steps[:3]) for value, steps in found.items()]


def _lines(
    db: Session, publication: Publication, filters: Filters, dimension: str
) -> Iterator[tuple[str | None, bool, Sequence[int]]]:
    """Value, whether it is sure, and how far those are who have it."""
    wanted, column = _wanted(filters), _column(dimension)
    sure, possible = _matching(wanted)
    if publication.summed and publication.is_newest and len(wanted) <= 1:
        sums = _sums(publication, wanted, dimension)
        query = select(PublishedSum.row_value, PublishedSum.value, *steps_of_sums()).where(*sums)
        for row, value, *steps in db.execute(query):
            yield None if row == OPEN else row, not wanted or value != OPEN, steps
        fine = [fits(_column(name)) for name, fits in wanted.items() if name in FINE]
        if not fine:
            return
        sure, possible = literal(1), fine[0]
    blocks = select(column, sure, *steps_of_blocks()).where(_told_in(publication), possible).group_by(column, sure)
    for row, is_sure, *steps in db.execute(blocks):
        yield row, bool(is_sure), [int(number) for number in steps]


def _sums(publication: Publication, wanted: Mapping[str, Fits], row_by: str) -> list[ColumnElement[bool]]:
    """The sums that answer for one filter or none, without those of a fine one."""
    found = [PublishedSum.publication_id == publication.id, PublishedSum.row_by == row_by]
    if not wanted:
        return [*found, PublishedSum.filter_by == ALL, PublishedSum.value == ALL]
    [(dimension, fits)] = wanted.items()
    return [
        *found,
        PublishedSum.filter_by == dimension,
        or_(PublishedSum.value == OPEN, fits(PublishedSum.value)),
    ]


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


def _counted(people: int, untold: int, sure: bool) -> Figure:
    return Figure(people if sure else 0, people + untold)


def _steps(steps: Sequence[int], sure: bool) -> list[Figure]:
    started, completed, certified, untold = steps
    everybody = _counted(sum(steps), 0, sure)
    return [everybody, *(_counted(people, untold, sure) for people in (completed + certified, certified, started))]


def _together(before: Sequence[Figure], more: Sequence[Figure]) -> list[Figure]:
    return [a + b for a, b in zip(before, more, strict=True)]


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


def _wanted(filters: Filters) -> dict[str, Fits]:
    """By dimension: what its column has to say."""
    wanted: dict[str, Fits] = {}
    for name in ("capacity", "kind", "municipality", "group", "form", "version", "language"):
        if (value := getattr(filters, name)) is not None:
            wanted[name] = partial(eq, value)
    if filters.organisations is not None or filters.scope is not None:
        seen = [found for found in (filters.organisations, filters.scope) if found is not None]
        ids = {
            dimensions.NOT_SAID if one == dimensions.NO_ORGANISATION else str(one)
            for one in seen[0].intersection(*seen)
        }
        wanted["organisation"] = lambda column: column.in_(sorted(ids))
    if filters.since is not None or filters.until is not None:
        wanted["begun"] = lambda column: _between(column, filters.since, filters.until)
    if filters.done_since is not None or filters.done_until is not None:
        wanted["done"] = lambda column: and_(
            column != dimensions.NOT_SAID, _between(column, filters.done_since, filters.done_until)
        )
    if filters.status is not None:
        statuses = {"started": ["1"], "completed": ["2", "3"], "certified": ["3"]}[filters.status]
        wanted["course"] = lambda column: column.in_(statuses)
    return wanted


def _between(column: Any, first: str | None, last: str | None) -> ColumnElement[bool]:
    return and_(column >= (first or ""), column <= (last or "9"))


def _matching(wanted: Mapping[str, Fits]) -> tuple[ColumnElement[int], ColumnElement[bool]]:
    """Whether a block surely fits, as 1 or 0, and whether it may."""
    if not wanted:
        return literal(1), literal(value=True)
    asked = [(_column(name), fits(_column(name))) for name, fits in wanted.items()]
    return case((and_(*(fits for _, fits in asked)), 1), else_=0), and_(
        *(or_(column.is_(None), fits) for column, fits in asked)
    )
