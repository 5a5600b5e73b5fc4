"""Facts and questions hold for a time; then somebody has to look again."""

from collections.abc import Iterator
from datetime import date, timedelta

from course.draft import Draft
from course.faults import Fault, Severity
from course.schema import Fact, KnowledgeCheck, Question
from course.yaml_source import Document

__all__ = ["WARN_BEFORE", "check"]

WARN_BEFORE = timedelta(days=60)


def check(draft: Draft, today: date) -> Iterator[Fault]:
    for fact in draft.facts:
        yield from _dated("fact", fact.fact, fact.document, ("facts", fact.number), today)
    for _, lesson in draft.lessons:
        for languages in lesson.activities.values():
            for drafted in languages.values():
                if isinstance(drafted.activity, KnowledgeCheck):
                    for number, question in enumerate(drafted.activity.questions):
                        yield from _dated("question", question, drafted.document, ("questions", number), today)


def _dated(
    what: str, dated: Fact | Question, document: Document, place: tuple[str, int], today: date
) -> Iterator[Fault]:
    line = document.line(*place, "valid_until")
    if dated.valid_until < dated.checked_on:
        yield Fault(document.path, line, f'The {what} "{dated.id}" ends ({dated.valid_until}) before it was checked.')
    elif dated.valid_until < today:
        message = f'The {what} "{dated.id}" was valid until {dated.valid_until}. Check it again, or take it away.'
        yield Fault(document.path, line, message)
    elif dated.valid_until - today <= WARN_BEFORE:
        days = (dated.valid_until - today).days
        message = f'The {what} "{dated.id}" is valid until {dated.valid_until}, {days} days from now. Check it again.'
        yield Fault(document.path, line, message, Severity.WARNING)
    if dated.checked_on > today:
        line = document.line(*place, "checked_on")
        yield Fault(
            document.path, line, f'The {what} "{dated.id}" is checked on a day that hasn\'t come, {dated.checked_on}.'
        )
