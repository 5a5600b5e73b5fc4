"""What a meeting goes through, slide by slide. Pure: the course and the plan in, slides out; no clock, no database.

Every question follows the same method: think alone, vote, talk, vote again, one answer together, then what the course
says. Quick questions skip some of it, so that ten cards fit into ten minutes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from course.chance import draw, shuffled
from course.markdown import ActivityRef, Figure, Only, Prose, render
from course.schema import (
    Activity,
    AgendaItem,
    Cases,
    Checklist,
    Choice,
    Course,
    KnowledgeCheck,
    Language,
    Lesson,
    Match,
    Matrix,
    MeetingPlan,
    Order,
    Plan,
    Question,
    Quick,
    Reflection,
    Scenario,
    SelfRating,
    Sort,
    Worksheet,
)
from course.timetable import Point, timetable

__all__ = [
    "Kind",
    "Phase",
    "Programme",
    "Slide",
    "checked_questions",
    "enough_shown",
    "following",
    "preceding",
    "programme",
    "recalled",
]

RECALLED = 3
"""Questions about the meeting before, at the check-in."""

Answers = Mapping[tuple[str, str], Any]
"""(lesson id, activity id) -> the group's response, in the shape of ``course.marking``."""


class Kind(StrEnum):
    START = "start"
    CHECK_IN = "check-in"
    TITLE = "title"
    TEXT = "text"
    """A box of the lesson's text: the case, a voice, a fact, a note. ``item_id`` is its place in the article."""
    QUESTION = "question"
    RECALL = "recall"
    """A question of the knowledge check about the meeting before. Nothing of it is recorded."""
    WRITE = "write"
    """A line to write or to talk about: worksheet, reflection, plan."""
    LIST = "list"
    BREAK = "break"
    LOCAL = "local"
    CLOSING = "closing"
    END = "end"


class Phase(StrEnum):
    THINK = "think"
    VOTE = "vote"
    TALK = "talk"
    REVOTE = "revote"
    TOGETHER = "together"
    EXPLAIN = "explain"


_WHOLE_METHOD = (Phase.THINK, Phase.VOTE, Phase.TALK, Phase.REVOTE, Phase.TOGETHER, Phase.EXPLAIN)
_SHOWN = (Phase.VOTE, Phase.EXPLAIN)
_QUICK = (Phase.VOTE, Phase.TOGETHER, Phase.EXPLAIN)


@dataclass(frozen=True, slots=True)
class Slide:
    """One thing on the shared screen. ``key`` says where the room is."""

    key: str
    kind: Kind
    point: int
    """Which of the agenda's points it belongs to."""
    lesson_id: str | None = None
    activity_id: str | None = None
    item_id: str | None = None
    phase: Phase | None = None

    @property
    def votes(self) -> bool:
        return self.phase in {Phase.VOTE, Phase.REVOTE}

    @property
    def question(self) -> str:
        """The same for every phase of one question."""
        return self.key.rsplit(".", 1)[0] if self.phase else self.key


@dataclass(frozen=True)
class Programme:
    points: tuple[Point, ...]
    slides: tuple[Slide, ...]

    def at(self, key: str | None) -> Slide:
        """The slide of this key; the first one where the course no longer has it."""
        return next((slide for slide in self.slides if slide.key == key), self.slides[0])

    def first_of(self, point: int) -> Slide:
        """Where a point of the agenda begins. :raises IndexError: when there is no such point."""
        self.points[point]
        return next(slide for slide in self.slides if slide.point == point)

    def phases_of(self, slide: Slide) -> tuple[Slide, ...]:
        return tuple(one for one in self.slides if one.phase and one.question == slide.question)

    @property
    def lessons(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(slide.lesson_id for slide in self.slides if slide.lesson_id))


@lru_cache(maxsize=256)
def _cached(
    course_key: "_Course", plan_id: str | None, is_long: bool, language: Language, seed: str, left: tuple[str, ...]
) -> Programme:
    course = course_key.course
    plan = next((one for one in course.meetings.meetings if one.id == plan_id), None)
    points = tuple(timetable(course.meetings, plan, is_long=is_long)) if plan else _points_of(course, left)
    slides = [Slide("start", Kind.START, 0)]
    for place, point in enumerate(points):
        slides += _slides_of(course, plan, place, point, language, seed)
    slides.append(Slide("end", Kind.END, len(points) - 1))
    return Programme(points, tuple(slides))


