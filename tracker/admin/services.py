"""The administrator's list of organisations. Learners can only choose from it."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tracker.errors import TrackerError
from tracker.learners.models import Learner, Organisation, OrganisationKind
from tracker.learners.scope import with_those_under
from tracker.providers.models import IdentityProvider

__all__ = [
    "ChangedMeanwhile",
    "HasSignIn",
    "NameTaken",
    "ParentUnderIt",
    "ParentUnknown",
    "add_organisation",
    "change_organisation",
    "hold_organisations",
    "remove_organisation",
]


class NameTaken(TrackerError):
    """Another organisation has this name, whatever the case."""


class ChangedMeanwhile(TrackerError):
    """Somebody else changed it after the version that this change started from."""


class ParentUnknown(TrackerError):
    """The organisation that it was to belong to is no longer on the list."""


class HasSignIn(TrackerError):
    """A sign-in of its own belongs to it, and with it what that sign-in may say."""


class ParentUnderIt(TrackerError):
    """It would belong to itself, directly or through others."""


def hold_organisations(db: Session) -> None:
    """Until the end of the transaction nobody else moves an organisation: two moves at once could make a ring.

    Who only belongs to one can be changed meanwhile, or they who change both would wait for each other.
    """
    db.execute(select(Organisation.id).order_by(Organisation.id).with_for_update(key_share=True)).all()


def add_organisation(
    db: Session, *, name: str, kind: OrganisationKind, parent_id: int | None = None, now: datetime
) -> Organisation:
    """
    :raises NameTaken: when nothing has been added.
    :raises ParentUnknown: likewise.
    """
    if parent_id is not None and db.get(Organisation, parent_id, with_for_update=True) is None:
        raise ParentUnknown
    organisation = Organisation(name=name, kind=kind, parent_id=parent_id, created_at=now)
    _refuse_taken(db, organisation.name_key)
    _flush_unless_taken(db, organisation)
    return organisation


def change_organisation(
    db: Session,
    organisation: Organisation,
    *,
    name: str,
    kind: OrganisationKind,
    version: int,
    parent_id: int | None = None,
) -> None:
    """Learners who have chosen it get the new kind too.

    :raises ChangedMeanwhile: when it is no longer the ``version`` that the administrator saw.
    :raises NameTaken: when nothing has been changed.
    :raises ParentUnknown: likewise.
    :raises ParentUnderIt: likewise.
    """
    if organisation.version != version:
        raise ChangedMeanwhile
    if parent_id is not None:
        if parent_id in with_those_under(db, [organisation.id]):
            raise ParentUnderIt
        if db.get(Organisation, parent_id) is None:
            raise ParentUnknown
    _refuse_taken(db, name.casefold(), but=organisation)
    organisation.name = name
    organisation.parent_id = parent_id
    if organisation.kind is not kind:
        organisation.kind = kind
        db.execute(update(Learner).where(Learner.organisation_id == organisation.id).values(organisation_kind=kind))
    _flush_unless_taken(db, organisation)


def remove_organisation(db: Session, organisation: Organisation, *, version: int) -> None:
    """Whoever had chosen it no longer has an organisation, but keeps the kind of it.

    What was under it belongs to what it belonged to itself. A role that held there ends with it.

    :raises ChangedMeanwhile: as above.
    :raises HasSignIn: when nothing has been removed.
    """
    if organisation.version != version:
        raise ChangedMeanwhile
    if db.scalar(select(IdentityProvider.id).where(IdentityProvider.organisation_id == organisation.id)) is not None:
        raise HasSignIn
    under = update(Organisation).where(Organisation.parent_id == organisation.id)
    db.execute(under.values(parent_id=organisation.parent_id, version=Organisation.version + 1))
    trusted = update(Learner).where(Learner.staff_organisation_id == organisation.id)
    db.execute(trusted.values(staff_role=None, staff_organisation_id=None))
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
