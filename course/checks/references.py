"""Whatever a YAML file says about another file is there, and what is there is used."""

from collections.abc import Iterator

from course.checks.known import Known, known_ids, unknown
from course.directives import segments
from course.draft import Draft, LessonDraft
from course.faults import Fault, Severity
from course.inline import references
from course.schema import KnowledgeCheck, Scenario, SelfRating
from course.yaml_source import Document

__all__ = ["check"]


def check(draft: Draft) -> Iterator[Fault]:
    known = known_ids(draft)
    for _, lesson in draft.lessons:
        if lesson.info and lesson.document:
            for number, goal in enumerate(lesson.info.goals):
                line = lesson.document.line("goals", number)
                yield from unknown(lesson.document.path, line, "goal", goal, known.goals)
        yield from _activities(draft, lesson, known)
    yield from _agendas(draft, known)
    yield from _unused(draft)


def _agendas(draft: Draft, known: Known) -> Iterator[Fault]:
    if draft.meetings:
        document, meetings = draft.meetings
        for number, meeting in enumerate(meetings.meetings):
            for index, item in enumerate(meeting.agenda):
                for place, lesson_id in enumerate(item.lessons):
                    line = document.line("meetings", number, "agenda", index, "lessons", place)
                    yield from unknown(document.path, line, "lesson", lesson_id, known.lessons)


def _activities(draft: Draft, lesson: LessonDraft, known: Known) -> Iterator[Fault]:
    for languages in lesson.activities.values():
        for drafted in languages.values():
            activity, document = drafted.activity, drafted.document
            if isinstance(activity, Scenario):
                yield from _scenario(activity, document, known)
            elif isinstance(activity, KnowledgeCheck):
                yield from _questions(activity, document, known)
            elif isinstance(activity, SelfRating) and activity.compare_with is not None:
                yield from _comparison(draft, activity, document)


def _scenario(activity: Scenario, document: Document, known: Known) -> Iterator[Fault]:
    path = document.path
    for number, node in enumerate(activity.nodes):
        if node.you is not None:
            yield from unknown(path, document.line("nodes", number, "you"), "person in the cast", node.you, known.cast)
        for index, option in enumerate(node.options):
            here = ("nodes", number, "options", index)
            for side, view in (("public", option.public), ("civic", option.civic)):
                line = document.line(*here, side, "person")
                yield from unknown(path, line, "person in the cast", view.person, known.cast)
            for key, names in (("strengthens", option.strengthens), ("tests", option.tests)):
                for place, name in enumerate(names):
                    line = document.line(*here, key, place)
                    yield from unknown(path, line, "principle", name, known.principles)


def _questions(activity: KnowledgeCheck, document: Document, known: Known) -> Iterator[Fault]:
    path = document.path
    for number, question in enumerate(activity.questions):
        line = document.line("questions", number, "goal")
        yield from unknown(path, line, "goal", question.goal, known.goals)
        line = document.line("questions", number, "lesson")
        yield from unknown(path, line, "lesson", question.lesson, known.lessons)
        for place, name in enumerate(question.facts):
            line = document.line("questions", number, "facts", place)
            yield from unknown(path, line, "fact", name, known.facts)


def _comparison(draft: Draft, activity: SelfRating, document: Document) -> Iterator[Fault]:
    line = document.line("compare_with")
    wanted = activity.compare_with or ""
    lesson_id, _, name = wanted.partition("/")
    found = next((lesson.activities.get(name) for _, lesson in draft.lessons if lesson.id == lesson_id), None)
    if found is None:
        message = f'There is no activity "{wanted}": write <lesson>/<activity>, for example 0-2/lage.'
        yield Fault(document.path, line, message)
        return
    for other in (drafted.activity for drafted in list(found.values())[:1]):
        if not isinstance(other, SelfRating):
            yield Fault(document.path, line, f'"{wanted}" is no self-rating.')
        elif [one.id for one in other.statements] != [one.id for one in activity.statements]:
            message = f'The statements are not those of "{wanted}": the same ids in the same order.'
            yield Fault(document.path, line, message)


def _unused(draft: Draft) -> Iterator[Fault]:
    used: set[str] = set()
    for reading in draft.readings:
        for text in reading.texts.values():
            for segment in segments(text.body):
                if segment.kind == "fact":
                    used.add(segment.argument)
                links = (found.target for found in references(segment.body, 1))
                used.update(target.removeprefix("fact:") for target in links if target.startswith("fact:"))
    for _, lesson in draft.lessons:
        for languages in lesson.activities.values():
            for drafted in languages.values():
                if isinstance(drafted.activity, KnowledgeCheck):
                    used.update(name for question in drafted.activity.questions for name in question.facts)
    for fact in draft.facts:
        if fact.fact.id not in used:
            message = f'The fact "{fact.fact.id}" is not used anywhere.'
            yield Fault(fact.document.path, fact.line, message, Severity.WARNING)
