"""What stands in the log as ids and words of the program is read in words of people."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

import tracker
from lrs_adapter.credentials import Scope, create_credential
from tests.conftest import NOW, Visitor
from tracker.api.tokens import TokenScope
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.audit.wording import _DETAILS, _THINGS
from tracker.groups.models import Group, Pacing
from tracker.learners.models import Learner, OrganisationKind, StaffRole
from tracker.privacy.forms import What
from tracker.privacy.log_words import VOCABULARY
from tracker.privacy.retention import KINDS

LOG = "/sv/admin/audit"


@pytest.mark.parametrize(
    ("action", "target", "details", "swedish", "english"),
    [
        (
            Action.RETENTION_SET,
            "retention:sign-ins",
            {"days": 400, "decided": True},
            "Inloggningar, sparas, dagar: 400, enligt beslut",
            "Sign-ins, kept for, days: 400, by a decision",
        ),
        (Action.LOG_CUT, f"42:{'a' * 64}", {}, "Till och med rad 42", "To and including entry 42"),
        (
            Action.PERSON_CHANGED,
            None,
            {"role": "report-reader", "role-at": 7, "organisation": None},
            "Roll: Läser rapporter, rollen gäller organisationen: borttagen (7)",
            "Role: Reads reports, role holds at organisation: removed (7)",
        ),
        (
            Action.KEY_MADE,
            "token:nonsense",
            {"scopes": "courses+reports"},
            "får: Kurser och starter av dem, Rapporternas siffror",
            None,
        ),
        (Action.EXTRACT_MADE, "report:log", {"what": "log", "masked": True}, "Med personuppgifter maskade, Logg", None),
        (Action.PART_WAIVED, "course:nonsense", {"part": 0}, "del: 1", None),
        (Action.PERSON_CHANGED, None, {"of-long-ago": 3}, "Of-long-ago: 3", None),
    ],
)
def test_ids_and_words_of_the_program_are_read_in_words_of_people(
    db: Session,
    administrator: Visitor,
    action: Action,
    target: str | None,
    details: dict[str, Any],
    swedish: str,
    english: str | None,
) -> None:
    audit.note(db, action, by=None, now=NOW, target=target, details=details)
    db.commit()

    assert swedish in administrator.get(LOG).text
    assert english is None or english in administrator.get("/en/admin/audit").text


def test_things_stand_under_the_names_that_they_have_now(
    db: Session, administrator: Visitor, chief: Learner, course: Any
) -> None:
    group = Group(
        name="Torsdagscirkeln",
        course_id=course.info.id,
        course_version="2027.1",
        pacing=Pacing.A,
        language="sv",
        created_at=NOW,
    )
    made = create_credential(
        db, name="Regionens datalager", home_page="https://x.example", scopes=[Scope.STATEMENTS_READ], now=NOW
    )
    db.add(group)
    db.flush()
    audit.note(db, Action.GROUP_SEEN, by=chief, now=NOW, target=f"group:{group.id}")
    audit.note(
        db,
        Action.KEY_MADE,
        by=chief,
        now=NOW,
        target=f"key:{made.credential.id}",
        details={"scopes": "statements/read"},
    )
    db.commit()

    page = re.sub(r"\s+", " ", administrator.get(LOG).text)
    with administrator.get("/sv/admin/audit.csv") as file:
        rows = file.text

    for told in (page, rows):
        assert "Torsdagscirkeln" in told
        assert "Regionens datalager" in told
        assert "Läsa alla händelser" in told
        assert str(group.id) not in told
        assert "statements/read" not in told


def _notes() -> Iterator[ast.Dict]:
    """Every literal of details that is written in the log, wherever in the program."""
    for file in Path(tracker.__file__).parent.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        if "audit" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {"note", "note_all", "_note"}:
                given = [*node.args, *(one.value for one in node.keywords if one.arg == "details")]
                yield from (one for one in given if isinstance(one, ast.Dict))


def test_nothing_is_written_that_has_no_words() -> None:
    keys = {ast.literal_eval(key) for one in _notes() for key in one.keys if key is not None}
    what = {
        value.value
        for one in _notes()
        for key, value in zip(one.keys, one.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "what" and isinstance(value, ast.Constant)
    }

    assert {"count", "scopes", "part"} <= keys
    assert "published" in what
    assert keys - {*_DETAILS} == set()
    assert {*what, *What, "closed", "reopened", "corrected"} - {*VOCABULARY.words["what"]} == set()
    assert {*StaffRole} == {*VOCABULARY.words["role"]}
    assert {*OrganisationKind} == {*VOCABULARY.words["kind"]}
    assert {*Scope, *TokenScope} == {*VOCABULARY.words["scopes"]}
    assert {*_THINGS} == {*VOCABULARY.things}
    assert {*KINDS} == {*VOCABULARY.things["retention"](None, [*KINDS])}  # type: ignore[arg-type]  # it reads nothing
