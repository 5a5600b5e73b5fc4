"""Swedish that anyone can read."""

from collections.abc import Iterator

from course.draft import Draft
from course.faults import Fault
from course.readability import lix_of_paragraphs, paragraphs

__all__ = ["check"]


def check(draft: Draft, limit: int | None = None) -> Iterator[Fault]:
    """``limit`` takes the place of the course's own."""
    if limit is None:
        limit = draft.info.lix_limit if draft.info else 40
    for lesson in draft.readings:
        text = lesson.texts.get("sv")
        if text is None:
            continue
        parts = list(paragraphs(text.body, text.body_line))
        value = lix_of_paragraphs([words for _, words in parts])
        if round(value) > limit:
            line, words = max(parts, key=lambda part: lix_of_paragraphs([part[1]]) if len(part[1].split()) > 9 else 0)
            message = (
                f"The text is hard to read: LIX {value:.0f}, and the limit is {limit}. "
                f"The hardest paragraph is in line {line} (LIX {lix_of_paragraphs([words]):.0f})."
            )
            yield Fault(text.path, text.body_line - 1, message)
