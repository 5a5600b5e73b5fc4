"""The facilitator's guide is loaded and checked like the lessons."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from course.check import check
from course.loader import load_course
from tests.course.planting import FIXTURE

TODAY = date(2026, 11, 22)
GOOD = {
    "guide.yaml": "chapters: [lyssna]\n",
    "lyssna/sv.md": "# Lyssna\n\nLyssna klart. Se [lektionen](lesson:1-1).\n\n::: note Tips\nRäkna till tio.\n:::\n",
    "lyssna/en.md": "# Listen\n\nHear them out. See [the lesson](lesson:1-1).\n\n::: note Tip\nCount to ten.\n:::\n",
}


def _with_guide(directory: Path, changed: dict[str, str | None]) -> Path:
    """The small course with a guide of one chapter, in which some files are others, or gone."""
    copy = directory / "course"
    shutil.copytree(FIXTURE, copy)
    (copy / "guide" / "lyssna").mkdir(parents=True)
    for name, text in {**GOOD, **changed}.items():
        if text is not None:
            (copy / "guide" / name).write_text(text, encoding="utf-8")
    return copy


def test_a_course_needs_no_guide() -> None:
    assert load_course(FIXTURE).guide == ()


def test_a_guide_without_faults_is_loaded(tmp_path: Path) -> None:
    folder = _with_guide(tmp_path, {})
    assert check(folder, today=TODAY) == ()
    [chapter] = load_course(folder).guide
    assert (chapter.id, chapter.title) == ("lyssna", {"sv": "Lyssna", "en": "Listen"})


def test_the_guide_is_a_part_of_what_the_course_is(tmp_path: Path) -> None:
    one = load_course(_with_guide(tmp_path / "one", {})).digest
    other = load_course(_with_guide(tmp_path / "other", {"lyssna/sv.md": GOOD["lyssna/sv.md"] + "Mer.\n"})).digest
    assert one != other


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"lyssna/en.md": None}, "guide/lyssna/en.md:1: error: The file is missing."),
        (
            {"lyssna/sv.md": GOOD["lyssna/sv.md"].replace("lesson:1-1", "lesson:9-9")},
            'guide/lyssna/sv.md:3: error: There is no lesson "9-9".',
        ),
        (
            {"lyssna/en.md": "# Listen\n\nHear them out.\n"},
            'guide/lyssna/en.md:1: error: "::: note" is missing here, but stands in sv.md.',
        ),
        (
            {"lyssna/sv.md": GOOD["lyssna/sv.md"].replace("klart.", "klart!")},
            "guide/lyssna/sv.md:3: warning: The course has no exclamation marks.",
        ),
        (
            {"guide.yaml": "chapters: [lyssna, lyssna]\n"},
            'guide/guide.yaml:1: error: The id "lyssna" stands here twice; the first is in line 1.',
        ),
        ({"guide.yaml": None}, "guide/guide.yaml:1: error: The file is missing."),
    ],
    ids=["no English", "a link to nothing", "another directive", "an exclamation mark", "twice", "no list"],
)
def test_a_fault_is_reported_with_file_and_line(changed: dict[str, str | None], expected: str, tmp_path: Path) -> None:
    assert expected in [str(fault) for fault in check(_with_guide(tmp_path, changed), today=TODAY)]


def test_no_activities_in_a_chapter(tmp_path: Path) -> None:
    more = "\n::: activity falten\n:::\n"
    folder = _with_guide(tmp_path, {name: GOOD[name] + more for name in ("lyssna/sv.md", "lyssna/en.md")})
    assert {fault.message for fault in check(folder, today=TODAY)} == {"A chapter of the guide has no activities."}


def test_hard_swedish_is_reported(tmp_path: Path) -> None:
    hard = "Kommunikationsavdelningens samverkansöverenskommelser konkretiserar organisationsutvecklingen. "
    folder = _with_guide(tmp_path, {"lyssna/sv.md": GOOD["lyssna/sv.md"] + "\n" + hard * 3})
    assert any("hard to read" in fault.message for fault in check(folder, today=TODAY))


def test_our_guide_is_whole_in_both_languages() -> None:
    course = load_course()
    words = {
        language: sum(len(chapter.markdown[language].split()) for chapter in course.guide)
        for language in course.info.languages
    }
    assert len(course.guide) == 9
    assert all(2000 <= count <= 3000 for count in words.values()), words
