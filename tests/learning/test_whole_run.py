"""One person takes the whole course: the Statements, as files that can be held against the xAPI specification.

``python -m pytest tests/learning/test_whole_run.py --write-statements`` writes the files again after a wanted change;
read the difference before it is committed.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tincan
from flask import Flask
from ralph.models.xapi.base.statements import BaseXapiStatement
from sqlalchemy import select
from sqlalchemy.orm import Session

from course.iri import place_of
from course.schema import Course
from lrs_adapter.store import iterate
from tests.conftest import NOW
from tests.tracker.taking import fail_check, take_course
from tracker.learners.models import Learner
from tracker.progress import projection
from tracker.progress.models import ActivityResult, CourseCompletion, LessonProgress, ModuleProgress
from tracker.registrations.models import Registration

FILES = Path(__file__).parent / "statements"
REGISTRATION = uuid.UUID("6f1d1c0e-3f0b-4a4e-9b0c-5d0f3a2b7c11")
ACCOUNT = uuid.UUID("0b7f6f0a-52a5-4b0e-8a53-1f4c0f7f9d22")

Json = dict[str, Any]


@pytest.fixture
def statements(app: Flask, db: Session, course: Course, make_learner: Callable[..., Learner]) -> list[Json]:
    """What is stored when the whole course has been taken, the knowledge check at the second try."""
    learner = make_learner(account=ACCOUNT, name="Karin Exempel", email="karin@forening.example")
    db.add(Registration(id=REGISTRATION, learner=learner, account=ACCOUNT, course_id=course.info.id, created_at=NOW))
    db.flush()
    with app.app_context():
        fail_check(db, app, learner, now=NOW)
        take_course(db, app, learner, now=NOW)
    db.commit()
    return [one.statement for one in iterate(db)]


def _files(statements: list[Json], course: Course) -> Iterator[tuple[str, str]]:
    """A file for each lesson, with what was recorded in it in order; the course and its modules by themselves."""
    by_name: dict[str, list[Json]] = {}
    for statement in statements:
        place = place_of(course.info.iri, statement["object"]["id"])
        assert place is not None
        by_name.setdefault(place.lesson_id or "course-and-modules", []).append(statement)
    for name, found in by_name.items():
        yield f"{name}.json", json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def test_statements_are_those_of_the_files(
    statements: list[Json], course: Course, request: pytest.FixtureRequest
) -> None:
    found = dict(_files(statements, course))
    if request.config.getoption("--write-statements"):
        for old in FILES.glob("*.json"):
            old.unlink()
        for name, content in found.items():
            (FILES / name).write_text(content, encoding="utf-8")

    assert sorted(found) == sorted(path.name for path in FILES.glob("*.json"))
    for name, content in found.items():
        assert json.loads(content) == json.loads((FILES / name).read_text(encoding="utf-8")), name


def test_two_other_libraries_accept_every_statement(statements: list[Json]) -> None:
    assert len(statements) > 100
    for statement in statements:
        BaseXapiStatement.model_validate(statement)
        assert tincan.Statement(dict(statement)).id == uuid.UUID(statement["id"])


def test_no_statement_says_who_somebody_is(statements: list[Json]) -> None:
    for statement in statements:
        text = json.dumps(statement, ensure_ascii=False)
        assert statement["actor"] == {
            "objectType": "Agent",
            "account": {"homePage": "http://localhost", "name": str(ACCOUNT)},
        }
        assert "Karin" not in text
        assert "mbox" not in text
        assert "@" not in text.replace("@context", "")


def test_progress_made_again_from_the_statements_alone_is_the_same(
    app: Flask, statements: list[Json], db: Session, course: Course
) -> None:
    before = _progress(db)
    assert [len(rows) for rows in before] == [_answered(statements), 20, 7, 1]

    count = projection.rebuild(db, course.info.iri)
    db.commit()

    assert count == len(statements)
    assert _progress(db) == before


def _answered(statements: list[Json]) -> int:
    return len(
        {
            statement["object"]["id"]
            for statement in statements
            if "/activity/" in statement["object"]["id"] and "/item/" not in statement["object"]["id"]
        }
    )


def _progress(db: Session) -> list[list[tuple[Any, ...]]]:
    db.expire_all()
    return [
        sorted(tuple(row) for row in db.execute(select(*model.__table__.columns)))
        for model in (ActivityResult, LessonProgress, ModuleProgress, CourseCompletion)
    ]
