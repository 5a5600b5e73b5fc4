"""Beside the requests: reports are published once a day, and mails about saved views are sent."""

import logging
import os
import subprocess
import sys
from typing import Final

from flask import Flask

from tracker.background import repeat
from tracker.clock import now
from tracker.config import Settings
from tracker.content import course_of
from tracker.db import begin_writing, db, going_to_write
from tracker.notes import noted, notes_of
from tracker.reports import saved
from tracker.reports.publishing import alone, is_due, publish

__all__ = ["publish_if_due", "send_mails", "start_thread"]

PAUSE_SECONDS: Final = 60.0
_LONGEST_SECONDS: Final = 3600

log = logging.getLogger(__name__)


def publish_if_due(app: Flask) -> bool:
    """Whether something was published. Of several processes that try at once, one does it."""
    with app.app_context():
        due = _is_due(app) and alone(db.session) and _is_due(app)
        if due:
            settings: Settings = app.extensions["samverkan.settings"]
            publish(db.session, course_of(app), with_demo=settings.demo, now=now(), least=settings.report_least)
        db.session.commit()
    return due


def send_mails(app: Flask) -> int:
    """How many were tried. Nobody waits for the mail server while it is spoken with."""
    settings: Settings = app.extensions["samverkan.settings"]
    count = 0
    with app.app_context():
        while True:
            begin_writing(db.session)
            mail = saved.take_due(db.session, now=now())
            db.session.commit()
            if mail is None:
                return count
            fault = saved.send_due(mail, settings)
            begin_writing(db.session)
            saved.note_sent(db.session, mail, fault, now=now())
            db.session.commit()
            count += 1


def _is_due(app: Flask) -> bool:
    going_to_write(False)
    settings: Settings = app.extensions["samverkan.settings"]
    return is_due(db.session, course_of(app), with_demo=settings.demo, now=now(), least=settings.report_least)


def _publish_beside(app: Flask) -> None:
    """In a process of its own, which gives way to requests: reading a million people takes a processor for a while."""
    command = [sys.executable, "-m", "tracker", "report", "publish", "--if-due"]
    gentle = ["nice", "-n", "10", *command] if os.name == "posix" else command
    # S603: our own program, and no word of it comes from outside.
    try:
        subprocess.run(gentle, capture_output=True, text=True, timeout=_LONGEST_SECONDS, check=True)  # noqa: S603
    except subprocess.SubprocessError as error:
        why = error.stderr[-2000:] if isinstance(error, subprocess.CalledProcessError) else error
        log.error("Reports could not be published; tried again in a minute: %s", why)
        notes_of(app).fault("publishing", type(error).__name__)
    else:
        notes_of(app).success("publishing")


def start_thread(app: Flask) -> None:
    def work() -> None:
        with app.app_context():
            due = _is_due(app)
            db.session.rollback()
        if due:
            _publish_beside(app)
        send_mails(app)

    repeat(noted(app, "reports", work), seconds=PAUSE_SECONDS, name="upkeep of the reports")
