"""Small numbers: fewer than five people are never shown, and can't be worked out from what is shown.

A count is broken down in two ways at once (rows and columns, here capacity and kind of organisation), with totals, and
in nested steps (those who completed are among those who started). Every cell can be asked for, so all of them are
protected together, whatever somebody has asked for just now:

* a count under five, or one that leaves fewer than five of the step before, is hidden (primary);
* cells beside it are hidden too (complementary), until for each primary cell another table exists that agrees with
  everything shown and has another number there, and no line's hidden cells sum up to fewer than five.

That nobody at all is in a cell may be worked out, though it is not shown: there is no person to be recognised.

A table with totals is a network through which people flow: total -> rows -> columns -> total. A hidden number can be
another one exactly if it lies on a cycle of hidden cells along which one person can be moved, within what the words
"fewer than five" and "protects another" give away.
"""

import heapq
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

__all__ = ["ALL", "THRESHOLD", "Figure", "Hidden", "protect"]

THRESHOLD: Final = 5
ALL: Final = "*"
"""The key of a total."""

_NO_LIMIT: Final = 10**12


class Hidden(StrEnum):
    FEW = "fewer-than-five"
    NEARLY_ALL = "fewer-than-five-left"
    INDIVISIBLE = "too-few-to-divide"
    """However fewer than ten are divided in two, one part has fewer than five."""
    PROTECTS = "protects-another"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, or why there is none. Never both."""

    value: int | None
    hidden: Hidden | None = None


Cell = tuple[int, int]
Key = tuple[Any, Any]
Move = tuple[int, int, Cell]
Moves = Mapping[int, Sequence[Move]]


def protect(
    counts: Mapping[Key, Sequence[int]], *, rows: Sequence[Hashable], columns: Sequence[Hashable], steps: int
) -> dict[Key, tuple[Figure, ...]]:
    """For each row and column, and for ``ALL`` of them, the ``steps`` nested figures that may be shown.

    ``counts`` leaves out what is zero everywhere. Each step counts some of the people of the step before.
    """
    grid = _Grid(counts, rows, columns, steps)
    grid.hide_primary()
    while grid.hide_more():
        pass
    return {
        (row, column): tuple(grid.figure(step, (i, j)) for step in range(steps))
        for i, row in enumerate([*rows, ALL])
        for j, column in enumerate([*columns, ALL])
    }


class _Grid:
    def __init__(
        self, counts: Mapping[Key, Sequence[int]], rows: Sequence[Hashable], columns: Sequence[Hashable], steps: int
    ) -> None:
        self.height, self.width, self.steps = len(rows), len(columns), steps
        self.cells = [(i, j) for i in range(self.height + 1) for j in range(self.width + 1)]
        self.lines = [
            *([(i, j) for j in range(self.width + 1)] for i in range(self.height + 1)),
            *([(i, j) for i in range(self.height + 1)] for j in range(self.width + 1)),
        ]
        self.values = [dict.fromkeys(self.cells, 0) for _ in range(steps)]
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                for step, value in enumerate(counts.get((row, column), ())):
                    for cell in ((i, j), (i, self.width), (self.height, j), (self.height, self.width)):
                        self.values[step][cell] += value
        self.hidden: list[dict[Cell, Hidden]] = [{} for _ in range(steps)]
        self.primary: list[list[Cell]] = []
        """What must not be worked out: small numbers of, or among, at least one person."""

    def figure(self, step: int, cell: Cell) -> Figure:
        why = self.hidden[step].get(cell)
        return Figure(None, why) if why else Figure(self.values[step][cell])

    def hide_primary(self) -> None:
        for cell in self.cells:
            for step, values in enumerate(self.values):
                why = self._primary(step, cell, values[cell])
                if why:
                    self.hidden[step][cell] = why
        self.primary = [
            [cell for cell in hidden if self.values[max(step - 1, 0)][cell]] for step, hidden in enumerate(self.hidden)
        ]
        self._hide_after_hidden()

    def _primary(self, step: int, cell: Cell, value: int) -> Hidden | None:
        before = self.values[step - 1][cell] if step else _NO_LIMIT
        if step and (told := self.hidden[step - 1].get(cell)) in (Hidden.FEW, Hidden.INDIVISIBLE):
            return told
        if before < 2 * THRESHOLD:
            return Hidden.INDIVISIBLE
        if value < THRESHOLD:
            return Hidden.FEW
        return Hidden.NEARLY_ALL if before - value < THRESHOLD else None

    def hide_more(self) -> bool:
        """One round of complementary hiding. False when there was nothing left to do."""
        found = False
        for step in range(self.steps):
            for line in self.lines:
                if self._gives_away_a_small_sum(step, line):
                    found |= self._hide(step, self._missed_least(step, line))
            for cell in self.primary[step]:
                if not self._could_be_another(step, cell):
                    found |= self._hide(step, self._cheapest_cover(step, cell))
            self._hide_after_hidden()
        return found

    def _hide_after_hidden(self) -> None:
        """A step is never shown where the one before it is not."""
        for step in range(1, self.steps):
            for cell, before in self.hidden[step - 1].items():
                if before is Hidden.PROTECTS:
                    # Nothing more is said: why it would be hidden by itself tells how many there were before.
                    self.hidden[step][cell] = Hidden.PROTECTS
                else:
                    self.hidden[step].setdefault(cell, Hidden.PROTECTS)

    # ------------------------------------------------------------ which cells to hide besides

    def _hide(self, step: int, cells: Iterable[Cell]) -> bool:
        before = len(self.hidden[step])
        for cell in cells:
            self.hidden[step].setdefault(cell, Hidden.PROTECTS)
        return len(self.hidden[step]) > before

    def _missed_least(self, step: int, candidates: Iterable[Cell]) -> list[Cell]:
        shown = [cell for cell in candidates if cell not in self.hidden[step]]
        return sorted(shown, key=lambda cell: self._worth(step, cell))[:1]

    def _worth(self, step: int, cell: Cell) -> int:
        """A single combination is missed less than a total, a small number less than a large one."""
        totals = (cell[0] == self.height) + (cell[1] == self.width)
        return self.values[step][cell] + totals * self.values[step][self.height, self.width] * len(self.cells)

    def _cheapest_cover(self, step: int, cell: Cell) -> list[Cell]:
        """The cells that have to be hidden for a person to be moved through this one."""
        tail, head = self._arc(cell)
        more, fewer = self._room(step, cell)
        moves = self._moves(step, without=cell, through_shown=True)
        ways = [way for allowed, start, goal in ((more, head, tail), (fewer, tail, head)) if allowed
                for way in _cheapest_way(moves, start, goal)]  # fmt: skip
        if ways:
            return min(ways)[1]
        return self._missed_least(step, self.cells)

    # ------------------------------------------------------------ what can be worked out

    def _gives_away_a_small_sum(self, step: int, line: Sequence[Cell]) -> bool:
        *parts, total = line
        hidden = [cell for cell in parts if cell in self.hidden[step]]
        if not hidden or total in self.hidden[step]:
            return False
        # What all the hidden ones sum up to is the total less what is shown.
        summed = sum(self.values[step][cell] for cell in hidden)
        before = sum(self.values[step - 1][cell] for cell in hidden) if step else summed + THRESHOLD
        somebody = before if step else summed
        return somebody > 0 and (summed < THRESHOLD or before - summed < THRESHOLD)

    def _could_be_another(self, step: int, cell: Cell) -> bool:
        tail, head = self._arc(cell)
        more, fewer = self._room(step, cell)
        moves = self._moves(step, without=cell)
        return bool((more and _cheapest_way(moves, head, tail)) or (fewer and _cheapest_way(moves, tail, head)))

    def _room(self, step: int, cell: Cell) -> tuple[bool, bool]:
        """Whether there could be one more here, and one fewer, going by what is said about this cell."""
        # A cell that is still shown is looked at as if it were hidden to protect another.
        why = self.hidden[step].get(cell, Hidden.PROTECTS)
        value = self.values[step][cell]
        unsaid = bool(step) and cell in self.hidden[step - 1]
        before = self.values[step - 1][cell] if step and not unsaid else _NO_LIMIT
        low, high = {
            Hidden.FEW: (0, THRESHOLD - 1),
            Hidden.INDIVISIBLE: (0, before),
            Hidden.NEARLY_ALL: (before - THRESHOLD + 1 if before < _NO_LIMIT else THRESHOLD, before),
            Hidden.PROTECTS: (0 if unsaid else THRESHOLD, before - THRESHOLD),
        }[why]
        if step + 1 < self.steps and cell not in self.hidden[step + 1]:
            low = max(low, self.values[step + 1][cell])
        return value < high, value > low

    def _arc(self, cell: Cell) -> tuple[int, int]:
        """The nodes that a cell joins: the rows with their total, then the columns with theirs."""
        i, j = cell
        row, column = i, self.height + 1 + j
        return (row, column) if (i == self.height) == (j == self.width) else (column, row)

    def _moves(self, step: int, *, without: Cell, through_shown: bool = False) -> Moves:
        """From which node to which one person can be moved, through which cell and at what price."""
        moves: dict[int, list[Move]] = {}
        for cell in self.cells if through_shown else self.hidden[step]:
            if cell == without:
                continue
            tail, head = self._arc(cell)
            more, fewer = self._room(step, cell)
            price = 0 if cell in self.hidden[step] else 1 + self._worth(step, cell)
            if more:
                moves.setdefault(tail, []).append((head, price, cell))
            if fewer:
                moves.setdefault(head, []).append((tail, price, cell))
        return moves


def _cheapest_way(moves: Moves, start: int, goal: int) -> list[tuple[int, list[Cell]]]:
    """The price and the cells that cost something (Dijkstra); nothing when there is no way."""
    waiting: list[tuple[int, int, list[Cell]]] = [(0, start, [])]
    seen = set()
    while waiting:
        price, node, cells = heapq.heappop(waiting)
        if node == goal:
            return [(price, cells)]
        if node in seen:
            continue
        seen.add(node)
        for following, more, cell in moves.get(node, ()):
            if following not in seen:
                heapq.heappush(waiting, (price + more, following, [*cells, cell] if more else cells))
    return []
