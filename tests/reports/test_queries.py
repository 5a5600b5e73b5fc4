"""Counting people, each once."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from course.schema import Course
from tests.reports.conftest import MakeLearners
from tracker.learners.models import Capacity, Learner, OrganisationKind
from tracker.reports.protection import Figure, Hidden
from tracker.reports.queries import Completion, completion, completion_rows, course_figures, totals

ALL_MODULES = ["m0", "m1", "m2", "m3", "m4", "m5", "m6"]


def _row(found: Completion, module_id: str) -> tuple[Figure, Figure]:
    row = next(row for row in found.modules if row.module.id == module_id)
    return row.started, row.completed


def test_counts_who_has_started_and_completed_each_part(db: Session, course: Course, learners: MakeLearners) -> None:
    learners(20, started=["m0", "m1"], completed=["m0"])
    learners(10, started=["m0"])

    found = completion(db, course, with_demo=False)

    assert _row(found, "m0") == (Figure(30), Figure(20))
    assert _row(found, "m1") == (Figure(20), Figure(None, Hidden.FEW))
    assert _row(found, "m2") == (Figure(None, Hidden.FEW), Figure(None, Hidden.FEW))
    assert found.started == Figure(30)


def test_counts_completed_courses_and_certificates(db: Session, course: Course, learners: MakeLearners) -> None:
    learners(10, started=ALL_MODULES, completed=ALL_MODULES, course_done=True, certified=True)
    learners(10, started=ALL_MODULES, completed=ALL_MODULES, course_done=True)
    learners(10, started=["m0"])

    assert course_figures(db, course, with_demo=False) == (Figure(30), Figure(20), Figure(10))


def test_counts_a_person_once_after_accounts_were_joined(
    db: Session, course: Course, learners: MakeLearners, register: Callable[..., None]
) -> None:
    done: dict[str, Any] = {"started": ["m0", "m1"], "completed": ["m0"], "course_done": True, "certified": True}
    for learner in learners(20, **done):
        register(learner, **done)
        register(learner, started=["m1"], completed=["m1"])
    learners(30, started=["m0"])

    found = completion(db, course, with_demo=False)

    assert (found.started, found.completed) == (Figure(50), Figure(20))
    assert _row(found, "m0") == (Figure(50), Figure(20))
    assert _row(found, "m1")[0] == Figure(20)


def test_counts_only_this_course_and_only_real_people(db: Session, course: Course, learners: MakeLearners) -> None:
    learners(12, started=["m0"])
    learners(7, started=["m0"], course_id="another")
    learners(9, columns={"is_demo": True}, started=["m0"])

    assert completion(db, course, with_demo=False).started == Figure(12)
    assert completion(db, course, with_demo=True).started == Figure(21)


def test_whoever_has_only_registered_has_not_started(db: Session, course: Course, learners: MakeLearners) -> None:
    learners(12, started=["m0"])
    learners(8, started=[])

    assert completion(db, course, with_demo=False).started == Figure(12)


def test_filters_by_capacity_and_kind_together(db: Session, course: Course, learners: MakeLearners) -> None:
    elected, officer = {"capacity": Capacity.ELECTED}, {"capacity": Capacity.OFFICER}
    region, municipality = (
        {"organisation_kind": OrganisationKind.REGION},
        {"organisation_kind": OrganisationKind.MUNICIPALITY},
    )
    learners(20, columns={**elected, **region}, started=["m0"])
    learners(30, columns={**elected, **municipality}, started=["m0"])
    learners(40, columns={**officer, **region}, started=["m0"])
    learners(50, started=["m0"])

    def started(**filters: object) -> Figure:
        return completion(db, course, with_demo=False, **filters).started  # type: ignore[arg-type]

    assert started() == Figure(140)
    assert started(capacity=Capacity.ELECTED) == Figure(50)
    assert started(kind=OrganisationKind.REGION) == Figure(60)
    assert started(capacity=Capacity.ELECTED, kind=OrganisationKind.REGION) == Figure(20)
    assert started(capacity=None) == Figure(50)
    assert started(capacity=None, kind=None) == Figure(50)


def test_a_small_group_cannot_be_found_by_comparing_filters(
    db: Session, course: Course, learners: MakeLearners
) -> None:
    sizes = {
        Capacity.ELECTED: 3,
        Capacity.OFFICER: 12,
        Capacity.VOLUNTEER: 30,
        Capacity.EMPLOYEE: 25,
        Capacity.OTHER: 8,
    }
    for capacity, size in sizes.items():
        learners(size, columns={"capacity": capacity}, started=["m0"])
    learners(14, started=["m0"])

    shown = {
        capacity: completion(db, course, capacity=capacity, with_demo=False).started for capacity in [*Capacity, None]
    }

    total = completion(db, course, with_demo=False).started
    assert shown[Capacity.ELECTED] == Figure(None, Hidden.FEW)
    assert [capacity for capacity, figure in shown.items() if figure.hidden is Hidden.PROTECTS] == [Capacity.OTHER]
    assert total == Figure(92)


def test_other_programs_get_why_a_figure_is_missing(db: Session, course: Course, learners: MakeLearners) -> None:
    learners(12, started=["m0"], completed=["m0"])

    rows = {row["part"]: row for row in completion_rows(db, course, with_demo=False)}

    assert rows["m0"]["started"] == 12
    assert rows["m0"]["completed"] is None
    assert rows["m0"]["completed_hidden"] == "fewer-than-five-left"
    assert rows["m1"]["started_hidden"] == "fewer-than-five"
    assert rows[course.info.id]["title"] == "Tillsammans gör vi mer"
    assert len({tuple(row) for row in rows.values()}) == 1  # the same columns in every row


def test_monitoring_counts_everything_there_is(
    db: Session, learners: MakeLearners, make_learner: Callable[..., Learner]
) -> None:
    learners(2, started=["m0"], course_done=True, certified=True)
    make_learner()

    assert totals(db) == {"learners": 3, "course_completions": 2, "certificates": 2}
