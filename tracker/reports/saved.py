"""Views that somebody keeps under a name, and the mails that lead to them.

A mail holds a link that needs signing in, and nothing of what the report says.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from flask import url_for
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.config import Settings
from tracker.errors import MailNotSent
from tracker.i18n import _
from tracker.learners.models import Learner
from tracker.mail import Outbound, send
from tracker.permissions import Role
from tracker.reports.models import Frequency, SavedView

__all__ = ["DueMail", "address", "note_sent", "of_learner", "remove", "save", "send_due", "take_due"]

_AGAIN: Final = timedelta(hours=6)
_HOUR: Final = 6

log = logging.getLogger(__name__)


def of_learner(db: Session, learner: Learner) -> Sequence[SavedView]:
    return db.scalars(select(SavedView).where(SavedView.learner_id == learner.id).order_by(SavedView.name)).all()


def save(
    db: Session,
    learner: Learner,
    *,
    name: str,
    view: str,
    filters: Mapping[str, str],
    frequency: str | None,
    language: str,
    now: datetime,
) -> SavedView:
    """A view of the same name takes the new filters."""
    # Locked, so that two tabs that save at once make one view.
    db.execute(select(Learner.id).where(Learner.id == learner.id).with_for_update())
    found = db.scalar(select(SavedView).where(SavedView.learner_id == learner.id, SavedView.name == name))
    if found is None:
        found = SavedView(id=uuid4(), learner_id=learner.id, name=name, created_at=now)
        db.add(found)
    found.view, found.filters, found.language = str(view), dict(filters), language
    found.frequency = Frequency(frequency) if frequency else None
    found.next_at = _next(found.frequency, now) if found.frequency else None
    found.fault = None
    db.flush()
    return found


def remove(db: Session, learner: Learner, view_id: UUID) -> bool:
    """False when the learner has no such view; somebody else's is not there."""
    found = db.scalar(select(SavedView).where(SavedView.id == view_id, SavedView.learner_id == learner.id))
    if found is not None:
        db.delete(found)
        db.flush()
    return found is not None


def address(view: str, filters: Mapping[str, str]) -> str:
    chosen: dict[str, Any] = dict(filters)
    if view == "people":
        return url_for("reports.people_page", **chosen)
    if view == "modules":
        return url_for("reports.completion", **chosen)
    return url_for("reports.completion_by", view=view, **chosen)


@dataclass(frozen=True, slots=True)
class DueMail:
    view_id: UUID
    to: str
    language: str


def take_due(db: Session, *, now: datetime) -> DueMail | None:
    """The next mail that is due, for whoever commits this. It is tried again in six hours if nothing is heard of it.

    Whoever may no longer read reports gets nothing more.
    """
    due = (
        select(SavedView)
        .where(SavedView.next_at <= now)
        .order_by(SavedView.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    while (view := db.scalars(due).first()) is not None:
        learner = db.get_one(Learner, view.learner_id)
        view.last_at, view.next_at = now, now + _AGAIN
        if learner.email is not None and learner.deactivated_at is None and Role.REPORT_READER in learner.roles:
            db.flush()
            return DueMail(view.id, learner.email, view.language)
        view.frequency, view.next_at = None, None
        db.flush()
    return None


def send_due(mail: DueMail, settings: Settings) -> str | None:
    """Why it could not be sent. Outside of any transaction: a mail server takes its time."""
    try:
        send(_mail(mail, settings), settings)
    except MailNotSent as error:
        log.warning("The mail about a saved report could not be sent: %s", error)
        return str(error)
    return None


def note_sent(db: Session, mail: DueMail, fault: str | None, *, now: datetime) -> None:
    view = db.get(SavedView, mail.view_id, with_for_update=True)
    if view is None or view.frequency is None:
        return  # removed, or stopped, in the meantime
    view.fault = fault
    if fault is None:
        view.next_at = _next(view.frequency, now)
    db.flush()


def _mail(mail: DueMail, settings: Settings) -> Outbound:
    link = f"{settings.base_url}/{mail.language}/admin/completion/views"
    with force_locale(mail.language):
        subject = _("Your report is ready")
        words = _(
            "Hello,\n\nthe report that you follow is up to date. Sign in to see it:\n\n%(link)s\n\n"
            "There you can also stop these mails.\n",
            link=link,
        )
    return Outbound(to=mail.to, subject=subject, text=words, settings=settings)


def _next(frequency: Frequency, after: datetime) -> datetime:
    """Mondays, or the first of the month, in the morning."""
    day = after.replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    if frequency is Frequency.WEEKLY:
        return day + timedelta(days=7 - day.weekday())
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
