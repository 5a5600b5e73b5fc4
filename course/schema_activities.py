"""The kinds of activity, as authors write them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from course.schema_base import Id, Node, Side, Text

__all__ = [
    "ACTIVITY_KINDS",
    "Activity",
    "ActivityBase",
    "Card",
    "Case",
    "Cases",
    "Checklist",
    "ChecklistItem",
    "Choice",
    "Field_",
    "KnowledgeCheck",
    "Match",
    "Matrix",
    "MatrixColumn",
    "MatrixRow",
    "Option",
    "Order",
    "OrderItem",
    "Outcome",
    "Plan",
    "Question",
    "QuestionOption",
    "Quick",
    "QuickOption",
    "RatingStatement",
    "Reflection",
    "Scenario",
    "ScenarioNode",
    "ScenarioOption",
    "SelfRating",
    "Sort",
    "TreeQuestion",
    "View",
    "Worksheet",
    "WorksheetField",
]


class Field_(Node):  # noqa: N801  # Field is pydantic's
    """A place where cards can be laid: a field of society, a principle, a level."""

    id: Id
    label: Text
    hint: Text | None = None
    side: Side | None = Field(None, description="Which thread of the cloth marks it. Leave out for neutral.")


class Card(Node):
    """Something to place. ``feedback`` says why, and is shown whatever the learner chose."""

    id: Id
    text: Text
    accepts: tuple[Id, ...] = Field(
        min_length=1, description="Ids of the fields that are right. The first is the best."
    )
    borderline: bool = Field(False, description="A borderline card is never marked as wrong, only explained.")
    feedback: Text
    other: dict[Id, Text] = Field({}, description="Field id: what to say when it was laid just there.")


class Option(Node):
    id: Id
    text: Text
    right: bool | None = Field(None, description="Leave out in every option where there is no right answer.")
    feedback: Text


class ActivityBase(Node):
    title: Text
    instruction: Text
    optional: bool = Field(False, description="True: the lesson is complete without it.")


class Sort(ActivityBase):
    """Cards into fields. Several cards can lie in one field."""

    kind: Literal["sort"]
    fields: tuple[Field_, ...] = Field(min_length=2)
    cards: tuple[Card, ...] = Field(min_length=2)


class Match(ActivityBase):
    """Pairs: each card belongs to one field and each field takes one card."""

    kind: Literal["match"]
    fields: tuple[Field_, ...] = Field(min_length=2)
    cards: tuple[Card, ...] = Field(min_length=2)


class OrderItem(Node):
    id: Id
    text: Text
    feedback: Text


class Order(ActivityBase):
    """Put in order. ``items`` stand in the right order; ``shown`` is the order in which the learner meets them."""

    kind: Literal["order"]
    items: tuple[OrderItem, ...] = Field(min_length=3)
    shown: tuple[Id, ...]


class MatrixRow(Node):
    id: Id
    label: Text
    hint: Text | None = None


class MatrixColumn(Node):
    id: Id
    label: Text


class Matrix(ActivityBase):
    """Situations into the cells of a table. A cell's id is ``<row>-<column>``; cards accept cell ids."""

    kind: Literal["matrix"]
    column_name: Text
    rows: tuple[MatrixRow, ...] = Field(min_length=2)
    columns: tuple[MatrixColumn, ...] = Field(min_length=2)
    cells: dict[Id, Text] = Field(description="Cell id: example that stands in the cell. Every cell has one.")
    cards: tuple[Card, ...] = Field(min_length=2)


class View(Node):
    """A consequence from one chair."""

    person: Id = Field(description="Id in the cast.")
    today: Text
    later: Text = Field(description="In half a year.")


class ScenarioOption(Node):
    id: Id
    label: Text = Field(description="Two or three words: what the learner does.")
    text: Text
    public: View
    civic: View
    strengthens: tuple[Id, ...] = Field((), description="Ids of principles.")
    tests: tuple[Id, ...] = Field((), description="Ids of principles that are put to the test.")
    comment: Text = Field(description="Mid-table: why, linked to the principles.")
    supported: bool | None = Field(None, description="True where the principles support it best. Leave out in every "
                                   "option of a node where every choice has its price.")  # fmt: skip
    next: Id | None = Field(None, description="Id of the next node. Leave out where the scenario ends.")


class ScenarioNode(Node):
    id: Id
    title: Text
    trail: Text = Field(description="One or two words for the trail on top.")
    you: Id | None = Field(None, description="Whose chair the learner sits in. Id in the cast.")
    text: Text
    question: Text
    options: tuple[ScenarioOption, ...] = Field(min_length=2)


class Scenario(ActivityBase):
    """Nodes with choices. The first node is the start. Consequences are seen from both sides."""

    kind: Literal["scenario"]
    nodes: tuple[ScenarioNode, ...] = Field(min_length=1)
    ending: Text | None = Field(None, description="What is said when the last choice is made.")


