"""The desk of this request."""

from typing import cast

from flask import Flask, current_app

from tracker.clock import now
from tracker.db import db
from tracker.i18n import current_language
from tracker.learners.current import begin_as_guest, learner_or_none
from tracker.learning.desk import Desk, Recorder, begin, sit_down

__all__ = ["begin_here", "current_recorder", "desk_or_none", "init_app"]


def init_app(app: Flask, recorder: Recorder) -> None:
    app.extensions["samverkan.recorder"] = recorder


def current_recorder() -> Recorder:
    return cast("Recorder", current_app.extensions["samverkan.recorder"])


def desk_or_none() -> Desk | None:
    """For reading: None for a visitor who has not begun."""
    learner = learner_or_none()
    if learner is None:
        return None
    return sit_down(db.session, learner, current_recorder(), language=current_language(), now=now())


def begin_here() -> Desk:
    """For writing: whoever has not begun begins now, as a guest. The view commits."""
    return begin(db.session, begin_as_guest(), current_recorder(), language=current_language(), now=now())
