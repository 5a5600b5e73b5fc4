"""Days and times as people say them: *torsdag 4 februari kl. 17.30–19.30*."""

from datetime import datetime

from flask_babel import format_datetime

from tracker.i18n import _, current_language

__all__ = ["clock", "upper_first", "when"]


def clock(moment: datetime) -> str:
    """``17.30``; ``17:30`` in English."""
    text: str = format_datetime(moment, "H.mm" if current_language() == "sv" else "H:mm")
    return text


def when(begins: datetime, ends: datetime | None = None) -> str:
    """The day, and from when to when."""
    day: str = format_datetime(begins, "EEEE d MMMM" if current_language() == "sv" else "EEEE d MMMM y")
    hours = f"{clock(begins)}–{clock(ends)}" if ends else clock(begins)
    return _("%(day)s at %(hours)s", day=day, hours=hours)


def upper_first(text: str) -> str:
    """As the beginning of a sentence; the names in it keep their capitals."""
    return text[:1].upper() + text[1:]
