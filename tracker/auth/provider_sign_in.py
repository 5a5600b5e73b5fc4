"""Somebody comes back from the organisation's own sign-in: which account that is, and what may be done in it.

A provider is believed about the addresses of its own mail domains, about roles in its own organisation, and about
nothing else. Whoever runs a mail domain can read the links that we send there, so an address of the domain opens no
more by this way than by the other.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from tracker.auth.joining import join
from tracker.auth.services import AddressInvalid, account_of, make_account, normalise_address
from tracker.errors import TrackerError
from tracker.learners.models import Learner, StaffRole
from tracker.learners.scope import with_those_under
from tracker.learners.services import hold_with_administrators
from tracker.providers.client import Told
from tracker.providers.models import EVERYBODY, Admits, Identity, IdentityProvider, PendingSignIn

__all__ = [
    "Arrived",
    "Gone",
    "NotLetIn",
    "Why",
    "arrive",
    "asked_for",
    "begin",
    "come_back",
    "holds_here",
    "is_last_administrator",
]

MINUTES = 15
HIGHEST_FIRST = (StaffRole.ADMINISTRATOR, StaffRole.ORGANISATION_ADMINISTRATOR, StaffRole.REPORT_READER)


class Why(StrEnum):
    NO_ADDRESS = "no-address"
    OTHER_DOMAIN = "other-domain"
    NOT_INVITED = "not-invited"
    CHANGED_HANDS = "changed-hands"
    """Somebody else at the provider had this address, and the account is hers or his."""
    CLOSED = "closed"
    TOO_WEAK = "too-weak"


class NotLetIn(TrackerError):
    """The provider has done its part, and the person cannot come in all the same."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Gone(TrackerError):
    """Nobody is expected back with this state: made up, too late, used before, or from another browser."""


@dataclass(frozen=True, slots=True)
class Arrived:
    learner: Learner
    joined: bool
    """What a guest had done is the account's now; ``tracker.learning.services.recheck`` has still to look at it."""
    second_step: bool
    """What was shown at the provider is as good as our own second step."""
    needs_more: bool
    """The role demands more than what was shown."""


# ---------------------------------------------------------------- there and back


def begin(
    db: Session,
    provider_id: int,
    *,
    browser: str,
    keep_guest: bool,
    next_page: str | None,
    language: str,
    now: datetime,
) -> tuple[str, PendingSignIn]:
    """The state to send along, and what is remembered under its hash."""
    db.execute(delete(PendingSignIn).where(PendingSignIn.expires_at < now))
    state = secrets.token_urlsafe(32)
    pending = PendingSignIn(
        state_hash=_hash(state),
        provider_id=provider_id,
        browser=browser,
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        keep_guest=keep_guest,
        next_page=next_page,
        language=language,
        expires_at=now + timedelta(minutes=MINUTES),
    )
    db.add(pending)
    db.flush()
    return state, pending


def come_back(db: Session, state: str, *, browser: str, now: datetime) -> PendingSignIn:
    """Each state is good once: of two who come with it, one is first.

    :raises Gone:
    """
    pending = db.get(PendingSignIn, _hash(state))
    if pending is None:
        raise Gone
    taken = db.execute(delete(PendingSignIn).where(PendingSignIn.state_hash == pending.state_hash))
    db.expunge(pending)
    good = pending.expires_at >= now and secrets.compare_digest(pending.browser, browser)
    if not taken.rowcount or not good:  # type: ignore[attr-defined]  # the result of a DELETE has it
        raise Gone
    return pending


def asked_for(provider: IdentityProvider, learner: Learner | None) -> list[str]:
    """The assurance to ask the provider for, of whom we know who comes, or of everybody."""
    role = learner.staff_role if learner is not None else None
    return sorted(provider.demanded(role) or provider.demanded(EVERYBODY))


# ---------------------------------------------------------------- who it is


def arrive(db: Session, provider: IdentityProvider, told: Told, *, guest: Learner | None, now: datetime) -> Arrived:
    """
    :param guest: whose progress in this browser is to be brought along.
    :raises NotLetIn: when nothing has been changed.
    """
    everybody = provider.demanded(EVERYBODY)
    if everybody and not everybody & told.assurance:
        raise NotLetIn(Why.TOO_WEAK)
    identity = db.get(Identity, (provider.id, told.subject), with_for_update=True)
    joined = False
    if identity is None:
        identity, joined = _recognise(db, provider, told, guest=guest, now=now)
    account = db.get_one(Learner, identity.learner_id)
    if account.deactivated_at is not None:
        raise NotLetIn(Why.CLOSED)
    if guest is not None and not joined and guest.is_guest and guest.id != account.id:
        join(db, guest=guest, into=account)
        joined = True
    inside = with_those_under(db, [provider.organisation_id])
    _give_role(db, provider, identity, account, told)
    account.last_seen_on = now
    db.flush()
    demanded = provider.demanded(account.staff_role) if account.staff_role is not None else frozenset()
    strong = bool(demanded & told.assurance) and _answers_for(provider, account, inside)
    return Arrived(
        account,
        joined=joined,
        second_step=strong and account.needs_second_step,
        needs_more=bool(demanded) and not demanded & told.assurance,
    )


