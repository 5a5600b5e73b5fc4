"""What an administrator can do with other people's accounts."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.auth import second_step
from tracker.auth.joining import join
from tracker.auth.services import account_of, normalise_address
from tracker.errors import TrackerError
from tracker.learners import sign_ins
from tracker.learners.models import Learner, Organisation, StaffRole
from tracker.learners.scope import organisations_seen_by
from tracker.learners.services import hold_with_administrators
from tracker.people import queries
from tracker.providers.models import Identity

__all__ = [
    "AccountExists",
    "ChangedMeanwhile",
    "LastAdministrator",
    "NotYours",
    "Oneself",
    "OrganisationMissing",
    "change_person",
    "close_account",
    "invite",
    "merge",
    "open_account",
    "reset_second_step",
    "unlink",
]


class AccountExists(TrackerError):
    """Somebody has this address already."""


class ChangedMeanwhile(TrackerError):
    """Somebody else changed the person after the version that this change started from."""


class LastAdministrator(TrackerError):
    """Then nobody could look after the site."""


class NotYours(TrackerError):
    """The role, or where it would hold, is more than the one who gives it has."""


class OrganisationMissing(TrackerError):
    """Whoever is responsible for a part of the organisations is so for one that is named."""


class Oneself(TrackerError):
    """Nobody changes the own role or closes the own account: a slip could not be undone."""


def invite(
    db: Session,
    *,
    by: Learner,
    email: str,
    organisation: Organisation | None,
    role: StaffRole | None,
    role_holds_at: Organisation | None,
    now: datetime,
) -> Learner:
    """An account with the address. Whoever reads the mail of the address signs in to it as everybody does.

    :raises AddressInvalid: see ``tracker.auth.services``.
    :raises AccountExists:
    :raises NotYours:
    :raises OrganisationMissing:
    """
    address = normalise_address(email)
    if account_of(db, address) is not None:
        raise AccountExists
    _check_may_give(db, by, role, role_holds_at)
    _check_may_place(db, by, organisation)
    person = Learner(email=address, created_at=now)
    _place(person, organisation)
    _trust(person, role, role_holds_at)
    try:
        with db.begin_nested():
            db.add(person)
    except IntegrityError as error:
        raise AccountExists from error
    audit.note(db, Action.PERSON_INVITED, by=by, now=now, subject=person, details=_standing(person))
    return person


def change_person(
    db: Session,
    person: Learner,
    *,
    by: Learner,
    organisation: Organisation | None,
    role: StaffRole | None,
    role_holds_at: Organisation | None,
    version: int,
    now: datetime,
) -> None:
    """
    :raises ChangedMeanwhile: when it is no longer the ``version`` that was seen. Then as below, nothing is changed.
    :raises NotYours:
    :raises OrganisationMissing:
    :raises Oneself:
    :raises LastAdministrator:
    """
    if person.version != version:
        raise ChangedMeanwhile
    holds_at = role_holds_at.id if role_holds_at is not None and role is not StaffRole.ADMINISTRATOR else None
    if (role, holds_at) != (person.staff_role, person.staff_organisation_id):
        if person.id == by.id:
            raise Oneself
        _check_may_give(db, by, person.staff_role, person.staff_organisation)
        _check_may_give(db, by, role, role_holds_at)
        if person.is_administrator:
            _check_another_administrator(db)
        _trust(person, role, role_holds_at)
    if organisation is not person.organisation:
        _check_may_place(db, by, organisation)
        _place(person, organisation)
    person.version += 1
    db.flush()
    audit.note(db, Action.PERSON_CHANGED, by=by, now=now, subject=person, details=_standing(person))


def close_account(db: Session, person: Learner, *, by: Learner, version: int, now: datetime) -> None:
    """Ends every sign-in. What was done stays and counts.

    :raises ChangedMeanwhile:
    :raises NotYours:
    :raises Oneself:
    :raises LastAdministrator:
    """
    _check_may_touch(db, person, by=by, version=version)
    if person.is_administrator:
        _check_another_administrator(db)
    person.deactivated_at = now
    person.version += 1
    sign_ins.end_all(db, person)
    audit.note(db, Action.ACCOUNT_CLOSED, by=by, now=now, subject=person)


def open_account(db: Session, person: Learner, *, by: Learner, version: int, now: datetime) -> None:
    """:raises ChangedMeanwhile: and as above."""
    _check_may_touch(db, person, by=by, version=version)
    person.deactivated_at = None
    person.version += 1
    audit.note(db, Action.ACCOUNT_OPENED, by=by, now=now, subject=person)


def reset_second_step(db: Session, person: Learner, *, by: Learner, version: int, now: datetime) -> None:
    """For who has lost both phone and recovery codes. Ends every sign-in; an app is chosen at the next one.

    :raises ChangedMeanwhile: and as above.
    """
    _check_may_touch(db, person, by=by, version=version)
    second_step.remove(db, person)
    sign_ins.end_all(db, person)
    person.version += 1
    audit.note(db, Action.SECOND_STEP_REMOVED, by=by, now=now, subject=person)


def unlink(db: Session, person: Learner, *, by: Learner, version: int, now: datetime) -> None:
    """The account no longer belongs to anybody at an organisation's own sign-in, as when an address changed hands.

    Ends every sign-in. A role that came that way is by hand from now on.

    :raises ChangedMeanwhile: and as above.
    """
    _check_may_touch(db, person, by=by, version=version)
    db.execute(delete(Identity).where(Identity.learner_id == person.id))
    sign_ins.end_all(db, person)
    person.version += 1
    audit.note(db, Action.SIGN_IN_UNLINKED, by=by, now=now, subject=person)


def merge(db: Session, duplicate: Learner, *, into: Learner, by: Learner, version: int, now: datetime) -> None:
    """Two accounts of one person become one. What the duplicate has done moves, and its account is gone.

    What only the two complete together is for ``tracker.learning.services.recheck``, in the same transaction.

    :raises ChangedMeanwhile: and as above.
    :raises NotYours: also when the duplicate has a role: it is taken away first, by hand.
    """
    _check_may_touch(db, duplicate, by=by, version=version)
    if duplicate.staff_role is not None or duplicate.id == into.id:
        raise NotYours
    sign_ins.end_all(db, duplicate)
    duplicate.email = duplicate.password_hash = None
    db.flush()
    if not join(db, guest=duplicate, into=into):
        raise ChangedMeanwhile
    into.version += 1
    audit.note(db, Action.PEOPLE_MERGED, by=by, now=now, subject=into)


# ---------------------------------------------------------------- what is asked each time


def _check_may_touch(db: Session, person: Learner, *, by: Learner, version: int) -> None:
    if person.version != version:
        raise ChangedMeanwhile
    if person.id == by.id:
        raise Oneself
    _check_may_give(db, by, person.staff_role, person.staff_organisation)


def _check_may_give(db: Session, by: Learner, role: StaffRole | None, holds_at: Organisation | None) -> None:
    """Nobody gives, takes or touches more than she or he has."""
    if role is StaffRole.ORGANISATION_ADMINISTRATOR and holds_at is None:
        raise OrganisationMissing
    seen = organisations_seen_by(db, by)
    if seen is None or role is None:
        return
    if role is StaffRole.ADMINISTRATOR or holds_at is None or holds_at.id not in seen:
        raise NotYours


def _check_may_place(db: Session, by: Learner, organisation: Organisation | None) -> None:
    seen = organisations_seen_by(db, by)
    if seen is not None and (organisation is None or organisation.id not in seen):
        raise NotYours


def _check_another_administrator(db: Session) -> None:
    # Held, so that two administrators who take the role from each other at once do not both succeed.
    hold_with_administrators(db)
    if queries.administrators(db) < 2:
        raise LastAdministrator


def _trust(person: Learner, role: StaffRole | None, holds_at: Organisation | None) -> None:
    person.staff_role = role
    of_part = role in {StaffRole.ORGANISATION_ADMINISTRATOR, StaffRole.REPORT_READER}
    person.staff_organisation = holds_at if of_part else None


def _standing(person: Learner) -> audit.Details:
    """What an administrator decides about somebody, as the log keeps it."""
    return {
        "role": person.staff_role.value if person.staff_role is not None else None,
        "role-at": person.staff_organisation_id,
        "organisation": person.organisation_id,
    }


def _place(person: Learner, organisation: Organisation | None) -> None:
    person.organisation = organisation
    if organisation is not None:
        person.organisation_kind = organisation.kind
