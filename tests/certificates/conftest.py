"""Somebody who has completed the course."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.launch import packages
from tests.tracker.taking import take_course
from tracker.config import Settings
from tracker.launch import services
from tracker.launch.models import ImportedCourse
from tracker.learners.models import Learner


@pytest.fixture
def graduate(make_learner: Callable[..., Learner], app: Flask, db: Session) -> Learner:
    """Karin, on the evening of 4 February 2027."""
    learner = make_learner(email="karin@forening.example", name="Karin Lindqvist")
    with app.app_context():
        take_course(db, app, learner, now=NOW)
        db.commit()
    return learner


@pytest.fixture
def make_imported(app: Flask, db: Session, settings: Settings) -> Callable[..., ImportedCourse]:
    """A course made by others that learners see: ``make_imported(au("1", moveOn="Passed"), title="Brandskydd")``."""

    def make(*content: str, title: str = "Lagen i vardagen") -> ImportedCourse:
        file = io.BytesIO(packages.zipped(packages.course(*content, title=title)))
        shelf = services.Shelf(settings.package_folder)
        package = services.read_package(file, media_type=None, shelf=shelf)
        made = services.add_course(db, package, filename="kurs.zip", now=NOW)
        services.publish(db, made, now=NOW)
        db.commit()
        return made

    return make
