"""Small numbers are neither shown nor can they be worked out."""

import itertools
import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tracker.reports.protection import ALL, THRESHOLD, Figure, Hidden, protect

ROWS, COLUMNS = ("a", "b"), ("x", "y")
CELLS = [(row, column) for row in ROWS for column in COLUMNS]
KEYS = [(row, column) for row in (*ROWS, ALL) for column in (*COLUMNS, ALL)]
HIGHEST = 9


def _protected(*steps: tuple[int, ...]) -> dict[Any, tuple[Figure, ...]]:
    """``steps``: for each step the four cells a-x, a-y, b-x, b-y."""
    counts = {cell: tuple(step[number] for step in steps) for number, cell in enumerate(CELLS)}
    return protect(counts, rows=ROWS, columns=COLUMNS, steps=len(steps))


def _one_row(*numbers: int) -> list[Figure]:
    columns = range(len(numbers))
    found = protect(
        {("all", column): (number,) for column, number in zip(columns, numbers, strict=True)},
        rows=["all"],
        columns=columns,
        steps=1,
    )
    return [found["all", column][0] for column in (*columns, ALL)]


# ---------------------------------------------------------------- by example


def test_large_numbers_are_shown() -> None:
    assert _one_row(20, 30) == [Figure(20), Figure(30), Figure(50)]


@pytest.mark.parametrize("few", [1, 4])
def test_a_small_number_is_hidden_and_so_is_one_beside_it(few: int) -> None:
    shown = _one_row(few, 30, 8, 12)

    assert shown[0] == Figure(None, Hidden.FEW)
    assert shown[2] == Figure(None, Hidden.PROTECTS)  # the smallest, so the least is lost
    assert shown[1] == Figure(30)
    assert shown[-1] == Figure(50 + few)


def test_five_are_shown() -> None:
    assert _one_row(5, 30)[0] == Figure(5)


def test_where_there_is_nobody_nobody_is_recognised() -> None:
    assert _one_row(0, 30, 8) == [Figure(None, Hidden.FEW), Figure(30), Figure(8), Figure(38)]


def test_two_small_numbers_whose_sum_is_small_take_a_third_with_them() -> None:
    shown = _one_row(2, 2, 30, 40)

    assert [figure.hidden for figure in shown] == [Hidden.FEW, Hidden.FEW, Hidden.PROTECTS, None, None]


def test_what_leaves_fewer_than_five_is_hidden_too() -> None:
    found = _protected((40, 40, 40, 40), (38, 20, 20, 20))

    assert found["a", "x"] == (Figure(40), Figure(None, Hidden.NEARLY_ALL))
    assert found["a", ALL][1].hidden or found["a", "y"][1].hidden


def test_fewer_than_ten_are_not_divided() -> None:
    found = _protected((9, 40, 40, 40), (6, 20, 20, 20))

    assert found["a", "x"] == (Figure(9), Figure(None, Hidden.INDIVISIBLE))


def test_nobody_at_all_is_hidden_everywhere() -> None:
    found = protect({}, rows=ROWS, columns=COLUMNS, steps=3)

    assert {figure.hidden for figures in found.values() for figure in figures} == {Hidden.FEW}


def test_a_later_step_is_never_shown_where_an_earlier_is_not() -> None:
    generator = random.Random(7)
    for _ in range(50):
        started = [generator.randint(0, 60) for _ in CELLS]
        completed = [generator.randint(0, number) for number in started]
        certified = [generator.randint(0, number) for number in completed]
        for figures in _protected(tuple(started), tuple(completed), tuple(certified)).values():
            for before, after in itertools.pairwise(figures):
                assert not (before.hidden and not after.hidden)


# ---------------------------------------------------------------- by trying every table there could be


def _totals(cells: tuple[int, ...]) -> dict[Any, int]:
    return {
        (row, column): sum(
            number for number, (a, x) in zip(cells, CELLS, strict=True) if row in (a, ALL) and column in (x, ALL)
        )
        for row, column in KEYS
    }


def _agrees(figure: Figure, value: int, before: int | None, before_shown: bool) -> bool:
    """Whether a number could stand where this is shown, going by all that the page says about it."""
    match figure.hidden:
        case None:
            return value == figure.value
        case Hidden.FEW:
            return value < THRESHOLD
        case Hidden.INDIVISIBLE:
            return before is not None and before < 2 * THRESHOLD
        case Hidden.NEARLY_ALL:
            return before is not None and before - value < THRESHOLD <= value
    if before is None:
        return value >= THRESHOLD
    return not before_shown or (value >= THRESHOLD and before - value >= THRESHOLD)


def _tables(shown: Mapping[Any, tuple[Figure, ...]], step: int, before: tuple[int, ...] | None) -> Iterator[Any]:
    ranges = [range(HIGHEST + THRESHOLD)] * len(CELLS) if before is None else [range(number + 1) for number in before]
    totals_before = _totals(before) if before is not None else {}
    for cells in itertools.product(*ranges):
        totals = _totals(cells)
        if all(
            _agrees(shown[key][step], totals[key], totals_before.get(key), step == 0 or not shown[key][step - 1].hidden)
            for key in KEYS
        ):
            yield cells


def _assert_nothing_can_be_worked_out(*steps: tuple[int, ...]) -> None:
    shown = _protected(*steps)
    possible: dict[Any, set[int]] = {}
    for first in _tables(shown, 0, None):
        for cells in [(first,)] if len(steps) == 1 else [(first, second) for second in _tables(shown, 1, first)]:
            for step, found in enumerate(cells):
                for key, value in _totals(found).items():
                    possible.setdefault((key, step), set()).add(value)
    for (key, step), values in possible.items():
        somebody = _totals(steps[max(step - 1, 0)])[key] > 0
        if somebody and shown[key][step].hidden not in (None, Hidden.PROTECTS):
            assert len(values) > 1, (key, step, shown)


@pytest.mark.parametrize("seed", range(40))
def test_every_hidden_number_could_be_another_one(seed: int) -> None:
    generator = random.Random(seed)
    cells = tuple(generator.choice([0, generator.randint(0, HIGHEST)]) for _ in CELLS)

    _assert_nothing_can_be_worked_out(cells)


@pytest.mark.parametrize("seed", range(12))
def test_also_when_some_of_them_are_counted_again(seed: int) -> None:
    generator = random.Random(seed)
    started = tuple(generator.choice([0, generator.randint(3, 8)]) for _ in CELLS)
    completed = tuple(generator.randint(0, number) for number in started)

    _assert_nothing_can_be_worked_out(started, completed)
