"""What things and words in the audit log are called: from here every feature that writes in it can be reached."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final
from uuid import UUID

from flask_babel.speaklater import LazyString
from sqlalchemy import select
from sqlalchemy.orm import Session

from lrs_adapter.credentials import Scope
from lrs_adapter.models import CredentialRow, DestinationRow, FormerDestinationRow
from tracker.api.models import ApiToken
from tracker.api.tokens import TokenScope
from tracker.audit.wording import Find, Vocabulary
from tracker.groups.models import Group, Meeting
from tracker.i18n import _, _l
from tracker.launch.models import CourseVersion
from tracker.launch.wording import text_in
from tracker.learners.labels import ORGANISATION_KINDS
from tracker.learners.models import Organisation
from tracker.lrs_admin.wording import SCOPES
from tracker.people.wording import ROLES
from tracker.privacy.retention import KINDS
from tracker.providers.models import IdentityProvider

__all__ = ["VOCABULARY"]

Key = Callable[[str], Any]


def _keys(found: Collection[str], key: Key) -> list[Any]:
    """What can be no key of the table is nobody's name."""
    keys = []
    for one in found:
        try:
            keys.append(key(one))
        except ValueError:
            continue
    return keys


def _named(key_column: Any, name: Any, key: Key) -> Find:
    def find(db: Session, found: Collection[str]) -> Mapping[str, str]:
        rows = db.execute(select(key_column, name).where(key_column.in_(_keys(found, key))))
        return {str(number): str(called) for number, called in rows}

    return find


def _destinations(db: Session, found: Collection[str]) -> Mapping[str, str]:
    """Those that nothing is sent to any more, too."""
    former = _named(FormerDestinationRow.destination_id, FormerDestinationRow.name, int)
    return {**former(db, found), **_named(DestinationRow.id, DestinationRow.name, int)(db, found)}


def _meetings(db: Session, found: Collection[str]) -> Mapping[str, str]:
    query = select(Meeting.id, Meeting.number, Group.name).join(Group, Group.id == Meeting.group_id)
    rows = db.execute(query.where(Meeting.id.in_(_keys(found, UUID))))
    return {str(key): _("%(group)s, meeting %(number)s", group=name, number=number) for key, number, name in rows}


def _courses(db: Session, found: Collection[str]) -> Mapping[str, str]:
    newest = select(CourseVersion).where(CourseVersion.course_id.in_(_keys(found, UUID)))
    rows = db.scalars(newest.order_by(CourseVersion.number))
    return {str(one.course_id): text_in(one.structure.title) for one in rows}


def _words(known: Mapping[str, LazyString]) -> Find:
    def find(_db: Session, found: Collection[str]) -> Mapping[str, str]:
        return {one: str(known[one]) for one in found if one in known}

    return find


VOCABULARY: Final = Vocabulary(
    things={
        "organisation": _named(Organisation.id, Organisation.name, int),
        "group": _named(Group.id, Group.name, UUID),
        "meeting": _meetings,
        "provider": _named(IdentityProvider.id, IdentityProvider.name, int),
        "key": _named(CredentialRow.id, CredentialRow.name, UUID),
        "token": _named(ApiToken.id, ApiToken.name, UUID),
        "outside-lrs": _destinations,
        "course": _courses,
        # What an extract is of stands among its details.
        "report": _words({"people": _l("Report by person"), "report": "", "log": ""}),
        "retention": _words({one.id: one.label for one in KINDS.values()}),
    },
    words={
        "role": {role.value: words for role, words in ROLES.items()},
        "kind": {kind.value: words for kind, words in ORGANISATION_KINDS.items()},
        "format": {one: one.upper() for one in ("csv", "xlsx", "pdf", "json")},
        "scopes": {
            **{scope.value: words for scope, (words, _explained) in SCOPES.items()},
            Scope.DEFINE.value: _l("Describe Activities"),
            TokenScope.COURSES.value: _l("Courses and launches"),
            TokenScope.REPORTS.value: _l("Figures of reports"),
        },
        "what": {
            "published": _l("published"),
            "unpublished": _l("no longer open to new learners"),
            "replaced": _l("a new version"),
            "paused": _l("paused"),
            "resumed": _l("goes on"),
            "sent-again": _l("days sent again"),
            "closed": _l("closed"),
            "reopened": _l("reopened"),
            "corrected": _l("corrected"),
            "person": _l("All about a person"),
            "group": _l("All about a study circle"),
            "report": _l("Completed courses, person by person"),
            "log": _l("Audit log"),
        },
    },
)
