"""The activities of a lesson on paper: sheets to deal out or cut up, and for the facilitator what is right and why.

Pure: the course in, plain data for ``pack.typ`` out. Where the group draws questions, it is the ones that the screen
would have shown.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from course.schema import (
    Activity,
    Card,
    Case,
    Cases,
    Checklist,
    Choice,
    Course,
    KnowledgeCheck,
    Language,
    Lesson,
    Match,
    Matrix,
    Order,
    Plan,
    Question,
    Quick,
    Reflection,
    Scenario,
    ScenarioOption,
    SelfRating,
    Sort,
    View,
    Worksheet,
)
from tracker.groups.programme import checked_questions
from tracker.i18n import _, current_language
from tracker.paper.blocks import spans_of

__all__ = ["LETTERS", "answers_of", "letters_needed", "sheets_of"]

LETTERS = "ABCDEF"
LINES_OF_A_FIELD = 3
Sheet = dict[str, Any]


def sheets_of(lesson: Lesson, language: Language, seed: str) -> Iterator[Sheet]:
    """What the group gets in its hands."""
    for activity_id in lesson.info.activities:
        activity = lesson.activities[language][activity_id]
        for sheet in _sheets(activity, seed):
            yield {"title": activity.title, "lesson": f"{lesson.number} {lesson.title[language]}", **sheet}


def answers_of(lesson: Lesson, course: Course, language: Language, seed: str) -> Iterator[Sheet]:
    """What the facilitator reads out when the group has answered."""
    for activity_id in lesson.info.activities:
        activity = lesson.activities[language][activity_id]
        for found in _answers(activity, course, seed):
            yield {"title": activity.title, **found}


def letters_needed(lessons: Sequence[Lesson], language: Language, seed: str) -> int:
    """How many voting cards each member has."""
    counts = [3]
    for lesson in lessons:
        for activity in lesson.activities[language].values():
            match activity:
                case Scenario():
                    counts += [len(node.options) for node in activity.nodes]
                case KnowledgeCheck():
                    counts += [len(question.options) for question in _drawn(activity, seed)]
                case Choice() | Quick():
                    counts.append(len(activity.options))
    return min(max(counts), len(LETTERS))


def _sheets(activity: Activity, seed: str) -> Iterator[Sheet]:
    match activity:
        case Sort() | Match():
            yield {
                "kind": "places",
                "places": [
                    {"label": one.label, "hint": one.hint, "side": one.side or "none"} for one in activity.fields
                ],
            }
            yield _cards([card.text for card in activity.cards])
        case Matrix():
            yield {
                "kind": "matrix",
                "columns": [{"id": column.id, "label": column.label} for column in activity.columns],
                "rows": [
                    {
                        "label": row.label,
                        "hint": row.hint,
                        "cells": [activity.cells[f"{row.id}-{column.id}"] for column in activity.columns],
                    }
                    for row in activity.rows
                ],
            }
            yield _cards([card.text for card in activity.cards])
        case Order():
            texts = {item.id: item.text for item in activity.items}
            yield _cards([texts[name] for name in activity.shown])
        case Scenario():
            for node in activity.nodes:
                yield {
                    "kind": "dilemma",
                    "heading": node.title,
                    "text": _paragraphs(node.text),
                    "question": node.question,
                    "options": _lettered([option.text for option in node.options]),
                }
        case Cases():
            outcomes = {outcome.id: outcome.label for outcome in activity.outcomes}
            yield {
                "kind": "tree",
                "questions": [{"text": one.text, "yes": outcomes[one.yes]} for one in activity.tree],
                "otherwise": outcomes[activity.otherwise],
                "outcomes": [{"label": one.label, "text": one.text} for one in activity.outcomes],
            }
            yield _cards([case.text for case in activity.cases])
        case Quick():
            options = [option.label for option in activity.options]
            yield _questions([(case.text, options) for case in activity.cases])
        case Choice() if _has_an_answer(activity):
            yield _questions([(activity.question, [option.text for option in activity.options])])
        case KnowledgeCheck():
            yield _questions([(one.text, [option.text for option in one.options]) for one in _drawn(activity, seed)])
        case SelfRating():
            yield {
                "kind": "rating",
                "scale": list(activity.scale),
                "statements": [one.text for one in activity.statements],
            }
        case Reflection():
            yield {"kind": "write", "fields": [_field(activity.question, activity.hint, 6)]}
        case Worksheet():
            yield {"kind": "write", "fields": [_field(one.label, one.hint) for one in activity.fields]}
        case Plan():
            yield {"kind": "write", "fields": [_field(one.label, one.hint) for one in activity.rows]}
        case Checklist():
            yield {
                "kind": "ticks",
                "items": [{"text": one.text, "hint": one.hint} for one in activity.items],
                "question": activity.question,
            }


def _answers(activity: Activity, course: Course, seed: str) -> Iterator[Sheet]:
    match activity:
        case Sort() | Match():
            labels = {one.id: one.label for one in activity.fields}
            yield _key(_of_cards(activity.cards, labels))
        case Matrix():
            labels = {
                f"{row.id}-{column.id}": f"{row.label}, {column.label.lower()}"
                for row in activity.rows
                for column in activity.columns
            }
            yield _key(_of_cards(activity.cards, labels))
        case Order():
            places = {name: number for number, name in enumerate(activity.shown, 1)}
            yield _key(
                [
                    _row(places[item.id], item.text, _("Place %(number)s", number=number), item.feedback)
                    for number, item in enumerate(activity.items, 1)
                ]
            )
        case Scenario():
            yield from _consequences(activity, course)
        case Cases():
            labels = {outcome.id: outcome.label for outcome in activity.outcomes}
            yield _key(_of_cases(activity.cases, labels))
        case Quick():
            labels = {option.id: option.label for option in activity.options}
            yield _key(_of_cases(activity.cases, labels))
        case Choice() if _has_an_answer(activity):
            yield _key(
                [
                    _row(letter, option.text, _("Right") if option.right else "", option.feedback)
                    for letter, option in zip(LETTERS, activity.options, strict=False)
                ]
            )
        case KnowledgeCheck():
            yield _key([_of_question(number, one) for number, one in enumerate(_drawn(activity, seed), 1)])
        case Worksheet() if activity.example:
            yield {"kind": "example", "text": _paragraphs(activity.example)}


def _has_an_answer(activity: Choice) -> bool:
    """A choice of one's own way through the course is nothing to deal out in a room."""
    return any(option.right for option in activity.options)


