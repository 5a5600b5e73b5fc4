"""Where somebody without an account takes over the record that the group made: a code from a slip, or its QR."""

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired

from tracker.auth import session as sign_ins
from tracker.certificates.codes import EXAMPLE, read_code
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import begin_writing, db
from tracker.groups import claiming
from tracker.groups.codes import TooManyGuesses
from tracker.groups.forms import EmptyForm, one_line
from tracker.groups.models import Member
from tracker.i18n import PREFIX, _, _l
from tracker.learners.current import learner_or_none
from tracker.learning.current import current_recorder
from tracker.permissions import Role, allow
from tracker.progress.queries import overview

bp = Blueprint("groups_claim", __name__, url_prefix=PREFIX)


class CodeForm(FlaskForm):
    code = StringField(
        _l("Your personal code"),
        [DataRequired(_l("Write the code on your slip"))],
        filters=[one_line],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


def _find(code: str) -> Member:
    settings: Settings = current_app.extensions["samverkan.settings"]
    try:
        return claiming.find(db.session, code, address=request.remote_addr or "", secret=settings.secret_key, now=now())
    except claiming.ClaimUnknown:
        db.session.commit()  # the guess is counted
        raise


@bp.route("/claim", methods=["GET", "POST"])
@allow(Role.ANYONE)
def enter() -> ResponseReturnValue:
    form = CodeForm()
    if not form.validate_on_submit():
        return render_template("groups/claim.html", form=form, example=EXAMPLE), 422 if form.errors else 200
    code = read_code(form.code.data or "")
    if code is None:
        form.code.errors = [
            _("Write the twelve letters and digits on the slip, for example %(example)s", example=EXAMPLE)
        ]
        return render_template("groups/claim.html", form=form, example=EXAMPLE), 422
    return redirect(url_for(".claim", code=code))


@bp.route("/claim/<code>", methods=["GET", "POST"])
@allow(Role.ANYONE)
def claim(code: str) -> ResponseReturnValue:
    """GET changes nothing: phones open what they read from a QR code before anybody has decided anything."""
    begin_writing(db.session)  # a wrong code is counted
    here = learner_or_none()
    form = EmptyForm()
    try:
        member = _find(code)
        if member.claimed_at is None and not claiming.can_claim(member):
            raise claiming.ClaimUsed
        if member.claimed_at is not None:
            registration = member.registration
            if here is None or registration is None or registration.learner_id != here.id:
                raise claiming.ClaimUsed
            return redirect(url_for("learning.overview"))
        if form.validate_on_submit():
            return _claim(member)
    except TooManyGuesses:
        return _no(429, "many")
    except claiming.ClaimUnknown:
        return _no(404, "unknown")
    except claiming.ClaimUsed:
        db.session.rollback()
        return _no(410, "used")
    assert member.registration is not None
    done = overview(db.session, member.registration.learner, current_course())
    core = {lesson.id for lesson in current_course().core_lessons}
    page = make_response(
        render_template(
            "groups/claim_confirm.html",
            form=form,
            member=member,
            done=len(done.lessons_done & core),
            total=len(core),
            here=here,
            is_mine=here is not None and here.id == member.registration.learner_id,
            code=code,
        )
    )
    page.headers["Cache-Control"] = "no-store"
    page.headers["X-Robots-Tag"] = "noindex"
    page.headers["Referrer-Policy"] = "origin"  # as on the page of a link to sign in
    return page


def _claim(member: Member) -> ResponseReturnValue:
    here = learner_or_none()
    learner = claiming.claim(db.session, member, by=here, recorder=current_recorder(), now=now())
    learner.last_seen_on = now()
    db.session.commit()
    if here is None:
        sign_ins.start(learner, remember=True)
    flash(_("What you did with the group is now in your course."))
    return redirect(url_for("learning.overview"))


def _no(status: int, reason: str) -> ResponseReturnValue:
    return render_template("groups/claim_no.html", reason=reason), status
