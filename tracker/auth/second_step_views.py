"""Showing the second factor, and choosing it. Where a page needs it, ``tracker.permissions`` leads here."""

import pyotp
import segno
from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from tracker import limits
from tracker.auth import passkeys, second_step
from tracker.auth import session as here
from tracker.auth.forms import SecondStepForm
from tracker.auth.passkey_views import can_use_passkeys
from tracker.auth.views import local_path
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import begin_writing, db
from tracker.i18n import PREFIX, _, current_language
from tracker.learners import sign_ins
from tracker.learners.current import current_learner
from tracker.permissions import Role, allow

bp = Blueprint("second_step", __name__, url_prefix=PREFIX)

WRONG_CODES = "5/5 minutes;30/day"


@bp.route("/sign-in/second-step", methods=["GET", "POST"])
@allow(Role.ACCOUNT)
def ask() -> ResponseReturnValue:
    learner = current_learner()
    if not second_step.has_second_step(db.session, learner):
        return redirect(url_for(".choose", next=local_path(request.args.get("next"))))
    form = SecondStepForm(next=local_path(request.args.get("next")) or "")
    status = 200
    if form.validate_on_submit():
        if limits.exhausted(WRONG_CODES, "wrong code", str(learner.id)):
            form.code.errors, status = [_("Too many tries. Wait five minutes and try again")], 429
        else:
            try:
                second_step.check(
                    db.session, learner, form.code.data or "", secret_key=_settings().secret_key, now=now()
                )
            except second_step.WrongCode:
                limits.within(WRONG_CODES, "wrong code", str(learner.id))
                form.code.errors = [_("The code is not right. Write the one that the app shows now")]
            else:
                sign_ins.second_step_shown(db.session, learner, now=now())
                db.session.commit()
                return redirect(local_path(form.next.data) or url_for("admin.home"))
    page = render_template(
        "auth/second_step.html",
        form=form,
        has_app=second_step.has_app(db.session, learner),
        passkeys=can_use_passkeys() and passkeys.of(db.session, learner),
    )
    return page, 422 if form.errors and status == 200 else status


@bp.route("/profile/second-step", methods=["GET", "POST"])
@allow(Role.ACCOUNT)
def choose() -> ResponseReturnValue:
    """An app is chosen by who has just signed in, never by whoever finds the browser open a month later."""
    learner = current_learner()
    next_page = local_path(request.args.get("next")) or ""
    if second_step.has_app(db.session, learner):
        left = second_step.recovery_codes_left(db.session, learner)
        return render_template("auth/second_step_chosen.html", codes_left=left)
    if second_step.has_second_step(db.session, learner) and not learner.showed_second_step:
        # Who has a passkey shows it before there is another way in.
        return redirect(url_for(".ask", next=url_for(".choose", next=next_page or None)))
    if not learner.showed_second_step and not here.signed_in_recently():
        flash(_("Sign in once more. Then you choose your second step."))
        return redirect(url_for("auth.sign_in", next=url_for(".choose", next=next_page or None)))
    if request.method == "GET":
        begin_writing(db.session)
        learner = current_learner()
    secret = second_step.begin_app(db.session, learner, secret_key=_settings().secret_key)
    form = SecondStepForm(next=next_page)
    if form.validate_on_submit():
        try:
            codes = second_step.confirm_app(
                db.session, learner, form.code.data or "", secret_key=_settings().secret_key, now=now()
            )
        except second_step.WrongCode:
            form.code.errors = [_("The code is not right. Write the one that the app shows now")]
        else:
            sign_ins.second_step_shown(db.session, learner, now=now())
            db.session.commit()
            page = make_response(
                render_template("auth/recovery_codes.html", codes=codes, next_page=local_path(form.next.data))
            )
            page.headers["Cache-Control"] = "no-store"
            return page
    address = pyotp.TOTP(secret).provisioning_uri(
        name=learner.email, issuer_name=current_course().info.title[current_language()]
    )
    db.session.commit()
    page = make_response(
        render_template("auth/choose_second_step.html", form=form, secret=_in_fours(secret), qr=_qr(address))
    )
    page.headers["Cache-Control"] = "no-store"
    return page, 422 if form.errors else 200


@bp.post("/profile/second-step/remove")
@allow(Role.ACCOUNT)
def remove() -> ResponseReturnValue:
    """By who has shown a code in this browser; the next app is chosen at once."""
    learner = current_learner()
    if learner.showed_second_step:
        second_step.remove_app(db.session, learner)
        db.session.commit()
        flash(_("The app is removed. Choose a new one."))
        return redirect(url_for(".choose"))
    return redirect(url_for(".ask", next=url_for(".choose")))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings


def _in_fours(secret: str) -> str:
    """Which is how it is written by hand; the apps take no notice of the blanks."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def _qr(address: str) -> Markup:
    code = segno.make(address, micro=False, error="m")
    return Markup(code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True))  # noqa: S704  # ours
