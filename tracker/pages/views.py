"""The open pages: start, word list, meeting plans, and what the site says about itself."""

import logging
from datetime import date

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from course import timetable as meetings
from tracker import limits
from tracker.auth.views import local_path
from tracker.config import Settings
from tracker.content import current_course
from tracker.errors import MailNotSent
from tracker.i18n import PREFIX, _, current_language
from tracker.pages import profile
from tracker.pages.display import COOKIE, Display, current_display
from tracker.pages.feedback import send_feedback
from tracker.pages.forms import DisplayForm, FeedbackForm, MeetingForm
from tracker.pages.words import in_words
from tracker.permissions import Role, allow
from tracker.sorting import swedish

bp = Blueprint("pages", __name__, url_prefix=PREFIX)
log = logging.getLogger(__name__)

MESSAGES = "10/hour;40/day"
YEAR = 365 * 24 * 3600

ASSESSED_ON = UPDATED_ON = date(2026, 11, 22)
"""The accessibility statement says when the site was assessed and when the statement was last changed."""

bp.add_app_template_filter(in_words, "inwords")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings


@bp.get("/")
@allow(Role.ANYONE)
def start() -> str:
    return render_template("pages/start.html")


@bp.route("/display", methods=["GET", "POST"])
@allow(Role.ANYONE)
def display() -> ResponseReturnValue:
    """Colours and text size, kept on this device."""
    now = current_display()
    form = DisplayForm(theme=now.theme, view=now.view, next=local_path(request.args.get("next")) or "")
    if not form.validate_on_submit():
        return render_template("pages/display.html", form=form), 422 if form.errors else 200
    chosen = Display(form.theme.data or "", form.view.data or "")
    back = local_path(form.next.data)
    if back is None:
        flash(_("The display is saved on this device."))
    response = redirect(back or url_for(".display"))
    if chosen == Display():
        response.delete_cookie(COOKIE, samesite="Lax")
    else:
        response.set_cookie(
            COOKIE, chosen.to_cookie(), max_age=YEAR, samesite="Lax", secure=_settings().secure, httponly=True
        )
    return response


@bp.get("/glossary")
@allow(Role.ANYONE)
def glossary() -> str:
    language = current_language()
    terms = sorted(current_course().glossary, key=lambda term: swedish(term.term[language]))
    return render_template("pages/glossary.html", terms=terms)


@bp.get("/facilitator")
@allow(Role.ANYONE)
def facilitator() -> str:
    course = current_course()
    return render_template(
        "pages/facilitator.html",
        plans=[(plan, meetings.timetable(course.meetings, plan, is_long=False)) for plan in course.meetings.meetings],
        long_minutes=[
            meetings.minutes_of(meetings.timetable(course.meetings, plan, is_long=True))
            for plan in course.meetings.meetings
        ],
        spare=meetings.without_meeting(course),
    )


@bp.get("/facilitator/<meeting_id>")
@allow(Role.ANYONE)
def meeting(meeting_id: str) -> ResponseReturnValue:
    course = current_course()
    plans = course.meetings.meetings
    number = next((place for place, plan in enumerate(plans) if plan.id == meeting_id), None)
    if number is None:
        abort(404)
    form = MeetingForm(request.args)
    status = 200 if form.validate() else 422
    points = meetings.timetable(course.meetings, plans[number], is_long=form.is_long)
    return render_template(
        "pages/meeting.html",
        form=form,
        number=number + 1,
        plan=plans[number],
        points=points,
        total=meetings.minutes_of(points),
        following=plans[number + 1] if number + 1 < len(plans) else None,
    ), status


@bp.get("/facilitator/more")
@allow(Role.ANYONE)
def more_notes() -> str:
    """Notes to the lessons that no meeting plan holds."""
    spare = meetings.without_meeting(current_course())
    if not spare:
        abort(404)
    return render_template("pages/more_notes.html", spare=spare)


@bp.route("/accessibility", methods=["GET", "POST"])
@allow(Role.ANYONE)
def accessibility() -> ResponseReturnValue:
    form = FeedbackForm(page=request.args.get("page", ""))
    status = 200
    if form.validate_on_submit():
        limits.count(MESSAGES, "message")
        try:
            send_feedback(
                _settings(), message=form.message.data, page=form.page.data or "", email=form.email.data or ""
            )
        except MailNotSent as error:
            log.error("Message about accessibility not sent: %s", error)
            form.message.errors = [
                _("Our mail server does not answer right now. Your message is still here: send it again in a while")
            ]
            status = 503
        else:
            flash(
                _("Thank you. Your message is on its way to us. We read it, and answer if you gave an e-mail address.")
            )
            return redirect(url_for(".accessibility"))
    if form.errors and status == 200:
        status = 422
    return render_template(
        "pages/accessibility.html", form=form, assessed_on=ASSESSED_ON, updated_on=UPDATED_ON
    ), status


@bp.get("/privacy")
@allow(Role.ANYONE)
def privacy() -> str:
    return render_template("pages/privacy.html")


@bp.get("/xapi-profile")
@allow(Role.ANYONE)
def xapi_profile() -> str:
    sent = profile.examples(current_course(), home_page=_settings().base_url, language=current_language())
    return render_template("pages/xapi_profile.html", sent=sent, not_sent=profile.not_sent(sent))
