"""The ids that can be referred to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from course.draft import Draft
from course.faults import Fault, did_you_mean
from course.yaml_source import Document

__all__ = ["Known", "known_ids", "unknown"]


@dataclass(frozen=True)
class Known:
    """None where the file that has the ids can't be read: then nothing is said about them."""

    goals: frozenset[str] | None
    principles: frozenset[str] | None
    cast: frozenset[str] | None
    facts: frozenset[str] | None
    terms: frozenset[str] | None
    lessons: frozenset[str]


def known_ids(draft: Draft) -> Known:
    files = [module.facts_document for module in draft.modules if module.has_facts_file]
    facts = frozenset(name for file in files if file for name in file.ids("facts"))
    return Known(
        goals=_ids(draft.document, "goals"),
        principles=_ids(draft.document, "principles"),
        cast=_ids(draft.document, "cast"),
        facts=None if None in files else facts,
        terms=_ids(draft.glossary_document, "terms"),
        lessons=frozenset(lesson.id for _, lesson in draft.lessons),
    )


def unknown(path: str, line: int, what: str, name: str, known: Iterable[str] | None) -> Iterator[Fault]:
    if known is not None and name not in known:
        yield Fault(path, line, f'There is no {what} "{name}".{did_you_mean(name, sorted(known))}')


def _ids(document: Document | None, key: str) -> frozenset[str] | None:
    return frozenset(document.ids(key)) if document else None
