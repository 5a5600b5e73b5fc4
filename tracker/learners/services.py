"""What can be done with a learner as such: begin, fill in the profile."""

import unicodedata
import uuid
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tracker.errors import TrackerError
from tracker.learners.models import Capacity, Learner, Organisation, OrganisationKind, StaffRole

__all__ = [
    "UnknownOrganisation",
    "create_guest",
    "hold_with_administrators",
    "rename",
    "take_over_profile",
    "update_profile",
]


class UnknownOrganisation(TrackerError):
    """The organisation is not, or no longer, on the administrator's list."""


def create_guest(db: Session, *, now: datetime) -> Learner:
    """A learner who has told us nothing. Signing in with an e-mail address keeps what the guest has done."""
    guest = Learner(account=uuid.uuid4(), created_at=now, last_seen_on=now)
    db.add(guest)
    db.flush()
    return guest


def hold_with_administrators(db: Session, *learner_ids: int) -> None:
    """Until the end of the transaction nobody else changes these people, or who administers the site.

    All at once and in the order of their ids: two administrators who change each other's account, or merge two accounts
    each in another direction, come one after the other and never wait for each other in a circle.
    """
    among = or_(Learner.id.in_(learner_ids), Learner.staff_role == StaffRole.ADMINISTRATOR)
    db.execute(select(Learner.id).where(among).order_by(Learner.id).with_for_update(key_share=True)).all()


def update_profile(
    db: Session,
    learner: Learner,
    *,
    name: str | None,
    capacity: Capacity | None,
    organisation_kind: OrganisationKind | None,
    organisation_id: int | None,
) -> None:
    """Everything is optional: ``None`` takes the value away.

    :raises UnknownOrganisation: when nothing has been changed yet.
    """
    organisation = None
    if organisation_id is not None:
        # Held before the learner's own row, so that what kind it is does not change just now.
        organisation = db.get(Organisation, organisation_id, with_for_update={"read": True}, populate_existing=True)
    if organisation_id is not None and organisation is None:
        raise UnknownOrganisation
    learner.name = _tidy(name)
    learner.capacity = capacity
    # The administrator knows what kind of organisation it is; the learner need not say it twice.
    learner.organisation_kind = organisation.kind if organisation else organisation_kind
    learner.organisation = organisation
    learner.version = Learner.version + 1  # an administrator who has the person's page open, or saves it now, is told
    db.flush()


def rename(db: Session, learner: Learner, name: str | None) -> None:
    """For the certificate. ``None`` or nothing but space takes the name away."""
    learner.name = _tidy(name)
    db.flush()


def _tidy(name: str | None) -> str | None:
    """On one line, composed, without what cannot be seen or turns the reading direction of the certificate."""
    characters = unicodedata.normalize("NFC", name or "")
    seen = "".join(c for c in characters if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs"})
    return " ".join(seen.split()) or None


def take_over_profile(*, guest: Learner, into: Learner) -> None:
    """What the account has not said is taken from the guest; what it has said stays."""
    into.name = into.name or guest.name
    into.capacity = into.capacity or guest.capacity
    if into.organisation is None and into.organisation_kind is None:
        into.organisation_kind, into.organisation = guest.organisation_kind, guest.organisation
