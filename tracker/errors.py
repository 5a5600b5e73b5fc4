"""Faults that reach a person, each as a page that says what happened and what to do.

::

    TrackerError
    ├── MailNotSent          tracker.mail           503
    ├── ApiProblem           the API under /api/    its own status, as JSON
    └── (each feature's own, handled in its views)
"""

import logging
from collections.abc import Mapping, Sequence
from traceback import format_tb
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from tracker.i18n import _

__all__ = ["ApiProblem", "MailNotSent", "TrackerError", "init_app"]

log = logging.getLogger(__name__)

_DEADLOCK = "40P01"
"""Two requests have waited for each other, and PostgreSQL has stopped this one."""
_MEANWHILE = {"23503", "23505"}
"""There is one already, or what it belongs to is gone. What was looked at before is another by now."""


class TrackerError(Exception):
    """The root of the tracker's own errors."""


class MailNotSent(TrackerError):
    """The mail server could not be reached or did not take the mail."""


class ApiProblem(TrackerError):
    """An answer of the API. ``requirement``: the id of a cmi5 requirement, where one is broken."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        requirement: str | None = None,
        details: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.requirement = requirement
        self.details = details


_API_CODES = {
    400: ("invalid_request", "The request could not be read"),
    401: ("unauthorized", "Send a good token as Authorization: Bearer …"),
    403: ("forbidden", "This is not for you"),
    404: ("not_found", "There is nothing at this address"),
    405: ("method_not_allowed", "This address does not take that method"),
    413: ("too_large", "That was too much at once"),
    415: ("unsupported_media_type", "This media type is not taken here"),
    422: ("invalid_request", "The request is not right"),
    429: ("too_many_requests", "Wait a moment and try again"),
    503: ("unavailable", "The database does not answer; try again in a moment"),
}


def _is_api() -> bool:
    return request.path.startswith("/api/")


def _problem(problem: ApiProblem) -> Response:
    error: dict[str, Any] = {"code": problem.code, "message": problem.message}
    if problem.requirement is not None:
        error["requirement"] = problem.requirement
    if problem.details:
        error["details"] = list(problem.details)
    response = jsonify({"error": error})
    response.status_code = problem.status
    response.headers["Cache-Control"] = "no-store"
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if problem.status == 503:
        response.headers["Retry-After"] = "30"
    return response


def _plain_problem(status: int) -> Response:
    return _problem(ApiProblem(status, *_API_CODES.get(status, ("internal_error", "Something went wrong with us"))))


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
    app.register_error_handler(ApiProblem, _problem)

    @app.before_request
    def _no_redirect() -> Response | None:
        """The API leads nowhere else, where one slash is too many either: a token is sent once."""
        return _plain_problem(404) if _is_api() and isinstance(request.routing_exception, RequestRedirect) else None

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
        if _is_api():
            answer = _plain_problem(status)
            if allowed := getattr(error, "valid_methods", None):
                answer.headers["Allow"] = ", ".join(allowed)
            return answer
        return _page(status, *_words(status))

    @app.errorhandler(OperationalError)
    @app.errorhandler(NoConnectionFree)
    @app.errorhandler(InterfaceError)
    def _database(error: Exception) -> Response:
        log.exception("The database did not answer: %s %s", request.method, request.url_rule)
        if _is_api():
            return _plain_problem(503)
        if getattr(getattr(error, "orig", None), "sqlstate", None) == _DEADLOCK:
            return _crossed()
        _ask_nobody()
        return _page(
            503,
            _("We cannot reach our database right now"),
            _("Nothing you have done before is lost. Wait a moment, go back and send it again."),
        )

    @app.errorhandler(StaleDataError)
    @app.errorhandler(ObjectDeletedError)
    def _meanwhile(error: Exception) -> Response:
        """Where it is likely, the feature has told it in words of its own."""
        log.exception("Something else was done at the same moment: %s %s", request.method, request.url_rule)
        return _plain_problem(503) if _is_api() else _crossed()

    @app.errorhandler(IntegrityError)
    def _against_a_rule(error: IntegrityError) -> Response:
        # PostgreSQL says the values in its words, and what was to be stored is somebody's: the place is enough.
        place = "".join(format_tb(error.__traceback__))
        rule = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        log.error("Against %s: %s %s\n%s", rule, request.method, request.url_rule, place)
        meanwhile = getattr(error.orig, "sqlstate", None) in _MEANWHILE
        if _is_api():
            return _plain_problem(503 if meanwhile else 500)
        if meanwhile:
            return _crossed()
        _ask_nobody()
        return _page(500, *_words(500))

    def _crossed() -> Response:
        _ask_nobody()
        return _page(
            409,
            _("Somebody changed the same thing at the same moment"),
            _("Nothing of yours was saved this time. Go back, load the page again and see what it says now."),
        )

    def _ask_nobody() -> None:
        """The page must not ask the database who is signed in: after a fault this request gets no answer from it."""
        g._login_user = app.login_manager.anonymous_user()  # type: ignore[attr-defined]  # set by Flask-Login

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
        # Not the address itself: in some stands what signs somebody in.
        log.exception("Unexpected fault: %s %s", request.method, request.url_rule)
        if _is_api():
            return _plain_problem(500)
        _ask_nobody()
        return _page(500, *_words(500))
