"""By what somebody is known: every id and address under which something may be stored about her."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.audit.services import refs_of
from tracker.groups.models import Member
from tracker.launch.models import ImportedCompletion, LaunchRegistration
from tracker.learners.models import Learner
from tracker.registrations.models import Registration

__all__ = ["Identity", "fingerprint", "identity_of"]


@dataclass(frozen=True, slots=True)
class Identity:
    learner_id: int
    email: str | None
    account: UUID
    registrations: Sequence[UUID]
    launches: Sequence[UUID]
    """Of courses made by others; those of a deleted course too, of which only the completion is left."""
    members: Sequence[int]
    refs: Sequence[UUID]
    """In the audit log."""
    accounts: Sequence[tuple[str, str]]
    """Home page and name of every account that Statements may carry."""

    @property
    def agents(self) -> list[dict[str, Any]]:
        """Every Actor that means this person in the LRS. Other systems may write about her by her address."""
        found: list[dict[str, Any]] = [
            {"objectType": "Agent", "account": {"homePage": home_page, "name": name}}
            for home_page, name in self.accounts
        ]
        if self.email is not None:
            digest = hashlib.sha1(f"mailto:{self.email}".encode(), usedforsecurity=False).hexdigest()
            found += [
                {"objectType": "Agent", "mbox": f"mailto:{self.email}"},
                {"objectType": "Agent", "mbox_sha1sum": digest},
            ]
        return found


def identity_of(db: Session, learner: Learner, *, home_page: str) -> Identity:
    """:param home_page: of the accounts that the tracker gives out: the address of the site."""
    registrations = db.execute(
        select(Registration.id, Registration.account).where(Registration.learner_id == learner.id)
    ).all()
    launches = db.execute(
        select(LaunchRegistration.id, LaunchRegistration.actor_home_page, LaunchRegistration.actor_name).where(
            LaunchRegistration.learner_id == learner.id
        )
    ).all()
    ended = db.scalars(
        select(ImportedCompletion.registration_id).where(ImportedCompletion.learner_id == learner.id)
    ).all()
    own = {learner.account, *(row.account for row in registrations)}
    accounts = {(home_page, str(one)) for one in own} | {(row.actor_home_page, row.actor_name) for row in launches}
    ids = [row.id for row in registrations]
    return Identity(
        learner_id=learner.id,
        email=learner.email,
        account=learner.account,
        registrations=ids,
        launches=sorted({*(row.id for row in launches), *ended}),
        members=db.scalars(select(Member.id).where(Member.registration_id.in_(ids))).all(),
        refs=refs_of(db, learner),
        accounts=sorted(accounts),
    )


def fingerprint(account: str) -> str:
    """Of an account's 122 random bits: tells that it is the same one, and nothing else."""
    return hashlib.sha256(account.encode()).hexdigest()
