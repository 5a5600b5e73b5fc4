"""Whatever one file says about another is there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from course.directives import ALONE, FIGURES, KINDS, Segment, segments
from course.draft import Draft, LessonDraft, ModuleDraft, Text
from course.faults import Fault, Severity, did_you_mean
from course.inline import references
from course.schema import KnowledgeCheck, Scenario, SelfRating
from course.yaml_source import Document

__all__ = ["check"]

SCHEMES = ("https:", "mailto:")


@dataclass(frozen=True)
class _Known:
    goals: frozenset[str]
    principles: frozenset[str]
    cast: frozenset[str]
    facts: frozenset[str]
    terms: frozenset[str]
    lessons: frozenset[str]


def check(draft: Draft) -> Iterator[Fault]:
    known = _Known(
        goals=frozenset(goal.id for goal in draft.info.goals) if draft.info else frozenset(),
        principles=frozenset(principle.id for principle in draft.info.principles) if draft.info else frozenset(),
        cast=frozenset(member.id for member in draft.info.cast) if draft.info else frozenset(),
        facts=frozenset(fact.fact.id for fact in draft.facts),
        terms=frozenset(term.id for term in draft.glossary[1].terms) if draft.glossary else frozenset(),
        lessons=frozenset(lesson.id for _, lesson in draft.lessons),
    )
    used_facts: set[str] = set()
    for module, lesson in draft.lessons:
        yield from _goals(draft, lesson, known)
        for text in lesson.texts.values():
            yield from _text(draft, module, lesson, text, known, used_facts)
        yield from _activities(draft, lesson, known, used_facts)
    yield from _agendas(draft, known)
    for fact in draft.facts:
        if fact.fact.id not in used_facts:
            yield Fault(
                fact.document.path, fact.line, f'The fact "{fact.fact.id}" is not used anywhere.', Severity.WARNING
            )


def _unknown(path: str, line: int, what: str, name: str, known: Iterable[str]) -> Fault:
    return Fault(path, line, f'There is no {what} "{name}".{did_you_mean(name, known)}')


def _goals(draft: Draft, lesson: LessonDraft, known: _Known) -> Iterator[Fault]:
    if lesson.info and lesson.document and draft.info:
        for number, goal in enumerate(lesson.info.goals):
            if goal not in known.goals:
                yield _unknown(lesson.document.path, lesson.document.line("goals", number), "goal", goal, known.goals)


def _agendas(draft: Draft, known: _Known) -> Iterator[Fault]:
    if draft.meetings:
        document, meetings = draft.meetings
        for number, meeting in enumerate(meetings.meetings):
            for index, item in enumerate(meeting.agenda):
                for place, lesson_id in enumerate(item.lessons):
                    if lesson_id not in known.lessons:
                        line = document.line("meetings", number, "agenda", index, "lessons", place)
                        yield _unknown(document.path, line, "lesson", lesson_id, known.lessons)


def _text(
    draft: Draft, module: ModuleDraft, lesson: LessonDraft, text: Text, known: _Known, used_facts: set[str]
) -> Iterator[Fault]:
    standing: list[tuple[str, int]] = []
    for segment in segments(text.body, text.body_line):
        yield from _directive(segment, text.path, lesson, known)
        if segment.kind == "activity":
            standing.append((segment.argument, segment.line))
        if segment.kind == "fact":
            used_facts.add(segment.argument)
        yield from _links(draft, module, lesson, text.path, segment, known, used_facts)
    yield from _order(lesson, text, standing)


def _directive(segment: Segment, path: str, lesson: LessonDraft, known: _Known) -> Iterator[Fault]:
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
        case "activity" if lesson.info and argument not in lesson.info.activities:
            message = (
                f'There is no activity "{argument}" in lesson.yaml.{did_you_mean(argument, lesson.info.activities)}'
            )
            yield Fault(path, line, message)
        case "fact" if argument not in known.facts:
            yield _unknown(path, line, "fact", argument, known.facts)
        case "voice" if argument not in known.cast:
            yield _unknown(path, line, "person in the cast", argument, known.cast)
        case "note" if not argument:
            yield Fault(path, line, 'A note has a heading: "::: note" and the words.')
        case "figure":
            name, _, alternative = argument.partition(" ")
            if name not in FIGURES:
                yield _unknown(path, line, "figure", name, FIGURES)
            if not alternative.strip():
                yield Fault(path, line, f'The figure "{name}" has no alternative text.')


def _order(lesson: LessonDraft, text: Text, standing: list[tuple[str, int]]) -> Iterator[Fault]:
    if lesson.info is None:
        return
    seen: dict[str, int] = {}
    for name, line in standing:
        if name in seen:
            yield Fault(
                text.path, line, f'The activity "{name}" stands in the text twice; the first is in line {seen[name]}.'
            )
        seen.setdefault(name, line)
    wanted = [name for name in dict.fromkeys(lesson.info.activities)]
    for name in wanted:
        if name not in seen:
            yield Fault(
                text.path, text.body_line - 1, f'The activity "{name}" stands in lesson.yaml, but not in the text.'
            )
    order = [name for name in seen if name in wanted]
    expected = [name for name in wanted if name in seen]
    for here, there in zip(order, expected, strict=True):
        if here != there:
            message = f'The activity "{here}" stands before "{there}" here, and after it in lesson.yaml.'
            yield Fault(text.path, seen[here], message)
            break


def _links(
    draft: Draft,
    module: ModuleDraft,
    lesson: LessonDraft,
    path: str,
    segment: Segment,
    known: _Known,
    used_facts: set[str],
) -> Iterator[Fault]:
    for found in references(segment.body, segment.body_line):
        if found.picture:
            yield from _picture(draft, module, lesson, path, found.line, found.target, found.words)
            continue
        if not found.words:
            yield Fault(path, found.line, f"The link to {found.target} has no words.")
        scheme, _, name = found.target.partition(":")
        match scheme:
            case "lesson" if name not in known.lessons:
                yield _unknown(path, found.line, "lesson", name, known.lessons)
            case "term" if name not in known.terms:
                yield _unknown(path, found.line, "word in the glossary", name, known.terms)
            case "fact":
                used_facts.add(name)
                if name not in known.facts:
                    yield _unknown(path, found.line, "fact", name, known.facts)
            case "lesson" | "term":
                pass
            case _ if not found.target.startswith(SCHEMES) or len(found.target) < 12 or " " in found.target:
                message = (
                    f'The link goes to "{found.target}": lesson:, term:, fact:, https:// or mailto: can be linked to.'
                )
                yield Fault(path, found.line, message)


def _picture(
    draft: Draft, module: ModuleDraft, lesson: LessonDraft, path: str, line: int, target: str, words: str
) -> Iterator[Fault]:
    if not words:
        yield Fault(path, line, f"The picture {target} has no alternative text.")
    prefix = "../../media/"
    name = target.removeprefix(prefix)
    if not target.startswith(prefix) or not name or "/" in name or "\\" in name:
        yield Fault(
            path, line, f"The picture \"{target}\" must be in the module's media: ../../media/ and the file's name."
        )
    elif not (draft.directory / module.folder / "media" / name).is_file():
        files = [file.name for file in (draft.directory / module.folder / "media").glob("*")]
        yield Fault(path, line, f"There is no picture {module.folder}/media/{name}.{did_you_mean(name, files)}")


def _activities(draft: Draft, lesson: LessonDraft, known: _Known, used_facts: set[str]) -> Iterator[Fault]:
    for languages in lesson.activities.values():
        for drafted in languages.values():
            activity, document = drafted.activity, drafted.document
            if isinstance(activity, Scenario) and draft.info:
                yield from _scenario(activity, document, known)
            elif isinstance(activity, KnowledgeCheck):
                yield from _questions(draft, activity, document, known, used_facts)
            elif isinstance(activity, SelfRating) and activity.compare_with is not None:
                yield from _comparison(draft, activity, document)


def _scenario(activity: Scenario, document: Document, known: _Known) -> Iterator[Fault]:
    for number, node in enumerate(activity.nodes):
        if node.you is not None and node.you not in known.cast:
            yield _unknown(
                document.path, document.line("nodes", number, "you"), "person in the cast", node.you, known.cast
            )
        for index, option in enumerate(node.options):
            here = ("nodes", number, "options", index)
            for side, view in (("public", option.public), ("civic", option.civic)):
                if view.person not in known.cast:
                    line = document.line(*here, side, "person")
                    yield _unknown(document.path, line, "person in the cast", view.person, known.cast)
            for key, names in (("strengthens", option.strengthens), ("tests", option.tests)):
                for place, name in enumerate(names):
                    if name not in known.principles:
                        line = document.line(*here, key, place)
                        yield _unknown(document.path, line, "principle", name, known.principles)


def _questions(
    draft: Draft, activity: KnowledgeCheck, document: Document, known: _Known, used_facts: set[str]
) -> Iterator[Fault]:
    for number, question in enumerate(activity.questions):
        if draft.info and question.goal not in known.goals:
            yield _unknown(
                document.path, document.line("questions", number, "goal"), "goal", question.goal, known.goals
            )
        if question.lesson not in known.lessons:
            line = document.line("questions", number, "lesson")
            yield _unknown(document.path, line, "lesson", question.lesson, known.lessons)
        used_facts.update(question.facts)
        for place, name in enumerate(question.facts):
            if name not in known.facts:
                line = document.line("questions", number, "facts", place)
                yield _unknown(document.path, line, "fact", name, known.facts)


def _comparison(draft: Draft, activity: SelfRating, document: Document) -> Iterator[Fault]:
    line = document.line("compare_with")
    lesson_id, _, name = (activity.compare_with or "").partition("/")
    found = next((lesson.activities.get(name) for _, lesson in draft.lessons if lesson.id == lesson_id), None)
    others = [drafted.activity for drafted in (found or {}).values()]
    ratings = [other for other in others if isinstance(other, SelfRating)]
    if not found:
        message = f'There is no activity "{activity.compare_with}": write <lesson>/<activity>, for example 0-2/lage.'
        yield Fault(document.path, line, message)
    elif others and not ratings:
        yield Fault(document.path, line, f'"{activity.compare_with}" is no self-rating.')
    elif ratings and [one.id for one in ratings[0].statements] != [one.id for one in activity.statements]:
        message = f'The statements are not those of "{activity.compare_with}": the same ids in the same order.'
        yield Fault(document.path, line, message)
