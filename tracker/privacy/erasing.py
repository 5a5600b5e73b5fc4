"""A person goes: from every table, from the embedded LRS, from the queues; and outside LRSs are asked to do the same.

What stays is about nobody: how many have begun and completed the course, in which month; that somebody was at a
meeting; entries of the audit log with a number that is nobody's any more.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from lrs_adapter.destinations import list_destinations
from lrs_adapter.erasure import Erased
from lrs_adapter.erasure import erase as erase_from_lrs
from lrs_adapter.former import former_destinations
from tracker.audit import services as audit
from tracker.audit.models import Action, Via
from tracker.auth.models import SignInLink
from tracker.certificates.codes import make_code
from tracker.certificates.models import Certificate, Form
from tracker.groups.models import Member
from tracker.launch.models import LaunchRegistration
from tracker.learners.models import Learner, StaffRole
from tracker.people.models import PeopleImport
from tracker.people.services import LastAdministrator
from tracker.privacy import protocol
from tracker.privacy.identity import Identity, fingerprint, identity_of
from tracker.privacy.models import Destroyed, ErasureOrder
from tracker.progress.models import CourseCompletion, ModuleProgress
from tracker.registrations.models import Registration

__all__ = ["Place", "erase"]

_ONE_SITTING: Final = timedelta(hours=8)
"""What the median minutes of a module are taken over (``tracker.reports.publishing``)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where this is done. ``protocol_folder`` None: it stands in the protocol already."""

    home_page: str
    protocol_folder: Path | None
    mail_folder: Path
    """Of the mails that no server was there to send."""


def erase(
    db: Session,
    learner: Learner,
    *,
    by: Learner | None,
    place: Place,
    now: datetime,
    via: Via | None = None,
    by_decision: bool = False,
) -> Destroyed:
    """The caller commits; the line in the file of the protocol is written at the very end of it. Of two at the same
    moment the second finds nobody.

    :param by_decision: the caller writes a row for all of them in the protocol.
    :raises LastAdministrator: then nobody could look after the site.
    :raises ProtocolNotWritten: the caller rolls back.
    """
    if not _hold(db, learner):
        return Destroyed(at=now, kind="person", count=0, details={"orders": 0})
    if learner.is_administrator:
        _check_another_administrator(db, learner)
    who = identity_of(db, learner, home_page=place.home_page)
    audit.note(db, Action.PERSON_ERASED, by=by, now=now, subject=learner, via=via)
    _forget_addresses(db, who, place)
    _forget_names(db, who)
    _leave_counts(db, learner, who, now)
    erased = erase_from_lrs(db, who.agents, [*who.registrations, *who.launches], stand_in=_nobody(place))
    orders = _order(db, erased, now)
    db.expunge(learner)
    # The registrations, what was done in them, sign-ins and saved views go along.
    db.execute(delete(Learner).where(Learner.id == who.learner_id))
    done = Destroyed(
        at=now,
        kind="person",
        count=1,
        details={
            "statements": erased.statements,
            "rewritten": erased.rewritten,
            "documents": erased.documents,
            "orders": orders,
        },
        id=uuid.uuid4(),
    )
    if not by_decision:
        db.add(done)
    db.flush()
    if place.protocol_folder is not None:
        accounts = {fingerprint(name) for _home_page, name in who.accounts}
        protocol.write_erasure(place.protocol_folder, done.id, accounts, at=now)
    return done


def _hold(db: Session, learner: Learner) -> bool:
    """The learner's rows in the order in which everybody takes them, so that a lesson in another tab is before this or
    too late. False: there are none any more."""
    among = [Learner.id == learner.id]
    if learner.is_administrator:
        among.append(Learner.staff_role == StaffRole.ADMINISTRATOR)
    db.execute(select(Learner.id).where(or_(*among)).order_by(Learner.id).with_for_update())
    query = select(Learner).where(Learner.id == learner.id).execution_options(populate_existing=True)
    if db.scalar(query) is None:
        return False
    for table in (Registration, LaunchRegistration):
        db.execute(select(table.id).where(table.learner_id == learner.id).order_by(table.id).with_for_update())
    return True


def _check_another_administrator(db: Session, learner: Learner) -> None:
    held = select(Learner.id).where(Learner.staff_role == StaffRole.ADMINISTRATOR, Learner.deactivated_at.is_(None))
    others = set(db.scalars(held.order_by(Learner.id).with_for_update())) - {learner.id}
    if not others:
        raise LastAdministrator


def _nobody(place: Place) -> Mapping[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": place.home_page, "name": f"erased-{uuid.uuid4()}"}}


# ---------------------------------------------------------------- what the person is called


def _forget_addresses(db: Session, who: Identity, place: Place) -> None:
    links = [SignInLink.guest_id == who.learner_id, SignInLink.new_address_for_id == who.learner_id]
    if who.email is not None:
        links.append(SignInLink.email == who.email)
    db.execute(delete(SignInLink).where(or_(*links)))
    if who.email is None:
        return
    for kept in db.scalars(select(PeopleImport)):
        kept.changes = [one for one in kept.changes if one["email"] != who.email]
        kept.faults = [one for one in kept.faults if who.email not in str(one["value"])]
    for file in place.mail_folder.glob("*.eml"):
        if who.email.encode() in file.read_bytes().lower():
            file.unlink(missing_ok=True)


def _forget_names(db: Session, who: Identity) -> None:
    """Somebody was there: attendance and study hours of the group stay as they are."""
    nameless = update(Member).where(Member.id.in_(who.members))
    db.execute(nameless.values(name=None, name_key=None, claim_hash=None, says_to_be_id=None))


# ---------------------------------------------------------------- what is still counted


def _leave_counts(db: Session, learner: Learner, who: Identity, now: datetime) -> None:
    """Somebody who can't be found: no organisation, no capacity, no group, no day, and ids that are nowhere else.

    So that as many as before have begun and completed the course, and have a certificate.
    """
    nobody = Learner(
        created_at=_month(learner.created_at), erased_on=_month(now).date(), is_demo=learner.is_demo, last_seen_on=None
    )
    for registration in db.scalars(select(Registration).where(Registration.id.in_(who.registrations))).all():
        modules = db.scalars(select(ModuleProgress).where(ModuleProgress.registration_id == registration.id)).all()
        if not modules:
            continue
        left = Registration(
            id=uuid.uuid4(),
            learner=nobody,
            account=uuid.uuid4(),
            course_id=registration.course_id,
            created_at=_month(registration.created_at),
        )
        db.add(left)
        db.flush()
        db.add_all(_blurred(one, left.id) for one in modules)
        _leave_completion(db, registration.id, left.id)


def _blurred(one: ModuleProgress, registration_id: uuid.UUID) -> ModuleProgress:
    """By the month. How long it took within one sitting is kept: the median is taken over everybody."""
    started = _month(one.started_at)
    completed = one.completed_at
    if completed is not None:
        took = completed - one.started_at
        completed = started + took if took <= _ONE_SITTING else _month(completed)
    return ModuleProgress(
        registration_id=registration_id,
        module_id=one.module_id,
        started_at=started,
        completed_at=completed,
        course_version=one.course_version,
        language=one.language,
    )


def _leave_completion(db: Session, before: uuid.UUID, after: uuid.UUID) -> None:
    completed = db.get(CourseCompletion, before)
    if completed is None:
        return
    db.add(
        CourseCompletion(
            registration_id=after,
            completed_at=_month(completed.completed_at),
            course_version=completed.course_version,
            minutes=completed.minutes,
            lesson_count=completed.lesson_count,
        )
    )
    certificate = db.scalar(select(Certificate).where(Certificate.registration_id == before))
    if certificate is not None:
        db.add(
            Certificate(
                code=make_code(),  # on nobody's paper
                registration_id=after,
                course=certificate.course,
                course_version=certificate.course_version,
                form=Form.ALONE,
                completed_on=_month(completed.completed_at).date(),
                lesson_count=certificate.lesson_count,
                minutes=certificate.minutes,
                issued_at=_month(certificate.issued_at),
            )
        )


def _month(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


# ---------------------------------------------------------------- what others have got


def _order(db: Session, erased: Erased, now: datetime) -> int:
    """An order for each outside LRS, whatever is known to have reached it: a request may be under way just now.

    Those that are not sent to any more too, if anything was stored before that ended.
    """
    if not erased.agents:
        return 0
    told = [(one.id, one.name, one.endpoint) for one in list_destinations(db)]
    told += [
        (one.destination_id, one.name, one.endpoint)
        for one in former_destinations(db)
        if erased.since is not None and erased.since <= one.until
    ]
    db.add_all(
        ErasureOrder(
            created_at=now,
            destination_id=destination_id,
            name=name,
            endpoint=endpoint,
            agents=[dict(agent) for agent in erased.agents],
            statements=erased.statements + erased.rewritten,
        )
        for destination_id, name, endpoint in told
    )
    return len(told)
