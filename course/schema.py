"""The types of the course. Authors' files are checked against them, and the editors' JSON Schema is made from them.

Everything is frozen. An ``id`` never changes once it is published: completions and Statements refer to it.
``Text`` is what a reader sees; everything else is structure and must be the same in every language.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = [
    "ACTIVITY_KINDS",
    "Activity",
    "ActivityBase",
    "Card",
    "Cases",
    "CastMember",
    "Checklist",
    "Choice",
    "Course",
    "CourseInfo",
    "FacilitatorNotes",
    "Fact",
    "Facts",
    "Glossary",
    "KnowledgeCheck",
    "Lesson",
    "LessonInfo",
    "Match",
    "Matrix",
    "MeetingPlan",
    "Meetings",
    "Module",
    "ModuleInfo",
    "Order",
    "Plan",
    "Question",
    "Quick",
    "Reflection",
    "Scenario",
    "SelfRating",
    "Sort",
    "Worksheet",
]  # fmt: skip

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True), Field(json_schema_extra={"x-text": True})]
Language = Literal["sv", "en"]
Localised = dict[Language, Text]
Side = Literal["public", "civic", "common"]
Minutes = Annotated[int, Field(ge=1, le=240)]


class Node(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


# ---------------------------------------------------------------- the parts of an activity


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
    row_name: Text
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
    other: dict[Id, Text] = {}


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


# ---------------------------------------------------------------- around the activities


class LessonMinutes(Node):
    solo: Minutes
    group: Minutes


class LessonInfo(Node):
    """``lesson.yaml``. The title is the first heading of ``sv.md`` and ``en.md``."""

    id: Id
    minutes: LessonMinutes
    goals: tuple[Id, ...] = ()
    activities: tuple[Id, ...] = Field((), description="In the order of the page. One file per activity and language.")
    for_capacity: tuple[Id, ...] = Field((), description="Only for optional lessons: capacities it is written for.")


class Beat(Node):
    minutes: Minutes
    text: Text


class FacilitatorNotes(Node):
    """``facilitator.<language>.yaml``. The beats' minutes sum up to the lesson's minutes in a group."""

    beats: tuple[Beat, ...] = Field(min_length=1)
    watch_for: tuple[Text, ...] = Field((), description="Pitfalls, and what to say.")
    ask: tuple[Text, ...] = Field((), description="Questions that open the talk.")
    one_sector: Text | None = Field(None, description="What to do when only one sector is in the room.")
    on_paper: Text | None = Field(None, description="How it is done without a screen.")


class ModuleInfo(Node):
    """``module.yaml``"""

    id: Id
    title: Localised
    summary: Localised = Field(description="One sentence for the agenda on the start page.")
    objectives: dict[Language, tuple[Text, ...]]
    done_when: Localised
    lessons: tuple[Id, ...]
    optional: bool = False


class Source(Node):
    title: Text
    publisher: Text
    url: Annotated[str, StringConstraints(pattern=r"^https://")] | None = None
    published: date | None = None


class Fact(Node):
    id: Id
    text: Localised
    figure: Localised | None = Field(None, description="The number that is set large, for example 265 700.")
    source: Source
    checked_on: date
    valid_until: date


class Facts(Node):
    """``facts.yaml``"""

    facts: tuple[Fact, ...]


class Term(Node):
    id: Id
    term: Localised
    text: Localised


class Glossary(Node):
    """``glossary.yaml``"""

    terms: tuple[Term, ...]


class CastMember(Node):
    id: Id
    name: str
    role: Localised
    side: Side


class Principle(Node):
    id: Id
    label: Localised
    text: Localised


class Goal(Node):
    id: Id
    text: Localised


class CourseInfo(Node):
    """``course.yaml``"""

    id: Id
    iri: str = Field(description="The root of every xAPI activity id. Never changes, not even with the address.")
    version: str
    title: Localised
    subtitle: Localised
    languages: tuple[Language, ...]
    reviewed_on: date
    minutes_solo: int
    minutes_group: int
    lix_limit: int = Field(description="Swedish above this LIX in a lesson is reported.")
    goals: tuple[Goal, ...]
    principles: tuple[Principle, ...]
    cast: tuple[CastMember, ...]
    modules: tuple[Id, ...]


class AgendaItem(Node):
    kind: Literal["lesson", "check-in", "break", "closing", "local"]
    minutes: Minutes
    lessons: tuple[Id, ...] = ()
    text: Localised | None = None


class MeetingPlan(Node):
    id: Id
    title: Localised
    task: Localised | None = Field(None, description="What the members do before the next meeting.")
    agenda: tuple[AgendaItem, ...]
    local_block: Localised = Field(description="The extra 25 minutes of pacing B.")


class Meetings(Node):
    """``meetings.yaml``: pacing A. Pacing B adds ``local_minutes`` to each meeting and lengthens the break."""

    meeting_minutes: Minutes
    local_minutes: Minutes
    long_break: Minutes
    meetings: tuple[MeetingPlan, ...]
    check_list: dict[Language, tuple[Text, ...]] = Field(description="The facilitator's list before, during and after.")


class Lesson(Node):
    info: LessonInfo
    module_id: Id
    title: Localised
    markdown: dict[Language, str] = Field(description="The text under the title, as the author wrote it.")
    activities: dict[Language, dict[Id, Activity]]
    facilitator: dict[Language, FacilitatorNotes]

    @property
    def id(self) -> str:
        return self.info.id

    @property
    def number(self) -> str:
        """As people say it: ``3.3``, ``F1``."""
        return self.id.replace("-", ".") if self.id[0].isdigit() else self.id.upper()

    def activities_in_all_languages(self, activity_id: str) -> dict[Language, Activity]:
        return {language: activities[activity_id] for language, activities in self.activities.items()}

    @property
    def required(self) -> tuple[str, ...]:
        """Activities without which the lesson is not complete."""
        return tuple(a for a in self.info.activities if not self.activities["sv"][a].optional)


class Module(Node):
    info: ModuleInfo
    lessons: tuple[Lesson, ...]

    @property
    def id(self) -> str:
        return self.info.id


class Course(Node):
    info: CourseInfo
    modules: tuple[Module, ...]
    facts: dict[Id, Fact]
    glossary: tuple[Term, ...]
    meetings: Meetings
    digest: str = Field(description="SHA-256 over all files: changes when anything in the course does.")

    def lesson(self, lesson_id: str) -> Lesson:
        """:raises KeyError: when there is no such lesson."""
        for module in self.modules:
            for lesson in module.lessons:
                if lesson.id == lesson_id:
                    return lesson
        raise KeyError(lesson_id)

    def module(self, module_id: str) -> Module:
        """:raises KeyError: when there is no such module."""
        for module in self.modules:
            if module.id == module_id:
                return module
        raise KeyError(module_id)

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        return tuple(lesson for module in self.modules for lesson in module.lessons)

    @property
    def core_modules(self) -> tuple[Module, ...]:
        return tuple(module for module in self.modules if not module.info.optional)

    @property
    def core_lessons(self) -> tuple[Lesson, ...]:
        return tuple(lesson for module in self.core_modules for lesson in module.lessons)
