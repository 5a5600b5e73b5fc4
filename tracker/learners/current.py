"""The learner of this request."""

import uuid
from typing import cast

from flask import Flask
from flask_login import LoginManager, current_user
from sqlalchemy import select

from tracker.db import db
from tracker.learners.models import Learner

__all__ = ["current_learner", "init_app", "learner_or_none"]


def learner_or_none() -> Learner | None:
    return cast(Learner, current_user._get_current_object()) if current_user.is_authenticated else None


def current_learner() -> Learner:
    """Only in views that are not open to anyone."""
    learner = learner_or_none()
    if learner is None:
        raise RuntimeError("this view is not marked with @allow(Role.LEARNER)")
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
