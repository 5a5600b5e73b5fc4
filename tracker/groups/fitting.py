"""How large the words of a slide can be, so that a short one fills the wall and a long one still stands on it.

Reckoned on a screen of 1920 × 1080 pixels. The style sheet's sizes follow the width and the height of the real one, so
what fits here fits there: a projector that is less wide has more height, one that is less high has more width. Where
there is JavaScript (live-screen.js) the screen itself tries how much larger they can be.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence

from course.markdown import CaseBox, FactBox, NoteBox, Prose, VoiceBox
from course.schema import Language, Order, ScenarioOption
from tracker.groups.programme import Kind, Phase
from tracker.groups.showing import Option, Shown

__all__ = ["fitted"]

_SIZES = {"xl": 84, "l": 66, "m": 52, "s": 42}
"""Pixels of type, the largest first: ``.fit-xl`` and so on in groups.css."""
_SMALLEST = "xs"
_WIDTH, _HEIGHT = 1740, 740
"""What the frame, the phases and the margins leave of the screen."""
_HEADING_LINE, _HEADING_LETTERS = 88, 44
_LETTER, _LINE, _GAP, _GAP_IN_LIST, _LEAST_GAP = 0.53, 1.36, 0.62, 0.42, 14
"""Of the size of the type: a letter's width, a line's height, the space between paragraphs and between
the lines of a list; and the least of it, in pixels."""
_BESIDE_OPTION, _BESIDE_BAR, _BESIDE_VOICE, _BESIDE_ORDER = 110, 870, 60, 190
"""What stands beside the words, in pixels: the letter in its box, the bar of votes, the line along a voice, and both
number and letter."""
_ASK_LINE = 60
_TODAY, _LATER = "I dag. ", "Om ett halvår. "
_OURS = "Ert svar tillsammans"
"""About as long in every language."""


def fitted(shown: Shown, language: Language, sentence: str | None = None) -> str:
    """The name of the largest size at which everything on the slide stands under its heading.

    :param sentence: what the group has written together, where it stands on the slide.
    """
    columns = 2 if len(shown.options) > 4 else 1
    height = _HEIGHT - (_ASK_LINE if shown.ask else 0)
    if shown.slide.kind is Kind.TEXT:
        return _largest(shown.heading, list(_of_block(shown, language)), beside=_BESIDE_VOICE)
    if shown.slide.kind is Kind.LIST:
        return _largest(shown.heading, shown.lines, beside=_BESIDE_VOICE, gap=_GAP_IN_LIST)
    if shown.slide.kind is Kind.WRITE:
        return _largest(shown.heading * 2, [shown.text, sentence or ""])
    if shown.consequence is not None:
        sides = _of_consequence(shown.consequence)
        return _largest(shown.heading, ["", "", "", "", *sides, shown.feedback, ""], columns=2)
    if shown.explains and isinstance(shown.activity, Order):
        texts = [one.text for one in shown.activity.items]
        return _largest(shown.heading, [*texts, ""], beside=_BESIDE_ORDER, gap=_GAP_IN_LIST)
    if shown.explains and (shown.accepts or shown.feedback):
        right = " · ".join(shown.label_of(name) for name in shown.accepts)
        given = [", ".join(shown.label_of(name) for name in shown.chosen)] if shown.chosen else []
        return _largest(shown.heading, [right * 2, *given, f"{shown.feedback} {shown.other}"])
    if shown.slide.phase is Phase.THINK and shown.text:
        return _largest(shown.heading, shown.text.split("\n\n"))
    if shown.votes:
        return _largest(shown.heading, [one.label for one in shown.options], beside=_BESIDE_BAR, height=height)
    if sentence and shown.chosen:
        settled = [_of_option(shown, one) for one in shown.options if one.id in shown.chosen]
        return _largest(shown.heading, [*settled, sentence], beside=_BESIDE_OPTION, height=height)
    texts = [_of_option(shown, one) for one in shown.options]
    return _largest(shown.heading, texts, columns=columns, beside=_BESIDE_OPTION, height=height)


def _largest(
    heading: str,
    paragraphs: Sequence[str],
    *,
    columns: int = 1,
    beside: int = 0,
    gap: float = _GAP,
    height: int = _HEIGHT,
) -> str:
    """
    :param columns: how many paragraphs stand side by side.
    :param beside: pixels of width that each paragraph does not get.
    """
    left = height - _HEADING_LINE * len(textwrap.wrap(heading, _HEADING_LETTERS))
    for name, size in _SIZES.items():
        letters = int(min(_WIDTH / columns - beside, 30 * size) / (_LETTER * size))
        lines = [len(textwrap.wrap(one, letters)) for one in paragraphs]
        rows = [max(lines[first : first + columns]) for first in range(0, len(lines), columns)]
        if sum(rows) * _LINE * size + len(rows) * max(_LEAST_GAP, gap * size) <= left:
            return name
    return _SMALLEST


def _of_option(shown: Shown, option: Option) -> str:
    words = [option.label, option.text if option.text != option.label else ""]
    return " ".join(filter(None, [*words, _OURS if option.id in shown.chosen else ""]))


def _of_block(shown: Shown, language: Language) -> Iterator[str]:
    block = shown.block
    if isinstance(block, FactBox):
        if block.fact.figure:
            yield "0" * 60  # as high as two lines
        yield block.fact.text[language]
    if isinstance(block, VoiceBox):
        yield block.person.role[language]
    if isinstance(block, Prose | CaseBox | VoiceBox | NoteBox):
        parts = (re.sub(r"<[^>]*>", "", part).strip() for part in re.split(r"</(?:p|li|h2|tr)>", block.html))
        yield from filter(None, parts)


def _of_consequence(chosen: ScenarioOption) -> list[str]:
    sides = (chosen.public, chosen.civic)
    return [*(f"{_TODAY}{one.today}" for one in sides), *(f"{_LATER}{one.later}" for one in sides)]
