"""How what stands in the log is read by people."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from flask import Flask, current_app
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from tracker.audit.models import Action, Via
from tracker.i18n import _, _l

__all__ = [
    "ACTIONS",
    "VIA",
    "Vocabulary",
    "details_in_words",
    "init_app",
    "target_in_words",
    "things_in",
    "vocabulary_here",
]

Find = Callable[[Session, Collection[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What features above this one call what they have written in the log: handed over in ``create_app``.

    ``things``: what finds the names of things, by the first word of their targets. ``words``: how what stands in the
    details is read, by the name that it has there.
    """

    things: Mapping[str, Find]
    words: Mapping[str, Mapping[str, LazyString]]


def init_app(app: Flask, vocabulary: Vocabulary) -> None:
    app.extensions["samverkan.log_words"] = vocabulary


def vocabulary_here() -> Vocabulary:
    found: Vocabulary = current_app.extensions["samverkan.log_words"]
    return found


ACTIONS: Mapping[Action, LazyString] = {
    Action.PERSON_SEEN: _l("Looked at a person"),
    Action.PEOPLE_LISTED: _l("Looked at the list of people"),
    Action.PERSON_INVITED: _l("Invited a person"),
    Action.PERSON_CHANGED: _l("Changed a person’s role or organisation"),
    Action.ACCOUNT_CLOSED: _l("Closed an account"),
    Action.ACCOUNT_OPENED: _l("Opened an account again"),
    Action.SECOND_STEP_REMOVED: _l("Removed a second step"),
    Action.SIGN_IN_UNLINKED: _l("Disconnected an account from an organisation’s own sign-in"),
    Action.PEOPLE_MERGED: _l("Made two accounts one"),
    Action.PEOPLE_IMPORTED: _l("Imported a person by a list"),
    Action.ADMINISTRATOR_MADE: _l("Made somebody an administrator"),
    Action.REPORT_SEEN: _l("Looked at the report by person"),
    Action.REPORT_EXPORTED: _l("Took out the report by person"),
    Action.GROUP_SEEN: _l("Looked at who is in a group"),
    Action.ATTENDANCE_EXPORTED: _l("Took out a group’s attendance"),
    Action.MEETING_CHANGED: _l("Closed, reopened or corrected a meeting"),
    Action.ORGANISATION_ADDED: _l("Added an organisation"),
    Action.ORGANISATION_CHANGED: _l("Changed an organisation"),
    Action.ORGANISATION_REMOVED: _l("Removed an organisation"),
    Action.ORGANISATIONS_IMPORTED: _l("Imported organisations by a list"),
    Action.PROVIDER_ADDED: _l("Added an organisation’s own sign-in"),
    Action.PROVIDER_CHANGED: _l("Changed an organisation’s own sign-in"),
    Action.PROVIDER_REMOVED: _l("Removed an organisation’s own sign-in"),
    Action.KEY_MADE: _l("Made a key for another system"),
    Action.KEY_REVOKED: _l("Revoked a key"),
    Action.OUTSIDE_LRS_ADDED: _l("Added an outside LRS"),
    Action.OUTSIDE_LRS_CHANGED: _l("Changed an outside LRS"),
    Action.OUTSIDE_LRS_REMOVED: _l("Removed an outside LRS"),
    Action.OUTSIDE_LRS_EMPTIED: _l("Noted that an outside LRS has nothing left from here"),
    Action.COURSE_ADDED: _l("Added a course from others"),
    Action.COURSE_CHANGED: _l("Changed a course from others"),
    Action.COURSE_DELETED: _l("Deleted a course from others"),
    Action.PART_WAIVED: _l("Counted a part as done for somebody"),
    Action.REGISTRATION_SEEN: _l("Looked at how far a person has come in a course from others"),
    Action.STATEMENTS_EXPORTED: _l("Took out Statements"),
    Action.PERSON_ERASED: _l("Erased a person"),
    Action.ERASURE_CONFIRMED: _l("Confirmed that an outside LRS has erased"),
    Action.RETENTION_SET: _l("Decided for how long something is kept"),
    Action.RETENTION_DONE: _l("Threw away what was too old, by a decision"),
    Action.EXTRACT_MADE: _l("Made a records extract"),
    Action.LOG_SEEN: _l("Looked in the audit log"),
    Action.LOG_EXPORTED: _l("Took out the audit log"),
    Action.LOG_CUT: _l("Removed the oldest entries by a decision"),
}

