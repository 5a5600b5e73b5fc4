"""A slide as the shared screen, the phones and the facilitator's page need it: words only, and never a name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from course.markdown import Block, CaseBox, NoteBox, VoiceBox, render
from course.marking import InvalidResponse, Marked, Verdict, mark
from course.schema import (
    Activity,
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
    Quick,
    Reflection,
    Scenario,
    ScenarioOption,
    SelfRating,
    Sort,
    View,
    Worksheet,
)
from tracker.groups.programme import Kind, Phase, Programme, Slide
from tracker.i18n import _
from tracker.learning.wording import whose

__all__ = ["Option", "Shown", "phase_name", "shown"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Option:
    """``text`` besides the label, where there is more to read."""

    id: str
    letter: str
    label: str
    text: str = ""


@dataclass(frozen=True)
class Shown:
    slide: Slide
    heading: str
    lesson: Lesson | None = None
    activity: Activity | None = None
    text: str = ""
    ask: str = ""
    """What is asked about the heading, where the heading is a card and not a question."""
    place: int = 0
    """Which of ``places`` questions of the activity it is, from 1; 0 when there is one."""
    places: int = 0
    options: tuple[Option, ...] = ()
    phases: tuple[Slide, ...] = ()
    chosen: tuple[str, ...] = ()
    """Ids that the group has agreed on, if it has."""
    accepts: tuple[str, ...] = ()
    """Ids that the course holds for right, the best first; empty where no answer is right."""
    verdict: Verdict | None = None
    feedback: str = ""
    other: str = ""
    consequence: ScenarioOption | None = None
    chairs: tuple[tuple[str, View], ...] = ()
    """What follows, from each side: whose chair it is seen from, and what is seen."""
    block: Block | None = None
    lines: tuple[str, ...] = ()
    votes: Mapping[str, int] | None = field(default=None)

    @property
    def is_matrix(self) -> bool:
        return isinstance(self.activity, Matrix)

    @property
    def explains(self) -> bool:
        return self.slide.phase is Phase.EXPLAIN

    def label_of(self, option_id: str) -> str:
        return next((one.label for one in self.options if one.id == option_id), "")

    def letter_of(self, option_id: str) -> str:
        return next((one.letter for one in self.options if one.id == option_id), "")

    @property
    def most_votes(self) -> int:
        return max(self.votes.values(), default=0) if self.votes else 0


def phase_name(phase: Phase) -> str:
    return {
        Phase.THINK: _("Think alone"),
        Phase.VOTE: _("Vote"),
        Phase.TALK: _("Talk"),
        Phase.REVOTE: _("Vote again"),
        Phase.TOGETHER: _("Answer together"),
        Phase.EXPLAIN: _("What the course says"),
    }[phase]


def shown(
    course: Course,
    programme: Programme,
    slide: Slide,
    language: Language,
    answers: Mapping[tuple[str, str], Any],
    *,
    task: str = "",
    local_block: str = "",
    votes: Mapping[str, int] | None = None,
) -> Shown:
    lesson = course.lesson(slide.lesson_id) if slide.lesson_id else None
    point = programme.points[slide.point]
    match slide.kind:
        case Kind.START:
            return Shown(slide, _("Welcome"))
        case Kind.END:
            return Shown(slide, _("Thank you for today"), text=task)
        case Kind.CHECK_IN | Kind.CLOSING | Kind.BREAK:
            heading = {Kind.CHECK_IN: _("Check-in"), Kind.CLOSING: _("Rounding off"), Kind.BREAK: _("Break")}
            said = point.text(course, language)
            return Shown(slide, heading[slide.kind], text="" if slide.kind is Kind.BREAK else said)
        case Kind.LOCAL:
            return Shown(slide, _("Your own place"), text=local_block)
    assert lesson is not None
    if slide.kind is Kind.TITLE:
        return Shown(slide, lesson.title[language], lesson)
    if slide.kind is Kind.TEXT:
        block = _block(course, lesson, slide, language)
        return Shown(slide, _heading_of(block, lesson, language), lesson, block=block)
    assert slide.activity_id is not None
    activity = lesson.activities[language][slide.activity_id]
    response = None if slide.kind is Kind.RECALL else answers.get((lesson.id, slide.activity_id))
    found = _asked(programme, slide, lesson, activity, response, votes)
    if found.consequence is None:
        return found
    names = {person.id: person.name for person in course.info.cast}
    sides = (found.consequence.public, found.consequence.civic)
    return replace(found, chairs=tuple((whose(names[side.person], language), side) for side in sides))


@lru_cache(maxsize=512)
def _blocks(_digest: str, lesson_id: str, language: Language, course: "_Unhashed") -> tuple[Block, ...]:
    lesson = course.course.lesson(lesson_id)
    return render(course.course, lesson, language, lambda kind, name: f"#{kind}-{name}").blocks


@dataclass(frozen=True, eq=False)
class _Unhashed:
    course: Course

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Unhashed)


def _block(course: Course, lesson: Lesson, slide: Slide, language: Language) -> Block | None:
    blocks = _blocks(course.digest, lesson.id, language, _Unhashed(course))
    number = int(slide.item_id or 0)
    return blocks[number] if number < len(blocks) else None


def _heading_of(block: Block | None, lesson: Lesson, language: Language) -> str:
    match block:
        case NoteBox():
            return block.title
        case VoiceBox():
            return block.person.name
        case CaseBox():
            return _("The case")
    return lesson.title[language]


def _asked(
    programme: Programme,
    slide: Slide,
    lesson: Lesson,
    activity: Activity,
    response: Any,
    votes: Mapping[str, int] | None,
) -> Shown:
    heading, text = _question(activity, slide.item_id)
    questions = list(
        dict.fromkeys(
            one.question for one in programme.slides if one.activity_id == slide.activity_id and one.kind is slide.kind
        )
    )
    many = len(questions) > 1 and not isinstance(activity, Scenario)
    options = _options(activity, slide.item_id)
    given = _given(activity, slide.item_id, response)
    more: dict[str, Any] = {}
    if slide.phase is Phase.EXPLAIN or isinstance(activity, Order):
        more = _explained(activity, slide.item_id, response, given)
    return Shown(
        slide,
        heading,
        lesson,
        activity,
        text=text,
        ask="" if slide.phase is Phase.EXPLAIN else _ask(activity),
        place=questions.index(slide.question) + 1 if many else 0,
        places=len(questions) if many else 0,
        options=options,
        phases=programme.phases_of(slide),
        chosen=given,
        lines=_lines(activity),
        votes=votes,
        **more,
    )


def _question(activity: Activity, item: str | None) -> tuple[str, str]:
    """The heading of the slide and what stands under it."""
    match activity:
        case Sort() | Match() | Matrix():
            return next(card.text for card in activity.cards if card.id == item), ""
        case Scenario():
            node = next(node for node in activity.nodes if node.id == item)
            return f"{node.title}. {node.question}", node.text
        case Cases() | Quick():
            return next(case.text for case in activity.cases if case.id == item), ""
        case KnowledgeCheck():
            return next(question.text for question in activity.questions if question.id == item), ""
        case Choice() | Reflection():
            return activity.question, ""
        case SelfRating():
            return next(one.text for one in activity.statements if one.id == item), ""
        case Worksheet():
            sheet = next(one for one in activity.fields if one.id == item)
            return sheet.label, sheet.hint or ""
        case Plan():
            row = next(one for one in activity.rows if one.id == item)
            return row.label, row.hint or ""
        case Checklist():
            return activity.question or activity.title, ""
    return activity.title, activity.instruction


def _ask(activity: Activity) -> str:
    match activity:
        case Sort() | Match():
            return _("Where does this belong?")
        case Order():
            return _("In what order?")
        case SelfRating():
            return _("How well is that true of you?")
    return ""


def _options(activity: Activity, item: str | None) -> tuple[Option, ...]:
    match activity:
        case Sort() | Match():
            found = [(one.id, one.label, "") for one in activity.fields]
        case Matrix():
            found = [
                (f"{row.id}-{column.id}", f"{row.label}, {column.label.lower()}", "")
                for row in activity.rows
                for column in activity.columns
            ]
        case Scenario():
            node = next(node for node in activity.nodes if node.id == item)
            found = [(one.id, one.label, one.text) for one in node.options]
        case Cases():
            found = [(one.id, one.label, "") for one in activity.outcomes]
        case Quick():
            found = [(one.id, one.label, "") for one in activity.options]
        case KnowledgeCheck():
            question = next(question for question in activity.questions if question.id == item)
            found = [(one.id, one.text, "") for one in question.options]
        case Choice():
            found = [(one.id, one.text, "") for one in activity.options]
        case Order():
            items = {one.id: one for one in activity.items}
            found = [(name, items[name].text, "") for name in activity.shown]
        case SelfRating():
            found = [(str(number), text, "") for number, text in enumerate(activity.scale)]
        case _:
            found = []
    return tuple(
        Option(name, LETTERS[number % len(LETTERS)], label, text) for number, (name, label, text) in enumerate(found)
    )


def _given(activity: Activity, item: str | None, response: Any) -> tuple[str, ...]:
    match activity:
        case Sort() | Match() | Matrix() | Cases() | Quick():
            found = (response or {}).get(item)
            return (found,) if found else ()
        case Scenario():
            return tuple(step[1] for step in (response or {}).get("path", []) if step[0] == item)
        case KnowledgeCheck():
            return tuple((response or {}).get(item, ()))
        case Choice():
            return (response,) if response else ()
        case Order():
            return tuple(response or ())
    return ()


def _explained(activity: Activity, item: str | None, response: Any, given: tuple[str, ...]) -> dict[str, Any]:
    match activity:
        case Scenario():
            node = next(node for node in activity.nodes if node.id == item)
            accepts = tuple(one.id for one in node.options if one.supported)
            shown = next((one for one in node.options if one.id in (given or accepts)), None)
            return {"consequence": shown, "accepts": accepts, "feedback": shown.comment if shown else ""}
        case Choice():
            right = tuple(one.id for one in activity.options if one.right)
            told = [one.feedback for one in activity.options if one.id in (given or right)]
            return {"accepts": right, "feedback": told[0] if told else ""}
        case Order():
            return {"accepts": tuple(one.id for one in activity.items)}
        case KnowledgeCheck():
            question = next(question for question in activity.questions if question.id == item)
            return {
                "accepts": tuple(one.id for one in question.options if one.right),
                "feedback": question.explanation,
            }
        case Sort() | Match() | Matrix() | Cases() | Quick():
            things = activity.cases if isinstance(activity, Cases | Quick) else activity.cards
            thing = next(one for one in things if one.id == item)
            marked = _marked(activity, response)
            found = marked.item(thing.id) if marked and given else None
            return {
                "accepts": thing.accepts,
                "feedback": thing.feedback,
                "verdict": found.verdict if found else None,
                "other": (found.other or "") if found else "",
            }
    return {}


def _marked(activity: Activity, response: Any) -> Marked | None:
    try:
        return mark(activity, response)
    except InvalidResponse:
        return None


def _lines(activity: Activity) -> tuple[str, ...]:
    return tuple(one.text for one in activity.items) if isinstance(activity, Checklist) else ()
