"""Beside the requests: rehearsals end after a day, and names of members without an account are forgotten in time."""

from datetime import datetime, timedelta
from typing import Final

from flask import Flask
from sqlalchemy import exists, func, or_, update
from sqlalchemy.orm import Session

from tracker.background import repeat
from tracker.clock import now
from tracker.config import Settings
from tracker.db import db
from tracker.groups.models import Meeting, Member
from tracker.groups.rehearsal import end_old_rehearsals
from tracker.learners.models import Learner
from tracker.notes import noted
from tracker.registrations.models import Registration

__all__ = ["forget_names", "start_thread"]

PAUSE_SECONDS: Final = 3600.0


def forget_names(session: Session, *, days: int, at: datetime) -> int:
    """How many names are gone now. ``days`` after the group's last meeting, and after the member joined; 0 is never.

    Who has an account, or has taken over the record with a personal code, keeps the name in the group. Attendance,
    credit and study hours stay as they are: somebody was there.
    """
    if days == 0:
        return 0
    cutoff = at - timedelta(days=days)
    last = func.coalesce(Meeting.closed_at, Meeting.starts_at, Meeting.opened_at)
    still_meets = exists().where(Meeting.group_id == Member.group_id, last >= cutoff)
    has_account = exists().where(
        Registration.id == Member.registration_id,
        Learner.id == Registration.learner_id,
        Learner.email.is_not(None),
    )
    forget = (
        update(Member)
        .where(
            Member.name.is_not(None),
            Member.joined_at < cutoff,
            or_(Member.claimed_at.is_(None), Member.registration_id.is_(None)),
            ~still_meets,
            ~has_account,
        )
        .values(name=None, name_key=None)
        .execution_options(synchronize_session=False)
    )
    return int(session.execute(forget).rowcount)  # type: ignore[attr-defined]  # the result of an UPDATE has it


def start_thread(app: Flask) -> None:
    settings: Settings = app.extensions["samverkan.settings"]

    def work() -> None:
        with app.app_context():
            end_old_rehearsals(db.session, now=now())
            forget_names(db.session, days=settings.member_name_days, at=now())
            db.session.commit()

    repeat(noted(app, "groups", work), seconds=PAUSE_SECONDS, name="upkeep of the groups")
