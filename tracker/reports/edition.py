"""One publication of one course while it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from tracker.reports.blocks import Block, Key, divide, retold, united
from tracker.reports.dimensions import DIMENSIONS, worth_of
from tracker.reports.models import CountedPerson, Publication, PublishedBlock, PublishedSum
from tracker.reports.reading import SEPARATOR, Population, key_of
from tracker.reports.sums import ALL, largest, write_sums

__all__ = ["Edition", "latest_of", "values_told"]

_KEPT: Final = timedelta(days=400)
"""So that a figure can be compared with the year before."""
_BATCH: Final = 5000
_WIDTH: Final = len(DIMENSIONS)


def latest_of(db: Session, course_id: str, *, with_demo: bool, until: datetime | None = None) -> Publication | None:
    """The newest; ``until``: the newest of those that were made by then."""
    query = select(Publication).where(Publication.course_id == course_id, Publication.with_demo.is_(with_demo))
    if until is not None:
        query = query.where(Publication.published_at <= until)
    found = db.scalars(query.order_by(Publication.id.desc()).limit(1)).first()
    if found is not None and until is None:
        found.is_newest = True  # type: ignore[misc]  # of this one, for this session
    return found


def values_told(block: PublishedBlock, parts: int) -> tuple[str | None, ...]:
    """In the order of a person's values. A part that came later was not begun by anybody."""
    letters = (block.parts + "0" * parts)[:parts]
    return (*(getattr(block, name) for name in DIMENSIONS), *(None if one == "?" else one for one in letters))


