"""Whatever the people and whatever the filters: a number under five is neither shown nor can it be worked out."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.reports.blocks import Block, divide

WORTH = (1.0, 0.9, 0.8)
VALUES = "abcd"

people = st.lists(st.tuples(*[st.sampled_from(VALUES)] * len(WORTH)), max_size=120)
filters = st.lists(st.tuples(*[st.one_of(st.none(), st.frozensets(st.sampled_from(VALUES)))] * len(WORTH)), max_size=12)


def _fits(block: Block, asked: tuple[frozenset[str] | None, ...]) -> bool:
    return all(wanted is None or value in wanted for value, wanted in zip(block.values, asked, strict=True))


@given(people, st.integers(2, 9))
def test_every_block_is_large_enough_and_nobody_is_left_out(everybody: list[tuple[str, ...]], least: int) -> None:
    blocks = divide(Counter(everybody), worth=WORTH, least=least)

    assert all(block.people >= least for block in blocks)
    assert sum(block.people for block in blocks) == (len(everybody) if len(everybody) >= least else 0)


@given(people)
def test_what_a_block_says_is_true_of_everybody_in_it(everybody: list[tuple[str, ...]]) -> None:
    """For each choice of values: those who surely have them are never more than there are."""
    blocks = divide(Counter(everybody), worth=WORTH)
    for asked in product(*[(None, *VALUES)] * len(WORTH)):
        wanted = tuple(None if value is None else frozenset(value) for value in asked)
        sure = sum(block.people for block in blocks if _fits(block, wanted))
        true = sum(all(w is None or v in w for v, w in zip(one, wanted, strict=True)) for one in everybody)
        assert sure <= true
        possible = sum(
            block.people
            for block in blocks
            if all(w is None or v is None or v in w for v, w in zip(block.values, wanted, strict=True))
        )
        assert possible >= true or not blocks


@settings(max_examples=300)
@given(people, filters)
def test_no_sequence_of_filters_leaves_fewer_than_five(
    everybody: list[tuple[str, ...]], asked: list[tuple[frozenset[str] | None, ...]]
) -> None:
    """All that can be cut out of the answers, by taking one from another as often as one likes."""
    blocks = divide(Counter(everybody), worth=WORTH)
    pieces: dict[tuple[bool, ...], int] = {}
    for block in blocks:
        # Two blocks that every filter treats alike can't be told apart; two that one does not, can.
        seen = tuple(_fits(block, one) for one in asked)
        pieces[seen] = pieces.get(seen, 0) + block.people

    assert all(number >= 5 for number in pieces.values())


@pytest.mark.parametrize("small", [(1,), (4,), (2, 2), (4, 4, 4, 4, 4, 4), (1, 4)])
def test_small_classes_hide_together_and_more_than_one_number_is_possible(small: tuple[int, ...]) -> None:
    classes = {(f"s{number}",): people for number, people in enumerate(small)} | {("large",): 40, ("middle",): 12}

    blocks = divide(classes, worth=(1.0,))

    rest = [block for block in blocks if block.values == (None,)]
    told = {block.values[0] for block in blocks} - {None}
    assert not any(value.startswith("s") for value in told if value)
    assert len(rest) == 1
    assert rest[0].people >= 5
    # Other numbers of the small ones would have been published the same.
    others = [
        each
        for each in product(range(1, 5), repeat=len(small))
        if each != small and _published(each, sum(small) + 52 - sum(each)) == _published(small, 52)
    ]
    assert all(any(one[place] != small[place] for one in others) for place in range(len(small)))


def _published(small: tuple[int, ...], large: int) -> list[tuple[int, tuple[str | None, ...]]]:
    classes = {(f"s{number}",): people for number, people in enumerate(small)} | {
        ("large",): large - 12,
        ("middle",): 12,
    }
    return sorted(((block.people, block.values) for block in divide(classes, worth=(1.0,))), key=str)


def test_large_classes_are_told_exactly() -> None:
    assert sorted((block.people, block.values) for block in divide({("a",): 5, ("b",): 30}, worth=(1.0,))) == [
        (5, ("a",)),
        (30, ("b",)),
    ]


def test_fewer_than_five_in_all_are_not_published() -> None:
    assert divide({("a",): 4}, worth=(1.0,)) == []
