"""One activity as its template needs it: the words, what is begun, what was handed in and what is said about it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from flask import url_for

from course.marking import ANSWER, InvalidResponse, Marked, MarkedItem, Verdict, shuffled
from course.schema import (
    Activity,
    ActivityBase,
    Card,
    Choice,
    Course,
    Language,
    Lesson,
    Match,
    Matrix,
    Option,
    Order,
    OrderItem,
    Sort,
)
from tracker.learning import wording
from tracker.learning.handing_in import marked_state
from tracker.learning.models import ActivityState

__all__ = [
    "ActivityView",
    "CardsView",
    "ChoiceView",
    "MatrixView",
    "OrderView",
    "Place",
    "Problem",
    "Told",
    "anchor_of",
]

SCRIPTS = {
    "sort": "sort", "match": "sort", "matrix": "matrix", "order": "order",
    "self-rating": "own", "reflection": "own", "worksheet": "own", "checklist": "own", "plan": "own",
}  # fmt: skip
WIDE = frozenset({"matrix", "scenario", "cases"})

A = TypeVar("A", bound=ActivityBase)


def anchor_of(activity_id: str) -> str:
    return f"a-{activity_id}"


@dataclass(frozen=True)
class Problem:
    """What stopped an answer: said in the activity itself."""

    activity_id: str
    elsewhere: bool = False
    """It was answered in another tab or on another device."""
    message: str | None = None


@dataclass(frozen=True)
class Place:
    """An activity in the course, for one learner: what every view is made from."""

    course: Course
    language: Language
    lesson: Lesson
    activity_id: str
    state: ActivityState | None = None
    at: str | None = None
    """The node, case or question that the address asks for."""
    problem: Problem | None = None

    @property
    def activity(self) -> Activity:
        return self.lesson.activities[self.language][self.activity_id]


@dataclass(frozen=True)
class Told:
    """What is said about one card, item, case or question. ``given``: where it was placed, or what was chosen."""

    verdict: str
    given: str | None
    feedback: str
    other: str | None


def told(item: MarkedItem, *, borderline: bool = False) -> Told:
    # A borderline card says so wherever it lies but in the place that the author thinks best.
    is_edge = borderline and item.verdict is Verdict.ALSO_RIGHT
    verdict = Verdict.BORDERLINE if is_edge else item.verdict
    return Told(verdict.value, item.chosen[0] if item.chosen else None, item.feedback, item.other)


class ActivityView(Generic[A]):
    def __init__(self, place: Place) -> None:
        self.place = place
        self.lesson = place.lesson
        self.id = place.activity_id
        self.activity = cast("A", place.activity)
        self.kind: str = place.activity.kind
        self.anchor = anchor_of(self.id)
        self.wide = self.kind in WIDE
        # With the place: a page that answers at once, because something is wrong, opens where it is told.
        self.action = url_for("learning.answer", lesson_id=self.lesson.id, activity_id=self.id, _anchor=self.anchor)
        self.module = f"js/activities/{SCRIPTS[self.kind]}.js" if self.kind in SCRIPTS else None
        state = place.state
        self.attempt = state.attempt if state else 1
        self.submitted = bool(state and state.submitted)
        self.data: dict[str, Any] = dict(state.data) if state else {}
        self.outdated = False
        """The course was edited so that what was answered no longer fits."""
        self.marked = self._mark()
        problem = place.problem if place.problem and place.problem.activity_id == self.id else None
        self.elsewhere = bool(problem and problem.elsewhere)
        self.error = problem.message if problem else None

    def _mark(self) -> Marked | None:
        if not self.place.state or not self.data:
            return None
        try:
            return marked_state(self.place.activity, self.place.state)
        except InvalidResponse:
            self.data = {}
            self.outdated = self.submitted
            return None

    @property
    def response(self) -> Any:
        return self.data.get("response")

    @property
    def heading(self) -> str:
        assert self.marked
        return wording.heading(self.place.activity, self.marked)

    @property
    def summary(self) -> str:
        assert self.marked
        return wording.summary(self.place.activity, self.marked)

    def link(self, item: str | None = None) -> str:
        at = f"{self.id}.{item}" if item else None
        return url_for("learning.lesson", lesson_id=self.lesson.id, at=at, _anchor=self.anchor)


class CardsView(ActivityView[Any]):
    """Sort and match; the matrix adds its cells."""

    activity: Sort | Match | Matrix

    @cached_property
    def placed(self) -> dict[str, str]:
        return dict(self.response or {})

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """Not in the author's order: there the pairs stand in theirs."""
        return shuffled(self.activity.cards, f"{self.lesson.id}/{self.id}/{self.attempt}")

    @property
    def in_hand(self) -> list[Card]:
        return [card for card in self.cards if card.id not in self.placed]

    @property
    def first_in_hand(self) -> str:
        return self.in_hand[0].text if self.in_hand else ""

    def cards_in(self, field_id: str) -> list[Card]:
        return [card for card in self.cards if self.placed.get(card.id) == field_id]

    def in_field(self, field_id: str | None) -> list[tuple[Card, Told]]:
        """What was handed in there, with what is said; None: what was not placed."""
        return [(card, self.told(card)) for card in self.cards if self.placed.get(card.id) == field_id]

    def told(self, card: Card) -> Told:
        assert self.marked
        return told(self.marked.item(card.id), borderline=card.borderline)

    def label_of(self, field_id: str) -> str:
        assert not isinstance(self.activity, Matrix)
        return next(field.label for field in self.activity.fields if field.id == field_id)


