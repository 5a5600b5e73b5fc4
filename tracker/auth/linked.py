"""The sign-ins of organisations that an account is linked to, as its owner sees them and lets go of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.auth import second_step
from tracker.auth.provider_sign_in import holds_here, is_last_administrator
from tracker.errors import TrackerError
from tracker.learners.models import Learner
from tracker.providers.models import Identity, IdentityProvider

__all__ = ["Linked", "OnlyAdministrator", "change_hands", "linked", "unlink"]


class OnlyAdministrator(TrackerError):
    """The role came that way and would go with it, and then nobody could look after the site."""


@dataclass(frozen=True, slots=True)
class Linked:
    provider_id: int
    name: str
    linked_at: datetime
    gives_role: bool
    """The role that the person has came that way, and goes with it."""


def linked(db: Session, learner: Learner) -> Sequence[Linked]:
    return [
        Linked(provider.id, provider.name, identity.linked_at, _gives_role(provider, identity, learner))
        for identity, provider in _of(db, learner)
    ]


def unlink(db: Session, learner: Learner, provider_id: int, *, now: datetime) -> bool:
    """Whether there was one. A role that came that way ends, as nothing would end it later. The link by mail remains.

    :raises OnlyAdministrator: the caller rolls back.
    """
    found = [(identity, provider) for identity, provider in _of(db, learner) if provider.id == provider_id]
    for identity, provider in found:
        if _gives_role(provider, identity, learner):
            if learner.is_administrator and is_last_administrator(db):
                raise OnlyAdministrator
            _end_role(db, learner, now=now)
        db.delete(identity)
    db.flush()
    return bool(found)


def change_hands(db: Session, account: Learner, *, now: datetime) -> None:
    """A new address was confirmed in a browser that is not signed in to the account. Somebody may have asked for it to
    another person's address, so nothing that they hold may open it any more. The sign-ins have ended already.
    """
    account.password_hash = None
    second_step.remove(db, account)
    for identity, provider in _of(db, account):
        if _gives_role(provider, identity, account) and not (account.is_administrator and is_last_administrator(db)):
            _end_role(db, account, now=now)
        db.delete(identity)
    db.flush()


def _end_role(db: Session, learner: Learner, *, now: datetime) -> None:
    learner.staff_role = learner.staff_organisation_id = None
    learner.version += 1
    audit.note(db, Action.SIGN_IN_UNLINKED, by=learner, now=now, subject=learner)


def _of(db: Session, learner: Learner) -> Sequence[tuple[Identity, IdentityProvider]]:
    query = select(Identity, IdentityProvider).join(IdentityProvider, IdentityProvider.id == Identity.provider_id)
    rows = db.execute(query.where(Identity.learner_id == learner.id).order_by(Identity.linked_at, Identity.subject))
    return [(identity, provider) for identity, provider in rows]


def _gives_role(provider: IdentityProvider, identity: Identity, learner: Learner) -> bool:
    gave = identity.gave_role
    return gave is not None and learner.staff_role is gave and holds_here(provider, learner, gave)
