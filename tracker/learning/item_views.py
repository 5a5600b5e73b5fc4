"""Activities that go one step at a time: a node and its consequences, a case or a question and its explanation."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from course.marking import Drawn, Marked
from course.schema import (
    Case,
    Cases,
    CastMember,
    Fact,
    KnowledgeCheck,
    Lesson,
    Outcome,
    Plan,
    Question,
    QuestionOption,
    Quick,
    Reflection,
    Scenario,
    ScenarioNode,
    ScenarioOption,
    View,
)
from tracker.learning import wording
from tracker.learning.activity_views import ActivityView, Told, told
from tracker.learning.handing_in import paper_of

__all__ = ["CasesView", "CheckView", "PlanView", "ScenarioView"]


@dataclass(frozen=True)
class Stop:
    """One word on the way through a scenario."""

    label: str
    address: str | None = None
    now: bool = False
    later: bool = False


@dataclass(frozen=True)
class Step:
    """A node to choose in, or with ``option`` what came of the choice."""

    node: ScenarioNode
    option: ScenarioOption | None = None
    next_node: ScenarioNode | None = None
    onward: str | None = None

    @property
    def is_end(self) -> bool:
        return self.option is not None and self.option.next is None


class ScenarioView(ActivityView[Scenario]):
    @cached_property
    def nodes(self) -> dict[str, ScenarioNode]:
        return {node.id: node for node in self.activity.nodes}

    @cached_property
    def path(self) -> list[tuple[ScenarioNode, ScenarioOption]]:
        return [
            (node, next(option for option in node.options if option.id == chosen))
            for node, chosen in ((self.nodes[node_id], chosen) for node_id, chosen in self.data.get("path", []))
        ]

    @cached_property
    def step(self) -> Step:
        seen = next((number for number, (node, _) in enumerate(self.path) if node.id == self.place.at), None)
        if seen is None and self.path and self.path[-1][1].next is None:
            seen = len(self.path) - 1
        if seen is None:
            last = self.path[-1][1].next if self.path else None
            return Step(self.nodes[last] if last else self.activity.nodes[0])
        node, option = self.path[seen]
        following = self.nodes[option.next] if option.next else None
        answered = following is not None and seen + 1 < len(self.path)
        return Step(node, option, following, self.link(following.id if following and answered else None))

    @property
    def is_first(self) -> bool:
        return not self.path

    @property
    def trail(self) -> list[Stop]:
        stops = [Stop(node.trail, self.link(node.id), node is self.step.node) for node, _ in self.path]
        upcoming = self.path[-1][1].next if self.path else self.activity.nodes[0].id
        while upcoming is not None:
            # Which nodes follow can depend on the choices; the words on the way are as a rule the same.
            node = self.nodes[upcoming]
            here = node is self.step.node
            stops.append(Stop(node.trail, now=here, later=not here))
            upcoming = node.options[0].next
        return stops

    @property
    def two_sides(self) -> list[tuple[str, View]]:
        """Who comes first alternates, so that nobody is always second."""
        option = self.step.option
        assert option
        sides = [("public", option.public), ("civic", option.civic)]
        number = self.lesson.info.activities.index(self.id) + self.activity.nodes.index(self.step.node)
        return sides if number % 2 == 0 else sides[::-1]

    @property
    def at_table(self) -> tuple[str, str]:
        first = self.step.node.options[0]
        return self.person(first.public.person).name, self.person(first.civic.person).name

    def person(self, person_id: str) -> CastMember:
        return next(person for person in self.place.course.info.cast if person.id == person_id)

    def whose(self, person_id: str) -> str:
        return wording.whose(self.person(person_id).name, self.place.language)

    def principle(self, principle_id: str) -> str:
        found = next(one for one in self.place.course.info.principles if one.id == principle_id)
        return found.label[self.place.language]


@dataclass(frozen=True)
class CaseItem:
    case: Case
    number: int
    total: int
    told: Told | None
    onward: str | None
    can_finish: bool


class CasesView(ActivityView[Any]):
    """Cases on a decision tree, and quick situations."""

    activity: Cases | Quick

    @cached_property
    def given(self) -> dict[str, str]:
        return dict(self.response or {})

    @cached_property
    def item(self) -> CaseItem | None:
        """The one that the address asks for if it is answered; else the first that is not."""
        cases = self.activity.cases
        shown = next((case for case in cases if case.id == self.place.at and case.id in self.given), None)
        rest = [case for case in cases if case.id not in self.given]
        if shown is None and (self.submitted or not rest):
            return None
        case = shown or rest[0]
        return CaseItem(
            case,
            cases.index(case) + 1,
            len(cases),
            self.told(case) if shown else None,
            self.link() if rest and not self.submitted else None,
            isinstance(self.activity, Cases) and len(self.given) >= self.activity.needed and not self.submitted,
        )

    def told(self, case: Case) -> Told:
        assert self.marked
        return told(self.marked.item(case.id))

    @property
    def told_items(self) -> list[tuple[Case, Told]]:
        return [(case, self.told(case)) for case in self.activity.cases]

    def label_of(self, answer_id: str) -> str:
        answers = self.activity.outcomes if isinstance(self.activity, Cases) else self.activity.options
        return next(answer.label for answer in answers if answer.id == answer_id)

    def outcome(self, outcome_id: str) -> Outcome:
        assert isinstance(self.activity, Cases)
        return next(outcome for outcome in self.activity.outcomes if outcome.id == outcome_id)


@dataclass(frozen=True)
class QuestionItem:
    question: Question
    options: tuple[QuestionOption, ...]
    number: int
    total: int
    chosen: Sequence[str]
    right: bool | None
    """None until it is answered."""
    onward: str | None
    lesson: Lesson
    facts: tuple[Fact, ...]
    beads: tuple[str, ...]


class CheckView(ActivityView[KnowledgeCheck]):
    @cached_property
    def paper(self) -> tuple[Drawn, ...]:
        state = self.place.state
        return paper_of(self.activity, state) if state and self.data else ()

    @cached_property
    def given(self) -> dict[str, list[str]]:
        return dict(self.response or {})

    @cached_property
    def item(self) -> QuestionItem | None:
        shown = next((one for one in self.paper if one.question.id == self.place.at and self._answered(one)), None)
        rest = [one for one in self.paper if not self._answered(one)]
        if shown is None and not rest:
            return None
        drawn = shown or rest[0]
        question = drawn.question
        return QuestionItem(
            question=question,
            options=drawn.options,
            number=self.paper.index(drawn) + 1,
            total=len(self.paper),
            chosen=self.given.get(question.id, ()),
            right=self.is_right(question) if shown else None,
            onward=self.link() if rest else None,
            lesson=self.place.course.lesson(question.lesson),
            facts=tuple(self.place.course.facts[fact] for fact in question.facts),
            beads=tuple("is-now" if one is drawn else "is-done" if self._answered(one) else "" for one in self.paper),
        )

    def _answered(self, drawn: Drawn) -> bool:
        return drawn.question.id in self.given

    def is_right(self, question: Question) -> bool:
        assert self.marked
        return self.marked.item(question.id).verdict == "right"

    @property
    def passed(self) -> bool:
        marked: Marked | None = self.marked
        return bool(marked and marked.success)

    @property
    def results(self) -> list[tuple[Question, Sequence[str], bool]]:
        return [(one.question, self.given.get(one.question.id, ()), self.is_right(one.question)) for one in self.paper]

    @property
    def read_again(self) -> list[tuple[Lesson, list[Question]]]:
        """Lessons, in the order of the course, with the questions that sent one there."""
        found: dict[str, list[Question]] = {}
        for question, _, right in self.results:
            if not right:
                found.setdefault(question.lesson, []).append(question)
        return [(lesson, found[lesson.id]) for lesson in self.place.course.lessons if lesson.id in found]


class PlanView(ActivityView[Plan]):
    @property
    def earlier(self) -> list[tuple[Lesson, str, Reflection]]:
        """The reflections that come back here, each with the key under which the browser keeps it."""
        return [
            (lesson, f"{lesson.id}/{activity_id}", activity)
            for lesson in self.place.course.lessons
            for activity_id, activity in lesson.activities[self.place.language].items()
            if isinstance(activity, Reflection) and activity.plan_row
        ]
