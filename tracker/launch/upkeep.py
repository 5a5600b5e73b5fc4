"""Beside the requests: sessions that nobody came back to are abandoned, and their tokens are cleared away."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lrs_adapter.models import CredentialRow
from tracker.background import repeat
from tracker.clock import now
from tracker.config import Settings
from tracker.db import db
from tracker.launch.current import place_of_settings
from tracker.launch.launching import abandon_old
from tracker.launch.models import CourseVersion
from tracker.notes import noted

__all__ = ["start_thread", "tidy"]

PAUSE_SECONDS: Final = 600.0
# So that for a while it can still be told that a token was one of a session.
_KEPT: Final = timedelta(days=7)
_UNPACKING: Final = timedelta(days=1)


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
        _clear_folders(db.session, settings.package_folder, at)
    return count


def start_thread(app: Flask) -> None:
    repeat(
        noted(app, "launches", lambda: tidy(app, at=now())), seconds=PAUSE_SECONDS, name="upkeep of launched sessions"
    )


def _clear_folders(session: Session, root: Path, at: datetime) -> None:
    """Of a package that the server went down with, between unpacking it and saying so, or between the opposite."""
    if not root.is_dir():
        return
    known = {str(folder) for folder in session.scalars(select(CourseVersion.folder))}
    for place in root.iterdir():
        if place.name not in known and place.stat().st_mtime < (at - _UNPACKING).timestamp():
            shutil.rmtree(place, ignore_errors=True)


def _clear_tokens(session: Session, at: datetime) -> None:
    session.execute(
        delete(CredentialRow).where(CredentialRow.session_id.is_not(None), CredentialRow.expires < at - _KEPT)
    )
