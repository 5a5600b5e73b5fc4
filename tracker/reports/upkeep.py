"""Beside the requests: reports are published once a day, and mails about saved views are sent."""

from typing import Final

from flask import Flask
from sqlalchemy import text

from tracker.background import repeat
from tracker.clock import now
from tracker.config import Settings
from tracker.content import course_of
from tracker.db import begin_writing, db, going_to_write
from tracker.notes import noted
from tracker.reports import saved
from tracker.reports.publishing import publish_if_due

__all__ = ["start_thread", "tidy"]

PAUSE_SECONDS: Final = 60.0
_LOCK: Final = 7_301_174
"""Any number, the same in each process: who holds it publishes."""


def tidy(app: Flask) -> bool:
    """Whether something was published."""
    settings: Settings = app.extensions["samverkan.settings"]
    published = False
    with app.app_context():
        going_to_write(False)
        if _alone():
            published = publish_if_due(
                db.session, course_of(app), with_demo=settings.demo, now=now(), least=settings.report_least
            )
        db.session.commit()
        begin_writing(db.session)
        saved.mail_due(db.session, settings, now=now())
        db.session.commit()
    return published


def _alone() -> bool:
    """Of several processes one publishes. On SQLite each takes its turn, and finds that it has been done."""
    if db.session.get_bind().dialect.name == "sqlite":
        return True
    return bool(db.session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}))


def start_thread(app: Flask) -> None:
    repeat(noted(app, "upkeep", lambda: tidy(app)), seconds=PAUSE_SECONDS, name="upkeep of the reports")
