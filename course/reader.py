"""From the authors' files to a draft. Every fault is noted, none stops the reading."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from course.draft import ActivityDraft, ChapterDraft, Draft, FactDraft, LessonDraft, ModuleDraft, Text
from course.explain import validate
from course.faults import Fault, Severity, did_you_mean
from course.schema import (
    ACTIVITY_KINDS,
    CourseInfo,
    FacilitatorNotes,
    Facts,
    Glossary,
    GuideInfo,
    Language,
    LessonInfo,
    Meetings,
    ModuleInfo,
)
from course.yaml_source import Document, Place, parse_yaml, read_text

__all__ = ["read"]

LANGUAGE_NAMES: dict[str, str] = {"sv": "Swedish", "en": "English"}

Model = TypeVar("Model", bound=BaseModel)


def read(directory: Path) -> Draft:
    """What there is, also when it has faults: they stand in the draft."""
    return _Reader(directory).read()


class _Reader:
    def __init__(self, directory: Path) -> None:
        self.draft = Draft(directory)
        self.faults = self.draft.faults
        self.seen: set[str] = set()

    def read(self) -> Draft:
        draft = self.draft
        if not draft.directory.is_dir():
            self.faults.append(Fault("course.yaml", 1, f"There is no folder {draft.directory}."))
            return draft
        draft.document, draft.info = self.model("course.yaml", CourseInfo)
        if draft.info and "sv" not in draft.info.languages:
            self.faults.append(
                Fault("course.yaml", self.line(draft.document, "languages"), '"languages" must have "sv".')
            )
        draft.glossary_document, draft.glossary = self.model("glossary.yaml", Glossary)
        document, meetings = self.model("meetings.yaml", Meetings)
        if document and meetings:
            draft.meetings = document, meetings
        draft.modules = [self.module(module_id) for module_id in self.modules()]
        self.guide()
        self.strays()
        draft.digest = self.digest()
        return draft

    def modules(self) -> list[str]:
        """Those of course.yaml; the folders there are when that file can't be read."""
        if self.draft.document:
            return _folders(self.draft.document.ids("modules"))
        return sorted(file.parent.name for file in self.draft.directory.glob("*/module.yaml"))

    def guide(self) -> None:
        """The facilitator's guide, where a course has one."""
        if not (self.draft.directory / "guide").exists():
            return
        document, self.draft.guide = self.model("guide/guide.yaml", GuideInfo)
        for name in _folders(document.ids("chapters")) if document else ():
            chapter = ChapterDraft(name, f"guide/{name}")
            for language in self.draft.languages:
                text = self.markdown(f"{chapter.folder}/{language}.md")
                if text:
                    chapter.texts[language] = text
            self.draft.chapters.append(chapter)

    def module(self, module_id: str) -> ModuleDraft:
        module = ModuleDraft(module_id, module_id)
        path = f"{module_id}/module.yaml"
        if not (self.draft.directory / path).is_file() and self.draft.document:
            self.seen.add(path)
            line = self._line_of_id(self.draft.document, "modules", module_id)
            self.faults.append(Fault("course.yaml", line, f'The module "{module_id}" has no file {path}.'))
            return module
        module.document, module.info = self.model(path, ModuleInfo)
        self.same_id(module.info, module.document, module_id)
        if (self.draft.directory / module_id / "facts.yaml").exists():
            document, facts = self.model(f"{module_id}/facts.yaml", Facts)
            module.has_facts_file, module.facts_document = True, document
            if document and facts:
                module.facts = [FactDraft(document, number, fact) for number, fact in enumerate(facts.facts)]
        if module.document:
            lessons = _folders(module.document.ids("lessons"))
        else:
            lessons = sorted(
                file.parent.name for file in (self.draft.directory / module_id).glob("lessons/*/lesson.yaml")
            )
        module.lessons = [self.lesson(module, lesson_id) for lesson_id in lessons]
        return module

    def lesson(self, module: ModuleDraft, lesson_id: str) -> LessonDraft:
        lesson = LessonDraft(lesson_id, f"{module.folder}/lessons/{lesson_id}")
        path = f"{lesson.folder}/lesson.yaml"
        if not (self.draft.directory / path).is_file() and module.document:
            line = self._line_of_id(module.document, "lessons", lesson_id)
            self.faults.append(Fault(module.document.path, line, f'The lesson "{lesson_id}" has no file {path}.'))
            return lesson
        lesson.document, lesson.info = self.model(path, LessonInfo)
        self.same_id(lesson.info, lesson.document, lesson_id)
        for language in self.draft.languages:
            text = self.markdown(f"{lesson.folder}/{language}.md")
            if text:
                lesson.texts[language] = text
            document, notes = self.model(f"{lesson.folder}/facilitator.{language}.yaml", FacilitatorNotes)
            if document and notes:
                lesson.facilitator[language] = document, notes
        for activity_id in _folders(lesson.document.ids("activities")) if lesson.document else ():
            lesson.activities[activity_id] = dict(self.activity(lesson, activity_id))
        return lesson

    def activity(self, lesson: LessonDraft, activity_id: str) -> Iterator[tuple[Language, ActivityDraft]]:
        for language in self.draft.languages:
            path = f"{lesson.folder}/{activity_id}.{language}.yaml"
            if not (self.draft.directory / path).exists() and lesson.document:
                line = self._line_of_id(lesson.document, "activities", activity_id)
                name = LANGUAGE_NAMES[language]
                message = f'The activity "{activity_id}" is not there in {name}: {path} is missing.'
                self.faults.append(Fault(lesson.document.path, line, message))
                continue
            document = self.document(path)
            kind = self.kind(document)
            if document and kind:
                activity = self.typed(document, kind)
                if activity:
                    yield language, ActivityDraft(document, activity)  # type: ignore[arg-type]

    def kind(self, document: Document | None) -> type[BaseModel] | None:
        """The type an activity's file says it has."""
        if document is None:
            return None
        if not isinstance(document.data, dict):
            self.faults.append(
                Fault(document.path, 1, "The file must have keys and values: kind, title, instruction …")
            )
            return None
        if "kind" not in document.data:
            self.faults.append(Fault(document.path, document.line(), '"kind" is missing.'))
            return None
        given = document.data["kind"]
        if isinstance(given, str) and given in ACTIVITY_KINDS:
            return ACTIVITY_KINDS[given]
        known = ", ".join(ACTIVITY_KINDS)
        message = (
            f'"{given}" is not a kind of activity.{did_you_mean(str(given), ACTIVITY_KINDS)} The kinds are {known}.'
        )
        self.faults.append(Fault(document.path, document.line("kind"), message))
        return None

    def markdown(self, path: str) -> Text | None:
        self.seen.add(path)
        text = read_text(self.draft.directory / path, path)
        if isinstance(text, Fault):
            self.faults.append(text)
            return None
        lines = text.split("\n")
        first = next((number for number, line in enumerate(lines) if line.strip()), 0)
        title = lines[first].removeprefix("# ").strip()
        if not lines[first].startswith("# ") or not title:
            self.faults.append(Fault(path, first + 1, 'The first line must be the title: "# " and the words.'))
            return None
        body = "\n".join(lines[first + 1 :])
        if not body.strip():
            self.faults.append(Fault(path, first + 1, "There is no text under the title."))
        return Text(path, title, body, first + 2)

    def document(self, path: str) -> Document | None:
        self.seen.add(path)
        text = read_text(self.draft.directory / path, path)
        if isinstance(text, Fault):
            self.faults.append(text)
            return None
        document, faults = parse_yaml(text, path)
        self.faults.extend(faults)
        if document:
            self.draft.documents.append(document)
        return document

    def model(self, path: str, model: type[Model]) -> tuple[Document | None, Model | None]:
        document = self.document(path)
        return document, self.typed(document, model) if document else None

    def typed(self, document: Document, model: type[Model]) -> Model | None:
        self.faults.extend(_missing_languages(document, document.data, (), self.draft.languages))
        checked = validate(model, document)
        if isinstance(checked, list):
            self.faults.extend(checked)
            return None
        return checked

    def same_id(self, info: ModuleInfo | LessonInfo | None, document: Document | None, folder: str) -> None:
        if info and document and info.id != folder:
            message = f'The id "{info.id}" must be the name of the folder, "{folder}".'
            self.faults.append(Fault(document.path, document.line("id"), message))

    def strays(self) -> None:
        """Files that no list names are seldom meant to be forgotten."""
        for file in sorted(self.draft.directory.rglob("*")):
            path = file.relative_to(self.draft.directory).as_posix()
            hidden = any(part.startswith((".", "_")) for part in path.split("/"))
            if not hidden and file.is_file() and file.suffix in (".yaml", ".yml", ".md") and path not in self.seen:
                self.faults.append(Fault(path, 1, "No list names this file, so nobody will see it.", Severity.WARNING))

    def digest(self) -> str:
        """Over names and contents of what the course is made of; the same on every machine."""
        total = hashlib.sha256()
        media = (file.relative_to(self.draft.directory).as_posix() for file in self.draft.directory.glob("*/media/*"))
        for path in sorted({*self.seen, *media}):
            file = self.draft.directory / path
            if file.is_file():
                total.update(path.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
        return total.hexdigest()

    @staticmethod
    def line(document: Document | None, *place: str | int) -> int:
        return document.line(*place) if document else 1

    @staticmethod
    def _line_of_id(document: Document, key: str, wanted: str) -> int:
        return document.line(key, document.data[key].index(wanted))


def _folders(names: list[str]) -> list[str]:
    """Names that can be those of files and folders. The others are reported as no ids."""
    return [name for name in names if re.fullmatch(r"[a-z0-9-]{1,60}", name)]


def _missing_languages(document: Document, data: Any, place: Place, languages: tuple[Language, ...]) -> Iterator[Fault]:
    """A text in one language has the same text in the others."""
    if isinstance(data, list):
        for number, value in enumerate(data):
            yield from _missing_languages(document, value, (*place, number), languages)
    if isinstance(data, dict):
        if any(language in data for language in LANGUAGE_NAMES):
            for language in languages:
                if language not in data:
                    what = f' of "{place[-1]}"' if place else ""
                    message = f"The {LANGUAGE_NAMES[language]} text{what} is missing."
                    yield Fault(document.path, document.line(*place), message)
        for key, value in data.items():
            yield from _missing_languages(document, value, (*place, key), languages)
