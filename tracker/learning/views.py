"""The course's own pages: the overview, the lessons, and what is answered in them."""

from functools import lru_cache

from flask import Blueprint, abort, current_app, redirect, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from course.completion import opening_is_enough
from course.loader import DEFAULT_DIRECTORY
from course.markdown import Html, inline_html, text_html
from course.marking import InvalidResponse, mark
from course.schema import Activity, Lesson
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import begin_writing, db
from tracker.i18n import PREFIX, _, current_language
from tracker.learners.current import learner_or_none
from tracker.learning import services
from tracker.learning.activity_views import Problem, anchor_of
from tracker.learning.answering import carry_out
from tracker.learning.current import begin_here, desk_or_none
from tracker.learning.desk import Desk
from tracker.learning.handing_in import NotEnough
from tracker.learning.pages import LessonPage, OverviewPage
from tracker.learning.responses import Action, BadForm, Posted, read
from tracker.permissions import Role, allow
from tracker.progress.queries import overview as progress_of

bp = Blueprint("learning", __name__, url_prefix=PREFIX)

_line = lru_cache(maxsize=4096)(inline_html)
_paragraphs = lru_cache(maxsize=1024)(text_html)


@bp.app_template_filter("prose_line")
def prose_line(text: str) -> Html:
    """A text of an activity, on one line."""
    return _line(text, current_language())


@bp.app_template_filter("prose")
def prose(text: str) -> Html:
    """The same, where an empty line begins a paragraph."""
    return _paragraphs(text, current_language())


@bp.get("/course")
@allow(Role.ANYONE)
def overview() -> str:
    desk = desk_or_none()
    course = current_course()
    position = services.position_of(db.session, desk) if desk else None
    state = None
    if desk and position and position.activity_id:
        state = services.state_of(db.session, desk.registration.id, position.lesson_id, position.activity_id)
    progress = progress_of(db.session, learner_or_none(), course)
    return render_template(
        "learning/overview.html", page=OverviewPage(course, current_language(), progress, position, state)
    )


@bp.get("/lessons/<lesson_id>")
@allow(Role.ANYONE)
def lesson(lesson_id: str) -> str:
    found = _lesson(lesson_id)
    desk = desk_or_none()
    if desk and services.is_new_place(db.session, desk, found):
        begin_writing(db.session)
        desk = desk_or_none()
        if desk:
            services.open_lesson(db.session, desk, found)
            db.session.commit()
    return _show(found, desk)


@bp.post("/lessons/<lesson_id>/read")
@allow(Role.ANYONE)
def read_through(lesson_id: str) -> ResponseReturnValue:
    """A lesson with nothing to hand in is complete when somebody says that it is read."""
    found = _lesson(lesson_id)
    if not opening_is_enough(found):
        abort(400)
    desk = begin_here()
    services.open_lesson(db.session, desk, found)
    services.mark_read(db.session, desk, found)
    db.session.commit()
    return redirect(url_for(".lesson", lesson_id=lesson_id, _anchor="lesson-done"))


@bp.post("/lessons/<lesson_id>/activities/<activity_id>")
@allow(Role.ANYONE)
def answer(lesson_id: str, activity_id: str) -> ResponseReturnValue:
    """All that an activity's form can do. Answers 204 to a page that only keeps what is begun, in the background."""
    found = _lesson(lesson_id)
    activity = found.activities[current_language()].get(activity_id)
    if activity is None:
        abort(404)
    try:
        posted = read(activity, request.form)
        _check_ids(activity, posted)
    except (BadForm, InvalidResponse):
        abort(400)
    in_background = "keep" in request.form
    if posted.lacks:
        return _show(
            found, desk_or_none(), Problem(activity_id, message=posted.lacks), at=_asked(activity_id, posted)
        ), 422
    try:
        desk = begin_here()
        if services.is_new_place(db.session, desk, found):
            services.open_lesson(db.session, desk, found)
        item = carry_out(db.session, desk, found, activity_id, posted)
    except InvalidResponse:
        db.session.rollback()
        abort(400)
    except services.AlreadyHandedIn:
        db.session.rollback()
        if in_background:
            return "", 409
        return _show(found, desk_or_none(), Problem(activity_id, elsewhere=True), at=_asked(activity_id, posted)), 409
    except NotEnough:
        db.session.rollback()
        return _show(found, desk_or_none(), Problem(activity_id, message=_("Answer a few more first"))), 422
    db.session.commit()
    if in_background:
        return "", 204
    at = f"{activity_id}.{item}" if item else None
    return redirect(url_for(".lesson", lesson_id=lesson_id, at=at, _anchor=anchor_of(activity_id)))


@bp.get("/media/<path:name>")
@allow(Role.ANYONE)
def media(name: str) -> ResponseReturnValue:
    """A picture of the course: ``m1/kok.svg`` lies in ``m1/media``."""
    module, _slash, file = name.partition("/")
    if module not in {one.id for one in current_course().modules}:
        abort(404)
    settings: Settings = current_app.extensions["samverkan.settings"]
    return send_from_directory((settings.course or DEFAULT_DIRECTORY) / module / "media", file)


def _lesson(lesson_id: str) -> Lesson:
    try:
        return current_course().lesson(lesson_id)
    except KeyError:
        abort(404)


def _check_ids(activity: Activity, posted: Posted) -> None:
    """Before anybody is made a guest: what was placed is what the activity has.

    :raises InvalidResponse: when it is not.
    """
    if posted.action is Action.KEEP or (posted.action is Action.HAND_IN and posted.response is not None):
        mark(activity, posted.response)


def _asked(activity_id: str, posted: Posted) -> str | None:
    return f"{activity_id}.{posted.item}" if posted.item else None


def _show(found: Lesson, desk: Desk | None, problem: Problem | None = None, *, at: str | None = None) -> str:
    """The page of a lesson as it stands in the database."""
    course, language = current_course(), current_language()
    states = services.states_of(db.session, desk.registration.id, found.id) if desk else {}
    progress = progress_of(db.session, learner_or_none(), course)
    page = LessonPage(course, found, language, progress, states, at=at or request.args.get("at"), problem=problem)
    return render_template("learning/lesson.html", page=page)