class MatrixView(CardsView):
    activity: Matrix

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """In the author's order: they are numbered."""
        return self.activity.cards

    @property
    def numbered(self) -> list[tuple[int, Card]]:
        return list(enumerate(self.cards, 1))

    @property
    def chosen(self) -> str:
        return (self.in_hand or list(self.cards))[0].id

    @property
    def chosen_number(self) -> int:
        return next(number for number, card in self.numbered if card.id == self.chosen)

    @cached_property
    def _places(self) -> dict[str, str]:
        """Cell id -> *Samråd, steg 2*."""
        step = self.activity.column_name.lower()
        return {
            f"{row.id}-{column.id}": f"{row.label}, {step} {number}"
            for row in self.activity.rows
            for number, column in enumerate(self.activity.columns, 1)
        }

    def place_of(self, cell: str) -> str:
        return self._places[cell]

    def pins(self, cell: str) -> list[tuple[int, Card]]:
        return [(number, card) for number, card in self.numbered if self.placed.get(card.id) == cell]

    def in_cell(self, cell: str) -> list[tuple[int, Card, Told]]:
        return [(number, card, self.told(card)) for number, card in self.pins(cell)]

    @property
    def worth_reading_first(self) -> list[tuple[int, Card, Told]]:
        order = [Verdict.LOOK_AGAIN, Verdict.NOT_PLACED, Verdict.BORDERLINE, Verdict.ALSO_RIGHT, Verdict.RIGHT]
        all_told = [(number, card, self.told(card)) for number, card in self.numbered]
        return sorted(all_told, key=lambda one: order.index(Verdict(one[2].verdict)))


class OrderView(ActivityView[Order]):
    @property
    def current_order(self) -> list[OrderItem]:
        items = {item.id: item for item in self.activity.items}
        return [items[name] for name in self.response or self.activity.shown]

    @property
    def in_right_order(self) -> list[tuple[OrderItem, Told]]:
        assert self.marked
        return [(item, told(self.marked.item(item.id))) for item in self.activity.items]


class ChoiceView(ActivityView[Choice]):
    @property
    def is_test(self) -> bool:
        return any(option.right for option in self.activity.options)

    @property
    def verdict(self) -> str:
        assert self.marked
        return self.marked.item(ANSWER).verdict.value

    @property
    def options(self) -> list[tuple[Option, bool]]:
        """The chosen one first: that is what one wants to know."""
        return sorted(
            ((option, option.id == self.response) for option in self.activity.options), key=lambda one: not one[1]
        )
