"""Each planted fault is reported, with its file and line, and nothing else is."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from course.check import check, main, report
from course.faults import Severity
from course.loader import CourseFaulty, load, load_course
from tests.course.planting import FIXTURE, planted

TODAY = date(2026, 11, 22)
PLANTS = yaml.safe_load((Path(__file__).parent / "planted_faults.yaml").read_text(encoding="utf-8"))


def test_the_small_course_has_no_faults() -> None:
    assert check(FIXTURE, today=TODAY) == ()


@pytest.mark.parametrize("plant", PLANTS, ids=[plant["plant"] for plant in PLANTS])
def test_a_planted_fault_is_reported_with_file_and_line(plant: dict[str, Any], tmp_path: Path) -> None:
    faults = check(planted(tmp_path, plant), today=TODAY)
    assert [str(fault) for fault in faults] == plant["expect"]


@pytest.mark.parametrize("plant", PLANTS, ids=[plant["plant"] for plant in PLANTS])
def test_a_course_with_a_fault_is_loaded_whole_or_not_at_all(plant: dict[str, Any], tmp_path: Path) -> None:
    loaded = load(planted(tmp_path, plant))
    has_error = any(fault.severity is Severity.ERROR for fault in loaded.faults)
    assert (loaded.course is None) == has_error


def test_the_limit_of_readability_can_be_set() -> None:
    faults = check(FIXTURE, today=TODAY, lix_limit=5)
    assert {fault.path for fault in faults} == {"m1/lessons/1-1/sv.md", "m1/lessons/1-2/sv.md"}
    assert all("the limit is 5" in fault.message for fault in faults)


def test_a_folder_that_is_not_there_is_one_fault(tmp_path: Path) -> None:
    [fault] = check(tmp_path / "nowhere", today=TODAY)
    assert fault.message == f"There is no folder {tmp_path / 'nowhere'}."


def test_a_folder_in_place_of_a_file_is_a_fault(tmp_path: Path) -> None:
    copy = planted(tmp_path, {"file": "glossary.yaml", "remove": True})
    (copy / "glossary.yaml").mkdir()
    [fault] = check(copy, today=TODAY)
    assert (fault.path, fault.line) == ("glossary.yaml", 1)
    assert fault.message.startswith("The file can't be read")


def test_deep_nesting_is_a_fault(tmp_path: Path) -> None:
    faults = check(planted(tmp_path, {"file": "glossary.yaml", "write": "[" * 5000}), today=TODAY)
    assert [str(fault) for fault in faults] == ["glossary.yaml:1: error: The file is nested too deeply to be read."]


def test_a_faulty_course_is_not_served(tmp_path: Path) -> None:
    copy = planted(tmp_path, {"file": "m1/lessons/1-1/falten.sv.yaml", "change": "kind: sort", "to": "kind: sorted"})
    with pytest.raises(CourseFaulty) as raised:
        load_course(copy)
    assert [(fault.path, fault.line) for fault in raised.value.faults] == [("m1/lessons/1-1/falten.sv.yaml", 1)]
    assert "falten.sv.yaml:1: error:" in str(raised.value)


def test_the_report_ends_with_a_summary() -> None:
    lines = list(report(check(FIXTURE, today=date(2027, 10, 1)), FIXTURE))
    assert lines[0].startswith(f"{FIXTURE}/m1/facts.yaml:15: warning: ")
    assert lines[-1] == "0 errors, 10 warnings."


def test_the_exit_status_says_whether_there_are_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(FIXTURE), "--today", "2026-11-22"]) == 0
    assert capsys.readouterr().out == "No faults in the course.\n"
    assert main([str(FIXTURE), "--today", "2027-10-01"]) == 0
    assert main([str(FIXTURE), "--today", "2027-11-02"]) == 1
    assert capsys.readouterr().out.endswith("10 errors, 0 warnings.\n")


def test_it_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "course.check", str(FIXTURE), "--today", "2026-11-22"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert (done.returncode, done.stdout) == (0, "No faults in the course.\n")


def test_the_digest_changes_when_any_file_does(tmp_path: Path) -> None:
    whole = load_course(FIXTURE)
    changed = load_course(
        planted(tmp_path, {"file": "m1/lessons/1-2/sv.md", "change": "Samma dag", "to": "Samma kväll"})
    )
    assert load_course(FIXTURE).digest == whole.digest != changed.digest
