"""An id means one thing."""

from collections.abc import Iterator
from typing import Any

from course.draft import Draft
from course.faults import Fault
from course.yaml_source import Document, Place

__all__ = ["check"]

LISTS_OF_IDS = frozenset(
    {"modules", "lessons", "activities", "goals", "accepts", "strengthens", "tests", "facts", "languages", "chapters"}
)


def check(draft: Draft) -> Iterator[Fault]:
    for document in draft.documents:
        yield from _in_lists(document, document.data, ())
    yield from _lessons(draft)
    yield from _facts(draft)


def _in_lists(document: Document, data: Any, place: Place) -> Iterator[Fault]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _in_lists(document, value, (*place, key))
    elif isinstance(data, list):
        seen: dict[str, int] = {}
        for number, value in enumerate(data):
            yield from _in_lists(document, value, (*place, number))
            name, line = _id(value, place), document.line(*place, number)
            if isinstance(value, dict):
                line = document.line(*place, number, "id")
            if name is not None and name in seen:
                yield Fault(
                    document.path, line, f'The id "{name}" stands here twice; the first is in line {seen[name]}.'
                )
            elif name is not None:
                seen[name] = line


def _id(value: Any, place: Place) -> str | None:
    if isinstance(value, dict):
        name = value.get("id")
        return name if isinstance(name, str) else None
    return value if isinstance(value, str) and place and place[-1] in LISTS_OF_IDS else None


def _lessons(draft: Draft) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for module, lesson in draft.lessons:
        if lesson.id in seen and module.document and module.info:
            line = module.document.line("lessons", module.info.lessons.index(lesson.id))
            yield Fault(
                module.document.path, line, f'The lesson id "{lesson.id}" is taken by the module {seen[lesson.id]}.'
            )
        seen.setdefault(lesson.id, module.id)


def _facts(draft: Draft) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for fact in draft.facts:
        name, path = fact.fact.id, fact.document.path
        if name in seen and seen[name] != path:
            yield Fault(path, fact.line, f'The fact id "{name}" is taken in {seen[name]}.')
        seen.setdefault(name, path)
