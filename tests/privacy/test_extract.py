"""What is handed out: a cover sheet and tables, with names or without, and a line in the audit log."""

import io
import zipfile
from collections.abc import Mapping

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import Visitor
from tests.groups.circles import Circle
from tracker.audit.models import AuditEntry
from tracker.learners.models import Learner

EXTRACT = "/sv/admin/privacy/extract"
FORM = {"what": "group", "person": "", "group": "", "since": "", "until": "", "reference": "KS 2027/9"}


def _files(visitor: Visitor, **form: str) -> Mapping[str, str]:
    answer = visitor.post(EXTRACT, {**FORM, **form})
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
        assert file.read("forsattsblad.pdf").startswith(b"%PDF")
        return {name: file.read(name).decode("utf-8-sig") for name in file.namelist() if not name.endswith(".pdf")}


def test_a_study_circle_with_names_and_without(db: Session, circle: Circle, administrator: Visitor) -> None:
    group = str(circle.group.id)

    plain = _files(administrator, group=group)
    hidden = _files(administrator, group=group, masked="y")

    assert "Yusuf" in plain["02-members.csv"]
    assert "Yusuf" not in "".join(hidden.values())
    # The same person has the same number in every table.
    assert hidden["02-members.csv"].count("Person 2") == 1
    assert hidden["04-attendance.csv"].count("Person 2") == 1
    entries = [one for one in db.scalars(select(AuditEntry)) if one.action == "extract-made"]
    assert [one.target for one in entries] == [f"group:{group}"] * 2
    assert ['"masked":true' in one.details for one in entries] == [False, True]
    assert "KS" not in entries[0].details


def test_a_person_masked_is_nobody(db: Session, administrator: Visitor, karin: Learner) -> None:
    hidden = _files(administrator, what="person", person=karin.email or "", masked="y")

    assert "rnstedt" not in "".join(hidden.values()).casefold()
    assert str(karin.account) not in "".join(hidden.values())


@pytest.mark.parametrize("what", ["report", "log"])
def test_reports_and_the_log(administrator: Visitor, what: str) -> None:
    assert f"01-{what}.csv" in _files(administrator, what=what, since="2027-01-01", until="2027-12-31")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"what": ""}, "Välj vad som begärs ut"),
        ({"what": "person", "person": "ingen@annan.example"}, "Ingen har den adressen nu"),
        ({"what": "group"}, "Välj en studiecirkel i listan"),
        ({"what": "log", "until": "2027-13-01"}, "Skriv dagen som 2027-02-04"),
    ],
)
def test_wrong_wishes_are_told(db: Session, administrator: Visitor, form: dict[str, str], words: str) -> None:
    answer = administrator.post(EXTRACT, {**FORM, **form})

    assert (answer.status_code, words in answer.text) == (422, True)
    assert db.scalars(select(AuditEntry)).all() == []
