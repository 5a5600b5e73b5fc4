"""What is read from sums is the same as what is added up from the blocks, whatever is asked."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from course.schema import Course
from tests.conftest import NOW
from tests.reports.conftest import LATER, MakeLearners
from tracker.learners.models import Capacity
from tracker.reports.dimensions import DIMENSIONS, NO_ORGANISATION, NOT_SAID
from tracker.reports.models import Publication, PublishedBlock, PublishedSum
from tracker.reports.queries import Filters, by_value, overview, values_of
from tracker.reports.sums import largest, write_sums

MONTHS = ["2026-11", "2026-12", "2027-01", "2027-02"]
VALUES: dict[str, list[str | None]] = {
    "course": ["1", "2", "3", None],
    "kind": ["region", "association", NOT_SAID, None],
    "capacity": ["elected", "volunteer", None],
    "organisation": ["1", "2", "3", NOT_SAID, None],
    "municipality": ["Lund", "Ystad", NOT_SAID, None],
    "group": ["0000-a", "0000-b", NOT_SAID, None],
    "form": ["alone", "both", None],
    "begun": [*MONTHS, None],
    "done": [*MONTHS, NOT_SAID, None],
    "version": ["2026.1", "2027.1", None],
    "language": ["sv", "en", None],
}


def _asked(dice: random.Random) -> Filters:
    asked: dict[str, Any] = {}
    for name in dice.sample([*VALUES, "scope"], dice.choice([0, 1, 1, 1, 2, 3])):
        match name:
            case "begun" | "done":
                first, last = sorted(dice.choices(MONTHS, k=2))
                since, until = ("since", "until") if name == "begun" else ("done_since", "done_until")
                asked |= dice.choice([{since: first}, {until: last}, {since: first, until: last}])
            case "course":
                asked["status"] = dice.choice(["started", "completed", "certified"])
            case "organisation" | "scope":
                chosen = dice.sample([1, 2, 3, NO_ORGANISATION], dice.randint(0, 3))
                asked["scope" if name == "scope" else "organisations"] = frozenset(chosen)
            case _:
                asked[name] = dice.choice([value for value in VALUES[name] if value is not None])
    return Filters(**asked)


def _answers(db: Session, course: Course, made: Publication, asked: Filters, views: list[str]) -> list[Any]:
    rows = [sorted(by_value(db, made, asked, name), key=lambda row: row.value or "") for name in views]
    # A value that nobody can have is no row of the page.
    return [overview(db, course, made, asked), [[row for row in some if row.started.most] for some in rows]]


def _same(db: Session, course: Course, made: Publication, asked: Filters, views: list[str]) -> bool:
    summed = _answers(db, course, made, asked, views)
    set_committed_value(made, "summed", value=False)
    added_up = _answers(db, course, made, asked, views)
    set_committed_value(made, "summed", value=True)
    return summed == added_up


def test_sums_say_what_the_blocks_say(db: Session, course: Course) -> None:
    dice = random.Random(5)
    parts = [module.id for module in course.modules]
    made = Publication(
        course_id=course.info.id,
        published_at=NOW,
        least=5,
        with_demo=False,
        people=0,
        parts=parts,
        minutes={},
        counts={},
    )
    made.summed = True
    db.add(made)
    db.flush()
    blocks = [
        {
            "id": number,
            "course_id": course.info.id,
            "with_demo": False,
            "told_from": 1,
            "told_until": dice.choice([None, None, None, 1]),
            "people": dice.choice([3, 5, 6, 9, 40]),
            "parts": "".join(dice.choice("012?") for _ in parts[: dice.choice([len(parts), len(parts) - 1])]),
            **{name: dice.choice(values) for name, values in VALUES.items()},
        }
        for number in range(1, 161)
    ]
    db.execute(insert(PublishedBlock), blocks)
    write_sums(db, made)
    made.counts = largest(db, made)
    db.commit()
    made.is_newest = True  # type: ignore[misc]

    for _ in range(40):
        asked = _asked(dice)
        assert _same(db, course, made, asked, dice.sample([*DIMENSIONS], 2)), asked
    for name in DIMENSIONS:
        assert made.counts[name] == {
            row.value: row.started.least for row in by_value(db, made, Filters(), name) if row.value is not None
        }


def test_an_older_publication_keeps_its_totals_and_the_last_two_their_rows(
    db: Session, course: Course, learners: MakeLearners, publish_now: Callable[..., Publication]
) -> None:
    made = []
    for number in range(3):
        learners(8, columns={"capacity": Capacity.ELECTED}, started=["m0"])
        learners(6, columns={"capacity": Capacity.VOLUNTEER}, started=["m0", "m1"], course_done=True)
        made.append(publish_now(now=LATER + timedelta(days=40 * number)))

    rows = db.scalars(select(PublishedSum.publication_id).where(PublishedSum.row_by == "kind").distinct())
    assert sorted(rows) == [one.id for one in made[1:]]
    for number, one in enumerate(made):
        assert overview(db, course, one, Filters()).started.value == 14 * (number + 1)
        one.is_newest = number == 2  # type: ignore[misc]
        for asked in (Filters(), Filters(capacity="elected"), Filters(group=NOT_SAID)):
            assert _same(db, course, one, asked, ["kind"])


def test_what_a_filter_offers_never_counts_a_block_that_is_too_small_now(
    db: Session, learners: MakeLearners, publish_now: Callable[..., Publication]
) -> None:
    learners(8, columns={"capacity": Capacity.ELECTED}, started=["m0"])
    assert values_of(db, publish_now(), "capacity", None) == {"elected": 8}
    assert values_of(db, publish_now(least=10), "capacity", None) == {}
    assert db.scalar(select(func.count()).select_from(PublishedBlock)) == 1
