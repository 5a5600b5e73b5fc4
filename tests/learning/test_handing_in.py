"""Answering, handing in, trying again: what is recorded, and what is not."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from course.marking import InvalidResponse, Verdict
from course.schema import Choice, Course, KnowledgeCheck, Lesson, Scenario, Sort
from lrs_adapter.store import iterate
from tests.conftest import NOW
from tests.tracker.taking import recorder_of, take_course, take_lesson
from tracker.db import db as tracker_db
from tracker.demo import right_response
from tracker.learners.models import Learner
from tracker.learning.desk import Desk, begin
from tracker.learning.handing_in import (
    NotEnough,
    answer_item,
    begin_paper,
    hand_in,
    marked_state,
    paper_of,
    step_back,
)
from tracker.learning.models import Position
from tracker.learning.services import AlreadyHandedIn, keep, open_lesson, recheck, state_of, try_again
from tracker.progress.models import ActivityResult
from tracker.progress.queries import overview


@pytest.fixture
def learner(make_learner: Callable[..., Learner], db: Session) -> Learner:
    return make_learner()


@pytest.fixture
def desk(app: Flask, db: Session, learner: Learner) -> Desk:
    with app.app_context():
        return begin(db, learner, recorder_of(app), language="sv", now=NOW)


def _find(course: Course, kind: type) -> tuple[Lesson, str, Any]:
    for lesson in course.core_lessons:
        for activity_id, activity in lesson.activities["sv"].items():
            if isinstance(activity, kind):
                return lesson, activity_id, activity
    raise AssertionError(kind)


def _verbs(db: Session) -> list[str]:
    return [one.statement["verb"]["display"]["en"] for one in iterate(db)]


def test_opening_a_lesson_is_recorded_once_and_remembered(desk: Desk, db: Session, course: Course) -> None:
    for _ in range(2):
        open_lesson(db, desk, course.lesson("3-3"))

    position = db.get(Position, desk.registration.id)
    assert position is not None
    assert position.lesson_id == "3-3"
    assert _verbs(db) == ["was registered for", "initialized"]


def test_what_is_begun_is_kept_and_not_recorded(desk: Desk, db: Session, course: Course) -> None:
    lesson, activity_id, sort = _find(course, Sort)
    begun = {"response": {sort.cards[0].id: sort.fields[0].id}}

    keep(db, desk, lesson, activity_id, begun, attempt=1)

    state = state_of(db, desk.registration.id, lesson.id, activity_id)
    assert state is not None
    assert (state.data, state.submitted) == (begun, False)
    assert "answered" not in _verbs(db)


def test_the_same_twice_is_one_answer(desk: Desk, db: Session, course: Course) -> None:
    lesson, activity_id, sort = _find(course, Sort)
    response = right_response(sort)

    first = hand_in(db, desk, lesson, activity_id, response, attempt=1)
    second = hand_in(db, desk, lesson, activity_id, dict(reversed(response.items())), attempt=1)

    assert (first.repeated, second.repeated) == (False, True)
    assert second.marked.success
    assert _verbs(db).count("answered") == 1


def test_another_answer_from_another_tab_is_told_so(desk: Desk, db: Session, course: Course) -> None:
    lesson, activity_id, sort = _find(course, Sort)
    response = right_response(sort)
    hand_in(db, desk, lesson, activity_id, response, attempt=1)
    other = {**response, sort.cards[0].id: next(f.id for f in sort.fields if f.id not in sort.cards[0].accepts)}

    with pytest.raises(AlreadyHandedIn) as raised:
        hand_in(db, desk, lesson, activity_id, other, attempt=1)

    assert raised.value.state.data["response"] == response
    assert _verbs(db).count("answered") == 1


def test_two_clicks_at_the_same_moment_are_one_answer(
    app: Flask, make_learner: Callable[..., Learner], course: Course
) -> None:
    learner = make_learner()
    lesson, activity_id, sort = _find(course, Sort)
    together = threading.Barrier(4)
    outcomes: list[bool] = []

    def click() -> None:
        with app.app_context(), Session(tracker_db.engine) as db:
            together.wait()
            me = db.get_one(Learner, learner.id)
            desk = begin(db, me, recorder_of(app), language="sv", now=NOW)
            outcomes.append(hand_in(db, desk, lesson, activity_id, right_response(sort), attempt=1).repeated)
            db.commit()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [False, True, True, True]
    with app.app_context(), Session(tracker_db.engine) as db:
        assert _verbs(db).count("answered") == 1
        assert _verbs(db).count("was registered for") == 1


def test_trying_again_is_a_new_answer_and_an_old_form_is_told_so(desk: Desk, db: Session, course: Course) -> None:
    lesson, activity_id, sort = _find(course, Sort)
    card = sort.cards[0]
    wrong = {card.id: next(f.id for f in sort.fields if f.id not in card.accepts)}
    assert not hand_in(db, desk, lesson, activity_id, wrong, attempt=1).marked.success

    for _ in range(2):  # a double click
        state = try_again(db, desk, lesson, activity_id, attempt=1)
    assert (state.attempt, state.submitted, state.data) == (2, False, {})
    again = hand_in(db, desk, lesson, activity_id, right_response(sort), attempt=2)
    with pytest.raises(AlreadyHandedIn):
        hand_in(db, desk, lesson, activity_id, wrong, attempt=1)

    assert again.marked.success
    result = db.scalars(select(ActivityResult)).one()
    assert (result.attempts, result.success) == (2, True)
    assert _verbs(db).count("answered") == 2


def test_nothing_chosen_is_not_handed_in(desk: Desk, db: Session, course: Course) -> None:
    lesson, activity_id, _ = _find(course, Sort)

    with pytest.raises(NotEnough):
        hand_in(db, desk, lesson, activity_id, {}, attempt=1)

    assert "answered" not in _verbs(db)


@pytest.mark.parametrize("response", [{"no-such-card": "marknad"}, "text", None, {"vardcentral": "no-such-field"}])
def test_what_no_form_sends_is_refused_and_nothing_is_kept(
    desk: Desk, db: Session, course: Course, response: Any
) -> None:
    lesson, activity_id, _ = _find(course, Sort)

    with pytest.raises(InvalidResponse):
        hand_in(db, desk, lesson, activity_id, response, attempt=1)

    assert state_of(db, desk.registration.id, lesson.id, activity_id) is None


def test_activity_of_another_lesson_is_refused(desk: Desk, db: Session, course: Course) -> None:
    with pytest.raises(KeyError):
        hand_in(db, desk, course.lesson("2-1"), "falten", {}, attempt=1)


def test_scenario_is_recorded_choice_by_choice_and_can_be_chosen_again(desk: Desk, db: Session, course: Course) -> None:
    lesson = course.lesson("5-2")
    activity_id = "nar-det-skaver"
    scenario = lesson.activities["sv"][activity_id]
    assert isinstance(scenario, Scenario)
    nodes = {node.id: node for node in scenario.nodes}
    start = scenario.nodes[0]
    first, second = start.options[1], start.options[0]

    answer_item(db, desk, lesson, activity_id, start.id, [first.id], attempt=1)
    step_back(db, desk, lesson, activity_id, start.id, attempt=1)
    here: str | None = start.id
    option = second
    while here is not None:
        done = answer_item(db, desk, lesson, activity_id, here, [option.id], attempt=1)
        here = option.next
        option = nodes[here].options[0] if here else option

    assert done.state.submitted
    assert done.state.data["path"][0] == [start.id, second.id]
    assert _verbs(db).count("answered") == 4
    assert [v for v in _verbs(db) if v == "completed"] == ["completed", "completed"]  # the scenario and its lesson

    again = step_back(db, desk, lesson, activity_id, start.id, attempt=1)
    assert (again.attempt, again.submitted, again.data["path"]) == (2, False, [])


def test_a_node_out_of_turn_is_refused(desk: Desk, db: Session, course: Course) -> None:
    lesson = course.lesson("5-2")
    scenario = lesson.activities["sv"]["nar-det-skaver"]
    assert isinstance(scenario, Scenario)
    last = scenario.nodes[-1]

    with pytest.raises(InvalidResponse):
        answer_item(db, desk, lesson, "nar-det-skaver", last.id, [last.options[0].id], attempt=1)


def _answer_check(db: Session, desk: Desk, course: Course, *, right: int, attempt: int) -> Any:
    lesson, activity_id, check = _find(course, KnowledgeCheck)
    state = begin_paper(db, desk, lesson, activity_id, attempt=attempt)
    outcome = None
    for number, drawn in enumerate(paper_of(check, state)):
        correct = [option.id for option in drawn.question.options if option.right]
        wrong = [next(option.id for option in drawn.question.options if not option.right)]
        chosen = correct if number < right else wrong
        outcome = answer_item(db, desk, lesson, activity_id, drawn.question.id, chosen, attempt=attempt)
        assert outcome.marked.item(drawn.question.id).feedback
    return outcome


def test_knowledge_check_takes_eight_and_brings_new_questions(desk: Desk, db: Session, course: Course) -> None:
    lesson, activity_id, _ = _find(course, KnowledgeCheck)

    seven = _answer_check(db, desk, course, right=7, attempt=1)
    first = list(seven.state.data["drawn"])
    assert (seven.marked.score, seven.marked.success, seven.lesson_completed) == (7, False, False)

    try_again(db, desk, lesson, activity_id, attempt=1)
    eight = _answer_check(db, desk, course, right=8, attempt=2)

    assert (eight.marked.success, eight.lesson_completed) == (True, True)
    assert set(first).isdisjoint(eight.state.data["drawn"])
    assert [v for v in _verbs(db) if v in {"passed", "failed"}] == ["failed", "passed"]


def test_passed_stays_passed_after_a_worse_try(desk: Desk, db: Session, course: Course) -> None:
    lesson, activity_id, _ = _find(course, KnowledgeCheck)
    _answer_check(db, desk, course, right=10, attempt=1)
    try_again(db, desk, lesson, activity_id, attempt=1)
    _answer_check(db, desk, course, right=0, attempt=2)

    result = db.get(ActivityResult, (desk.registration.id, lesson.id, activity_id))
    assert result is not None
    assert (result.success, result.attempts) == (True, 2)


def test_an_answered_question_is_not_answered_again(desk: Desk, db: Session, course: Course) -> None:
    lesson, activity_id, check = _find(course, KnowledgeCheck)
    state = begin_paper(db, desk, lesson, activity_id, attempt=1)
    question = paper_of(check, state)[0].question
    one, other = question.options[0].id, question.options[1].id
    answer_item(db, desk, lesson, activity_id, question.id, [one], attempt=1)

    assert answer_item(db, desk, lesson, activity_id, question.id, [one], attempt=1).repeated
    with pytest.raises(AlreadyHandedIn):
        answer_item(db, desk, lesson, activity_id, question.id, [other], attempt=1)
    assert _verbs(db).count("answered") == 1


def test_what_stays_in_the_browser_is_recorded_as_a_fact_without_text(desk: Desk, db: Session, course: Course) -> None:
    hand_in(db, desk, course.lesson("0-2"), "lage", None, attempt=1)

    [statement] = [one.statement for one in iterate(db) if one.statement["object"]["id"].endswith("/activity/lage")]
    assert statement["result"] == {"completion": True}


def test_the_course_is_complete_whatever_the_order_and_only_with_everything(
    app: Flask, db: Session, learner: Learner, course: Course
) -> None:
    lessons = list(reversed(course.core_lessons))
    with app.app_context():
        for lesson in lessons[:-1]:
            take_lesson(db, app, learner, lesson.id, now=NOW)
        assert not overview(db, learner, course).course_done

        take_lesson(db, app, learner, lessons[-1].id, now=NOW)

    done = overview(db, learner, course)
    assert done.completion is not None
    assert (done.completion.course_version, done.completion.minutes, done.completion.lesson_count) == (
        "2027.1",
        108,
        20,
    )
    assert done.minutes_left == 0
    assert _verbs(db)[-1] == "completed"


def test_a_later_version_of_the_course_changes_nothing_that_is_done(
    app: Flask, make_app: Callable[..., Flask], db: Session, learner: Learner, course: Course
) -> None:
    with app.app_context():
        take_course(db, app, learner, now=NOW)
    db.commit()
    before, verbs = overview(db, learner, course), _verbs(db)
    last = course.modules[6]
    longer = course.model_copy(
        update={
            "info": course.info.model_copy(update={"version": "2028.1", "minutes_solo": 120}),
            "modules": (*course.modules[:6], last.model_copy(update={"lessons": (*last.lessons, _extra(course))})),
        }
    )
    app_2028 = make_app(course=longer)

    with app_2028.app_context():
        after = overview(db, learner, longer)
        recheck(db, learner, recorder_of(app_2028), language="sv", now=NOW + timedelta(days=400))

    assert after.completion is before.completion is not None
    assert (after.completion.course_version, after.completion.minutes) == ("2027.1", 108)
    assert after.modules_done == before.modules_done
    assert _verbs(db) == verbs


def _extra(course: Course) -> Lesson:
    lesson = course.lesson("6-2")
    return lesson.model_copy(update={"info": lesson.info.model_copy(update={"id": "6-3"})})


def test_a_state_that_no_longer_fits_an_edited_course_says_so(desk: Desk, db: Session, course: Course) -> None:
    lesson, activity_id, choice = _find(course, Choice)
    hand_in(db, desk, lesson, activity_id, choice.options[0].id, attempt=1)
    state = state_of(db, desk.registration.id, lesson.id, activity_id)
    assert state is not None
    edited = choice.model_copy(update={"options": choice.options[1:]})

    with pytest.raises(InvalidResponse):
        marked_state(edited, state)


def test_feedback_is_said_for_every_card(desk: Desk, db: Session, course: Course) -> None:
    lesson, activity_id, sort = _find(course, Sort)
    one = sort.cards[0]

    marked = hand_in(db, desk, lesson, activity_id, {one.id: one.accepts[0]}, attempt=1).marked

    assert [item.id for item in marked.items] == [card.id for card in sort.cards]
    assert all(item.feedback for item in marked.items)
    assert marked.item(sort.cards[1].id).verdict is Verdict.NOT_PLACED
