"""What an activity's form posts, read into the shapes that ``course.marking`` takes.

Every form carries all that is placed so far, so a page without JavaScript forgets nothing between two presses.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from werkzeug.datastructures import MultiDict

from course.schema import Activity, Cases, Choice, KnowledgeCheck, Match, Matrix, Order, Quick, Scenario, Sort
from tracker.errors import TrackerError
from tracker.i18n import _

__all__ = ["Action", "BadForm", "Posted", "read"]

Form = MultiDict[str, str]
Placed = dict[str, str]


class BadForm(TrackerError):
    """No form of ours posts this."""


class Action(StrEnum):
    KEEP = "keep"
    """Cards were moved: keep where they lie."""
    HAND_IN = "hand_in"
    ANSWER = "answer"
    """One node, case or question."""
    BEGIN = "begin"
    """Draw the questions of a knowledge check."""
    BACK = "back"
    """Go back to a node of a scenario, to choose again."""
    AGAIN = "again"
    """Begin the next try."""


@dataclass(frozen=True)
class Posted:
    """``lacks`` is said beside the field when something has to be chosen first; the rest is kept."""

    action: Action
    attempt: int
    response: Any = None
    item: str | None = None
    chosen: list[str] = field(default_factory=list)
    lacks: str | None = None


def read(activity: Activity, form: Form) -> Posted:
    """Ids are not looked up here: ``course.marking`` refuses those that the activity doesn't have.

    :raises BadForm: when something is missing that every form of ours has.
    """
    attempt = _attempt(form)
    if "again" in form:
        return Posted(Action.AGAIN, attempt)
    match activity:
        case Sort() | Match() | Matrix():
            return _cards(activity, form, attempt)
        case Order():
            return _order(activity, form, attempt)
        case Choice():
            option = form.get("option")
            return Posted(Action.HAND_IN, attempt, option, lacks=None if option else _("Choose one of the answers"))
        case Scenario() | Cases() | Quick() | KnowledgeCheck():
            return _item_wise(activity, form, attempt)
    return Posted(Action.HAND_IN, attempt)


def _attempt(form: Form) -> int:
    given = form.get("attempt", "")
    if not given.isascii() or not given.isdigit() or len(given) > 6 or int(given) == 0:
        raise BadForm("attempt")
    return int(given)


def _cards(activity: Sort | Match | Matrix, form: Form, attempt: int) -> Posted:
    placed = _placed(form)
    if "hand_in" in form:
        return Posted(Action.HAND_IN, attempt, placed, lacks=None if placed else _("Place at least one first"))
    lacks = None
    if taken := form.get("take_back"):
        placed.pop(taken, None)
    else:
        card = form.get("hand")
        place = form.get("put")
        if "put_here" in form:
            row, column = form.get("row"), form.get("column")
            place = f"{row}-{column}" if row and column else None
            lacks = None if place else _("Choose a step and a level first")
        if card and place:
            if isinstance(activity, Match):
                placed = {other: at for other, at in placed.items() if at != place}
            placed[card] = place
    return Posted(Action.KEEP, attempt, placed, lacks=lacks)


def _placed(form: Form) -> Placed:
    placed = {}
    for pair in form.getlist("placed"):
        card, colon, place = pair.partition(":")
        if not card or not colon or not place or card in placed:
            raise BadForm("placed")
        placed[card] = place
    return placed


def _order(activity: Order, form: Form, attempt: int) -> Posted:
    items = form.getlist("order")
    if set(items) != {item.id for item in activity.items} or len(items) != len(activity.items):
        raise BadForm("order")
    if "hand_in" in form:
        return Posted(Action.HAND_IN, attempt, items)
    for name, step in (("up", -1), ("down", 1)):
        if moved := form.get(name):
            if moved not in items:
                raise BadForm(name)
            here = items.index(moved)
            there = min(max(here + step, 0), len(items) - 1)
            items[here], items[there] = items[there], items[here]
    return Posted(Action.KEEP, attempt, items)


def _item_wise(activity: Scenario | Cases | Quick | KnowledgeCheck, form: Form, attempt: int) -> Posted:
    if isinstance(activity, KnowledgeCheck) and "begin" in form:
        return Posted(Action.BEGIN, attempt)
    if isinstance(activity, Scenario) and (node := form.get("back")):
        return Posted(Action.BACK, attempt, item=node)
    if isinstance(activity, Cases) and "hand_in" in form:
        return Posted(Action.HAND_IN, attempt)
    item = form.get("item")
    if not item:
        raise BadForm("item")
    chosen = form.getlist("option")
    lacks = None if chosen else _("Choose one of the answers")
    return Posted(Action.ANSWER, attempt, item=item, chosen=chosen, lacks=lacks)
