"""The blocks between ``:::`` lines, and the prose around them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["ALONE", "FIGURES", "KINDS", "PLACES", "Segment", "segments"]

ALONE = frozenset({"activity", "fact", "figure"})
"""Directives that hold no text."""

KINDS = ALONE | {"case", "voice", "note", "only"}

PLACES = ("site", "package")
"""Where what stands in ``::: only`` is shown. Everything else is shown in both."""

FIGURES = ("fields", "levels", "steps", "calendars", "tree")

OPENING = re.compile(r"^:::+\s*(?P<kind>\S+)\s*(?P<argument>.*?)\s*$")
CLOSING = re.compile(r"^:::+\s*$")
FENCE = re.compile(r"^\s{0,3}(```|~~~)")


@dataclass(frozen=True)
class Segment:
    """Prose has the kind ``""``. ``line`` is where the directive stands, ``body_line`` where ``body`` begins."""

    kind: str
    argument: str
    body: str
    line: int
    body_line: int
    fault: str | None = None


def segments(text: str, first_line: int = 1) -> Iterator[Segment]:
    """Every character of the text stands in one segment; what is wrong with a directive stands in its ``fault``."""
    lines = text.split("\n")
    prose_from = 0
    number = 0
    fenced = False
    while number < len(lines):
        if FENCE.match(lines[number]):
            fenced = not fenced
        if fenced or not lines[number].startswith(":::"):
            number += 1
            continue
        yield from _prose(lines, prose_from, number, first_line)
        segment, number = _directive(lines, number, first_line)
        yield segment
        prose_from = number
    yield from _prose(lines, prose_from, len(lines), first_line)


def _prose(lines: list[str], start: int, end: int, first_line: int) -> Iterator[Segment]:
    if any(line.strip() for line in lines[start:end]):
        yield Segment("", "", "\n".join(lines[start:end]), start + first_line, start + first_line)


def _directive(lines: list[str], start: int, first_line: int) -> tuple[Segment, int]:
    """The directive that opens in line ``start``, and the number of the line after it."""
    line = start + first_line
    opening = OPENING.match(lines[start])
    if opening is None:
        return Segment("", "", "", line, line, 'This ":::" closes nothing.'), start + 1
    kind, argument = opening["kind"], opening["argument"]
    end = start + 1
    while end < len(lines) and not lines[end].startswith(":::"):
        end += 1
    body = "\n".join(lines[start + 1 : end])
    if end == len(lines):
        fault: str | None = f'"::: {kind}" is not closed: a line with ":::" is missing.'
    elif CLOSING.match(lines[end]):
        end, fault = end + 1, None
    else:
        fault = f'"::: {kind}" is not closed before the next directive in line {end + first_line}.'
    return Segment(kind, argument, body, line, line + 1, fault), end
