"""Dividing people into blocks of at least five, so that nothing published is about fewer. Pure: no database.

People who share every value form a class. A class that is too small is put together with others, where need be with a
few people of a large one, and the value in which they differ is left open (``None``) for all of them. What is
published is nothing but the blocks; every figure of every report is a sum of whole blocks. So is the difference of two
figures, whichever filters they came from: it is nobody, or at least one whole block.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["THRESHOLD", "UNKNOWN", "Block", "Key", "divide", "retold", "united"]

THRESHOLD: Final = 5
"""Fewer people than this are never shown by themselves, unless the setting asks for more."""

UNKNOWN: Final = "?"
"""The value of somebody who is gone, where it was not told before."""

Key = tuple[str, ...]
Classes = Sequence[tuple[Key, int]]


@dataclass(frozen=True, slots=True)
class Block:
    """People whom nothing that is published tells apart, from now on (see ``retold``)."""

    people: int
    values: tuple[str | None, ...]
    """In the order of the classes' keys. None: the people of the block differ, or are not to be told apart."""
    classes: Classes = ()
    """Who is in it: so many of each class."""


def divide(classes: Mapping[Key, int], *, worth: Sequence[float], least: int = THRESHOLD) -> list[Block]:
    """Blocks of at least ``least`` people. Nobody is left out, but when there are fewer in all there is no block.

    ``worth``: how much each value is missed when it is left open.
    """
    everybody = [(key, people) for key, people in classes.items() if people]
    if sum(people for _, people in everybody) < least:
        return []
    found: list[Block] = []
    # Each step: some classes, the values that are still to be looked at, and those that stay open.
    waiting: list[tuple[Classes, frozenset[int], frozenset[int]]] = [
        (everybody, frozenset(range(len(worth))), frozenset())
    ]
    while waiting:
        here, left, opened = waiting.pop()
        best = _best_division(here, left, worth, least)
        if best is None:
            found.append(_block(here, len(worth), opened))
            continue
        position, parts, rest = best
        waiting.extend((part, left - {position}, opened) for part in parts)
        if rest:
            waiting.append((rest, left - {position}, opened | {position}))
    return found


def _best_division(
    classes: Classes, positions: Iterable[int], worth: Sequence[float], least: int
) -> tuple[int, list[Classes], Classes] | None:
    """By the value in which the most people can be told apart."""
    if len(classes) == 1:
        return None
    best: tuple[float, int, _Plan] | None = None
    for position in sorted(positions):
        sizes: dict[str, int] = {}
        for key, people in classes:
            sizes[key[position]] = sizes.get(key[position], 0) + people
        if len(sizes) == 1:
            continue
        plan = _plan(sizes, least)
        told = sum(sizes[value] for value in plan.apart) - plan.lent
        if plan.apart and (best is None or worth[position] * told > best[0]):
            best = (worth[position] * told, position, plan)
    if best is None:
        return None
    _, position, plan = best
    parts: dict[str, list[tuple[Key, int]]] = {}
    rest: list[tuple[Key, int]] = []
    for one in classes:
        (parts.setdefault(one[0][position], []) if one[0][position] in plan.apart else rest).append(one)
    if plan.lent:
        lender = parts[plan.lender]
        rest += _take(lender, plan.lent)
    return position, list(parts.values()), rest


@dataclass(frozen=True, slots=True)
class _Plan:
    apart: frozenset[str]
    """The values that can stand by themselves."""
    lender: str = ""
    lent: int = 0
    """So many people of one of them join the others, so that these are enough to hide in."""


def _plan(sizes: Mapping[str, int], least: int) -> _Plan:
    large = sorted((value for value, people in sizes.items() if people >= least), key=lambda one: (sizes[one], one))
    small = [people for people in sizes.values() if people < least]
    together = sum(small)
    if not large or not small:
        return _Plan(frozenset(large))
    target = together
    if together < least:
        target = least
    elif together > (least - 1) * len(small) - least:
        # Near as many as small ones can be at all: those who know how this works could tell how many each is. Several
        # sums become the same one.
        target = (least - 1) * len(small) + 1
    lent = target - together
    if sizes[large[-1]] - lent >= least:
        return _Plan(frozenset(large), large[-1], lent)
    return _Plan(frozenset(large[1:]))


def _take(classes: list[tuple[Key, int]], number: int) -> list[tuple[Key, int]]:
    """People of the same class are alike, so it does not matter who is taken: those of the largest class."""
    taken: list[tuple[Key, int]] = []
    classes.sort(key=lambda one: (one[1], one[0]))
    while number:
        key, people = classes.pop()
        some = min(people, number)
        taken.append((key, some))
        if people > some:
            classes.append((key, people - some))
        number -= some
    return taken


def _block(classes: Classes, length: int, opened: frozenset[int]) -> Block:
    first = classes[0][0]
    values = tuple(
        None if position in opened or any(key[position] != first[position] for key, _ in classes) else first[position]
        for position in range(length)
    )
    return Block(sum(people for _, people in classes), values, classes)


def retold(told: Block, now: Mapping[Key, int], *, worth: Sequence[float], least: int = THRESHOLD) -> list[Block]:
    """What is to be told of the same people when ``now`` is how many of them have which values. Empty: as before.

    Nothing changes until at least ``least`` of them differ from what was told. Then they are divided among themselves,
    and each part is at least so many again. So nobody ever comes into a block of others, and whatever is put together
    from all that was ever published is about whole blocks of the last division, which are all large enough.
    """
    gone = told.people - sum(now.values())
    if gone >= least and (gone == told.people or told.people - gone >= least):
        # They were counted together, and they leave together.
        told, gone = Block(told.people - gone, told.values), 0
        if not told.people or _differ(told, now) < least:
            return [Block(told.people, told.values, list(now.items()))]
    if _differ(told, now) < least:
        return []
    present = dict(now)
    if gone:
        before = tuple(UNKNOWN if value is None else value for value in told.values)
        present[before] = present.get(before, 0) + gone
    return divide(present, worth=worth, least=least)


def _differ(told: Block, now: Mapping[Key, int]) -> int:
    return sum(
        people
        for key, people in now.items()
        if any(was not in (None, value) for was, value in zip(told.values, key, strict=True))
    )


def united(blocks: Sequence[Block], least: int) -> list[list[int]]:
    """Which blocks have to be told as one when the threshold has become higher: their places, those alike together."""
    small = sorted(
        (place for place, block in enumerate(blocks) if block.people < least),
        key=lambda place: [value or "" for value in blocks[place].values],
    )
    found: list[list[int]] = []
    people = 0
    for place in small:
        if not found or people >= least:
            found.append([])
            people = 0
        found[-1].append(place)
        people += blocks[place].people
    if found and people < least:
        large = [place for place, block in enumerate(blocks) if block.people >= least]
        if len(found) > 1:
            last = found.pop()
            found[-1] += last
        elif large:
            found[0].append(min(large, key=lambda place: blocks[place].people))
    return found
