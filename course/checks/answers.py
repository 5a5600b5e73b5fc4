"""Answers that can be right, and feedback that says something."""

from collections.abc import Iterable, Iterator, Mapping

from course.checks.scenarios import check_scenario
from course.draft import ActivityDraft, Draft
from course.faults import Fault, did_you_mean
from course.schema import Card, Case, Cases, Choice, KnowledgeCheck, Match, Matrix, Order, Quick, Scenario, Sort
from course.yaml_source import Document

__all__ = ["check"]

SHORTEST_FEEDBACK = 12
"""Characters. Below that nothing is explained."""


def check(draft: Draft) -> Iterator[Fault]:
    """In one language: that the others have the same answers is another check."""
    for _, lesson in draft.lessons:
        for languages in lesson.activities.values():
            for drafted in languages.values():
                yield from _feedback(drafted.document, drafted.document.data, ())
            if languages:
                yield from _activity(next(iter(languages.values())))


def _activity(drafted: ActivityDraft) -> Iterator[Fault]:
    activity, document = drafted.activity, drafted.document
    match activity:
        case Sort():
            yield from _accepts(document, "cards", activity.cards, [field.id for field in activity.fields], "field")
        case Match():
            fields = [field.id for field in activity.fields]
            yield from _accepts(document, "cards", activity.cards, fields, "field")
            yield from _one_to_one(document, activity)
        case Matrix():
            yield from _matrix(document, activity)
        case Order():
            yield from _order(document, activity)
        case Scenario():
            yield from check_scenario(document, activity)
        case Cases():
            yield from _cases(document, activity)
        case Quick():
            yield from _accepts(document, "cases", activity.cases, [option.id for option in activity.options], "option")
        case Choice():
            right = [option.right for option in activity.options]
            if any(value is not None for value in right) and right.count(True) != 1:
                message = (
                    f"One option must be right here, and {_number(right.count(True))}. "
                    "Leave out every “right” where no answer is right."
                )
                yield Fault(document.path, document.line("options"), message)
        case KnowledgeCheck():
            yield from _questions(document, activity)


def _number(count: int) -> str:
    return "none is" if count == 0 else f"{count} are"