@dataclass(frozen=True)
class _Course:
    """So that a programme is made once: the digest changes when anything in the course does."""

    digest: str
    course: Course

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Course) and self.digest == other.digest


def programme(
    course: Course,
    plan_id: str | None,
    *,
    is_long: bool,
    language: Language,
    seed: str,
    left: Sequence[str] = (),
) -> Programme:
    """
    :param plan_id: None for a meeting without a plan, which takes up what the group has ``left``: lesson ids.
    :param seed: the meeting's, so that every device draws the same questions of the knowledge check.
    """
    return _cached(_Course(course.digest, course), plan_id, is_long, language, seed, tuple(left))


def _points_of(course: Course, left: Sequence[str]) -> tuple[Point, ...]:
    points = []
    begins = 0
    for lesson_id in left:
        minutes = course.lesson(lesson_id).info.minutes.group
        points.append(Point(begins, minutes, AgendaItem(kind="lesson", minutes=minutes, lessons=(lesson_id,))))
        begins += minutes
    closing = AgendaItem(kind="closing", minutes=8, text=_last_closing(course))
    points.append(Point(begins, 8, closing))
    return tuple(points)


def _last_closing(course: Course) -> dict[Language, str] | None:
    found = [item.text for plan in course.meetings.meetings for item in plan.agenda if item.kind == "closing"]
    return {"sv": "Avrundning", "en": "Rounding off"} if found else None


def _slides_of(
    course: Course, plan: MeetingPlan | None, place: int, point: Point, language: Language, seed: str
) -> Iterator[Slide]:
    item = point.item
    if item is None:
        yield Slide("local", Kind.LOCAL, place)
        return
    if item.kind == "lesson":
        for lesson_id in item.lessons:
            yield from _lesson(course, course.lesson(lesson_id), place, language, seed)
        return
    kind = {"check-in": Kind.CHECK_IN, "break": Kind.BREAK, "closing": Kind.CLOSING}.get(item.kind, Kind.LOCAL)
    yield Slide(f"{kind.value}-{place}", kind, place)
    if item.kind == "check-in" and plan is not None:
        for lesson_id, activity_id, question in recalled(course, plan, language, seed):
            name = f"recall.{question.id}"
            for phase in _SHOWN if not question.multiple else (Phase.TOGETHER, Phase.EXPLAIN):
                yield Slide(f"{name}.{phase.value}", Kind.RECALL, place, lesson_id, activity_id, question.id, phase)


def recalled(course: Course, plan: MeetingPlan, language: Language, seed: str) -> tuple[tuple[str, str, Question], ...]:
    """Three questions of the bank about the meeting before this one; none before the first."""
    plans = course.meetings.meetings
    place = plans.index(plan)
    if place == 0:
        return ()
    lessons = {lesson_id for item in plans[place - 1].agenda for lesson_id in item.lessons}
    found = _check(course, language)
    if found is None:
        return ()
    lesson_id, activity_id, check = found
    about = [question for question in check.questions if question.lesson in lessons]
    return tuple((lesson_id, activity_id, one) for one in shuffled(about, f"{seed}/recall")[:RECALLED])


def _check(course: Course, language: Language) -> tuple[str, str, KnowledgeCheck] | None:
    for lesson in course.core_lessons:
        for name, activity in lesson.activities[language].items():
            if isinstance(activity, KnowledgeCheck):
                return lesson.id, name, activity
    return None


def checked_questions(check: KnowledgeCheck, seed: str) -> tuple[str, ...]:
    """Ids of the questions that the group answers together, for ``course.marking.mark(…, drawn=…)``."""
    return tuple(one.question.id for one in draw(check, seed))


def _lesson(course: Course, lesson: Lesson, place: int, language: Language, seed: str) -> Iterator[Slide]:
    yield Slide(f"{lesson.id}.title", Kind.TITLE, place, lesson.id)
    page = render(course, lesson, language, lambda _kind, _name: "#")
    for number, block in enumerate(page.blocks):
        if isinstance(block, ActivityRef):
            yield from _activity(lesson, block.activity_id, place, language, seed)
        elif not isinstance(block, Figure | Only | Prose) or (isinstance(block, Prose) and not lesson.info.activities):
            yield Slide(f"{lesson.id}.text-{number}", Kind.TEXT, place, lesson.id, item_id=str(number))


