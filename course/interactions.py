"""What xAPI wants to know about an activity, as plain data (xAPI 1.0.3 Data 2.4.4.1, Interaction Activities)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from math import prod
from typing import Literal, cast

from course.marking import GOOD, Marked, Verdict, mark
from course.schema import (
    Activity,
    Card,
    Case,
    Cases,
    Choice,
    KnowledgeCheck,
    Language,
    Match,
    Matrix,
    Order,
    Quick,
    Scenario,
    Sort,
)

__all__ = ["Answered", "Interaction", "Texts", "answered", "interactions", "responses"]

Texts = Mapping[Language, str]

MOST_PATTERNS = 64
"""Where more combinations than this are right, the best one stands for them all."""


@dataclass(frozen=True)
class Interaction:
    """A whole activity, or with an ``item_id`` one node, case or question of it.

    ``components``: ``choices``, or ``source`` and ``target``: id -> what it says in each language.
    ``correct_responses_pattern`` is None where no answer is right or wrong.
    """

    item_id: str | None
    type: Literal["matching", "sequencing", "choice"]
    name: Texts
    description: Texts
    components: Mapping[str, Mapping[str, Texts]] = field(default_factory=dict)
    correct_responses_pattern: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Answered:
    """An interaction and what was answered. Where no answer is right or wrong, ``success`` is None and the scores 0."""

    interaction: Interaction
    response: str
    success: bool | None
    score: int
    max_score: int


def interactions(activity: Mapping[Language, Activity]) -> tuple[Interaction, ...]:
    """Of the same activity in all its languages; nothing for what stays in the browser."""
    first = next(iter(activity.values()))
    match first:
        case Sort() | Match():
            targets = [(one.id, _texts(activity, "fields", number, "label")) for number, one in enumerate(first.fields)]
            return (_matching(activity, first.cards, targets),)
        case Matrix():
            return (_matching(activity, first.cards, _cells(activity, first)),)
        case Order():
            choices = {one.id: _texts(activity, "items", number, "text") for number, one in enumerate(first.items)}
            pattern = ("[,]".join(one.id for one in first.items),)
            return (_whole(activity, "sequencing", {"choices": choices}, pattern, "instruction"),)
        case Choice():
            choices = {one.id: _texts(activity, "options", number, "text") for number, one in enumerate(first.options)}
            right = tuple(one.id for one in first.options if one.right)
            return (_whole(activity, "choice", {"choices": choices}, right or None, "question"),)
        case Scenario():
            return tuple(_node(activity, first, number) for number in range(len(first.nodes)))
        case Cases():
            choices = {one.id: _texts(activity, "outcomes", at, "label") for at, one in enumerate(first.outcomes)}
            return tuple(_case(activity, case, number, choices) for number, case in enumerate(first.cases))
        case Quick():
            choices = {one.id: _texts(activity, "options", number, "label") for number, one in enumerate(first.options)}
            return tuple(_case(activity, case, number, choices) for number, case in enumerate(first.cases))
        case KnowledgeCheck():
            return tuple(_question(activity, first, number) for number in range(len(first.questions)))
    return ()


def responses(activity: Activity, response: object) -> dict[str | None, str]:
    """Item id -> the response in the standard's syntax; only of items that were answered.

    :param response: one that ``course.marking.mark`` accepts.
    """
    given = cast("Mapping[str, str]", response)
    match activity:
        case Sort() | Match() | Matrix():
            pairs = ((card.id, given[card.id]) for card in activity.cards if card.id in given)
            return {None: _matched(pairs)}
        case Order():
            return {None: "[,]".join(cast("Sequence[str]", response))}
        case Choice():
            return {} if response is None else {None: str(response)}
        case Scenario():
            path = cast("Mapping[str, Sequence[tuple[str, str]]]", response)["path"]
            return {step[0]: step[1] for step in path}
        case Cases() | Quick():
            return {case.id: given[case.id] for case in activity.cases if case.id in given}
        case KnowledgeCheck():
            answers = cast("Mapping[str, Sequence[str]]", response)
            return {
                question.id: "[,]".join(option.id for option in question.options if option.id in answers[question.id])
                for question in activity.questions
                if answers.get(question.id)
            }
    return {}


def answered(
    activity: Mapping[Language, Activity], response: object, *, drawn: Sequence[str] | None = None
) -> tuple[Answered, ...]:
    """What was answered and whether it was right, an entry for each Statement; nothing for what stays in the browser.

    :raises InvalidResponse: as ``course.marking.mark`` does.
    """
    first = next(iter(activity.values()))
    marked = mark(first, response, drawn=drawn)
    given = responses(first, response)
    return tuple(
        _judged(interaction, given[interaction.item_id], marked)
        for interaction in interactions(activity)
        if interaction.item_id in given
    )


def _judged(interaction: Interaction, response: str, marked: Marked) -> Answered:
    if interaction.item_id is None:
        return Answered(interaction, response, marked.success, marked.score, marked.max_score)
    verdict = marked.item(interaction.item_id).verdict
    if verdict is Verdict.NO_ANSWER_KEY:
        return Answered(interaction, response, None, 0, 0)
    return Answered(interaction, response, verdict in GOOD, int(verdict in GOOD), 1)


def _matching(
    activity: Mapping[Language, Activity], cards: Sequence[Card], targets: Iterable[tuple[str, Texts]]
) -> Interaction:
    source = {card.id: _texts(activity, "cards", number, "text") for number, card in enumerate(cards)}
    count = prod(len(card.accepts) for card in cards)
    combinations = islice(product(*(card.accepts for card in cards)), count if count <= MOST_PATTERNS else 1)
    pattern = tuple(_matched(zip(source, places, strict=True)) for places in combinations)
    return _whole(activity, "matching", {"source": source, "target": dict(targets)}, pattern, "instruction")


def _matched(pairs: Iterable[tuple[str, str]]) -> str:
    return "[,]".join(f"{source}[.]{target}" for source, target in pairs)


def _cells(activity: Mapping[Language, Activity], first: Matrix) -> list[tuple[str, Texts]]:
    cells = []
    for number, row in enumerate(first.rows):
        for index, column in enumerate(first.columns):
            rows, columns = _texts(activity, "rows", number, "label"), _texts(activity, "columns", index, "label")
            names: Texts = {language: f"{rows[language]} – {columns[language]}" for language in rows}
            cells.append((f"{row.id}-{column.id}", names))
    return cells


def _node(activity: Mapping[Language, Activity], first: Scenario, number: int) -> Interaction:
    node = first.nodes[number]
    choices = {
        option.id: _texts(activity, "nodes", number, "options", index, "text")
        for index, option in enumerate(node.options)
    }
    supported = tuple(option.id for option in node.options if option.supported)
    name = _texts(activity, "nodes", number, "title")
    question = _texts(activity, "nodes", number, "question")
    return Interaction(node.id, "choice", name, question, {"choices": choices}, supported or None)


def _case(activity: Mapping[Language, Activity], case: Case, number: int, choices: Mapping[str, Texts]) -> Interaction:
    title, text = _texts(activity, "title"), _texts(activity, "cases", number, "text")
    return Interaction(case.id, "choice", title, text, {"choices": choices}, case.accepts)


def _question(activity: Mapping[Language, Activity], first: KnowledgeCheck, number: int) -> Interaction:
    question = first.questions[number]
    choices = {
        option.id: _texts(activity, "questions", number, "options", index, "text")
        for index, option in enumerate(question.options)
    }
    pattern = ("[,]".join(option.id for option in question.options if option.right),)
    title, text = _texts(activity, "title"), _texts(activity, "questions", number, "text")
    return Interaction(question.id, "choice", title, text, {"choices": choices}, pattern)


def _whole(
    activity: Mapping[Language, Activity],
    kind: Literal["matching", "sequencing", "choice"],
    components: Mapping[str, Mapping[str, Texts]],
    pattern: tuple[str, ...] | None,
    description: str,
) -> Interaction:
    return Interaction(None, kind, _texts(activity, "title"), _texts(activity, description), components, pattern)


def _texts(activity: Mapping[Language, Activity], *place: str | int) -> Texts:
    """The same place in each language. The check of the course makes sure that it is there in all of them."""
    found: dict[Language, str] = {}
    for language, value in activity.items():
        inner: object = value
        for part in place:
            inner = cast("Sequence[object]", inner)[part] if isinstance(part, int) else getattr(inner, part)
        found[language] = str(inner).replace("**", "")
    return found
