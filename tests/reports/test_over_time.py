"""Whoever keeps every answer that was ever given, and combines them as cleverly as can be, never finds fewer than five.

People come, go further, move, change the organisation and are erased; in between it is published. Afterwards the test
plays the one who has kept everything, and who even knows of each block who is in it.
"""

import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from course.schema import Course
from tests.conftest import NOW
from tests.reports.conftest import LATER, MakeLearners
from tracker.certificates.models import Certificate, Form
from tracker.learners.models import Capacity, Learner, OrganisationKind
from tracker.progress.models import CourseCompletion, ModuleProgress
from tracker.registrations.models import Registration
from tracker.reports.blocks import Block, Key, retold, united
from tracker.reports.edition import values_told
from tracker.reports.figures import Figure
from tracker.reports.models import CountedPerson, Publication, PublishedBlock
from tracker.reports.publishing import latest, publish
from tracker.reports.queries import Filters, by_value, overview
from tracker.reports.reading import key_of

CAPACITIES = [Capacity.ELECTED, Capacity.VOLUNTEER]
KINDS = [OrganisationKind.REGION, OrganisationKind.ASSOCIATION]

one = st.tuples(st.sampled_from(CAPACITIES), st.sampled_from(KINDS), st.integers(1, 3))
rounds = st.tuples(
    st.lists(one, max_size=14),  # who come
    st.lists(st.tuples(st.integers(0, 60), one), max_size=12),  # who change, to what
    st.lists(st.integers(0, 60), max_size=6),  # who are erased
)
histories = st.lists(rounds, min_size=2, max_size=4)

BOUNDED = (Phase.explicit, Phase.generate)
"""To look for the smallest example would take many times as long."""

One = tuple[Capacity, OrganisationKind, int]
Round = tuple[list[One], list[tuple[int, One]], list[int]]


@dataclass
class _World:
    db: Session
    course: Course
    people: dict[int, tuple[Capacity, OrganisationKind, int]] = field(default_factory=dict)
    kept: list[tuple[Publication, dict[int, frozenset[int]], dict[int, tuple[str | None, ...]]]] = field(
        default_factory=list
    )
    """Each publication: who was in which block, and what was told of it."""
    told: dict[int, str] = field(default_factory=dict)
    kept_told: list[dict[int, str]] = field(default_factory=list)
    """At each publication: what was told of each person."""

    def come(self, one: One, at: datetime) -> None:
        learner = Learner(created_at=at, capacity=one[0], organisation_kind=one[1])
        self.db.add(learner)
        self.db.flush()
        self.db.add(
            Registration(
                id=uuid.uuid4(),
                learner_id=learner.id,
                account=learner.account,
                course_id=self.course.info.id,
                created_at=at,
            )
        )
        self.db.flush()
        self.people[learner.id] = (one[0], one[1], 0)
        self.change(learner.id, one, at)

    def change(self, learner_id: int, one: One, at: datetime) -> None:
        learner = self.db.get_one(Learner, learner_id)
        learner.capacity, learner.organisation_kind = one[0], one[1]
        was, far = self.people[learner_id][2], max(self.people[learner_id][2], one[2])
        registration = self.db.scalars(select(Registration.id).where(Registration.learner_id == learner_id)).one()
        row = {"registration_id": registration, "course_version": "2027.1"}
        if was == 0:
            self.db.add(ModuleProgress(module_id="m0", started_at=at, language="sv", **row))
        if was < 2 <= far:
            self.db.add(CourseCompletion(completed_at=at, minutes=1, lesson_count=1, **row))
        if was < 3 <= far:
            certificate = {"code": str(uuid.uuid4()), "course": {}, "form": Form.ALONE, "minutes": 1, "lesson_count": 1}
            self.db.add(Certificate(completed_on=at.date(), issued_at=at, **certificate, **row))
        self.people[learner_id] = (one[0], one[1], far)
        self.db.flush()

    def publish(self, at: datetime, least: int) -> None:
        made = publish(self.db, self.course, with_demo=False, now=at, least=least)
        members: dict[int, set[int]] = {}
        for row in self.db.scalars(select(CountedPerson)):
            members.setdefault(row.block_id, set()).add(row.learner_id)
            if self.told.get(row.learner_id) != row.told:
                capacity, kind, far = self.people[row.learner_id]
                # Whatever is told anew of somebody is what is so.
                assert key_of(row.told)[:3] == (str(far), kind.value, capacity.value)
                self.told[row.learner_id] = row.told
        blocks = self.db.scalars(select(PublishedBlock).where(PublishedBlock.told_until.is_(None))).all()
        self.kept_told.append({row.learner_id: row.told for row in self.db.scalars(select(CountedPerson))})
        self.kept.append(
            (
                made,
                {block.id: frozenset(members.get(block.id, ())) for block in blocks},
                {block.id: values_told(block, len(made.parts)) for block in blocks},
            )
        )
        self.db.commit()


