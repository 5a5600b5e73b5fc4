"""What is wrong in the authors' files, and where."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

__all__ = ["Fault", "Severity", "did_you_mean", "errors_in"]


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Fault:
    """``path`` is relative to the course's folder, with ``/`` between its parts; ``line`` counts from 1."""

    path: str
    line: int
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity}: {self.message}"


def errors_in(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(fault for fault in faults if fault.severity is Severity.ERROR)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence: `` Did you mean "cards"?``, or nothing when no known word is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6) if len(word) > 3 else []
    return f' Did you mean "{near[0]}"?' if near else ""
