"""Beside the requests: sessions that nobody came back to are abandoned, and their tokens are cleared away."""

import logging
import threading
from datetime import datetime, timedelta
from typing import Final

from flask import Flask
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lrs_adapter.models import CredentialRow
from tracker.clock import now
from tracker.config import Settings
from tracker.db import db
from tracker.launch.current import place_of_settings
from tracker.launch.launching import abandon_old

__all__ = ["start_thread", "tidy"]

PAUSE_SECONDS: Final = 600.0
# So that for a while it can still be told that a token was one of a session.
_KEPT: Final = timedelta(days=7)

log = logging.getLogger(__name__)


def tidy(app: Flask, *, at: datetime) -> int:
    """How many sessions have been abandoned. In steps, so that nobody waits long."""
    settings: Settings = app.extensions["samverkan.settings"]
    count = 0
    with app.app_context():
        while step := abandon_old(db.session, place=place_of_settings(settings), now=at):
            db.session.commit()
            count += step
        _clear_tokens(db.session, at)
        db.session.commit()
    return count


def start_thread(app: Flask) -> threading.Thread:
    def work() -> None:
        pause = threading.Event()
        while True:
            try:
                tidy(app, at=now())
            except SQLAlchemyError:
                log.exception("Old sessions could not be abandoned; tried again later")
            pause.wait(PAUSE_SECONDS)

    thread = threading.Thread(target=work, name="launch upkeep", daemon=True)
    thread.start()
    return thread


def _clear_tokens(session: Session, at: datetime) -> None:
    session.execute(
        delete(CredentialRow).where(CredentialRow.session_id.is_not(None), CredentialRow.expires < at - _KEPT)
    )