def _recognise(
    db: Session, provider: IdentityProvider, told: Told, *, guest: Learner | None, now: datetime
) -> tuple[Identity, bool]:
    """The first time: by an address that the provider may speak for."""
    email = _address(told, provider)
    account = account_of(db, email)
    joined = False
    if account is None:
        if provider.admits is Admits.INVITED:
            raise NotLetIn(Why.NOT_INVITED)
        account = make_account(db, email, guest, now=now)
        joined = guest is not None and account.id == guest.id
    if account.deactivated_at is not None:
        raise NotLetIn(Why.CLOSED)
    # In another tab the same person may have come for the first time at this moment.
    db.execute(select(Learner.id).where(Learner.id == account.id).with_for_update(key_share=True))
    known = db.get(Identity, (provider.id, told.subject))
    if known is not None:
        return known, joined
    theirs = select(Identity.subject).where(Identity.provider_id == provider.id, Identity.learner_id == account.id)
    if db.scalar(theirs.limit(1)) is not None:
        raise NotLetIn(Why.CHANGED_HANDS)
    if account.organisation_id is None:
        account.organisation_id = provider.organisation_id
        account.organisation_kind = provider.organisation.kind
    identity = Identity(provider_id=provider.id, subject=told.subject, learner_id=account.id, linked_at=now)
    db.add(identity)
    db.flush()
    return identity, joined


def _address(told: Told, provider: IdentityProvider) -> str:
    if told.email is None or not (told.email_verified or provider.vouches):
        raise NotLetIn(Why.NO_ADDRESS)
    try:
        email = normalise_address(told.email)
    except AddressInvalid:
        raise NotLetIn(Why.NO_ADDRESS) from None
    if email.rpartition("@")[2] not in {one.domain for one in provider.domains}:
        raise NotLetIn(Why.OTHER_DOMAIN)
    return email


# ---------------------------------------------------------------- what may be done


def _answers_for(provider: IdentityProvider, account: Learner, inside: frozenset[int]) -> bool:
    """Whether how somebody signed in there is this provider's to say for the role that she or he has."""
    if account.staff_role is StaffRole.ADMINISTRATOR:
        return provider.may_administer
    return account.staff_organisation_id in inside


def _give_role(db: Session, provider: IdentityProvider, identity: Identity, account: Learner, told: Told) -> None:
    """The highest role that its values give; what it gave before and gives no longer ends. A role that was given by
    hand is never touched, and none is given outside the provider's organisation."""
    if provider.role_claim is None and identity.gave_role is None:
        return
    gave = identity.gave_role
    theirs = gave is not None and account.staff_role is gave and holds_here(provider, account, gave)
    if account.staff_role is not None and not theirs:
        identity.gave_role = None
        return
    wanted = next((role for role in HIGHEST_FIRST if _gives(provider, role, told)), None)
    if wanted is account.staff_role:
        identity.gave_role = wanted
        return
    if account.is_administrator and is_last_administrator(db):
        return
    account.staff_role = wanted
    account.staff_organisation_id = provider.organisation_id if wanted not in {None, StaffRole.ADMINISTRATOR} else None
    account.version += 1
    identity.gave_role = wanted


def holds_here(provider: IdentityProvider, account: Learner, gave: StaffRole) -> bool:
    return gave is StaffRole.ADMINISTRATOR or account.staff_organisation_id == provider.organisation_id


def _gives(provider: IdentityProvider, role: StaffRole, told: Told) -> bool:
    if role is StaffRole.ADMINISTRATOR and not provider.may_administer:
        return False
    return provider.role_claim is not None and not told.role_values.isdisjoint(provider.role_values.get(role, ()))


def is_last_administrator(db: Session) -> bool:
    hold_with_administrators(db)
    open_ones = select(func.count()).where(
        Learner.staff_role == StaffRole.ADMINISTRATOR, Learner.deactivated_at.is_(None)
    )
    return (db.scalar(open_ones) or 0) < 2


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
