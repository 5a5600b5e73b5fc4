"""Somebody who has completed the course."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.tracker.taking import take_course
from tracker.learners.models import Learner


@pytest.fixture
def graduate(make_learner: Callable[..., Learner], app: Flask, db: Session) -> Learner:
    """Karin, on the evening of 4 February 2027."""
    learner = make_learner(email="karin@forening.example", name="Karin Lindqvist")
    with app.app_context():
        take_course(db, app, learner, now=NOW)
        db.commit()
    return learner
