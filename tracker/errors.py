"""Faults that reach a person, each as a page that says what happened and what to do.

::

    TrackerError
    ├── MailNotSent          tracker.mail           503
    └── (each feature's own, handled in its views)
"""

import logging

from flask import Flask, Response, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from tracker.i18n import _

__all__ = ["MailNotSent", "TrackerError", "init_app"]

log = logging.getLogger(__name__)


class TrackerError(Exception):
    """The root of the tracker's own errors."""


class MailNotSent(TrackerError):
    """The mail server could not be reached or did not take the mail."""


def _page(status: int, heading: str, text: str) -> Response:
    response = make_response(render_template("errors/error.html", heading=heading, text=text, status=status), status)
    if status == 503:
        response.headers["Retry-After"] = "30"
    return response


def _words(status: int) -> tuple[str, str]:
    if status == 404:
        return _("The page is not here"), _(
            "The address may be mistyped, or the page may have moved. Go to your course, or to the start page."
        )
    if status == 403:
        return _("You cannot open this page"), _(
            "The page belongs to somebody else or needs another role. Sign in with the right address, or go back."
        )
    if status == 405:
        return _("The page cannot be used in that way"), _("Go back and use the buttons on the page.")
    if status == 413:
        return _("That was too much at once"), _("Shorten what you wrote, or choose a smaller file, and send it again.")
    if status == 429:
        return _("Too many tries"), _("Wait a minute, then try again.")
    if status == 400:
        return _("The page could not read what was sent"), _("Go back, load the page again and send it once more.")
    return _("Something went wrong with us"), _(
        "What you had already sent is kept. Go back and try again. If it happens again, write to us."
    )


def init_app(app: Flask) -> None:
    @app.errorhandler(CSRFError)
    def _form_too_old(error: CSRFError) -> Response:
        return _page(
            400, _("The form has been open too long"), _("Go back, load the page again and send it once more.")
        )

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response | HTTPException:
        status = error.code or 500
        if status < 400:
            return error
        return _page(status, *_words(status))

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    def _database(error: Exception) -> Response:
        log.exception("The database did not answer: %s %s", request.method, request.path)
        # The page must not ask the database who is signed in.
        g._login_user = app.login_manager.anonymous_user()  # type: ignore[attr-defined]  # set by Flask-Login
        return _page(
            503,
            _("We cannot reach our database right now"),
            _("Nothing you have done before is lost. Wait a moment, go back and send it again."),
        )

    @app.errorhandler(MailNotSent)
    def _mail(error: MailNotSent) -> Response:
        log.error("Mail not sent: %s", error)
        return _page(
            503,
            _("We could not send the e-mail"),
            _("Our mail server does not answer. Wait a few minutes and try again. You can go on with the course."),
        )

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        log.exception("Unexpected fault: %s %s", request.method, request.path)
        return _page(500, *_words(500))
