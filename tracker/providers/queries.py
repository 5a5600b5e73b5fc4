"""Which providers there are. Read-only."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.learners.models import Learner
from tracker.providers.models import Identity, IdentityProvider, ProviderDomain
from tracker.sorting import swedish

__all__ = ["every_provider", "of_address", "offered", "used_by"]


def every_provider(db: Session) -> Sequence[IdentityProvider]:
    return sorted(db.scalars(select(IdentityProvider)), key=lambda one: swedish(one.name))


def offered(db: Session) -> Sequence[IdentityProvider]:
    """On the sign-in page."""
    return [one for one in every_provider(db) if one.is_open]


def of_address(db: Session, email: str) -> IdentityProvider | None:
    """The open one of the address's domain, of an address that ``normalise_address`` has been over."""
    owned = select(IdentityProvider).join(ProviderDomain).where(ProviderDomain.domain == email.rpartition("@")[2])
    return db.scalar(owned.where(IdentityProvider.is_open))


def used_by(db: Session, learner: Learner) -> Sequence[IdentityProvider]:
    """Through which somebody has signed in."""
    ids = select(Identity.provider_id).where(Identity.learner_id == learner.id)
    return [one for one in every_provider(db) if one.id in set(db.scalars(ids))]