def _activity(lesson: Lesson, activity_id: str, place: int, language: Language, seed: str) -> Iterator[Slide]:
    activity = lesson.activities[language][activity_id]
    base = f"{lesson.id}.{activity_id}"
    kind, phases = _method(activity)
    for item in _items(activity, seed):
        name = f"{base}.{item}" if item else base
        if kind is not Kind.QUESTION:
            yield Slide(name, kind, place, lesson.id, activity_id, item)
            continue
        these = phases
        if isinstance(activity, KnowledgeCheck) and next(q for q in activity.questions if q.id == item).multiple:
            these = (Phase.TOGETHER, Phase.EXPLAIN)  # one ballot is one letter
        for phase in these:
            yield Slide(f"{name}.{phase.value}", kind, place, lesson.id, activity_id, item, phase)


def _method(activity: Activity) -> tuple[Kind, tuple[Phase, ...]]:
    match activity:
        case Scenario():
            return Kind.QUESTION, _WHOLE_METHOD
        case Matrix():
            return Kind.QUESTION, (Phase.THINK, Phase.VOTE, Phase.TALK, Phase.TOGETHER, Phase.EXPLAIN)
        case Sort() | Match():
            return Kind.QUESTION, _SHOWN
        case Cases() | Quick() | KnowledgeCheck():
            return Kind.QUESTION, _QUICK
        case Choice():
            is_test = any(option.right for option in activity.options)
            return Kind.QUESTION, (*_SHOWN[:1], Phase.TALK, *_QUICK[1:]) if is_test else (Phase.TOGETHER,)
        case Order():
            return Kind.QUESTION, (Phase.TOGETHER, Phase.EXPLAIN)
        case SelfRating():
            return Kind.QUESTION, (Phase.VOTE,)
        case Checklist():
            return Kind.LIST, ()
    return Kind.WRITE, ()


def _items(activity: Activity, seed: str) -> Sequence[str | None]:
    """Ids of what is asked one at a time; ``[None]`` where the activity is one question."""
    match activity:
        case Sort() | Match() | Matrix():
            return [card.id for card in activity.cards]
        case Scenario():
            return [node.id for node in activity.nodes]
        case Cases() | Quick():
            return [case.id for case in activity.cases]
        case KnowledgeCheck():
            return checked_questions(activity, seed)
        case SelfRating():
            return [statement.id for statement in activity.statements]
        case Worksheet():
            return [field.id for field in activity.fields]
        case Plan():
            return [row.id for row in activity.rows]
        case Reflection() | _:
            return [None]


# ---------------------------------------------------------------- moving


def following(course: Course, shown: Programme, key: str | None, answers: Answers) -> Slide | None:
    """The next slide; nodes of a scenario that the group's way does not lead to are passed over."""
    slides = shown.slides
    place = slides.index(shown.at(key))
    return next((slide for slide in slides[place + 1 :] if _on_the_way(course, slide, answers)), None)


def preceding(course: Course, shown: Programme, key: str | None, answers: Answers) -> Slide | None:
    slides = shown.slides
    place = slides.index(shown.at(key))
    return next((slide for slide in reversed(slides[:place]) if _on_the_way(course, slide, answers)), None)


def _on_the_way(course: Course, slide: Slide, answers: Answers) -> bool:
    if slide.kind is not Kind.QUESTION or slide.lesson_id is None or slide.activity_id is None:
        return True
    activity = course.lesson(slide.lesson_id).activities["sv"][slide.activity_id]
    if not isinstance(activity, Scenario):
        return True
    nodes = {node.id: node for node in activity.nodes}
    expected: str | None = activity.nodes[0].id
    for node_id, option_id in (answers.get((slide.lesson_id, slide.activity_id)) or {}).get("path", []):
        if node_id == slide.item_id:
            return True
        node = nodes.get(node_id)
        option = next((one for one in node.options if one.id == option_id), None) if node else None
        expected = option.next if option else None
    return expected == slide.item_id


def enough_shown(lesson: Lesson, handed_in: Sequence[str]) -> bool:
    """Whether a group that has done these activities has done the lesson.

    As the outline has it for 2.3, "the group two, alone three": of three or more scenarios a group may leave out one,
    because it talks about each.

    :param handed_in: ids of activities that were answered to the end, or shown to the end where nothing is answered.
    """
    left = [name for name in lesson.required if name not in handed_in]
    scenarios = [name for name in lesson.required if isinstance(lesson.activities["sv"][name], Scenario)]
    return not left or (len(scenarios) >= 3 and len(left) == 1 and left[0] in scenarios)
