"""What is said about an answer. Pure: the same activity and response always give the same.

=====================  ==================================================================================
Kind                   Response
=====================  ==================================================================================
sort, match            ``{card id: field id}``; a card that isn't there is not placed
matrix                 ``{card id: cell id}``
order                  ``[item id, …]``, the first first
scenario               ``{"path": [[node id, option id], …]}``, from the first node on
cases, quick           ``{case id: outcome or option id}``
choice                 ``option id``, or None before one is chosen
knowledge-check        ``{question id: [option id, …]}``
the others             None: what is written there stays in the browser
=====================  ==================================================================================
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from course.chance import Drawn, draw, shuffled
from course.schema import (
    Activity,
    Card,
    Case,
    Cases,
    Choice,
    KnowledgeCheck,
    Match,
    Matrix,
    Order,
    Question,
    Quick,
    Scenario,
    ScenarioNode,
    ScenarioOption,
    Sort,
)

__all__ = ["ANSWER", "GOOD", "Drawn", "InvalidResponse", "Marked", "MarkedItem", "Verdict", "draw", "mark", "shuffled"]

ANSWER = "answer"
"""The id of the only item of a choice."""


class Verdict(StrEnum):
    RIGHT = "right"
    ALSO_RIGHT = "also-right"
    """Accepted, though another place is the best."""
    BORDERLINE = "borderline"
    """Another place than the author's, on a card that is never wrong."""
    LOOK_AGAIN = "look-again"
    NOT_PLACED = "not-placed"
    NO_ANSWER_KEY = "no-answer-key"
    """No answer is right here: each has its price."""


GOOD = frozenset({Verdict.RIGHT, Verdict.ALSO_RIGHT, Verdict.BORDERLINE})
"""What counts towards the score."""


class InvalidResponse(Exception):  # what is wrong, as everywhere here
    """A response that no form of ours sends. ``place`` is a JSON path, such as ``$.path[1]``."""

    def __init__(self, place: str, message: str) -> None:
        self.place = place
        super().__init__(f"{place}: {message}")


@dataclass(frozen=True)
class MarkedItem:
    """What is said about one card, item, node, case or question.

    ``chosen`` and ``accepts`` are ids; for an item to put in order they are its place, counted from 1. ``other`` is
    what is said about this very misplacement, besides ``feedback``.
    """

    id: str
    chosen: tuple[str, ...]
    verdict: Verdict
    feedback: str
    other: str | None
    accepts: tuple[str, ...]


