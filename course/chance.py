"""Chance that is the same everywhere: a seed gives the same order in every version of Python, and in JavaScript.

The numbers are the 32-bit words, big-endian, of SHA-256 over ``<seed>/0``, ``<seed>/1`` and so on (UTF-8), one after
the other. A number below ``n`` is a word modulo ``n``; words from ``2**32 - 2**32 % n`` on are skipped, so that all are
equally likely. A shuffle goes from the last place down to the second, and swaps each with a place at or before it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from course.schema import KnowledgeCheck, Question, QuestionOption

__all__ = ["Drawn", "draw", "shuffled"]

T = TypeVar("T")

WORDS = 2**32


@dataclass(frozen=True)
class Drawn:
    """A question and its options, in the order in which they are shown."""

    question: Question
    options: tuple[QuestionOption, ...]


def shuffled(items: Sequence[T], seed: str) -> tuple[T, ...]:
    return _shuffle(items, _words(seed))


def draw(check: KnowledgeCheck, seed: str, previous: Sequence[str] = ()) -> tuple[Drawn, ...]:
    """The questions of one try, as evenly spread over the goals as the bank allows.

    Of each goal the questions seen least come first, so a new try brings new ones.

    The options of a question are shuffled with the seed ``<seed>/<question id>``.

    :param previous: ids of the questions in earlier tries, each as many times as it was drawn.
    """
    words = _words(seed)
    seen = Counter(previous)
    by_goal: dict[str, list[Question]] = {}
    for question in check.questions:
        by_goal.setdefault(question.goal, []).append(question)
    piles = [
        sorted(_shuffle(questions, words), key=lambda question: seen[question.id]) for questions in by_goal.values()
    ]
    piles = list(_shuffle(piles, words))
    chosen: list[Question] = []
    while len(chosen) < check.draw and any(piles):
        chosen += [pile.pop(0) for pile in piles if pile]
    return tuple(
        Drawn(question, shuffled(question.options, f"{seed}/{question.id}"))
        for question in _shuffle(chosen[: check.draw], words)
    )


def _shuffle(items: Sequence[T], words: Iterator[int]) -> tuple[T, ...]:
    order = list(items)
    for last in range(len(order) - 1, 0, -1):
        other = _below(last + 1, words)
        order[last], order[other] = order[other], order[last]
    return tuple(order)


def _below(limit: int, words: Iterator[int]) -> int:
    return next(word for word in words if word < WORDS - WORDS % limit) % limit


def _words(seed: str) -> Iterator[int]:
    for number in count():
        block = hashlib.sha256(f"{seed}/{number}".encode()).digest()
        for start in range(0, len(block), 4):
            yield int.from_bytes(block[start : start + 4], "big")