VIA: Mapping[str, LazyString] = {
    Via.COMMAND: _l("Somebody at the server’s command line"),
    Via.UPKEEP: _l("The system itself"),
    Via.PAGE: _l("The system itself"),
    Via.API: _l("Another system, with a token"),
}

_THINGS: Mapping[str, LazyString] = {
    "organisation": _l("Organisation"),
    "group": _l("Group"),
    "meeting": _l("Meeting"),
    "provider": _l("Organisation’s own sign-in"),
    "key": _l("Key"),
    "token": _l("Token for the API"),
    "outside-lrs": _l("Outside LRS"),
    "course": _l("Course from others"),
    "report": _l("Report"),
    "retention": _l("Retention"),
}

_DETAILS: Mapping[str, LazyString] = {
    "role": _l("role"),
    "role-at": _l("role holds at organisation"),
    "organisation": _l("organisation"),
    "parent": _l("belongs to organisation"),
    "kind": _l("kind"),
    "count": _l("number"),
    "format": _l("file"),
    "what": _l("what"),
    "scopes": _l("may"),
    "earlier": _l("with what was stored before"),
    "part": _l("part"),
    "token": _l("token"),
    "days": _l("kept for, days"),
    "decided": _l("by a decision"),
    "masked": _l("with personal data masked"),
}

_MANY: Collection[str] = ("scopes",)
"""Words with a plus between them."""
_NAMED: Mapping[str, str] = {
    "organisation": "organisation",
    "role-at": "organisation",
    "parent": "organisation",
    "token": "token",
}
"""Details that are numbers of things."""


def target_in_words(target: str | None, names: Mapping[str, str]) -> str:
    """:param names: what things are called now, by ``organisation:3``."""
    if target is None:
        return ""
    if target in names:
        return names[target]
    kind, _colon, which = target.partition(":")
    if kind.isdecimal():  # the last entry that was taken away, and its hash
        return _("To and including entry %(number)s", number=kind)
    return f"{_THINGS[kind]} {_gone(which)}" if kind in _THINGS else target


def things_in(target: str | None, details: str) -> Iterator[tuple[str, str]]:
    """What an entry is about: kind and id, as in ``group:<id>``."""
    if target is not None:
        kind, _colon, which = target.partition(":")
        yield kind, which
    for key, value in json.loads(details).items():
        if key in _NAMED and value is not None:
            yield _NAMED[key], str(value)


def details_in_words(details: str, names: Mapping[str, str]) -> str:
    return ", ".join(_each(json.loads(details), names))


def _each(details: Mapping[str, object], names: Mapping[str, str]) -> Iterator[str]:
    words = vocabulary_here().words
    for key, value in details.items():
        if value is None or value is False:
            continue
        word = str(_DETAILS.get(key, key))  # an entry of long ago may have one that is no longer written
        if value is True:
            yield word
        elif key in _NAMED:
            yield f"{word}: {names.get(f'{_NAMED[key]}:{value}', _gone(value))}"
        elif key == "part" and isinstance(value, int):
            yield f"{word}: {value + 1}"
        else:
            parts = str(value).split("+") if key in _MANY else [str(value)]
            told = ", ".join(str(words.get(key, {}).get(one, one)) for one in parts)
            yield told if key == "what" else f"{word}: {told}"


def _gone(which: object) -> str:
    return _("removed (%(id)s)", id=which)
