"""What is the same for everybody is made before the first request, once for all worker processes.

Templates are compiled, texts typeset and static files compressed when they are first needed. A whole group opens its
lesson in the same minute; then every thread of every worker would do all of it at the same time, beside each other.
"""

import logging

from flask import Flask, url_for
from sqlalchemy.exc import SQLAlchemyError

from tracker.content import course_of
from tracker.db import engine_of
from tracker.i18n import LANGUAGES

__all__ = ["warm"]

log = logging.getLogger(__name__)


def warm(app: Flask) -> None:
    """Build the pages that a visitor meets first. Called before the workers are forked."""
    for language in LANGUAGES:
        with app.test_request_context(f"/{language}/"):
            app.preprocess_request()
            paths = [url_for("pages.start"), url_for("learning.overview")]
            paths += [url_for("learning.lesson", lesson_id=lesson.id) for lesson in course_of(app).lessons]
        for path in paths:
            _build(app, path)
    # Nothing that was opened here goes along into the workers.
    engine_of(app).dispose()


def _build(app: Flask, path: str) -> None:
    """Not as a request of a visitor: it is not counted among them."""
    with app.test_request_context(path):
        try:
            app.preprocess_request()
            app.dispatch_request()
        except SQLAlchemyError:
            # The database may come later than we do; /readyz tells whether it is there.
            log.warning("%s could not be made beforehand: the database does not answer", path)
