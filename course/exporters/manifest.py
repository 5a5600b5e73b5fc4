"""What manifests have in common: XML by hand, because its bytes are to be the same everywhere."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from course.exporters.package import Chosen, Files
from course.schema import KnowledgeCheck, Language, Lesson, Localised

__all__ = ["LESSON", "Element", "check_of", "identifier", "lesson_words", "mastery_of", "schemas", "xml"]

Element = tuple[str, Mapping[str, str], "str | Sequence[Element]"]
"""Name, attributes, and what is inside: words, or elements."""

LESSON: Localised = {"sv": "Lektion {number}, {minutes} minuter.", "en": "Lesson {number}, {minutes} minutes."}


def xml(root: Element) -> bytes:
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *_lines(root, ""), ""]).encode()


def _lines(element: Element, indent: str) -> list[str]:
    name, attributes, inside = element
    opening = name + "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    if not inside:
        return [f"{indent}<{opening}/>"]
    if isinstance(inside, str):
        return [f"{indent}<{opening}>{escape(inside)}</{name}>"]
    inner = [line for one in inside for line in _lines(one, indent + "  ")]
    return [f"{indent}<{opening}>", *inner, f"{indent}</{name}>"]


def schemas(format_: str) -> Files:
    """What a SCORM manifest's ``schemaLocation`` points at. ADL's conformance test takes no package without it."""
    folder = Path(__file__).parent / "schemas" / format_
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def identifier(*parts: str) -> str:
    """An XML name: a letter first, then letters, digits, dots and hyphens."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", "-".join(part for part in parts if part))


def check_of(lesson: Lesson, language: Language) -> KnowledgeCheck | None:
    activities = lesson.activities[language].values()
    return next((activity for activity in activities if isinstance(activity, KnowledgeCheck)), None)


def mastery_of(lesson: Lesson, language: Language) -> float | None:
    """The share of the questions that is enough, where the lesson has a knowledge check."""
    check = check_of(lesson, language)
    return round(check.needed / check.draw, 4) if check else None


def lesson_words(chosen: Chosen, lesson: Lesson) -> Localised:
    return {
        language: LESSON[language].format(number=lesson.number, minutes=lesson.info.minutes.solo)
        for language in chosen.languages
    }
