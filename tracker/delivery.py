"""Sends what is queued to outside LRSs from the server's own processes, beside the learners' requests."""

from flask import Flask
from sqlalchemy.orm import sessionmaker

from lrs_adapter.backfills import take_steps
from lrs_adapter.outbox import Delivery, deliver, ensure_destination
from tracker.background import repeat
from tracker.clock import now
from tracker.config import Settings
from tracker.db import db
from tracker.notes import noted

__all__ = ["POLL_SECONDS", "deliver_once", "ensure_configured", "start_thread"]

POLL_SECONDS = 2.0


def ensure_configured(app: Flask) -> None:
    """The outside LRS of the settings is among the destinations."""
    settings: Settings = app.extensions["samverkan.settings"]
    if settings.lrs_endpoint is None:
        return
    with app.app_context():
        ensure_destination(
            db.session,
            endpoint=settings.lrs_endpoint,
            key=settings.lrs_key,
            secret=settings.lrs_secret,
            secret_key=settings.secret_key,
            now=now(),
        )
        db.session.commit()


def deliver_once(app: Flask) -> Delivery:
    """One step of what was stored before and is to be sent too, then what is queued."""
    settings: Settings = app.extensions["samverkan.settings"]
    with app.app_context():
        factory = sessionmaker(db.engine)
    take_steps(factory, now=now())
    return deliver(factory, now=now(), secret_key=settings.secret_key)


def start_thread(app: Flask) -> None:
    """One in each worker process: they share the queues without sending anything twice."""
    repeat(noted(app, "delivery", lambda: deliver_once(app)), seconds=POLL_SECONDS, name="delivery to outside LRSs")
