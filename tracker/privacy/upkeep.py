"""Beside the requests: decisions about retention are carried out, outside LRSs asked, the log's head written down."""

from datetime import datetime
from typing import Final

from flask import Flask
from sqlalchemy import text

from tracker.audit import chain
from tracker.background import repeat
from tracker.clock import now
from tracker.config import Settings
from tracker.db import db
from tracker.notes import noted
from tracker.privacy import orders, protocol, retention
from tracker.privacy.erasing import Place

__all__ = ["start_thread", "tidy"]

PAUSE_SECONDS: Final = 3600.0
_LOCK: Final = 7_301_176
"""Any number, the same in each process: who holds it does the work."""


def tidy(app: Flask, *, at: datetime) -> int:
    """How much was thrown away.

    :raises ProtocolNotWritten: nobody can be erased until it can be written.
    """
    settings: Settings = app.extensions["samverkan.settings"]
    place = Place(settings.base_url, settings.protocol_folder, settings.instance / "mail")
    # The lock is held over many transactions, so by a connection of its own. On SQLite each takes its turn and finds
    # that it has been done.
    with app.app_context(), db.engine.connect() as alone:
        lock = text("SELECT pg_try_advisory_xact_lock(:key)")
        if db.engine.dialect.name == "postgresql" and not alone.scalar(lock, {"key": _LOCK}):
            return 0
        try:
            done = retention.carry_out(db.session, place=place, now=at, commit=db.session.commit)
            orders.ask_all(db.session, secret_key=settings.secret_key, now=at)
            last = chain.head(db.session)
            db.session.rollback()
            protocol.write_head(settings.protocol_folder, str(last))
        except protocol.ProtocolNotWritten:
            db.session.rollback()
            raise
    return done


def start_thread(app: Flask) -> None:
    repeat(noted(app, "privacy", lambda: tidy(app, at=now())), seconds=PAUSE_SECONDS, name="upkeep of privacy")
