"""What is said about answers: a table of cases, and what holds for every answer there is."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from course.loader import load_course
from course.marking import InvalidResponse, Marked, Verdict, mark
from course.schema import (
    Activity,
    Cases,
    Choice,
    KnowledgeCheck,
    Match,
    Matrix,
    Order,
    Quick,
    Scenario,
    Sort,
)
from tests.course.planting import FIXTURE

TABLE = json.loads((Path(__file__).parent / "marking_cases.json").read_text(encoding="utf-8"))
ADAPTER: TypeAdapter[Activity] = TypeAdapter(Activity)
ACTIVITIES = {name: ADAPTER.validate_json(json.dumps(data)) for name, data in TABLE["activities"].items()}
EVERY = [
    activity
    for lesson in load_course(FIXTURE).lessons
    for activities in lesson.activities.values()
    for activity in activities.values()
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("case", TABLE["cases"], ids=[case["name"] for case in TABLE["cases"]])
def test_an_answer_is_marked_as_the_table_says(case: dict[str, Any]) -> None:
    activity, expected = ACTIVITIES[case["activity"]], case["expected"]
    if "invalid" in expected:
        with pytest.raises(InvalidResponse) as raised:
            mark(activity, case["response"], drawn=case.get("drawn"))
        assert raised.value.place == expected["invalid"]
        assert str(raised.value).startswith(f"{expected['invalid']}: ")
    else:
        assert _as_data(mark(activity, case["response"], drawn=case.get("drawn"))) == expected


def test_every_kind_stands_in_the_table() -> None:
    marked = {activity.kind for activity in EVERY}
    assert marked - {"worksheet", "checklist", "plan"} <= {activity.kind for activity in ACTIVITIES.values()}


@given(activity=st.sampled_from(EVERY), response=json_values)
def test_whatever_is_sent_is_marked_or_invalid(activity: Activity, response: object) -> None:
    try:
        marked = mark(activity, response)
    except InvalidResponse:
        return
    assert 0 <= marked.score <= marked.max_score
    assert sum(marked.counts.values()) == len(marked.items)


@given(st.data())
def test_what_our_forms_send_is_marked(data: st.DataObject) -> None:
    activity = data.draw(st.sampled_from(EVERY))
    marked = mark(activity, data.draw(_responses(activity)))
    if marked.success:
        assert marked.complete
        needed = activity.needed if isinstance(activity, KnowledgeCheck) else marked.max_score
        assert marked.score >= needed


@pytest.mark.parametrize("activity", EVERY, ids=lambda activity: f"{activity.kind}: {activity.title}")
def test_the_best_answer_is_always_right(activity: Activity) -> None:
    marked = mark(activity, _best(activity))
    assert marked.complete
    assert marked.success is (None if marked.max_score == 0 else True)
    assert marked.score == marked.max_score


@given(st.data())
def test_the_order_of_cards_in_a_response_does_not_matter(data: st.DataObject) -> None:
    kinds = (Sort, Match, Matrix, Cases, Quick, KnowledgeCheck)
    activity = data.draw(st.sampled_from([one for one in EVERY if isinstance(one, kinds)]))
    response = data.draw(_responses(activity))
    shuffled = dict(data.draw(st.permutations(list(response.items()))))
    assert mark(activity, shuffled) == mark(activity, response)


@given(st.data())
def test_a_borderline_card_is_never_wrong(data: st.DataObject) -> None:
    activity = ACTIVITIES["falten"]
    assert isinstance(activity, Sort)
    place = data.draw(st.sampled_from([field.id for field in activity.fields]))
    assert mark(activity, {"snoskottning": place}).item("snoskottning").verdict is not Verdict.LOOK_AGAIN


def test_an_unknown_item_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        mark(ACTIVITIES["falten"], {}).item("kyrka")


def test_an_unknown_question_among_the_drawn_is_invalid() -> None:
    with pytest.raises(InvalidResponse, match=r"^drawn\[0\]: "):
        mark(ACTIVITIES["kollen"], {}, drawn=["borttagen"])


def _as_data(marked: Marked) -> dict[str, Any]:
    items = [
        {
            "id": item.id,
            "chosen": list(item.chosen),
            "verdict": item.verdict.value,
            "feedback": item.feedback,
            "other": item.other,
            "accepts": list(item.accepts),
        }
        for item in marked.items
    ]
    return {
        "complete": marked.complete,
        "success": marked.success,
        "score": marked.score,
        "max_score": marked.max_score,
        "items": items,
    }


def _best(activity: Activity) -> Any:
    match activity:
        case Sort() | Match() | Matrix():
            return {card.id: card.accepts[0] for card in activity.cards}
        case Cases() | Quick():
            return {case.id: case.accepts[0] for case in activity.cases}
        case Order():
            return [item.id for item in activity.items]
        case Choice():
            return next((option.id for option in activity.options if option.right), activity.options[0].id)
        case KnowledgeCheck():
            return {one.id: [option.id for option in one.options if option.right] for one in activity.questions}
        case Scenario():
            return {"path": _way(activity, lambda options: next((o for o in options if o.supported), options[0]))}
    return None


def _responses(activity: Activity) -> st.SearchStrategy[Any]:
    """What a learner can hand in, half done or whole, right or not."""
    match activity:
        case Sort() | Match():
            places = st.sampled_from([field.id for field in activity.fields])
            return st.dictionaries(st.sampled_from([card.id for card in activity.cards]), places)
        case Matrix():
            cells = st.sampled_from(list(activity.cells))
            return st.dictionaries(st.sampled_from([card.id for card in activity.cards]), cells)
        case Cases() | Quick():
            answers = activity.outcomes if isinstance(activity, Cases) else activity.options
            given_answers = st.sampled_from([answer.id for answer in answers])
            return st.dictionaries(st.sampled_from([case.id for case in activity.cases]), given_answers)
        case Order():
            return st.permutations([item.id for item in activity.items]).flatmap(
                lambda order: st.integers(0, len(order)).map(lambda length: order[:length])
            )
        case Choice():
            return st.none() | st.sampled_from([option.id for option in activity.options])
        case KnowledgeCheck():
            return st.fixed_dictionaries(
                {},
                optional={
                    one.id: st.lists(
                        st.sampled_from([option.id for option in one.options]),
                        unique=True,
                        max_size=len(one.options) if one.multiple else 1,
                    )
                    for one in activity.questions
                },
            )
        case Scenario():
            return st.randoms(use_true_random=False).map(lambda chance: {"path": _way(activity, chance.choice)})
    return st.none()


def _way(activity: Scenario, choose: Any) -> list[list[str]]:
    nodes = {node.id: node for node in activity.nodes}
    path, node_id = [], activity.nodes[0].id
    while node_id is not None:
        option = choose(nodes[node_id].options)
        path.append([node_id, option.id])
        node_id = option.next
    return path