class Outcome(Node):
    id: Id
    label: Text
    text: Text


class TreeQuestion(Node):
    id: Id
    text: Text
    yes: Id = Field(description="Outcome when the answer is yes. At no, the next question follows.")


class Case(Node):
    id: Id
    text: Text
    accepts: tuple[Id, ...] = Field(min_length=1)
    feedback: Text
    other: dict[Id, Text] = Field({}, description="Id of an answer: what is said to just that one.")


class Cases(ActivityBase):
    """A decision tree and cases to try on it. ``accepts`` are ids of outcomes."""

    kind: Literal["cases"]
    tree: tuple[TreeQuestion, ...] = Field(min_length=1)
    otherwise: Id = Field(description="Outcome when every answer is no.")
    outcomes: tuple[Outcome, ...] = Field(min_length=2)
    cases: tuple[Case, ...] = Field(min_length=1)
    needed: int = Field(description="How many cases must be answered.")


class QuickOption(Node):
    id: Id
    label: Text


class Quick(ActivityBase):
    """Quick situations, all with the same options (yes, no, it depends). ``accepts`` are ids of options."""

    kind: Literal["quick"]
    options: tuple[QuickOption, ...] = Field(min_length=2)
    cases: tuple[Case, ...] = Field(min_length=1)


class Choice(ActivityBase):
    """One question. Without ``right`` anywhere it is a choice of way, not a test."""

    kind: Literal["choice"]
    question: Text
    options: tuple[Option, ...] = Field(min_length=2)


class RatingStatement(Node):
    id: Id
    text: Text


class SelfRating(ActivityBase):
    """Where do I stand? Kept in the browser only."""

    kind: Literal["self-rating"]
    scale: tuple[Text, ...] = Field(min_length=2)
    statements: tuple[RatingStatement, ...] = Field(min_length=1)
    compare_with: str | None = Field(None, description="<lesson>/<activity> whose answers are shown beside these.")


class Reflection(ActivityBase):
    """A question to think about. What is written stays in the browser."""

    kind: Literal["reflection"]
    question: Text
    hint: Text | None = None
    plan_row: bool = Field(False, description="True: the line is shown again in the plan of the last lesson.")


class WorksheetField(Node):
    id: Id
    label: Text
    hint: Text | None = None
    example: Text | None = None


class Worksheet(ActivityBase):
    """Headings to write under. Kept in the browser only, printable."""

    kind: Literal["worksheet"]
    fields: tuple[WorksheetField, ...] = Field(min_length=1)
    example: Text | None = Field(None, description="A good example, shown on demand.")


class ChecklistItem(Node):
    id: Id
    text: Text
    hint: Text | None = None


class Checklist(ActivityBase):
    """Things to tick. Kept in the browser only, printable."""

    kind: Literal["checklist"]
    items: tuple[ChecklistItem, ...] = Field(min_length=1)
    question: Text | None = None


class Plan(ActivityBase):
    """My or our plan: its own rows, and above them every reflection with ``plan_row``. Browser only, printable."""

    kind: Literal["plan"]
    rows: tuple[WorksheetField, ...] = Field(min_length=1)


class QuestionOption(Node):
    id: Id
    text: Text
    right: bool = False


class Question(Node):
    id: Id
    text: Text
    goal: Id = Field(description="Id of the course goal that it checks.")
    options: tuple[QuestionOption, ...] = Field(min_length=2)
    multiple: bool = Field(False, description="True: several options are right, and all of them must be chosen.")
    explanation: Text
    facts: tuple[Id, ...] = Field((), description="Facts that the explanation rests on.")
    lesson: Id = Field(description="Where to read again.")
    legal: bool = Field(False, description="True: a lawyer reviews it.")
    checked_on: date
    valid_until: date


class KnowledgeCheck(ActivityBase):
    """``draw`` questions from the bank, ``needed`` right to pass, unlimited tries."""

    kind: Literal["knowledge-check"]
    draw: int = Field(ge=1)
    needed: int = Field(ge=1)
    questions: tuple[Question, ...]


Activity = Annotated[
    Sort | Match | Order | Matrix | Scenario | Cases | Quick | Choice | SelfRating | Reflection | Worksheet | Checklist
    | Plan | KnowledgeCheck,
    Field(discriminator="kind"),
]  # fmt: skip

ACTIVITY_KINDS: dict[str, type[ActivityBase]] = {
    "sort": Sort, "match": Match, "order": Order, "matrix": Matrix, "scenario": Scenario, "cases": Cases,
    "quick": Quick, "choice": Choice, "self-rating": SelfRating, "reflection": Reflection, "worksheet": Worksheet,
    "checklist": Checklist, "plan": Plan, "knowledge-check": KnowledgeCheck,
}  # fmt: skip
