"""Answering: what is handed in is marked, recorded, and completes what it completes. All of it, or nothing."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from course.interactions import answered
from course.marking import Drawn, InvalidResponse, Marked, draw, mark, shuffled
from course.schema import Activity, Choice, KnowledgeCheck, Lesson, Match, Matrix, Order, Scenario, Sort
from tracker.errors import TrackerError
from tracker.learning.completing import complete
from tracker.learning.desk import Desk
from tracker.learning.models import ActivityState
from tracker.learning.recording import Score
from tracker.learning.services import AlreadyHandedIn, turn
from tracker.registrations import services as registrations

__all__ = ["HandedIn", "NotEnough", "answer_item", "begin_paper", "hand_in", "marked_state", "paper_of", "step_back"]


class NotEnough(TrackerError):
    """More has to be answered before it can be handed in. What there is was marked, and can be kept."""

    def __init__(self, marked: Marked) -> None:
        super().__init__("not enough answered")
        self.marked = marked


@dataclass(frozen=True)
class HandedIn:
    """What came of it. ``repeated``: the same was handed in before, and nothing was recorded now."""

    state: ActivityState
    marked: Marked
    lesson_completed: bool = False
    repeated: bool = False


def hand_in(db: Session, desk: Desk, lesson: Lesson, activity_id: str, response: Any, *, attempt: int) -> HandedIn:
    """Hand in a whole activity.

    :raises InvalidResponse: for what no form of ours sends.
    :raises NotEnough: when more has to be answered first.
    :raises AlreadyHandedIn: when this try was handed in before with another answer.
    """
    activity = lesson.activities[desk.language][activity_id]
    if isinstance(activity, KnowledgeCheck | Scenario):
        raise InvalidResponse("$", "this is answered a question at a time")
    marked = mark(activity, response)
    try:
        state = turn(db, desk, lesson, activity_id, attempt=attempt)
    except AlreadyHandedIn as already:
        if already.state.attempt == attempt and already.state.data.get("response") == response:
            return HandedIn(already.state, marked, repeated=True)
        raise
    if not _is_enough(activity, marked):
        raise NotEnough(marked)
    state.data = {"response": response}
    state.submitted = True
    desk.record(db, _statements(desk, lesson, activity_id, response, attempt=str(state.attempt)))
    return _completed(db, desk, lesson, state, marked)


def _is_enough(activity: Activity, marked: Marked) -> bool:
    """Cards can be handed in when there are some left; they are explained all the same."""
    if isinstance(activity, Sort | Match | Matrix | Order):
        return any(item.chosen for item in marked.items)
    return marked.complete


def _statements(
    desk: Desk, lesson: Lesson, activity_id: str, response: Any, *, attempt: str
) -> Iterator[dict[str, Any]]:
    yield from _answered(desk, lesson, activity_id, response, attempt=attempt)
    if not isinstance(lesson.activities[desk.language][activity_id], Sort | Match | Matrix | Order | Choice):
        # A closing Statement for what has parts, and nothing but the fact for what stays in the browser.
        yield desk.writer.completed_activity(lesson, activity_id, attempt=attempt)


def _answered(
    desk: Desk, lesson: Lesson, activity_id: str, response: Any, *, attempt: str, only: str | None = None
) -> Iterator[dict[str, Any]]:
    """One Statement for each part that was answered, or for the ``only`` one; one for what has no parts."""
    for one in answered(lesson.activities_in_all_languages(activity_id), response):
        if only is None or one.interaction.item_id == only:
            yield desk.writer.answered(lesson, activity_id, one, attempt=attempt)


# ---------------------------------------------------------------- a node or a question at a time


def paper_of(check: KnowledgeCheck, state: ActivityState) -> tuple[Drawn, ...]:
    """The questions of this try as they are shown. Kept in the state, so an edited bank does not change a try."""
    bank = {question.id: question for question in check.questions}
    seed = _seed(state)
    return tuple(
        Drawn(bank[name], shuffled(bank[name].options, f"{seed}/{name}"))
        for name in state.data.get("drawn", [])
        if name in bank
    )


def begin_paper(db: Session, desk: Desk, lesson: Lesson, activity_id: str, *, attempt: int) -> ActivityState:
    """Draw the questions of a try, unless they are drawn.

    :raises AlreadyHandedIn: when this try was handed in before.
    """
    check = lesson.activities[desk.language][activity_id]
    assert isinstance(check, KnowledgeCheck)
    state = turn(db, desk, lesson, activity_id, attempt=attempt)
    if not state.data.get("drawn"):
        seen = state.data.get("seen", {})
        drawn = [one.question.id for one in draw(check, _seed(state), list(Counter(seen).elements()))]
        state.data = {"drawn": drawn, "response": {}, "seen": dict(Counter(seen) + Counter(drawn))}
    db.flush()
    return state


def _seed(state: ActivityState) -> str:
    return f"{state.registration_id}/{state.lesson_id}/{state.activity_id}/{state.attempt}"


def answer_item(
    db: Session, desk: Desk, lesson: Lesson, activity_id: str, item_id: str, chosen: list[str], *, attempt: int
) -> HandedIn:
    """Answer one node of a scenario or one question of a knowledge check. The last one hands in the whole.

    :raises InvalidResponse: for a node whose turn it is not, a question that was not drawn, or no such option.
    :raises AlreadyHandedIn: when it was answered before, otherwise.
    """
    activity = lesson.activities[desk.language][activity_id]
    if isinstance(activity, Scenario):
        return _answer_node(db, desk, lesson, activity_id, activity, item_id, chosen, attempt=attempt)
    if isinstance(activity, KnowledgeCheck):
        return _answer_question(db, desk, lesson, activity_id, activity, item_id, chosen, attempt=attempt)
    raise InvalidResponse("$", "this is handed in as a whole")


def _answer_node(
    db: Session,
    desk: Desk,
    lesson: Lesson,
    activity_id: str,
    activity: Scenario,
    node_id: str,
    chosen: list[str],
    *,
    attempt: int,
) -> HandedIn:
    if len(chosen) != 1:
        raise InvalidResponse("$", "one option can be chosen")
    step = [node_id, chosen[0]]
    try:
        state = turn(db, desk, lesson, activity_id, attempt=attempt)
    except AlreadyHandedIn as already:
        return _same_or_raise(already, activity, step in already.state.data.get("path", []), attempt)
    path = [list(one) for one in state.data.get("path", [])]
    for before in path:
        if before[0] == node_id:
            if before == step:
                return HandedIn(state, marked_state(activity, state), repeated=True)
            raise AlreadyHandedIn(state)
    path.append(step)
    marked = mark(activity, {"path": path})
    count = state.data.get("answers", 0) + 1
    state.data = {"path": path, "answers": count}
    state.submitted = marked.complete
    # Somebody who goes back and chooses again answers the same node twice in one try, so the answers are counted.
    numbered = f"{attempt}.{count}"
    statements = list(_answered(desk, lesson, activity_id, {"path": path}, attempt=numbered, only=node_id))
    if not marked.complete:
        desk.record(db, statements)
        return HandedIn(state, marked)
    statements.append(desk.writer.completed_activity(lesson, activity_id, attempt=str(attempt)))
    desk.record(db, statements)
    return _completed(db, desk, lesson, state, marked)


def step_back(
    db: Session, desk: Desk, lesson: Lesson, activity_id: str, node_id: str, *, attempt: int
) -> ActivityState:
    """Go back to a node of a scenario to choose again. After the end it is a new try with the same way up to there."""
    registrations.lock(db, desk.registration)
    state = db.get(ActivityState, (desk.registration.id, lesson.id, activity_id), populate_existing=True)
    if state is None or state.attempt != attempt:
        return state or turn(db, desk, lesson, activity_id, attempt=attempt)
    path = state.data.get("path", [])
    kept = path[: next((number for number, step in enumerate(path) if step[0] == node_id), len(path))]
    if kept != path:
        if state.submitted:
            state.attempt, state.submitted = state.attempt + 1, False
        state.data = {**state.data, "path": kept}
        state.updated_at = desk.now
    db.flush()
    return state


def _answer_question(
    db: Session,
    desk: Desk,
    lesson: Lesson,
    activity_id: str,
    activity: KnowledgeCheck,
    question_id: str,
    chosen: list[str],
    *,
    attempt: int,
) -> HandedIn:
    try:
        state = begin_paper(db, desk, lesson, activity_id, attempt=attempt)
    except AlreadyHandedIn as already:
        same = already.state.data.get("response", {}).get(question_id) == chosen
        return _same_or_raise(already, activity, same, attempt)
    if not chosen:
        raise NotEnough(marked_state(activity, state))
    response = dict(state.data["response"])
    if question_id in response:
        if response[question_id] == chosen:
            return HandedIn(state, marked_state(activity, state), repeated=True)
        raise AlreadyHandedIn(state)
    response[question_id] = chosen
    marked = mark(activity, response, drawn=state.data["drawn"])
    state.data = {**state.data, "response": response}
    statements = list(_answered(desk, lesson, activity_id, response, attempt=str(attempt), only=question_id))
    if not marked.complete:
        desk.record(db, statements)
        db.flush()
        return HandedIn(state, marked)
    state.submitted = True
    score = Score(marked.score, marked.max_score)
    passed = bool(marked.success)
    statements.append(desk.writer.judged(lesson, activity_id, attempt=str(attempt), passed=passed, score=score))
    desk.record(db, statements)
    return _completed(db, desk, lesson, state, marked)


def _same_or_raise(already: AlreadyHandedIn, activity: Activity, same: bool, attempt: int) -> HandedIn:
    if same and already.state.attempt == attempt:
        return HandedIn(already.state, marked_state(activity, already.state), repeated=True)
    raise already


def marked_state(activity: Activity, state: ActivityState) -> Marked:
    """What is to be said about what stands in a state, handed in or not.

    :raises InvalidResponse: when the course has been edited so that the kept answer no longer fits.
    """
    if isinstance(activity, Scenario):
        return mark(activity, {"path": state.data.get("path", [])})
    if isinstance(activity, KnowledgeCheck):
        return mark(activity, state.data.get("response", {}), drawn=state.data.get("drawn", []))
    return mark(activity, state.data.get("response"))


def _completed(db: Session, desk: Desk, lesson: Lesson, state: ActivityState, marked: Marked) -> HandedIn:
    done = complete(db, desk, lesson)
    return HandedIn(state, marked, done.lesson, done.course)
