"""The values by which people are divided, in the order of the classes, and how much each is missed."""

from collections.abc import Mapping
from typing import Final

__all__ = ["BOTH", "DIMENSIONS", "MOST_CHOICES", "NOT_SAID", "NO_ORGANISATION", "Course", "worth_of"]

NOT_SAID: Final = "-"
"""A value like any other: somebody has not said it, or it does not apply."""

BOTH: Final = "both"
"""Of two ways, or of two languages."""

NO_ORGANISATION: Final = -1
"""Among the ids of organisations: those who have chosen none."""


class Course:
    STARTED: Final = "1"
    COMPLETED: Final = "2"
    CERTIFIED: Final = "3"


DIMENSIONS: Final[Mapping[str, float]] = {
    "course": 1.0,
    "kind": 0.95,
    "capacity": 0.9,
    "organisation": 0.85,
    "municipality": 0.6,
    "group": 0.6,
    "form": 0.55,
    "begun": 0.5,
    "done": 0.5,
    "version": 0.3,
    "language": 0.4,
}
_OF_A_MODULE: Final = 0.75

MOST_CHOICES: Final = 200
"""Of thousands of organisations a filter offers the largest; every other one can be asked for by its address."""


def worth_of(modules: int) -> list[float]:
    """For ``DIMENSIONS`` and then each module."""
    return [*DIMENSIONS.values(), *[_OF_A_MODULE] * modules]
