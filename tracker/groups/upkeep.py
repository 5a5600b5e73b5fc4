"""Beside the requests: rehearsals end after a day. And which names of members a decision about retention forgets."""

from datetime import datetime
from typing import Final

from flask import Flask
from sqlalchemy import ColumnElement, exists, func, or_, update
from sqlalchemy.orm import Session

from tracker.background import repeat
from tracker.clock import now
from tracker.db import db
from tracker.groups.models import Meeting, Member
from tracker.groups.rehearsal import end_old_rehearsals
from tracker.learners.models import Learner
from tracker.notes import noted
from tracker.registrations.models import Registration

__all__ = ["forget_names", "names_to_forget", "start_thread"]

PAUSE_SECONDS: Final = 3600.0


def names_to_forget(cutoff: datetime) -> list[ColumnElement[bool]]:
    """Of members of groups whose last meeting was before ``cutoff``, who joined before it.

    Who has an account, or has taken over the record with a personal code, keeps the name in the group.
    """
    last = func.coalesce(Meeting.closed_at, Meeting.starts_at, Meeting.opened_at)
    still_meets = exists().where(Meeting.group_id == Member.group_id, last >= cutoff)
    has_account = exists().where(
        Registration.id == Member.registration_id,
        Learner.id == Registration.learner_id,
        Learner.email.is_not(None),
    )
    return [
        Member.name.is_not(None),
        Member.joined_at < cutoff,
        or_(Member.claimed_at.is_(None), Member.registration_id.is_(None)),
        ~still_meets,
        ~has_account,
    ]


def forget_names(session: Session, *, before: datetime) -> int:
    """How many names are gone now. Attendance, credit and study hours stay as they are: somebody was there."""
    forget = (
        update(Member)
        .where(*names_to_forget(before))
        .values(name=None, name_key=None)
        .execution_options(synchronize_session=False)
    )
    return int(session.execute(forget).rowcount)  # type: ignore[attr-defined]  # the result of an UPDATE has it


def start_thread(app: Flask) -> None:
    def work() -> None:
        with app.app_context():
            end_old_rehearsals(db.session, now=now())
            db.session.commit()

    repeat(noted(app, "groups", work), seconds=PAUSE_SECONDS, name="upkeep of the groups")
