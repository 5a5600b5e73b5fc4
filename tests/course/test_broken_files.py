"""Whatever stands in a file, it is reported and nothing breaks."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course.check import check
from tests.course.planting import FIXTURE

TODAY = date(2026, 11, 22)
FILES = sorted(file.relative_to(FIXTURE) for file in FIXTURE.rglob("*") if file.suffix in (".yaml", ".md"))
PIECES = [
    b":", b"-", b"- ", b"\n", b"\n  ", b"[", b"]", b"{", b"}", b'"', b"'", b"&a ", b"*a", b"!!int ", b"#", b"|", b">",
    b"%", b":::", b"::: fact ", b"![", b"](", b"\xff", b"\xe5", b"\x00", b"\xef\xbb\xbf", b"? ", b"<<: ", b"null",
    b"true", b"1e999", b'"\\ud800"', b'"\\UFFFFFFFF"', b'"\\0"', b"id: ../..", b"2026-11-22", b"\t", b"---\n",
    b"9" * 5000,
]  # fmt: skip
YAML_FILES = [
    "course.yaml",
    "meetings.yaml",
    "glossary.yaml",
    "m1/module.yaml",
    "m1/facts.yaml",
    "m1/lessons/1-1/lesson.yaml",
    "m1/lessons/1-1/falten.en.yaml",
]
OTHER_SHAPES = ["3\n", "true\n", "text\n", "[[]]\n", "{a: {}}\n", "- id: []\n", '"\\UFFFFFFFF"\n', "? [a]\n: b\n"]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("broken") / "course"
    shutil.copytree(FIXTURE, copy)
    return copy


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    file=st.sampled_from(FILES),
    place=st.floats(0, 1),
    length=st.integers(0, 30),
    piece=st.sampled_from(PIECES) | st.binary(max_size=6),
)
def test_a_file_with_anything_in_it(course: Path, file: Path, place: float, length: int, piece: bytes) -> None:
    whole = (FIXTURE / file).read_bytes()
    start = round(place * len(whole))
    (course / file).write_bytes(whole[:start] + piece + whole[start + length :])
    try:
        for fault in check(course, today=TODAY):
            assert fault.line >= 1
            assert fault.message.endswith((".", "?", "…"))
    finally:
        (course / file).write_bytes(whole)


@pytest.mark.parametrize("data", OTHER_SHAPES)
@pytest.mark.parametrize("file", YAML_FILES)
def test_a_file_of_another_shape(file: str, data: str, tmp_path: Path) -> None:
    copy = tmp_path / "course"
    shutil.copytree(FIXTURE, copy)
    (copy / file).write_text(data, encoding="utf-8")
    assert any(fault.path == file for fault in check(copy, today=TODAY))


@pytest.mark.parametrize("name", ["../../etc", "a/b", "\\0", "x" * 5000, "..", "."])
@pytest.mark.parametrize(
    ("file", "key"),
    [("course.yaml", "modules"), ("m1/module.yaml", "lessons"), ("m1/lessons/1-1/lesson.yaml", "activities")],
)
def test_a_name_that_leads_elsewhere(file: str, key: str, name: str, tmp_path: Path) -> None:
    copy = tmp_path / "course"
    shutil.copytree(FIXTURE, copy)
    text = (copy / file).read_text(encoding="utf-8")
    (copy / file).write_text(text.replace(f"{key}: [", f'{key}: ["{name}", '), encoding="utf-8")
    assert any(fault.path == file for fault in check(copy, today=TODAY))
