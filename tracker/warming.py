"""What is the same for everybody is made before the first request, once for all worker processes.

Templates are compiled, texts typeset and static files compressed when they are first needed. A whole group opens its
lesson in the same minute; then every thread of every worker would do all of it at the same time, beside each other.
"""

import logging

from flask import Flask, url_for
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.exc import SQLAlchemyError

from tracker.config import Settings
from tracker.content import course_of
from tracker.db import engine_of
from tracker.i18n import LANGUAGES

__all__ = ["warm"]

log = logging.getLogger(__name__)


def warm(app: Flask) -> None:
    """Build the pages that a visitor meets first. Called before the workers are forked."""
    _keep_what_is_compiled(app)
    for language in LANGUAGES:
        with app.test_request_context(f"/{language}/"):
            app.preprocess_request()
            paths = [url_for("pages.start"), url_for("learning.overview")]
            if language == LANGUAGES[0]:  # the language of nearly everybody; the templates are the same in all
                paths += [url_for("learning.lesson", lesson_id=lesson.id) for lesson in course_of(app).lessons]
        for path in paths:
            _build(app, path)
    # Nothing that was opened here goes along into the workers.
    engine_of(app).dispose()


def _keep_what_is_compiled(app: Flask) -> None:
    """Compiling the templates is half of what a start takes; the next finds them, by what is in them."""
    settings: Settings = app.extensions["samverkan.settings"]
    folder = settings.instance / "templates"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(folder))
    except OSError:
        log.warning("Compiled templates cannot be kept in %s", folder)


def _build(app: Flask, path: str) -> None:
    """Not as a request of a visitor: it is not counted among them."""
    with app.test_request_context(path):
        try:
            app.preprocess_request()
            app.dispatch_request()
        except SQLAlchemyError:
            # The database may come later than we do; /readyz tells whether it is there.
            log.warning("%s could not be made beforehand: the database does not answer", path)
