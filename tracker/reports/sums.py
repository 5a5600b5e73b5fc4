"""Sums over the blocks of a publication, written with it, so that a page reads as many rows as it shows.

There are two kinds. A total says for one value of one filter how far people have come in the course and in each part.
A row says how far those have come who have one value in a filter and one value in a view. The values that are open are
summed like any other, so every answer is made up of both: those who surely fit, and those who may.

``FINE`` filters have thousands of values with few blocks each. These are read from the blocks by an index; only those
where the value is open are summed.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Integer, Table, bindparam, case, func, insert, literal, select
from sqlalchemy.orm import Session

from tracker.reports.dimensions import DIMENSIONS, MOST_CHOICES, Course
from tracker.reports.models import Publication, PublishedBlock, PublishedSum

__all__ = ["ALL", "FINE", "OPEN", "Tally", "largest", "steps_of_blocks", "steps_of_sums", "write_sums"]

ALL: Final = ""
"""As a filter: none. As a view: none, so it is a total."""
OPEN: Final = ""
"""A value that is not told; no value is empty."""
FINE: Final = frozenset({"organisation", "group"})

_STEPS: Final = (Course.STARTED, Course.COMPLETED, Course.CERTIFIED, None)
_COLUMNS: Final = ("started", "completed", "certified", "untold")


class Tally:
    """So many people by how far they are: ``steps`` started only, completed only, certified, not told; ``parts`` for
    each part started only, completed, not told."""

    def __init__(self, steps: Iterable[int], parts: Iterable[Iterable[int]]) -> None:
        self.steps = list(steps)
        self.parts = [list(part) for part in parts]

    @classmethod
    def of_nobody(cls, parts: int) -> "Tally":
        return cls([0] * len(_STEPS), [[0, 0, 0] for _ in range(parts)])

    def add(self, how_far: str | None, reached: str, people: int) -> None:
        self.steps[_STEPS.index(how_far)] += people
        # A part that came after the block was told was not begun by anybody.
        for part, letter in zip(self.parts, reached, strict=False):
            if letter != "0":
                part["12?".index(letter)] += people


def steps_of_blocks() -> list[ColumnElement[int]]:
    """The four steps as columns of a sum over blocks."""
    course, people = PublishedBlock.course, PublishedBlock.people
    return [func.sum(case((course.is_(None) if step is None else course == step, people), else_=0)) for step in _STEPS]


def steps_of_sums() -> list[Any]:
    return [PublishedSum.started, PublishedSum.completed, PublishedSum.certified, PublishedSum.untold]


def write_sums(db: Session, publication: Publication) -> None:
    """Of the newest publication, when its blocks have been written."""
    of = {
        "publication": publication.id,
        "course": publication.course_id,
        "demo": publication.with_demo,
        "least": publication.least,
    }
    for filter_by in (ALL, *DIMENSIONS):
        found: dict[str, Tally] = {}
        for value, how_far, reached, people in db.execute(_totals(filter_by), of):
            found.setdefault(value, Tally.of_nobody(len(publication.parts))).add(how_far, reached, int(people))
        for value, tally in found.items():
            row = {"publication_id": publication.id, "filter_by": filter_by, "value": value, "parts": tally.parts}
            row |= {"row_by": ALL, "row_value": ALL, **dict(zip(_COLUMNS, tally.steps, strict=True))}
            db.execute(insert(PublishedSum), row)
        for row_by in DIMENSIONS:
            db.connection().execute(_rows(filter_by, row_by), of)


@cache
def _totals(filter_by: str) -> Any:
    value, blocks = _of(filter_by)
    how_far, reached = PublishedBlock.course, PublishedBlock.parts
    return (
        select(func.coalesce(value, OPEN), how_far, reached, func.sum(PublishedBlock.people))
        .where(*blocks)
        .group_by(*([] if filter_by == ALL else [value]), how_far, reached)
    )


@cache
def _rows(filter_by: str, row_by: str) -> Any:
    value, blocks = _of(filter_by)
    row = getattr(PublishedBlock, row_by)
    key: list[Any] = [bindparam("publication", type_=Integer), literal(filter_by), func.coalesce(value, OPEN)]
    found = (
        select(*key, literal(row_by), func.coalesce(row, OPEN), *steps_of_blocks())
        .where(*blocks)
        .group_by(*([] if filter_by == ALL else [value]), row)
    )
    return insert(cast("Table", PublishedSum.__table__)).from_select(
        ["publication_id", "filter_by", "value", "row_by", "row_value", *_COLUMNS], found
    )


def _of(filter_by: str) -> tuple[Any, list[ColumnElement[bool]]]:
    """The column of a filter, and the blocks that are summed by it."""
    value: Any = literal(ALL) if filter_by == ALL else getattr(PublishedBlock, filter_by)
    blocks = [
        PublishedBlock.course_id == bindparam("course"),
        PublishedBlock.with_demo == bindparam("demo"),
        PublishedBlock.told_until.is_(None),
        PublishedBlock.people >= bindparam("least"),
    ]
    return value, [*blocks, value.is_(None)] if filter_by in FINE else blocks


def largest(db: Session, publication: Publication) -> dict[str, dict[str, int]]:
    """By dimension how many people surely have a value, of the values that most have: what the filters offer."""
    people = sum(steps_of_sums()[1:], start=steps_of_sums()[0])
    found = {}
    for dimension in DIMENSIONS:
        query = (
            select(PublishedSum.row_value, people)
            .where(
                PublishedSum.publication_id == publication.id,
                PublishedSum.filter_by == ALL,
                PublishedSum.value == ALL,
                PublishedSum.row_by == dimension,
                PublishedSum.row_value != OPEN,
            )
            .order_by(people.desc(), PublishedSum.row_value)
            .limit(MOST_CHOICES)
        )
        found[dimension] = {value: number for value, number in db.execute(query)}  # noqa: C416
    return found
