"""Sums over the blocks of a publication, written with it, so that a page reads as many rows as it shows.

There are two kinds. A total says for one value of one filter how far people have come in the course and in each part.
A row says how far those have come who have one value in a filter and one value in a view. The values that are open are
summed like any other, so every answer is made up of both: those who surely fit, and those who may.

``FINE`` filters have thousands of values with few blocks each. These are read from the blocks by an index; only those
where the value is open are summed.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, insert, literal, select
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


def write_sums(db: Session, publication: Publication, blocks: ColumnElement[bool]) -> None:
    """``blocks``: those of the publication that may be shown."""
    for filter_by in (ALL, *DIMENSIONS):
        value: Any = literal(ALL) if filter_by == ALL else getattr(PublishedBlock, filter_by)
        summed = [blocks, value.is_(None)] if filter_by in FINE else [blocks]
        _write_totals(db, publication, filter_by, value, summed)
        for row_by in DIMENSIONS:
            row = getattr(PublishedBlock, row_by)
            found = (
                select(
                    literal(publication.id),
                    literal(filter_by),
                    func.coalesce(value, OPEN),
                    literal(row_by),
                    func.coalesce(row, OPEN),
                    *steps_of_blocks(),
                )
                .where(*summed)
                .group_by(*([row] if filter_by == ALL else [value, row]))
            )
            columns = ["publication_id", "filter_by", "value", "row_by", "row_value"]
            columns += ["started", "completed", "certified", "untold"]
            db.execute(insert(PublishedSum).from_select(columns, found))


def _write_totals(
    db: Session, publication: Publication, filter_by: str, value: Any, summed: list[ColumnElement[bool]]
) -> None:
    how_far, reached = PublishedBlock.course, PublishedBlock.parts
    query = (
        select(func.coalesce(value, OPEN), how_far, reached, func.sum(PublishedBlock.people))
        .where(*summed)
        .group_by(*([] if filter_by == ALL else [value]), how_far, reached)
    )
    found: dict[str, Tally] = {}
    for of, step, letters, people in db.execute(query):
        found.setdefault(of, Tally.of_nobody(len(publication.parts))).add(step, letters, people)
    for of, tally in found.items():
        steps = dict(zip(("started", "completed", "certified", "untold"), tally.steps, strict=True))
        key = {"publication_id": publication.id, "filter_by": filter_by, "value": of, "row_by": ALL, "row_value": ALL}
        db.execute(insert(PublishedSum), {**key, **steps, "parts": tally.parts})


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
