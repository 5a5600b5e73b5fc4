"""Chance that is the same everywhere."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from course.chance import draw, shuffled
from course.schema import KnowledgeCheck, Question

TABLE = json.loads((Path(__file__).parent / "draw_cases.json").read_text(encoding="utf-8"))
CHECK = TypeAdapter(KnowledgeCheck).validate_json(json.dumps(TABLE["check"]))


@pytest.mark.parametrize("case", TABLE["draws"], ids=[case["seed"] for case in TABLE["draws"]])
def test_a_draw_is_as_the_table_says(case: dict[str, Any]) -> None:
    drawn = draw(CHECK, case["seed"], case["previous"])
    assert [[one.question.id, [option.id for option in one.options]] for one in drawn] == case["expected"]


@pytest.mark.parametrize(
    "case", TABLE["shuffles"], ids=[f"{case['seed']}-{len(case['items'])}" for case in TABLE["shuffles"]]
)
def test_a_shuffle_is_as_the_table_says(case: dict[str, Any]) -> None:
    assert list(shuffled(case["items"], case["seed"])) == case["expected"]


def test_a_shuffle_by_hand() -> None:
    words = hashlib.sha256(b"x/0").digest()
    last = int.from_bytes(words[0:4], "big") % 3
    expected = ["a", "b", "c"]
    expected[2], expected[last] = expected[last], expected[2]
    second = int.from_bytes(words[4:8], "big") % 2
    expected[1], expected[second] = expected[second], expected[1]
    assert list(shuffled(["a", "b", "c"], "x")) == expected


@given(items=st.lists(st.integers()), seed=st.text())
def test_a_shuffle_loses_nothing(items: list[int], seed: str) -> None:
    assert sorted(shuffled(items, seed)) == sorted(items)


def test_every_order_is_equally_likely() -> None:
    counts = Counter(shuffled("abc", str(number)) for number in range(6000))
    assert len(counts) == 6
    assert all(900 < count < 1100 for count in counts.values())


@given(bank=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=30), number=st.integers(1, 12), seed=st.text())
def test_a_draw_is_spread_over_the_goals(bank: list[str], number: int, seed: str) -> None:
    check = _check(bank, number)
    drawn = draw(check, seed)
    assert len({one.question.id for one in drawn}) == len(drawn) == min(number, len(bank))
    assert draw(check, seed) == drawn
    of_goal = Counter(one.question.goal for one in drawn)
    there_are = Counter(bank)
    for goal, other in ((goal, other) for goal in there_are for other in there_are):
        # A goal has one question fewer than another at the most, unless all of its own are there.
        assert of_goal[goal] + 1 >= of_goal[other] or of_goal[goal] == there_are[goal]


@given(seed=st.text())
def test_a_new_try_brings_new_questions_as_long_as_there_are_some(seed: str) -> None:
    check = _check(list("abcde") * 6, 10)
    seen: list[str] = []
    for attempt in range(3):
        seen += [one.question.id for one in draw(check, f"{seed}/{attempt}", seen)]
    assert len(set(seen)) == 30
    fourth = [one.question.id for one in draw(check, f"{seed}/3", seen)]
    assert len(set(fourth)) == 10


@given(seed=st.text())
def test_the_options_of_a_question_follow_from_the_seed_alone(seed: str) -> None:
    for one in draw(CHECK, seed):
        assert one.options == shuffled(one.question.options, f"{seed}/{one.question.id}")
        assert set(one.options) == set(one.question.options)


def _check(goals: list[str], number: int) -> KnowledgeCheck:
    question = CHECK.questions[0]
    questions: list[Question] = [
        question.model_copy(update={"id": f"{goal}-{place}", "goal": goal}) for place, goal in enumerate(goals)
    ]
    return CHECK.model_copy(update={"questions": tuple(questions), "draw": number})
