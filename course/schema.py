"""The types of the course. Authors' files are checked against them, and the editors' JSON Schema is made from them.

Everything is frozen. An ``id`` never changes once it is published: completions and Statements refer to it.
``Text`` is what a reader sees; everything else is structure and must be the same in every language.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from course.schema_activities import (
    ACTIVITY_KINDS,
    Activity,
    ActivityBase,
    Card,
    Case,
    Cases,
    Checklist,
    ChecklistItem,
    Choice,
    Field_,
    KnowledgeCheck,
    Match,
    Matrix,
    MatrixColumn,
    MatrixRow,
    Option,
    Order,
    OrderItem,
    Outcome,
    Plan,
    Question,
    QuestionOption,
    Quick,
    QuickOption,
    RatingStatement,
    Reflection,
    Scenario,
    ScenarioNode,
    ScenarioOption,
    SelfRating,
    Sort,
    TreeQuestion,
    View,
    Worksheet,
    WorksheetField,
)
from course.schema_base import Id, Language, Localised, Minutes, Node, Side, Text

__all__ = [
    "ACTIVITY_KINDS", "Activity", "ActivityBase", "AgendaItem", "Beat", "Card", "Case", "Cases", "CastMember",
    "Chapter", "Checklist", "ChecklistItem", "Choice", "Course", "CourseInfo", "FacilitatorNotes", "Fact", "Facts",
    "Field_", "Glossary", "Goal", "GuideInfo", "Id", "KnowledgeCheck", "Language", "Lesson", "LessonInfo",
    "LessonMinutes", "Localised", "Match", "Matrix", "MatrixColumn", "MatrixRow", "MeetingPlan", "Meetings",
    "Minutes", "Module", "ModuleInfo", "Node", "Option", "Order", "OrderItem", "Outcome", "Plan", "Principle",
    "Question", "QuestionOption", "Quick", "QuickOption", "RatingStatement", "Reflection", "Scenario", "ScenarioNode",
    "ScenarioOption", "SelfRating", "Side", "Sort", "Source", "Term", "Text", "TreeQuestion", "View", "Worksheet",
    "WorksheetField",
]  # fmt: skip


class LessonMinutes(Node):
    solo: Minutes
    group: Minutes


class LessonInfo(Node):
    """``lesson.yaml``. The title is the first heading of ``sv.md`` and ``en.md``."""

    id: Id
    minutes: LessonMinutes
    goals: tuple[Id, ...] = ()
    activities: tuple[Id, ...] = Field((), description="In the order of the page. One file per activity and language.")


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


class GuideInfo(Node):
    """``guide/guide.yaml``: what a facilitator reads before the first meeting. No progress comes from it."""

    chapters: tuple[Id, ...] = Field(min_length=1, description="In the order of the guide. One folder per chapter.")


class Chapter(Node):
    """Of the facilitator's guide. The title is the first heading of ``sv.md`` and ``en.md``."""

    id: Id
    title: Localised
    markdown: dict[Language, str] = Field(description="The text under the title, as the author wrote it.")


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

    @property
    def number(self) -> str:
        """As people say it: ``3``, ``F``."""
        return self.id.removeprefix("m").upper()


class Course(Node):
    info: CourseInfo
    modules: tuple[Module, ...]
    facts: dict[Id, Fact]
    glossary: tuple[Term, ...]
    meetings: Meetings
    guide: tuple[Chapter, ...] = Field((), description="For those who lead a group.")
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
