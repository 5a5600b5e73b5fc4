"""The learner of this request."""

import uuid
from typing import cast

from flask import Flask
from flask_login import LoginManager, current_user, login_user
from sqlalchemy import select

from tracker import limits
from tracker.clock import now
from tracker.db import db
from tracker.learners import services
from tracker.learners.models import Learner

__all__ = ["begin_as_guest", "current_learner", "init_app", "learner_or_none"]

# Twenty people at one table, or a hundred at a conference, come from one address.
NEW_GUESTS = "60/minute;300/hour"


def learner_or_none() -> Learner | None:
    return cast("Learner", current_user._get_current_object()) if current_user.is_authenticated else None


def current_learner() -> Learner:
    """Only in views that are not open to anyone."""
    learner = learner_or_none()
    if learner is None:
        raise RuntimeError("this view is not marked with @allow(Role.LEARNER)")
    return learner


def begin_as_guest() -> Learner:
    """The learner of this request; where there is none, a new guest who stays signed in on this device.

    Called by views that begin the course, with POST. The view commits.

    :raises TooManyRequests: 429, when one address makes very many guests.
    """
    learner = learner_or_none()
    if learner is None:
        limits.count(NEW_GUESTS, "new guest")
        learner = services.create_guest(db.session, now=now())
        login_user(learner, remember=True)
    return learner


def init_app(app: Flask) -> None:
    manager = LoginManager(app)

    @manager.user_loader
    def _load(sign_in_key: str) -> Learner | None:
        try:
            key = uuid.UUID(sign_in_key)
        except ValueError:
            return None
        return db.session.scalar(select(Learner).where(Learner.sign_in_key == key))