@dataclass
class Edition:
    """``wanted``: the parts that the course has now."""

    db: Session
    course_id: str
    wanted: list[str]
    with_demo: bool
    least: int
    now: datetime
    changed: dict[int, dict[int, str]] = field(default_factory=dict)
    """Block, learner: the values as they are now, where they are not those that were told."""
    waiting: dict[Key, list[int]] = field(default_factory=dict)
    """Learners who are in no block yet, by their values."""
    late: set[Key] = field(default_factory=set)
    """Values of which somebody has waited long enough."""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        last = latest_of(self.db, self.course_id, with_demo=self.with_demo)
        before = list(last.parts) if last is not None else []
        self.last_minutes: Mapping[str, list[int]] = last.minutes if last is not None else {}
        self.new_parts = [one for one in self.wanted if one not in before]
        self.parts = [*before, *self.new_parts] if last is not None else self.wanted
        self.grown = len(self.new_parts) if last is not None else 0
        self.worth = worth_of(len(self.parts))

    @property
    def _counted(self) -> ColumnElement[bool]:
        return and_(CountedPerson.course_id == self.course_id, CountedPerson.with_demo.is_(self.with_demo))

    @property
    def _blocks(self) -> ColumnElement[bool]:
        return and_(PublishedBlock.course_id == self.course_id, PublishedBlock.with_demo.is_(self.with_demo))

    @property
    def _told_now(self) -> ColumnElement[bool]:
        return and_(self._blocks, PublishedBlock.told_until.is_(None))

    def read(self, population: Population) -> None:
        people = population.people.subquery("people")
        told = CountedPerson.told + (SEPARATOR + "0") * self.grown
        query = (
            select(people.c.learner_id, people.c.told, people.c.late, CountedPerson.block_id)
            .outerjoin(CountedPerson, and_(self._counted, CountedPerson.learner_id == people.c.learner_id))
            .where(
                or_(
                    and_(CountedPerson.block_id.is_(None), people.c.settled == 1),
                    told != people.c.told,
                )
            )
            .execution_options(yield_per=_BATCH)
        )
        for learner_id, values, late, block_id in self.db.execute(query):
            if block_id is not None:
                self.changed.setdefault(block_id, {})[learner_id] = values
                continue
            key = key_of(values)
            self.waiting.setdefault(key, []).append(learner_id)
            if late:
                self.late.add(key)

    def write(self, minutes: dict[str, list[int]]) -> Publication:
        db = self.db
        publication = Publication(
            course_id=self.course_id,
            published_at=self.now,
            least=self.least,
            with_demo=self.with_demo,
            people=0,
            parts=self.parts,
            minutes=minutes,
            counts={},
            summed=True,
        )
        db.add(publication)
        db.flush()
        self.number = publication.id
        self.next_id = (db.scalar(select(func.max(PublishedBlock.id))) or 0) + 1
        if self.grown:
            db.execute(
                update(CountedPerson)
                .where(self._counted)
                .values(told=CountedPerson.told + (SEPARATOR + "0") * self.grown)
                .execution_options(synchronize_session=False)
            )
        if self._some_are_small():
            self._unite()
            self._store()
        self._retell()
        self._admit()
        self._store()
        large = and_(self._told_now, PublishedBlock.people >= self.least)
        publication.people = db.scalar(select(func.sum(PublishedBlock.people)).where(large)) or 0
        write_sums(db, publication)
        publication.counts = largest(db, publication)
        self._forget_older(publication)
        db.flush()
        return publication

    def _admit(self) -> None:
        """Those who are new, where they are alike or have waited for others who are."""
        classes = {key: len(found) for key, found in self.waiting.items()}
        for block in divide(classes, worth=self.worth, least=self.least):
            if None in block.values and not any(key in self.late for key, _ in block.classes):
                continue
            block_id = self._add(block)
            for key, number in block.classes:
                for _ in range(number):
                    self.people.append(
                        {
                            "course_id": self.course_id,
                            "with_demo": self.with_demo,
                            "learner_id": self.waiting[key].pop(),
                            "block_id": block_id,
                            "told": SEPARATOR.join(key),
                        }
                    )

    def _retell(self) -> None:
        """Blocks of whom enough have changed, or are gone."""
        few = {block_id for block_id, found in self.changed.items() if len(found) >= self.least}
        candidates = sorted(few | self._with_gone())
        for start in range(0, len(candidates), 500):
            some = candidates[start : start + 500]
            members: dict[int, dict[Key, list[int]]] = {block_id: {} for block_id in some}
            query = select(CountedPerson.block_id, CountedPerson.learner_id, CountedPerson.told).where(
                self._counted, CountedPerson.block_id.in_(some)
            )
            for block_id, learner_id, told in self.db.execute(query):
                now = self.changed.get(block_id, {}).get(learner_id, told)
                members[block_id].setdefault(key_of(now), []).append(learner_id)
            for block in self.db.scalars(select(PublishedBlock).where(PublishedBlock.id.in_(some))):
                self._retell_one(block, members[block.id])

    def _retell_one(self, block: PublishedBlock, members: dict[Key, list[int]]) -> None:
        before = Block(block.people, values_told(block, len(self.parts)))
        parts = retold(before, {key: len(found) for key, found in members.items()}, worth=self.worth, least=self.least)
        if not parts:
            return
        self.ended.append(block.id)
        for part in parts:
            block_id = self._add(part) if part.people else 0
            for key, number in part.classes:
                found = members.get(key, [])
                for learner_id in [found.pop() for _ in range(min(number, len(found)))]:
                    self._move(learner_id, block_id, SEPARATOR.join(key))

    def _with_gone(self) -> set[int]:
        """Blocks of whom enough have been erased."""
        here = (
            select(CountedPerson.block_id, func.count().label("people"))
            .where(self._counted)
            .group_by(CountedPerson.block_id)
            .subquery("here")
        )
        gone = PublishedBlock.people - func.coalesce(here.c.people, 0)
        query = (
            select(PublishedBlock.id)
            .outerjoin(here, here.c.block_id == PublishedBlock.id)
            .where(self._told_now, gone >= self.least)
        )
        return set(self.db.scalars(query))

    def _some_are_small(self) -> bool:
        """As when the threshold was raised."""
        small = and_(self._told_now, PublishedBlock.people < self.least)
        return self.db.scalar(select(PublishedBlock.id).where(small).limit(1)) is not None

    def _unite(self) -> None:
        """The threshold has become higher: blocks that are too small now are told as one."""
        rows = self.db.scalars(select(PublishedBlock).where(self._told_now)).all()
        before = [Block(row.people, values_told(row, len(self.parts))) for row in rows]
        new_ids: dict[int, int] = {}
        for places in united(before, self.least):
            if len(places) == 1:
                continue
            values = tuple(
                told[0] if all(value == told[0] for value in told) else None
                for told in zip(*(before[place].values for place in places), strict=True)
            )
            block_id = self._add(Block(sum(before[place].people for place in places), values))
            for place in places:
                self.ended.append(rows[place].id)
                new_ids[rows[place].id] = block_id
        for old, new in new_ids.items():
            self.db.execute(
                update(CountedPerson)
                .where(self._counted, CountedPerson.block_id == old)
                .values(block_id=new)
                .execution_options(synchronize_session=False)
            )
            if old in self.changed:
                self.changed.setdefault(new, {}).update(self.changed.pop(old))

    def _add(self, block: Block) -> int:
        self.blocks.append(
            {
                "id": self.next_id,
                "course_id": self.course_id,
                "with_demo": self.with_demo,
                "told_from": self.number,
                "told_until": None,
                "people": block.people,
                **dict(zip(DIMENSIONS, block.values, strict=False)),
                "parts": "".join(value or "?" for value in block.values[_WIDTH:]),
            }
        )
        self.next_id += 1
        return self.next_id - 1

    def _move(self, learner_id: int, block_id: int, told: str) -> None:
        self.moved.append(
            {
                "course_id": self.course_id,
                "with_demo": self.with_demo,
                "learner_id": learner_id,
                "block_id": block_id,
                "told": told,
            }
        )

    def _store(self) -> None:
        db = self.db
        for some in _batches(self.ended):
            db.execute(
                update(PublishedBlock)
                .where(PublishedBlock.id.in_(some))
                .values(told_until=self.number)
                .execution_options(synchronize_session=False)
            )
        for some in _batches(self.blocks):
            db.execute(insert(PublishedBlock), some)
        for some in _batches(self.people):
            db.execute(insert(CountedPerson), some)
        for some in _batches(self.moved):
            db.execute(update(CountedPerson), some)
        self.ended, self.blocks, self.people, self.moved = [], [], [], []

    def _forget_older(self, publication: Publication) -> None:
        db = self.db
        mine = and_(Publication.course_id == self.course_id, Publication.with_demo.is_(self.with_demo))
        db.execute(
            delete(Publication).where(
                mine, Publication.id != publication.id, Publication.published_at < self.now - _KEPT
            )
        )
        newest = db.scalars(select(Publication.id).where(mine).order_by(Publication.id.desc()).limit(2)).all()
        # Who reads the last one just now finds all of it.
        older = select(Publication.id).where(mine, Publication.id < newest[-1])
        db.execute(delete(PublishedSum).where(PublishedSum.row_by != ALL, PublishedSum.publication_id.in_(older)))
        oldest = db.scalar(select(func.min(Publication.id)).where(mine))
        db.execute(delete(PublishedBlock).where(self._blocks, PublishedBlock.told_until <= oldest))


def _batches(rows: Sequence[Any]) -> list[Sequence[Any]]:
    return [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]
