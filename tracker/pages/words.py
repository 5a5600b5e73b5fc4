"""Small words of the open pages."""

from tracker.i18n import _

__all__ = ["in_words"]


def in_words(number: int) -> str:
    """Up to twelve as a word, as one writes in running text."""
    words = (
        _("zero"), _("one"), _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine"),
        _("ten"), _("eleven"), _("twelve"),
    )  # fmt: skip
    return words[number] if 0 <= number < len(words) else str(number)
