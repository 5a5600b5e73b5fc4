"""After a backup has been restored: whoever was erased since it was made is erased again."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.audit.models import Via
from tracker.launch.models import LaunchRegistration
from tracker.learners.models import Learner
from tracker.privacy import protocol
from tracker.privacy.erasing import Place, erase
from tracker.privacy.identity import fingerprint
from tracker.registrations.models import Registration

__all__ = ["reapply"]


def reapply(db: Session, file: Path, *, place: Place, now: datetime) -> int:
    """How many were found and are gone again; each in a transaction of its own. Safe to run again.

    :raises ValueError: the file is not the protocol.
    """
    erased = {one for accounts in protocol.read(file) for one in accounts}
    done = 0
    for learner_id in sorted(_back(db, erased)):
        learner = db.get(Learner, learner_id)
        if learner is not None:
            # It stands in the protocol already.
            erase(db, learner, by=None, place=replace(place, protocol_folder=None), now=now, via=Via.COMMAND)
            db.commit()
            done += 1
    return done


def _back(db: Session, erased: set[str]) -> set[int]:
    """Who has one of the accounts. Guests who had been joined before they were erased may be apart again."""
    owners = (
        select(Learner.id, Learner.account),
        select(Registration.learner_id, Registration.account),
        select(LaunchRegistration.learner_id, LaunchRegistration.actor_name).where(
            LaunchRegistration.learner_id.is_not(None)
        ),
    )
    return {owner for query in owners for owner, account in db.execute(query) if fingerprint(str(account)) in erased}
