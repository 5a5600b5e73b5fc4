"""What the Markdown files say about other things: directives, links and pictures."""

from collections.abc import Iterator

from course.checks.known import Known, known_ids, unknown
from course.directives import ALONE, FIGURES, KINDS, PLACES, Segment, segments
from course.draft import ChapterDraft, Draft, LessonDraft, ModuleDraft, Text
from course.faults import Fault, did_you_mean
from course.inline import Reference, references

__all__ = ["check"]

MEDIA = "../../media/"


def check(draft: Draft) -> Iterator[Fault]:
    known = known_ids(draft)
    for module, lesson in draft.lessons:
        for text in lesson.texts.values():
            for segment in segments(text.body, text.body_line):
                yield from _directive(segment, text.path, lesson, known)
                for found in references(segment.body, segment.body_line):
                    if found.picture:
                        yield from _picture(draft, module, text.path, found)
                    else:
                        yield from _link(text.path, found, known)
            yield from _order(lesson, text)
    for chapter in draft.chapters:
        for text in chapter.texts.values():
            for segment in segments(text.body, text.body_line):
                yield from _directive(segment, text.path, chapter, known)
                for found in references(segment.body, segment.body_line):
                    if found.picture:
                        yield Fault(text.path, found.line, "A chapter of the guide has no pictures.")
                    else:
                        yield from _link(text.path, found, known)


def _directive(segment: Segment, path: str, lesson: ChapterDraft, known: Known) -> Iterator[Fault]:
    kind, argument, line = segment.kind, segment.argument, segment.line
    if segment.fault:
        yield Fault(path, line, segment.fault)
    if not kind:
        return
    if kind not in KINDS:
        yield Fault(path, line, f'"::: {kind}" is not known.{did_you_mean(kind, KINDS)}')
        return
    if kind in ALONE and segment.body.strip():
        yield Fault(path, segment.body_line, f'"::: {kind}" holds no text: close it with ":::" in the next line.')
    elif kind not in ALONE and not segment.body.strip():
        yield Fault(path, line, f'"::: {kind}" has no text.')
    match kind:
        case "activity" if not isinstance(lesson, LessonDraft):
            yield Fault(path, line, "A chapter of the guide has no activities.")
        case "activity" if isinstance(lesson, LessonDraft) and lesson.info and argument not in lesson.info.activities:
            message = (
                f'There is no activity "{argument}" in lesson.yaml.{did_you_mean(argument, lesson.info.activities)}'
            )
            yield Fault(path, line, message)
        case "fact":
            yield from unknown(path, line, "fact", argument, known.facts)
        case "voice":
            yield from unknown(path, line, "person in the cast", argument, known.cast)
        case "case" if argument:
            yield Fault(path, line, f'"::: case" has nothing after it: move “{argument}” to the next line.')
        case "note" if not argument:
            yield Fault(path, line, 'A note has a heading: "::: note" and the words.')
        case "only":
            yield from unknown(path, line, "place", argument, PLACES)
        case "figure":
            name, _, alternative = argument.partition(" ")
            yield from unknown(path, line, "figure", name, FIGURES)
            if not alternative.strip():
                yield Fault(path, line, f'The figure "{name}" has no alternative text.')


def _order(lesson: LessonDraft, text: Text) -> Iterator[Fault]:
    """All activities of lesson.yaml stand in the text once, in the same order."""
    if lesson.info is None:
        return
    seen: dict[str, int] = {}
    for segment in segments(text.body, text.body_line):
        if segment.kind == "activity":
            name = segment.argument
            if name in seen:
                message = f'The activity "{name}" stands in the text twice; the first is in line {seen[name]}.'
                yield Fault(text.path, segment.line, message)
            seen.setdefault(name, segment.line)
    wanted = list(dict.fromkeys(lesson.info.activities))
    for name in wanted:
        if name not in seen:
            message = f'The activity "{name}" stands in lesson.yaml, but not in the text.'
            yield Fault(text.path, text.body_line - 1, message)
    here = [name for name in seen if name in wanted]
    there = [name for name in wanted if name in seen]
    if here != there:
        first, second = next(pair for pair in zip(here, there, strict=True) if pair[0] != pair[1])
        message = f'The activity "{first}" stands before "{second}" here, and after it in lesson.yaml.'
        yield Fault(text.path, seen[first], message)


def _link(path: str, found: Reference, known: Known) -> Iterator[Fault]:
    if not found.words:
        yield Fault(path, found.line, f"The link to {found.target} has no words.")
    scheme, _, name = found.target.partition(":")
    match scheme:
        case "lesson":
            yield from unknown(path, found.line, "lesson", name, known.lessons)
        case "term":
            yield from unknown(path, found.line, "word in the glossary", name, known.terms)
        case "fact":
            yield from unknown(path, found.line, "fact", name, known.facts)
        case "https" if name.startswith("//") and "." in name:
            pass
        case "mailto" if "@" in name:
            pass
        case _:
            message = f'The link goes to "{found.target}": lesson:, term:, fact:, https:// or mailto: can be linked to.'
            yield Fault(path, found.line, message)


def _picture(draft: Draft, module: ModuleDraft, path: str, found: Reference) -> Iterator[Fault]:
    if not found.words:
        yield Fault(path, found.line, f"The picture {found.target} has no alternative text.")
    name = found.target.removeprefix(MEDIA)
    if not found.target.startswith(MEDIA) or not name or len(name) > 100 or "/" in name or "\\" in name:
        message = f"The picture \"{found.target}\" must be in the module's media: {MEDIA} and the file's name."
        yield Fault(path, found.line, message)
        return
    media = draft.directory / module.folder / "media"
    if not (media / name).is_file():
        files = sorted(file.name for file in media.glob("*"))
        yield Fault(path, found.line, f"There is no picture {module.folder}/media/{name}.{did_you_mean(name, files)}")