def _lived(db: Session, course: Course, history: list[Round], raised: bool) -> _World:
    db.rollback()
    for table in (CountedPerson, PublishedBlock, Publication, Registration, Learner):
        db.execute(delete(table))
    db.commit()
    world = _World(db, course)
    for number, (new, changed, gone) in enumerate(history):
        at = NOW + timedelta(days=60 * number)
        for values in new:
            world.come(values, at)
        ids = sorted(world.people)
        for place, values in changed:
            if place < len(ids):
                world.change(ids[place], values, at)
        for place in gone:
            if place < len(ids) and world.people.pop(ids[place], None):
                db.execute(delete(Learner).where(Learner.id == ids[place]))
        db.commit()
        world.publish(at + timedelta(days=45), 7 if raised and number >= 2 else 5)
    return world


def _asked() -> Iterator[Filters]:
    for capacity in (None, *CAPACITIES):
        for kind in (None, *KINDS):
            for status in (None, "started", "completed", "certified"):
                yield Filters(capacity=capacity, kind=kind, status=status)


_STEPS = {None: "123", "started": "1", "completed": "23", "certified": "3"}


def _fits(asked: Filters, key: Key) -> bool:
    return asked.capacity in (None, key[2]) and asked.kind in (None, key[1]) and key[0] in _STEPS[asked.status]


def _surely(world: _World, number: int, asked: Filters) -> set[int]:
    """The blocks behind the answer, counted by hand."""
    _, members, values = world.kept[number]
    return {
        block
        for block in members
        if (asked.capacity is None or values[block][2] == asked.capacity)
        and (asked.kind is None or values[block][1] == asked.kind)
        and (asked.status is None or (values[block][0] or "?") in _STEPS[asked.status])
        and len(members[block]) >= world.kept[number][0].least
    }


@pytest.mark.parametrize("raised", [False, True])
def test_nobody_can_be_isolated(db: Session, course: Course, raised: bool) -> None:
    @settings(max_examples=10, phases=BOUNDED)
    @given(history=histories, seed=st.integers(0, 9999))
    def holds(history: list[Round], seed: int) -> None:
        world = _lived(db, course, [(new, changed, []) for new, changed, _ in history], raised)
        _attack(world, random.Random(seed))

    holds()


def _attack(world: _World, dice: random.Random) -> None:
    # Each answer as the people behind it. What the page says is how many they are.
    answers: list[frozenset[int]] = []
    for number, (made, members, _) in enumerate(world.kept):
        made.is_newest = False  # type: ignore[misc]
        told = [key_of(one) for one in world.kept_told[number].values()]
        for asked in dice.sample([*_asked()], 8):
            blocks = _surely(world, number, asked)
            answers.append(frozenset(person for block in blocks for person in members[block]))
            found = overview(world.db, world.course, made, asked)
            set_committed_value(made, "summed", value=False)
            assert overview(world.db, world.course, made, asked) == found, "the sums say what the blocks say"
            set_committed_value(made, "summed", value=True)
            figure = found.started
            assert figure.least == len(answers[-1])
            assert figure.least == 0 or figure.least >= made.least
            assert figure.least <= sum(_fits(asked, key) for key in told)
            if made.people == len(told):
                assert figure.most >= sum(_fits(asked, key) for key in told)

    # Who is alike in all that was ever told can't be told apart by any sum of sums. Nobody is in so small a company.
    company = Counter(tuple(person in answer for answer in answers) for person in frozenset[int]().union(*answers))
    assert all(people >= 5 for people in company.values())
    for _ in range(200):
        left: Counter[int] = Counter()
        for answer in dice.choices(answers, k=dice.randint(2, 5)):
            sign = dice.choice([-2, -1, 1, 2])
            for person in answer:
                left[person] += sign
        assert not 0 < sum(value != 0 for value in left.values()) < 5