def _feedback(document: Document, data: object, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if isinstance(data, list):
        for number, value in enumerate(data):
            yield from _feedback(document, value, (*place, number))
    elif isinstance(data, Mapping):
        for key, value in data.items():
            if (
                key in ("feedback", "comment", "explanation")
                and isinstance(value, str)
                and len(value.strip()) < SHORTEST_FEEDBACK
            ):
                yield Fault(
                    document.path, document.line(*place, key), f'"{key}" must say why: “{value.strip()}” is too short.'
                )
            yield from _feedback(document, value, (*place, key))


def _accepts(
    document: Document, key: str, cards: Iterable[Card | Case], known: list[str], what: str
) -> Iterator[Fault]:
    for number, card in enumerate(cards):
        for place, name in enumerate(card.accepts):
            if name not in known:
                line = document.line(key, number, "accepts", place)
                yield Fault(
                    document.path,
                    line,
                    f'"{card.id}" accepts the {what} "{name}", which isn\'t there.{did_you_mean(name, known)}',
                )
        for name in card.other:
            line = document.line(key, number, "other", name)
            if name not in known:
                yield Fault(
                    document.path,
                    line,
                    f'"other" has words for the {what} "{name}", which isn\'t there.{did_you_mean(name, known)}',
                )
            elif card.accepts[0] == name:
                yield Fault(document.path, line, f'"other" has words for "{name}", but that is the best answer.')


def _one_to_one(document: Document, activity: Match) -> Iterator[Fault]:
    taken: dict[str, str] = {}
    for number, card in enumerate(activity.cards):
        line = document.line("cards", number, "accepts")
        if len(card.accepts) != 1:
            yield Fault(
                document.path, line, f'Each card belongs to one field, but "{card.id}" accepts {len(card.accepts)}.'
            )
        for name in card.accepts:
            if name in taken:
                yield Fault(
                    document.path,
                    line,
                    f'Each field takes one card, but "{taken[name]}" and "{card.id}" both accept "{name}".',
                )
            taken.setdefault(name, card.id)
    for number, field in enumerate(activity.fields):
        if field.id not in taken:
            yield Fault(document.path, document.line("fields", number), f'No card belongs to the field "{field.id}".')


def _matrix(document: Document, activity: Matrix) -> Iterator[Fault]:
    cells = [f"{row.id}-{column.id}" for row in activity.rows for column in activity.columns]
    if len(set(cells)) < len(cells):
        yield Fault(
            document.path,
            document.line("rows"),
            "Two cells get the same id (<row>-<column>). Choose other ids for the rows.",
        )
    missing = [cell for cell in dict.fromkeys(cells) if cell not in activity.cells]
    for cell in missing:
        yield Fault(document.path, document.line("cells"), f'The cell "{cell}" has no example.')
    for cell in activity.cells:
        if cell not in cells:
            yield Fault(
                document.path,
                document.line("cells", cell),
                f'There is no cell "{cell}".{did_you_mean(cell, missing or cells)}',
            )
    yield from _accepts(document, "cards", activity.cards, cells, "cell")


def _order(document: Document, activity: Order) -> Iterator[Fault]:
    right, shown = [item.id for item in activity.items], list(activity.shown)
    line = document.line("shown")
    if sorted(right) != sorted(shown):
        missing = [name for name in right if name not in shown]
        extra = [name for name in shown if name not in right]
        words = [f"{', '.join(missing)} is missing"] if missing else []
        words += [f"{', '.join(extra)} isn't an item"] if extra else []
        words = words or ["an item stands there twice"]
        yield Fault(document.path, line, f'"shown" must have each item once: {" and ".join(words)}.')
    elif right == shown:
        yield Fault(document.path, line, '"shown" is the right order already, so there is nothing to do.')


def _cases(document: Document, activity: Cases) -> Iterator[Fault]:
    outcomes = [outcome.id for outcome in activity.outcomes]
    reached = {activity.otherwise}
    for number, question in enumerate(activity.tree):
        reached.add(question.yes)
        if question.yes not in outcomes:
            message = f'There is no outcome "{question.yes}".{did_you_mean(question.yes, outcomes)}'
            yield Fault(document.path, document.line("tree", number, "yes"), message)
    if activity.otherwise not in outcomes:
        message = f'There is no outcome "{activity.otherwise}".{did_you_mean(activity.otherwise, outcomes)}'
        yield Fault(document.path, document.line("otherwise"), message)
    for number, outcome in enumerate(activity.outcomes):
        if outcome.id not in reached:
            message = f'No question of the tree leads to the outcome "{outcome.id}".'
            yield Fault(document.path, document.line("outcomes", number), message)
    if not 1 <= activity.needed <= len(activity.cases):
        message = f'"needed" is {activity.needed}, but there are {len(activity.cases)} cases.'
        yield Fault(document.path, document.line("needed"), message)
    yield from _accepts(document, "cases", activity.cases, outcomes, "outcome")


def _questions(document: Document, activity: KnowledgeCheck) -> Iterator[Fault]:
    bank = len(activity.questions)
    if activity.draw > bank:
        yield Fault(
            document.path, document.line("draw"), f'"draw" is {activity.draw}, but the bank has {bank} questions.'
        )
    if activity.needed > activity.draw:
        yield Fault(
            document.path, document.line("needed"), f'"needed" is {activity.needed}, but {activity.draw} are drawn.'
        )
    for number, question in enumerate(activity.questions):
        right = sum(1 for option in question.options if option.right)
        line = document.line("questions", number, "options")
        if question.multiple and right < 2:
            number_right = _number(right).replace("1 are", "1 is")
            message = f'Several options must be right in "{question.id}" ("multiple: true"), and {number_right}.'
            yield Fault(document.path, line, message)
        elif not question.multiple and right != 1:
            yield Fault(document.path, line, f'One option must be right in "{question.id}", and {_number(right)}.')
