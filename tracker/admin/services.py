"""The administrator's list of organisations. Learners can only choose from it."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tracker.errors import TrackerError
from tracker.learners.models import Learner, Organisation, OrganisationKind

__all__ = ["ChangedMeanwhile", "NameTaken", "add_organisation", "change_organisation", "remove_organisation"]


class NameTaken(TrackerError):
    """Another organisation has this name, whatever the case."""


class ChangedMeanwhile(TrackerError):
    """Somebody else changed it after the version that this change started from."""


def add_organisation(db: Session, *, name: str, kind: OrganisationKind, now: datetime) -> Organisation:
    """:raises NameTaken: when nothing has been added."""
    organisation = Organisation(name=name, kind=kind, created_at=now)
    _refuse_taken(db, organisation.name_key)
    _flush_unless_taken(db, organisation)
    return organisation


def change_organisation(
    db: Session, organisation: Organisation, *, name: str, kind: OrganisationKind, version: int
) -> None:
    """Learners who have chosen it get the new kind too.

    :raises ChangedMeanwhile: when it is no longer the ``version`` that the administrator saw.
    :raises NameTaken: when nothing has been changed.
    """
    if organisation.version != version:
        raise ChangedMeanwhile
    _refuse_taken(db, name.casefold(), but=organisation)
    organisation.name = name
    if organisation.kind is not kind:
        organisation.kind = kind
        db.execute(update(Learner).where(Learner.organisation_id == organisation.id).values(organisation_kind=kind))
    _flush_unless_taken(db, organisation)


def remove_organisation(db: Session, organisation: Organisation, *, version: int) -> None:
    """Whoever had chosen it no longer has an organisation, but keeps the kind of it.

    :raises ChangedMeanwhile: as above.
    """
    if organisation.version != version:
        raise ChangedMeanwhile
    db.delete(organisation)
    db.flush()


def _refuse_taken(db: Session, name_key: str, *, but: Organisation | None = None) -> None:
    with db.no_autoflush:
        found = db.scalar(select(Organisation).where(Organisation.name_key == name_key))
    if found is not None and found is not but:
        raise NameTaken


def _flush_unless_taken(db: Session, organisation: Organisation) -> None:
    try:
        with db.begin_nested():
            db.add(organisation)
    except IntegrityError as error:
        # Two administrators gave the same name at once, and the other was first.
        raise NameTaken from error
