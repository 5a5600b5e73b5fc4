"""How the values in reports are read by people."""

from collections.abc import Mapping
from datetime import date

from flask_babel import format_date
from flask_babel.speaklater import LazyString

from tracker.i18n import _l

__all__ = ["FORMS", "LANGUAGES", "PROGRESS", "STATUSES", "month_in_words"]

FORMS: Mapping[str, LazyString] = {
    "alone": _l("Alone"),
    "group": _l("In a group"),
    "both": _l("Both alone and in a group"),
}

LANGUAGES: Mapping[str, LazyString] = {
    "sv": _l("Swedish"),
    "en": _l("English"),
    "both": _l("Both languages"),
}

STATUSES: Mapping[str, LazyString] = {
    "started": _l("Has started but not completed"),
    "completed": _l("Has completed"),
    "certified": _l("Has a certificate"),
}

PROGRESS: Mapping[int, LazyString] = {
    0: _l("Not started"),
    1: _l("Started"),
    2: _l("Completed"),
}


def month_in_words(month: str) -> str:
    year, number = month.split("-")
    return str(format_date(date(int(year), int(number), 1), "LLLL yyyy"))
