"""A course as it stands in the authors' files, with or without faults, and where everything stands."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from course.faults import Fault
from course.schema import (
    Activity,
    CourseInfo,
    FacilitatorNotes,
    Fact,
    Glossary,
    GuideInfo,
    Language,
    LessonInfo,
    Meetings,
    ModuleInfo,
)
from course.yaml_source import Document

__all__ = ["ActivityDraft", "ChapterDraft", "Draft", "FactDraft", "LessonDraft", "ModuleDraft", "Text"]


@dataclass(frozen=True)
class Text:
    """A Markdown file. ``body`` is what stands under the title, and begins in line ``body_line``."""

    path: str
    title: str
    body: str
    body_line: int


@dataclass(frozen=True)
class ActivityDraft:
    document: Document
    activity: Activity


@dataclass(frozen=True)
class FactDraft:
    document: Document
    number: int
    fact: Fact

    @property
    def line(self) -> int:
        return self.document.line("facts", self.number)


@dataclass
class ChapterDraft:
    """A text in each language: of the facilitator's guide, or what a lesson is besides its activities."""

    id: str
    folder: str
    texts: dict[Language, Text] = field(default_factory=dict)


@dataclass
class LessonDraft(ChapterDraft):
    info: LessonInfo | None = None
    document: Document | None = None
    activities: dict[str, dict[Language, ActivityDraft]] = field(default_factory=dict)
    facilitator: dict[Language, tuple[Document, FacilitatorNotes]] = field(default_factory=dict)


@dataclass
class ModuleDraft:
    id: str
    folder: str
    info: ModuleInfo | None = None
    document: Document | None = None
    lessons: list[LessonDraft] = field(default_factory=list)
    facts: list[FactDraft] = field(default_factory=list)
    has_facts_file: bool = False
    facts_document: Document | None = None


@dataclass
class Draft:
    """What could be read. ``info``, ``glossary`` and ``meetings`` are None where their files have faults."""

    directory: Path
    info: CourseInfo | None = None
    document: Document | None = None
    glossary_document: Document | None = None
    glossary: Glossary | None = None
    meetings: tuple[Document, Meetings] | None = None
    guide: GuideInfo | None = None
    chapters: list[ChapterDraft] = field(default_factory=list)
    modules: list[ModuleDraft] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    digest: str = ""

    @property
    def languages(self) -> tuple[Language, ...]:
        return self.info.languages if self.info and self.info.languages else ("sv", "en")

    @property
    def lessons(self) -> Iterator[tuple[ModuleDraft, LessonDraft]]:
        for module in self.modules:
            for lesson in module.lessons:
                yield module, lesson

    @property
    def readings(self) -> Iterator[ChapterDraft]:
        """Whatever has a text: the lessons and the chapters of the guide."""
        for module in self.modules:
            yield from module.lessons
        yield from self.chapters

    @property
    def facts(self) -> Iterator[FactDraft]:
        for module in self.modules:
            yield from module.facts