def test_the_erased_leave_the_figures_five_at_a_time(db: Session, course: Course) -> None:
    @settings(max_examples=8, phases=BOUNDED)
    @given(history=histories)
    def holds(history: list[Round]) -> None:
        world = _lived(db, course, history, raised=False)
        people = {block.id: block.people for block in db.scalars(select(PublishedBlock))}
        assert all(number >= 5 for number in people.values())
        for made, members, _ in world.kept:
            made.is_newest = False  # type: ignore[misc]
            whole = sum(people[block] for block in members)
            assert overview(db, course, made, Filters()).started.value == whole
            for block, here in members.items():
                assert people[block] >= len(here), "somebody is in it who was not counted"

    holds()


def test_a_block_waits_for_five_and_then_tells_of_all_of_them() -> None:
    told = Block(12, ("started", "a"))
    assert retold(told, {("started", "a"): 8, ("done", "a"): 4}, worth=(1, 1)) == []

    parts = retold(told, {("started", "a"): 7, ("done", "a"): 5}, worth=(1, 1))
    assert sorted((part.people, part.values) for part in parts) == [(5, ("done", "a")), (7, ("started", "a"))]

    parts = retold(told, {("started", "a"): 1, ("done", "a"): 11}, worth=(1, 1))
    assert sorted(((part.people, part.values) for part in parts), key=str) == [(5, (None, "a")), (7, ("done", "a"))]


def test_who_is_gone_is_neither_told_anew_nor_taken_away_alone() -> None:
    told = Block(9, ("started", None))
    assert retold(told, {("started", "a"): 5}, worth=(1, 1)) == []
    assert [part.people for part in retold(Block(10, told.values), {("started", "a"): 5}, worth=(1, 1))] == [5]
    assert [part.people for part in retold(told, {}, worth=(1, 1))] == [0]

    parts = retold(told, {("done", "a"): 6}, worth=(1, 1))
    assert sum(part.people for part in parts) == 9
    assert all(value != "?" for part in parts for value in part.values)


def test_a_higher_threshold_unites_those_who_are_alike() -> None:
    blocks = [Block(5, ("a", "x")), Block(20, ("b", "x")), Block(6, ("a", "y")), Block(5, ("c", "x"))]
    assert united(blocks, 5) == []
    assert united(blocks, 10) == [[0, 2, 3]]
    assert united(blocks[:2], 10) == [[0, 1]]


def test_a_figure_that_one_person_would_change_stays(
    db: Session, course: Course, learners: MakeLearners, publish_now: Callable[..., Publication]
) -> None:
    """What two publications told before: exactly one has gone further."""
    people = learners(30, started=["m0"])
    before = overview(db, course, publish_now(), Filters())
    rows = select(Registration.id).where(Registration.learner_id.in_([one.id for one in people[:4]]))
    for registration in db.scalars(rows).all():
        db.add(
            CourseCompletion(
                registration_id=registration, completed_at=LATER, course_version="x", minutes=1, lesson_count=1
            )
        )
    learners(4, started=["m0"])
    db.commit()

    much_later = LATER + timedelta(days=90)
    assert overview(db, course, publish_now(now=much_later), Filters()) == before

    learners(1, started=["m0"])
    after = overview(db, course, publish_now(now=much_later), Filters())
    assert (after.started, after.completed) == (Figure(35, 35), Figure(0, 0))
    assert by_value(db, latest(db, course, with_demo=False), Filters(), "course")[0].started == Figure(35, 35)


def test_who_is_in_the_middle_of_the_course_is_counted_after_three_weeks(
    db: Session, course: Course, learners: MakeLearners, publish_now: Callable[..., Publication]
) -> None:
    learners(12, started=["m0"])
    learners(9, started=["m0"], course_done=True, certified=True)

    def started(days: int) -> int | None:
        return overview(db, course, publish_now(now=NOW + timedelta(days=days)), Filters()).started.value

    assert [started(0), started(20), started(22)] == [9, 9, 21]
