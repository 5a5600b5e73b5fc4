"""A meeting that is closed and corrected: what the LRS then answers over HTTP, as files that can be read.

``python -m pytest tests/groups/test_statements.py --write-statements`` writes them again after a wanted change.
"""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import tincan
from flask import Flask
from ralph.models.xapi.base.statements import BaseXapiStatement
from sqlalchemy.orm import Session

from course.schema import Course
from lrs_adapter.credentials import create_credential
from tests.conftest import NOW
from tests.groups.circles import Circle
from tracker.groups.closing import reopen
from tracker.groups.models import GroupAnswer, Presence
from tracker.learners.models import Learner
from tracker.registrations.models import Registration

FILES = Path(__file__).parent / "statements"
NAMES = ("group", "leader", "yusuf", "lena")

Json = dict[str, Any]


def _id(name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"https://kurs.example/{name}")


@pytest.fixture
def found(db: Session, app: Flask, course: Course) -> dict[str, list[Json]]:
    """By whose they are: after meeting 3 was closed, Lena taken away and lesson 5-3 put right."""
    circle = Circle(db, app)
    people = []
    for name in NAMES[1:]:
        learner = Learner(account=_id(f"{name} account"), created_at=NOW)
        registration = Registration(
            id=_id(f"{name} registration"),
            learner=learner,
            account=learner.account,
            course_id=course.info.id,
            created_at=NOW,
        )
        db.add(registration)
        people.append(circle.join(name.capitalize(), learner, is_facilitator=name == "leader"))
    leader, _yusuf, lena = people
    group = circle.group
    group.account, group.registration = _id("group account"), _id("group registration")
    group.meetings[2].id = _id("meeting 3")
    nodes = course.lesson("5-2").activities["sv"]["nar-det-skaver"].nodes
    step = [nodes[0].id, nodes[0].options[0].id]
    group.meetings[2].answers.append(
        GroupAnswer(lesson_id="5-2", activity_id="nar-det-skaver", response={"path": [step]}, updated_at=NOW)
    )
    db.commit()
    circle.was_there(3, *people)
    circle.close(3, by=leader, right=9, lessons=["5-1", "5-2", "6-1"])
    later = NOW.replace(month=3, day=10)
    reopen(db, circle.meeting(3), by=leader, now=later)
    circle.was_there(3, lena, presence=Presence.ABSENT)
    circle.close(3, by=leader, now=later, right=9, lessons=["5-1", "5-2", "5-3", "6-1"])
    basic = create_credential(db, name="test", home_page="https://test.example", now=NOW).basic
    db.commit()
    client = app.test_client()
    headers = {"Authorization": f"Basic {basic}", "X-Experience-API-Version": "1.0.3"}
    answers = {}
    for name in NAMES:
        query = {"registration": str(_id(f"{name} registration")), "ascending": "true", "limit": "100"}
        answer = client.get("/xapi/statements", headers=headers, query_string=query).get_json()
        assert answer["more"] == ""
        answers[name] = answer["statements"]
    everything = client.get("/xapi/statements", headers=headers, query_string={"limit": "200"}).get_json()
    answers["voids"] = sorted(
        (one for one in everything["statements"] if one["verb"]["id"].endswith("voided")), key=lambda one: one["id"]
    )
    return answers


def _text(statements: list[Json]) -> str:
    """Without what the store adds: when it was stored, and who says so."""
    kept = [{key: value for key, value in one.items() if key not in {"stored", "authority"}} for one in statements]
    return json.dumps(kept, ensure_ascii=False, indent=2) + "\n"


def test_the_lrs_answers_with_what_stands_in_the_files(
    found: dict[str, list[Json]], request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--write-statements"):
        FILES.mkdir(exist_ok=True)
        for name, statements in found.items():
            (FILES / f"{name}.json").write_text(_text(statements), encoding="utf-8")

    for name, statements in found.items():
        assert json.loads(_text(statements)) == json.loads((FILES / f"{name}.json").read_text("utf-8")), name


def test_two_other_libraries_accept_every_statement(found: dict[str, list[Json]]) -> None:
    statements = [one for some in found.values() for one in some]
    assert len(statements) > 15
    for statement in statements:
        BaseXapiStatement.model_validate(statement)
        assert tincan.Statement(dict(statement)).id == uuid.UUID(statement["id"])


def test_nobody_is_named_and_no_member_is_listed(found: dict[str, list[Json]]) -> None:
    text = json.dumps(found, ensure_ascii=False)

    for word in ("Karin", "Yusuf", "Lena", "Torsdagsgruppen", "mbox", '"member"', "forening"):
        assert word not in text
