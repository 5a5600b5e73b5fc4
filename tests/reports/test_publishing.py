"""What is published is true: the same as a slow, simple count."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from course.schema import Course
from lrs_adapter.store import INTERNAL, iterate
from tests.conftest import NOW
from tests.reports.conftest import LATER, MakeLearners
from tracker.clock import now
from tracker.demo import load_demo
from tracker.learners.models import Capacity, Organisation, OrganisationKind
from tracker.progress.events import EventKind, event_of
from tracker.progress.projection import rebuild
from tracker.registrations.models import Registration
from tracker.reports.dimensions import DIMENSIONS
from tracker.reports.figures import Figure
from tracker.reports.models import CountedPerson, Publication, PublishedBlock
from tracker.reports.publishing import is_due, latest, publish
from tracker.reports.queries import Filters, Overview, by_value, overview
from tracker.reports.reading import key_of, of_course

Publish = Callable[..., Publication]
ALL_MODULES = ["m0", "m1", "m2", "m3", "m4", "m5", "m6"]


def _slow_count(db: Session, course: Course) -> dict[str, tuple[set[int], set[int]]]:
    """Whom the Statements say to have begun and completed each module, and the course ("")."""
    learners = {key: learner for key, learner in db.execute(select(Registration.id, Registration.learner_id))}  # noqa: C416
    begun: dict[str, set[int]] = defaultdict(set)
    done: dict[str, set[int]] = defaultdict(set)
    for one in iterate(db, authority=INTERNAL):
        event = event_of(course.info.iri, one.statement)
        if event is None:
            continue
        person = learners[event.registration]
        if event.kind is EventKind.COURSE_COMPLETED:
            done[""].add(person)
        elif event.module_id is not None:
            begun[event.module_id].add(person)
            begun[""].add(person)
            if event.kind is EventKind.MODULE_COMPLETED:
                done[event.module_id].add(person)
    return {part: (begun[part], done[part]) for part in ["", *(module.id for module in course.modules)]}


def _totals(db: Session, course: Course, found: Overview) -> dict[str, tuple[int | None, int | None]]:
    rows = {row.module.id: (row.started.value, row.completed.value) for row in found.modules}
    return {"": (found.started.value, found.completed.value), **rows}


def test_totals_agree_with_a_slow_count_from_the_statements(
    app: Flask, db: Session, course: Course, publish_now: Publish
) -> None:
    load_demo(db, app)
    db.commit()
    slow = _slow_count(db, course)

    found = overview(db, course, publish_now(with_demo=True, now=now() + timedelta(days=60)), Filters())

    assert found.started == Figure(len(slow[""][0]), len(slow[""][0]))
    assert found.completed.least <= len(slow[""][1]) <= found.completed.most
    for row in found.modules:
        begun, done = slow[row.module.id]
        assert row.started.least <= len(begun) <= row.started.most
        assert row.completed.least <= len(done) <= row.completed.most
    told = [key_of(one) for one in db.scalars(select(CountedPerson.told))]
    for place, module_id in enumerate(module.id for module in course.modules):
        reached = [key[len(DIMENSIONS) + place] for key in told]
        begun, done = slow[module_id]
        assert (sum(one != "0" for one in reached), reached.count("2")) == (len(begun), len(done))
    assert sum(key[0] in "23" for key in told) == len(slow[""][1])


def test_a_rebuilt_progress_is_told_the_same(app: Flask, db: Session, course: Course) -> None:
    load_demo(db, app)
    db.commit()

    def told() -> list[Any]:
        return sorted(db.execute(of_course(db, course, ["m0", "m3"], with_demo=True, now=now()).people).all())

    before = told()
    assert {row.told.split("\x1f")[10] for row in before} == {"sv"}

    rebuild(db, course.info.iri)
    db.commit()

    assert told() == before


def test_every_figure_holds_the_true_number_and_every_block_is_large(
    db: Session, course: Course, learners: MakeLearners, publish_now: Publish
) -> None:
    generator = random.Random(11)
    kinds = [OrganisationKind.REGION, OrganisationKind.ASSOCIATION, None]
    people: list[tuple[Capacity, OrganisationKind | None, int]] = []
    for _ in range(90):
        capacity, kind, far = generator.choice(list(Capacity)), generator.choice(kinds), generator.randint(1, 7)
        people.append((capacity, kind, far))
        learners(
            1,
            columns={"capacity": capacity, "organisation_kind": kind},
            started=ALL_MODULES[:far],
            completed=ALL_MODULES[: far - 1],
        )
    publication = publish_now()

    assert min(db.scalars(select(PublishedBlock.people))) >= 5
    for _ in range(40):
        capacity, kind = generator.choice([None, *Capacity]), generator.choice([None, "region", "association", "-"])
        found = overview(db, course, publication, Filters(capacity=capacity, kind=kind))
        fitting = [far for c, k, far in people if capacity in (None, c) and kind in (None, k.value if k else "-")]
        assert found.started.least <= len(fitting) <= found.started.most
        for number, row in enumerate(found.modules):
            assert row.started.least <= sum(far > number for far in fitting) <= row.started.most
            assert row.completed.least <= sum(far > number + 1 for far in fitting) <= row.completed.most
    assert overview(db, course, publication, Filters()).started == Figure(90, 90)


def test_rows_add_up_to_the_total(db: Session, course: Course, learners: MakeLearners, publish_now: Publish) -> None:
    for number, size in enumerate([3, 12, 30, 4, 8]):
        organisation = Organisation(name=f"O{number}", kind=OrganisationKind.ASSOCIATION, created_at=NOW)
        db.add(organisation)
        db.flush()
        learners(size, columns={"organisation_id": organisation.id}, started=["m0"])
    publication = publish_now()

    rows = by_value(db, publication, Filters(), "organisation")

    assert sum(row.started.least for row in rows) == 57
    assert all(row.started.least >= 5 for row in rows)
    # Three and four hide together with two of the largest.
    assert {row.value is None: row.started.value for row in rows}[True] == 9
    assert {row.started.least for row in rows} == {8, 9, 12, 28}


def test_a_person_with_two_registrations_is_counted_once(
    db: Session, course: Course, learners: MakeLearners, register: Callable[..., None], publish_now: Publish
) -> None:
    done: dict[str, Any] = {"started": ["m0", "m1"], "completed": ["m0"], "course_done": True, "certified": True}
    for learner in learners(20, **done):
        register(learner, **done)
        register(learner, started=["m1"], completed=["m1"])
    learners(30, started=["m0"])

    found = overview(db, course, publish_now(), Filters())

    assert (found.started, found.completed, found.certified) == (Figure(50, 50), Figure(20, 20), Figure(20, 20))
    assert found.modules[0].completed == Figure(20, 20)


def test_counts_only_this_course_those_who_began_and_real_people(
    db: Session, course: Course, learners: MakeLearners, publish_now: Publish
) -> None:
    learners(12, started=["m0"])
    learners(7, started=["m0"], course_id="another")
    learners(8, started=[])
    learners(9, columns={"is_demo": True}, started=["m0"])

    assert overview(db, course, publish_now(), Filters()).started == Figure(12, 12)
    assert overview(db, course, publish_now(with_demo=True), Filters()).started == Figure(21, 21)


def test_an_organisation_administrator_gets_the_figures_of_the_own_part_only(
    db: Session, course: Course, learners: MakeLearners, publish_now: Publish
) -> None:
    ids = []
    for name in ("Norr", "Syd"):
        organisation = Organisation(name=name, kind=OrganisationKind.ASSOCIATION, created_at=NOW)
        db.add(organisation)
        db.flush()
        ids.append(organisation.id)
    learners(10, columns={"organisation_id": ids[0]}, started=["m0"])
    learners(25, columns={"organisation_id": ids[1]}, started=["m0"])
    publication = publish_now()

    def started(**filters: Any) -> Overview:
        return overview(db, course, publication, Filters(scope=frozenset({ids[0]}), **filters))

    assert started().started == Figure(10, 10)
    assert started(organisations=frozenset({ids[1]})).started == Figure(0, 0)


def test_is_published_once_a_day_and_at_once_when_the_threshold_or_the_course_is_another(
    db: Session, course: Course, learners: MakeLearners, publish_now: Publish
) -> None:
    learners(12, started=["m0"])
    assert is_due(db, course, with_demo=False, now=LATER)
    publish_now()
    assert not is_due(db, course, with_demo=False, now=LATER + timedelta(hours=23))
    assert is_due(db, course, with_demo=False, now=LATER + timedelta(hours=24))
    assert is_due(db, course, with_demo=False, now=LATER, least=10)
    shorter = course.model_copy(update={"modules": course.modules[:-1]})
    assert not is_due(db, shorter, with_demo=False, now=LATER)


def test_a_higher_threshold_counts_at_once(
    db: Session, course: Course, learners: MakeLearners, publish_now: Publish
) -> None:
    learners(8, started=["m0"])
    assert overview(db, course, publish_now(), Filters()).started == Figure(8, 8)
    publish_now(least=10)
    assert overview(db, course, latest(db, course, with_demo=False), Filters()).started == Figure(0, 0)


def test_a_part_that_is_new_in_the_course_was_begun_by_nobody_who_was_told_before(
    db: Session, course: Course, learners: MakeLearners, publish_now: Publish
) -> None:
    learners(12, started=["m0", "m6"], completed=["m0"])
    shorter = course.model_copy(update={"modules": [one for one in course.modules if one.id != "m2"]})
    publish(db, shorter, with_demo=False, now=LATER)
    db.commit()
    found = overview(db, course, publish_now(now=LATER + timedelta(days=1)), Filters())
    assert {row.module.id: row.started.value for row in found.modules if row.started.most} == {"m0": 12, "m6": 12}
    learners(9, started=["m0", "m2"])
    found = overview(db, course, publish_now(now=LATER + timedelta(days=2)), Filters())
    assert {row.module.id: row.started.value for row in found.modules if row.started.most} == {
        "m0": 21,
        "m2": 9,
        "m6": 12,
    }