def _consequences(activity: Scenario, course: Course) -> Iterator[Sheet]:
    cast = {member.id: member.name for member in course.info.cast}
    titles = {node.id: node.title for node in activity.nodes}
    for node in activity.nodes:
        yield {
            "kind": "consequences",
            "heading": node.title,
            "options": [
                {
                    "letter": letter,
                    "label": option.label,
                    "supported": bool(option.supported),
                    "chairs": [_chair("public", option.public, cast), _chair("civic", option.civic, cast)],
                    "comment": spans_of(option.comment),
                    "next": titles[option.next] if option.next else None,
                    "principles": _principles(option, course),
                }
                for letter, option in zip(LETTERS, node.options, strict=False)
            ],
            "ending": spans_of(activity.ending) if activity.ending and node is activity.nodes[-1] else [],
        }


def _chair(side: str, view: View, cast: dict[str, str]) -> Sheet:
    return {"side": side, "name": cast[view.person], "today": view.today, "later": view.later}


def _principles(option: ScenarioOption, course: Course) -> list[str]:
    language = current_language()
    labels = {one.id: one.label[language] for one in course.info.principles}
    lines = []
    if option.strengthens:
        lines.append(_("Strengthens: %(names)s.", names=", ".join(labels[one].lower() for one in option.strengthens)))
    if option.tests:
        lines.append(_("Puts to the test: %(names)s.", names=", ".join(labels[one].lower() for one in option.tests)))
    return lines


def _drawn(check: KnowledgeCheck, seed: str) -> list[Question]:
    by_id = {question.id: question for question in check.questions}
    return [by_id[name] for name in checked_questions(check, seed)]


def _cards(texts: Sequence[str]) -> Sheet:
    return {"kind": "cards", "cards": [{"number": number, "text": text} for number, text in enumerate(texts, 1)]}


def _questions(items: Sequence[tuple[str, Sequence[str]]]) -> Sheet:
    return {
        "kind": "questions",
        "items": [
            {
                "number": number if len(items) > 1 else None,
                "text": text,
                "options": _lettered(options),
            }
            for number, (text, options) in enumerate(items, 1)
        ],
    }


def _lettered(texts: Sequence[str]) -> list[Sheet]:
    return [{"letter": letter, "text": text} for letter, text in zip(LETTERS, texts, strict=False)]


def _key(rows: Sequence[Sheet]) -> Sheet:
    return {"kind": "key", "rows": list(rows)}


def _row(number: int | str, text: str, answer: str, why: str) -> Sheet:
    return {"number": str(number), "text": text, "answer": answer, "why": spans_of(why)}


def _of_cards(cards: Sequence[Card], labels: dict[str, str]) -> list[Sheet]:
    return [
        _row(number, card.text, _either([labels[one] for one in card.accepts]), card.feedback)
        for number, card in enumerate(cards, 1)
    ]


def _of_cases(cases: Sequence[Case], labels: dict[str, str]) -> list[Sheet]:
    return [
        _row(number, case.text, _either([labels[one] for one in case.accepts]), case.feedback)
        for number, case in enumerate(cases, 1)
    ]


def _of_question(number: int, question: Question) -> Sheet:
    right = [
        f"{letter}. {option.text}" for letter, option in zip(LETTERS, question.options, strict=False) if option.right
    ]
    return _row(number, question.text, "; ".join(right), question.explanation)


def _either(labels: Sequence[str]) -> str:
    """The first is the best."""
    first, *others = labels
    return _("%(best)s. Also accepted: %(others)s", best=first, others=", ".join(others)) if others else first


def _paragraphs(text: str) -> list[Any]:
    return [spans_of(" ".join(part.split())) for part in text.split("\n\n") if part.strip()]


def _field(label: str, hint: str | None, lines: int = LINES_OF_A_FIELD) -> Sheet:
    return {"label": label, "hint": hint, "lines": lines}
