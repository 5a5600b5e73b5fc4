"""An imported course for a learner: what is in it, how far one has come, and opening its parts."""

from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, abort, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from tracker.clock import now
from tracker.db import db
from tracker.i18n import PREFIX, current_language
from tracker.launch import launching, queries, services
from tracker.launch.current import current_place
from tracker.launch.forms import EmptyForm
from tracker.launch.models import ImportedCourse, LaunchMode
from tracker.launch.registering import register_learner
from tracker.launch.urls import is_absolute
from tracker.launch.wording import marked_text_in, text_in
from tracker.learners.current import begin_as_guest, learner_or_none
from tracker.permissions import Role, allow
from tracker.security import CONTENT_SECURITY_POLICY

bp = Blueprint("launch", __name__, url_prefix=PREFIX)

_LANGUAGES = {"sv": ("sv", "en"), "en": ("en", "sv")}


@bp.app_template_filter("text_in")
def text_in_filter(texts: dict[str, str]) -> str:
    """A text of an imported course, in the language of the page or the next best."""
    return text_in(texts)


bp.add_app_template_filter(marked_text_in, "marked_text_in")


@bp.app_template_global("imported_courses")
def imported_courses() -> list[queries.CourseStatus]:
    """For the learner's overview."""
    return queries.for_learner(db.session, learner_or_none())


@bp.get("/courses/<uuid:course_id>")
@allow(Role.ANYONE)
def course(course_id: UUID) -> ResponseReturnValue:
    status = queries.status_of(db.session, _course(course_id), learner_or_none())
    page = make_response(render_template("launch/course.html", status=status, form=EmptyForm()))
    # A part is opened with a form, and a browser also looks at where that leads.
    elsewhere = " ".join(sorted({"'self'", *_origins(status)}))
    page.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", f"form-action {elsewhere}"
    )
    return page


@bp.post("/courses/<uuid:course_id>/parts/<int:index>")
@allow(Role.ANYONE)
def open_part(course_id: UUID, index: int) -> ResponseReturnValue:
    """Launch it in this window, which is right for both launch methods (cmi5 8.1)."""
    found = _course(course_id)
    learner = begin_as_guest()
    place = current_place()
    try:
        registration = register_learner(db.session, found, learner, base_url=place.base_url, now=now())
        status = queries.status_of(db.session, found, learner)
        if index >= len(status.aus):
            abort(404)
        is_done = status.aus[index].is_done and not status.aus[index].is_waived
        made = launching.launch(
            db.session,
            registration,
            status.aus[index].au,
            mode=LaunchMode.REVIEW if is_done else LaunchMode.NORMAL,
            return_url=place.base_url + url_for(".course", course_id=course_id),
            languages=_LANGUAGES[current_language()],
            place=place,
            now=now(),
        )
        url = made.url
        db.session.commit()
    except IntegrityError:
        # It was deleted while the page was open.
        db.session.rollback()
        abort(404)
    return redirect(url, code=303)


def _course(course_id: UUID) -> ImportedCourse:
    """Published, or one that the learner has begun, or for an administrator who looks at it beforehand."""
    found = services.find_course(db.session, course_id)
    if found is None:
        abort(404)
    learner = learner_or_none()
    may = found.published_at is not None or (
        learner is not None
        and (learner.is_administrator or queries.status_of(db.session, found, learner).registration is not None)
    )
    return found if may else abort(404)


def _origins(status: queries.CourseStatus) -> set[str]:
    addresses = [one.au.url for one in status.aus if is_absolute(one.au.url)]
    return {_origin(address) for address in (current_place().content_url, *addresses)}


def _origin(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https"):
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
