"""People who have come more or less far, put straight into the projection."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from course.schema import Course
from tests.conftest import NOW, Visitor
from tracker.certificates.models import Certificate, Form
from tracker.learners.models import Learner
from tracker.progress.models import CourseCompletion, ModuleProgress
from tracker.registrations.models import Registration
from tracker.reports.models import Publication
from tracker.reports.publishing import publish

LATER = NOW + timedelta(days=60)
"""When whatever was done at ``NOW`` has come to rest, and has waited long enough for company."""

MakeLearners = Callable[..., list[Learner]]


@pytest.fixture
def administrator(make_learner: Callable[..., Learner], sign_in: Callable[[Learner], Visitor]) -> Visitor:
    return sign_in(make_learner(email="admin@region.example", is_administrator=True))


@pytest.fixture
def register(db: Session, course: Course) -> Callable[..., None]:
    """A registration of a learner: ``register(learner, started=["m0", "m1"], completed=["m0"])``."""

    def make(
        learner: Learner,
        *,
        started: list[str],
        completed: list[str] | None = None,
        course_done: bool = False,
        certified: bool = False,
        course_id: str = course.info.id,
    ) -> None:
        registration = Registration(
            id=uuid.uuid4(), learner_id=learner.id, account=learner.account, course_id=course_id, created_at=NOW
        )
        db.add(registration)
        db.flush()
        row: dict[str, Any] = {"registration_id": registration.id, "course_version": "2027.1"}
        for module_id in started:
            done = NOW if module_id in (completed or []) else None
            db.add(ModuleProgress(module_id=module_id, started_at=NOW, completed_at=done, language="sv", **row))
        if course_done:
            db.add(CourseCompletion(completed_at=NOW, minutes=108, lesson_count=20, **row))
        if certified:
            db.add(
                Certificate(
                    code=str(uuid.uuid4()),
                    course={"title": course.info.title},
                    form=Form.ALONE,
                    completed_on=NOW.date(),
                    minutes=108,
                    lesson_count=20,
                    issued_at=NOW,
                    **row,
                )
            )
        db.commit()

    return make


@pytest.fixture
def learners(make_learner: Callable[..., Learner], register: Callable[..., None]) -> MakeLearners:
    """``learners(12, capacity=Capacity.ELECTED, started=["m0"], completed=["m0"])``"""

    def make(number: int, *, columns: dict[str, Any] | None = None, **progress: Any) -> list[Learner]:
        made = [make_learner(**(columns or {})) for _ in range(number)]
        for learner in made:
            register(learner, **progress)
        return made

    return make


@pytest.fixture
def publish_now(db: Session, course: Course) -> Callable[..., Publication]:
    """Reports show what there is now."""

    def make(**options: Any) -> Publication:
        made = publish(db, course, **{"with_demo": False, "now": LATER, **options})
        db.commit()
        return made

    return make
