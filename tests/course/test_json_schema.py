"""What an author's editor knows is what the course accepts."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from course.json_schema import DEFAULT_DIRECTORY, schemas
from course.loader import DEFAULT_DIRECTORY as COURSE
from course.reader import read
from tests.course.planting import FIXTURE, planted
from tests.tracker.servers import run_samverkan

KINDS = {f"{name}.yaml": name for name in ("course", "facts", "glossary", "guide", "lesson", "meetings", "module")}
FIXTURE_FILES = sorted(file for file in FIXTURE.rglob("*.yaml"))
OUR_FILES = sorted(COURSE.rglob("*.yaml"))


def _kind(file: Path) -> str:
    return KINDS.get(file.name) or ("facilitator" if file.name.startswith("facilitator.") else "activity")


def _faults(kind: str, data: Any) -> list[str]:
    schema = json.loads((DEFAULT_DIRECTORY / f"{kind}.json").read_text(encoding="utf-8"))
    return [error.message for error in Draft202012Validator(schema).iter_errors(data)]


def test_the_schemas_are_up_to_date() -> None:
    there_are = {file.name: file.read_text(encoding="utf-8") for file in DEFAULT_DIRECTORY.iterdir()}
    assert there_are == schemas(), "Write them anew with: samverkan course schema"


def test_they_can_be_written_anywhere(tmp_path: Path) -> None:
    told = run_samverkan(tmp_path, "course", "schema", str(tmp_path / "new"))

    written = sorted((tmp_path / "new").iterdir())
    assert sorted(told.stdout.splitlines()) == [str(file) for file in written]
    assert sorted(schemas()) == [file.name for file in written]
    for file in written:
        Draft202012Validator.check_schema(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", FIXTURE_FILES, ids=lambda file: file.relative_to(FIXTURE).as_posix())
def test_a_file_without_faults_has_none_for_the_editor(file: Path) -> None:
    documents = {document.path: document for document in read(FIXTURE).documents}
    assert _faults(_kind(file), documents[file.relative_to(FIXTURE).as_posix()].data) == []


@pytest.mark.parametrize(
    ("file", "change", "to"),
    [
        ("m1/lessons/1-1/falten.en.yaml", "    borderline: true", "    bordeline: true"),
        ("m1/lessons/1-1/falten.en.yaml", "    text: A health centre\n", ""),
        ("m1/lessons/1-1/falten.en.yaml", "kind: sort", "kind: sorted"),
        ("m1/lessons/1-2/lesson.yaml", "solo: 6", "solo: six"),
        ("glossary.yaml", "      en: referral\n", ""),
        ("glossary.yaml", "id: remiss", "id: Remiss"),
    ],
)
def test_the_editor_sees_what_the_check_sees(file: str, change: str, to: str, tmp_path: Path) -> None:
    copy = planted(tmp_path, {"file": file, "change": change, "to": to})
    data = yaml.safe_load((copy / file).read_text(encoding="utf-8"))
    assert _faults(_kind(Path(file)), data) != []


@pytest.mark.parametrize("file", OUR_FILES, ids=lambda file: file.relative_to(COURSE).as_posix())
def test_each_file_of_our_course_names_its_schema(file: Path) -> None:
    first = file.read_text(encoding="utf-8").split("\n", 1)[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert named != first
    assert (file.parent / named).resolve() == DEFAULT_DIRECTORY / f"{_kind(file)}.json"


def test_a_date_stays_a_date_for_the_editor() -> None:
    schema = json.loads((DEFAULT_DIRECTORY / "facts.json").read_text(encoding="utf-8"))
    assert schema["$defs"]["Fact"]["properties"]["checked_on"] == {"format": "date", "type": "string"}
