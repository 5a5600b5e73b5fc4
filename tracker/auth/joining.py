"""Two who turn out to be one: what a guest has done becomes the account's."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker.audit import services as audit
from tracker.launch.models import ImportedCompletion, LaunchRegistration
from tracker.learners.models import Learner
from tracker.learners.services import take_over_profile
from tracker.providers.models import Identity
from tracker.registrations.models import Registration

__all__ = ["NotAGuest", "join"]


class NotAGuest(Exception):
    """An account is never merged into another one. The caller's mistake, not a person's."""


def join(db: Session, *, guest: Learner, into: Learner) -> bool:
    """The guest's registrations move to the account, and the guest is gone.

    False: one of the two has gone in the meantime, or the guest has become an account. Then nothing is changed.

    Registrations keep their ids and accounts and Statements never change, so nothing is counted twice: a lesson that
    both have done is one lesson of the account. What only the two halves complete together is for
    ``tracker.learning.services.recheck`` to record, in the same transaction.
    """
    if not guest.is_guest or guest.id == into.id:
        raise NotAGuest
    # Locked, so that a page of the guest's which is just beginning the course is in time or too late, not in between.
    # The rows in the order of their ids, as everybody who holds several takes them.
    both = select(Learner).where(Learner.id.in_([guest.id, into.id])).order_by(Learner.id)
    held = both.with_for_update(of=Learner).execution_options(populate_existing=True)
    if len(db.scalars(held).all()) < 2 or not guest.is_guest:
        return False
    theirs = select(Registration.id).where(Registration.learner_id.in_([guest.id, into.id]))
    db.execute(theirs.order_by(Registration.id).with_for_update())
    for registration in db.scalars(select(Registration).where(Registration.learner_id == guest.id)):
        registration.learner = into
    for launched in db.scalars(select(LaunchRegistration).where(LaunchRegistration.learner_id == guest.id)):
        launched.learner = into
    for completed in db.scalars(select(ImportedCompletion).where(ImportedCompletion.learner_id == guest.id)):
        completed.learner = into
    db.execute(update(Identity).where(Identity.learner_id == guest.id).values(learner_id=into.id))
    audit.moves_to(db, guest=guest, into=into)
    take_over_profile(guest=guest, into=into)
    db.delete(guest)
    db.flush()
    return True
