"""From the authors' files to a Course."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course.draft import Draft, ModuleDraft
from course.faults import Fault, Severity, errors_in
from course.reader import read
from course.schema import Chapter, Course, Lesson, Module

__all__ = ["DEFAULT_DIRECTORY", "CourseFaulty", "Fault", "Loaded", "Severity", "load", "load_course"]

DEFAULT_DIRECTORY = Path(__file__).parent / "modules"


@dataclass(frozen=True)
class Loaded:
    """``course`` is None exactly when there is an error among the faults."""

    course: Course | None
    faults: tuple[Fault, ...]


class CourseFaulty(Exception):  # what is wrong, as everywhere here
    """A course can't be taught with these errors in its files."""

    def __init__(self, directory: Path, faults: tuple[Fault, ...]) -> None:
        self.directory = directory
        self.faults = faults
        super().__init__("\n".join([f"{directory}: {len(faults)} faults in the course.", *map(str, faults)]))


def load(directory: Path) -> Loaded:
    """The course, or everything that hinders it from being read: files, languages and types.

    What the content says (references, answers, sums, dates) is looked at by ``course.check``.
    """
    draft = read(directory)
    faults = tuple(sorted(draft.faults))
    return Loaded(_assemble(draft), faults)


def load_course(directory: Path | None = None) -> Course:
    """The course in a folder, as a rule the one that comes with this package.

    :raises CourseFaulty: with every error, in the order of the files.
    """
    directory = directory or DEFAULT_DIRECTORY
    loaded = load(directory)
    if loaded.course is None:
        raise CourseFaulty(directory, errors_in(loaded.faults))
    return loaded.course


def _assemble(draft: Draft) -> Course | None:
    """None for a draft with errors; without them, everything that the types ask for is there."""
    if errors_in(draft.faults) or not (draft.info and draft.glossary and draft.meetings):
        return None
    return Course(
        info=draft.info,
        modules=tuple(
            Module(info=module.info, lessons=tuple(_lessons(module))) for module in draft.modules if module.info
        ),
        facts={fact.fact.id: fact.fact for fact in draft.facts},
        glossary=draft.glossary.terms,
        meetings=draft.meetings[1],
        guide=tuple(
            Chapter(
                id=chapter.id,
                title={language: text.title for language, text in chapter.texts.items()},
                markdown={language: text.body for language, text in chapter.texts.items()},
            )
            for chapter in draft.chapters
        ),
        digest=draft.digest,
    )


def _lessons(module: ModuleDraft) -> Iterator[Lesson]:
    for lesson in module.lessons:
        if lesson.info:
            yield Lesson(
                info=lesson.info,
                module_id=module.id,
                title={language: text.title for language, text in lesson.texts.items()},
                markdown={language: text.body for language, text in lesson.texts.items()},
                activities={
                    language: {name: drafts[language].activity for name, drafts in lesson.activities.items()}
                    for language in lesson.texts
                },
                facilitator={language: notes for language, (_, notes) in lesson.facilitator.items()},
            )
