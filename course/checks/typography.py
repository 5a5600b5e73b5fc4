"""Quotes, dashes and the like, and marks that are shown as they stand."""

import re
from collections.abc import Iterator
from typing import Any

from course.draft import Draft
from course.faults import Fault, Severity
from course.schema import Language
from course.typography import oversights
from course.yaml_source import Document, Place

__all__ = ["check"]

LINK = re.compile(r"\]\([a-z]+:")
TARGET = re.compile(r"\]\([^)]*\)|<https?:[^>]*>|`[^`]*`")
LANGUAGES: tuple[Language, ...] = ("sv", "en")


def check(draft: Draft) -> Iterator[Fault]:
    for lesson in draft.readings:
        for language, text in lesson.texts.items():
            for number, line in enumerate([text.title, *text.body.split("\n")], text.body_line - 1):
                words = TARGET.sub("", line)
                for _, message in oversights(words, language):
                    yield Fault(text.path, number, message, Severity.WARNING)
    for document in draft.documents:
        name = document.path.rpartition("/")[2]
        languages = [one for one in LANGUAGES if name.endswith(f".{one}.yaml")]
        yield from _values(document, document.data, (), languages[0] if languages else None)


def _values(document: Document, data: Any, place: Place, language: Language | None) -> Iterator[Fault]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _values(document, value, (*place, key), key if key in LANGUAGES else language)
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _values(document, value, (*place, number), language)
    elif isinstance(data, str):
        line = document.line(*place)
        if LINK.search(data):
            yield Fault(document.path, line, "Links are made in sv.md and en.md. Here they are shown as they stand.")
        if language:
            for _, message in oversights(data, language):
                yield Fault(document.path, line, message, Severity.WARNING)