@dataclass(frozen=True)
class Marked:
    """``score`` of ``max_score`` items are good; both are 0 where no answer is right or wrong, and ``success`` None.
    Where some of the cases are enough, those that weren't tried don't count.

    ``complete`` says that enough is answered for the activity to count as handed in, right or not.
    """

    items: tuple[MarkedItem, ...]
    complete: bool
    success: bool | None
    score: int
    max_score: int

    @property
    def counts(self) -> Mapping[Verdict, int]:
        return {verdict: sum(1 for item in self.items if item.verdict is verdict) for verdict in Verdict}

    def item(self, item_id: str) -> MarkedItem:
        """:raises KeyError: when there is no such item."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)


def mark(activity: Activity, response: object, *, drawn: Sequence[str] | None = None) -> Marked:
    """
    :param drawn: ids of the questions that were asked in a knowledge check; without it, the whole bank.
    :raises InvalidResponse: for unknown ids and other shapes than those above.
    """
    match activity:
        case Sort() | Match():
            return _mark_cards(activity.cards, [field.id for field in activity.fields], response)
        case Matrix():
            return _mark_cards(activity.cards, list(activity.cells), response)
        case Order():
            return _mark_order(activity, response)
        case Scenario():
            return _mark_scenario(activity, response)
        case Cases():
            return _mark_cases(activity.cases, [one.id for one in activity.outcomes], response, activity.needed)
        case Quick():
            return _mark_cases(activity.cases, [one.id for one in activity.options], response, len(activity.cases))
        case Choice():
            return _mark_choice(activity, response)
        case KnowledgeCheck():
            return _mark_knowledge_check(activity, response, drawn)
    if response is not None:
        raise InvalidResponse("$", "nothing is handed in here: what is written stays in the browser")
    return Marked((), complete=True, success=None, score=0, max_score=0)


def _mark_cards(cards: Sequence[Card], places: Sequence[str], response: object) -> Marked:
    placed = _pairs(response, [card.id for card in cards], places)
    items = [_placed(card, placed.get(card.id), borderline=card.borderline) for card in cards]
    return _summed(items, complete=len(placed) == len(cards))


def _mark_cases(cases: Sequence[Case], answers: Sequence[str], response: object, needed: int) -> Marked:
    given = _pairs(response, [case.id for case in cases], answers)
    items = [_placed(case, given.get(case.id), borderline=False) for case in cases]
    answered = [item for item in items if item.chosen]
    summed = _summed(answered, complete=len(given) >= needed)
    return replace(summed, items=tuple(items), max_score=max(needed, len(given)))


def _placed(card: Card | Case, place: str | None, *, borderline: bool) -> MarkedItem:
    if place is None:
        verdict = Verdict.NOT_PLACED
    elif place == card.accepts[0]:
        verdict = Verdict.RIGHT
    elif place in card.accepts:
        verdict = Verdict.ALSO_RIGHT
    else:
        verdict = Verdict.BORDERLINE if borderline else Verdict.LOOK_AGAIN
    other = None if place is None else card.other.get(place)
    return MarkedItem(card.id, () if place is None else (place,), verdict, card.feedback, other, card.accepts)


def _mark_order(activity: Order, response: object) -> Marked:
    known = [item.id for item in activity.items]
    given = _ids(response, known, "$")
    items = []
    for number, item in enumerate(activity.items):
        place = given.index(item.id) if item.id in given else None
        verdict = _verdict(place, place == number)
        chosen = () if place is None else (str(place + 1),)
        items.append(MarkedItem(item.id, chosen, verdict, item.feedback, None, (str(number + 1),)))
    return _summed(items, complete=len(given) == len(known))


def _mark_scenario(activity: Scenario, response: object) -> Marked:
    if not isinstance(response, Mapping) or set(response) != {"path"}:
        raise InvalidResponse("$", 'must have "path" and nothing else')
    path = response["path"]
    if not isinstance(path, list | tuple):
        raise InvalidResponse("$.path", "must be a list")
    nodes = {node.id: node for node in activity.nodes}
    items: list[MarkedItem] = []
    expected: str | None = activity.nodes[0].id
    for number, step in enumerate(path):
        node, option = _step(step, nodes, expected, f"$.path[{number}]")
        items.append(_chosen(node, option))
        expected = option.next
    return _summed(items, complete=bool(items) and expected is None)


def _step(
    step: object, nodes: Mapping[str, ScenarioNode], expected: str | None, place: str
) -> tuple[ScenarioNode, ScenarioOption]:
    if not isinstance(step, list | tuple) or len(step) != 2 or not all(isinstance(part, str) for part in step):
        raise InvalidResponse(place, "must be the id of a node and the id of an option")
    if expected is None:
        raise InvalidResponse(place, "the scenario has ended before")
    if step[0] != expected or expected not in nodes:
        raise InvalidResponse(place, f'must be the node "{expected}", not "{step[0]}"')
    for option in nodes[expected].options:
        if option.id == step[1]:
            return nodes[expected], option
    raise InvalidResponse(place, f'there is no option "{step[1]}"')


def _chosen(node: ScenarioNode, option: ScenarioOption) -> MarkedItem:
    supported = tuple(one.id for one in node.options if one.supported)
    return MarkedItem(node.id, (option.id,), _keyed(option.id, supported), option.comment, None, supported)


def _mark_choice(activity: Choice, response: object) -> Marked:
    right = tuple(option.id for option in activity.options if option.right)
    if response is None:
        return _summed([MarkedItem(ANSWER, (), Verdict.NOT_PLACED, "", None, right)], complete=False, key=bool(right))
    for option in activity.options:
        if option.id == response:
            item = MarkedItem(ANSWER, (option.id,), _keyed(option.id, right), option.feedback, None, right)
            return _summed([item], complete=True)
    raise InvalidResponse("$", f"there is no option {response!r}")


def _mark_knowledge_check(activity: KnowledgeCheck, response: object, drawn: Sequence[str] | None) -> Marked:
    bank = {question.id: question for question in activity.questions}
    asked = _ids(drawn, list(bank), "drawn") if drawn is not None else list(bank)
    if not isinstance(response, Mapping):
        raise InvalidResponse("$", "must be questions and what was answered to them")
    for name in response:
        if name not in asked:
            raise InvalidResponse(f"$.{name}", "there is no such question in this try")
    items = [_answered(bank[name], response.get(name, ())) for name in asked]
    score = sum(1 for item in items if item.verdict is Verdict.RIGHT)
    complete = bool(items) and all(item.chosen for item in items)
    return Marked(tuple(items), complete, complete and score >= activity.needed, score, len(items))


def _answered(question: Question, answer: object) -> MarkedItem:
    place = f"$.{question.id}"
    chosen = _ids(answer, [option.id for option in question.options], place)
    if len(chosen) > 1 and not question.multiple:
        raise InvalidResponse(place, "one option can be chosen")
    right = tuple(option.id for option in question.options if option.right)
    verdict = _verdict(chosen or None, set(chosen) == set(right))
    return MarkedItem(question.id, tuple(chosen), verdict, question.explanation, None, right)


def _verdict(given: object, right: bool) -> Verdict:
    if given is None:
        return Verdict.NOT_PLACED
    return Verdict.RIGHT if right else Verdict.LOOK_AGAIN


def _keyed(chosen: str, right: Sequence[str]) -> Verdict:
    """Of several right options none is better than the other."""
    if not right:
        return Verdict.NO_ANSWER_KEY
    return Verdict.RIGHT if chosen in right else Verdict.LOOK_AGAIN


def _summed(items: Sequence[MarkedItem], *, complete: bool, key: bool = True) -> Marked:
    keyed = [item for item in items if item.verdict is not Verdict.NO_ANSWER_KEY] if key else []
    score = sum(1 for item in keyed if item.verdict in GOOD)
    looked_over = all(item.verdict is not Verdict.LOOK_AGAIN for item in keyed)
    return Marked(tuple(items), complete, complete and looked_over if keyed else None, score, len(keyed))


def _pairs(response: object, keys: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    if not isinstance(response, Mapping):
        raise InvalidResponse("$", "must be ids and where each of them was placed")
    placed: dict[str, str] = {}
    for key, value in response.items():
        if key not in keys:
            raise InvalidResponse(f"$.{key}", f"there is no {key!r}")
        if not isinstance(value, str) or value not in values:
            raise InvalidResponse(f"$.{key}", f"there is no {value!r}")
        placed[key] = value
    return placed


def _ids(given: object, known: Sequence[str], place: str) -> list[str]:
    """A list of known ids, each at most once."""
    if not isinstance(given, list | tuple):
        raise InvalidResponse(place, "must be a list")
    for number, name in enumerate(given):
        if not isinstance(name, str) or name not in known:
            raise InvalidResponse(f"{place}[{number}]", f"there is no {name!r}")
        if name in given[:number]:
            raise InvalidResponse(f"{place}[{number}]", f'"{name}" stands there twice')
    return list(given)
