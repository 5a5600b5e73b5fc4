"""A figure as it can be published: exact, or between two numbers, each a sum of whole blocks."""

from dataclasses import dataclass

__all__ = ["Figure", "share"]


@dataclass(frozen=True, slots=True)
class Figure:
    """At least so many and at most so many people. They are the same where nothing had to be left open."""

    least: int = 0
    most: int = 0

    @property
    def value(self) -> int | None:
        return self.least if self.least == self.most else None

    @property
    def words(self) -> str:
        """``40``, or ``40–52`` with an en dash."""
        return str(self.least) if self.least == self.most else f"{self.least}–{self.most}"

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(self.least + other.least, self.most + other.most)


def share(part: Figure, whole: Figure) -> int | None:
    """In whole percent, where both are exact."""
    if part.value is None or not whole.value:
        return None
    return round(100 * part.value / whole.value)
