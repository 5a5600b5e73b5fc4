"""Passkeys: taken into use, listed, removed, and shown instead of the link or the code.

Each is a form whose hidden field a script fills with what the browser has signed (static/js/passkeys.js).
``passkey_ceremonies`` is imported where it is used; it says why.
"""

import logging

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from tracker import limits
from tracker.auth import messages, passkeys, second_step
from tracker.auth import session as here
from tracker.auth.forms import PasskeyForm, PasskeyNameForm, PasskeySignInForm
from tracker.auth.joining import join
from tracker.auth.views import complete_together, guest_here, local_path
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.i18n import PREFIX, _, current_language
from tracker.learners import sign_ins
from tracker.learners.current import current_learner
from tracker.learners.models import Learner
from tracker.permissions import Role, allow

__all__ = ["bp", "can_use_passkeys"]

bp = Blueprint("passkeys", __name__, url_prefix=PREFIX)
log = logging.getLogger(__name__)

ASKED = "120/10 minutes"
WRONG = "20/15 minutes"


def _site() -> passkeys.Site:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return passkeys.site_of(settings.base_url) or abort(404)


@bp.app_template_global("can_use_passkeys")
def can_use_passkeys() -> bool:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return passkeys.site_of(settings.base_url) is not None


def _json(options: str) -> Response:
    response = Response(options, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _told(why: passkeys.Why) -> str:
    return {
        passkeys.Why.LATE: _("It took too long, or another window was quicker. Try again"),
        passkeys.Why.NOT_VERIFIED: _(
            "The passkey did not ask for a finger, a face or a PIN. Sign in with a link instead"
        ),
        passkeys.Why.COPIED: _("The passkey is stopped, since there may be a copy of it. Sign in with a link instead"),
        passkeys.Why.CLOSED: _("The account is closed"),
        passkeys.Why.TOO_MANY: _("You have as many passkeys as one can have. Remove one first"),
    }.get(why) or _("We do not know this passkey. It may have been removed here. Sign in with a link instead")


# ---------------------------------------------------------------- my passkeys


@bp.route("/profile/passkeys", methods=["GET", "POST"])
@allow(Role.ACCOUNT)
def own() -> ResponseReturnValue:
    from tracker.auth import passkey_ceremonies

    learner = current_learner()
    form = PasskeyForm(next=local_path(request.args.get("next")) or "")
    may_add = _may_add(learner)
    if request.method == "POST" and may_add is not None:
        return redirect(may_add)
    if form.validate_on_submit():
        first = not second_step.has_second_step(db.session, learner)
        try:
            passkey_ceremonies.register(
                db.session,
                learner,
                form.credential.data or "",
                _site(),
                name=form.name.data or _("Passkey"),
                browser=here.browser_mark(),
                now=now(),
            )
        except passkeys.WrongPasskey as error:
            db.session.commit()
            form.name.errors = [_told(error.why)]
        else:
            codes = second_step.new_recovery_codes(db.session, learner) if first else []
            if learner.needs_second_step:
                sign_ins.second_step_shown(db.session, learner, now=now())
            notice = messages.passkey_changed(learner.email or "", removed=False)
            db.session.commit()
            messages.deliver_notice(notice)
            if codes and learner.needs_second_step:
                return _codes(codes, local_path(form.next.data))
            flash(_("The passkey is saved. You can sign in with it from now on."))
            return redirect(local_path(form.next.data) or url_for(".own"))
    page = render_template(
        "auth/passkeys.html",
        form=form,
        found=passkeys.of(db.session, learner),
        may_add=may_add,
        possible=can_use_passkeys(),
    )
    return page, 422 if form.errors else 200


def _codes(codes: list[str], next_page: str | None) -> Response:
    page = make_response(render_template("auth/recovery_codes.html", codes=codes, next_page=next_page, passkey=True))
    page.headers["Cache-Control"] = "no-store"
    return page


def _may_add(learner: Learner) -> str | None:
    """None: yes. Otherwise where the person shows first that it is she or he.

    Who reads somebody's mail must not get past the second step by adding a passkey of the own.
    """
    back = url_for(".own", next=local_path(request.args.get("next")))
    if learner.showed_second_step:
        return None
    if learner.needs_second_step and second_step.has_second_step(db.session, learner):
        return url_for("second_step.ask", next=back)
    return None if here.signed_in_recently() else url_for("auth.sign_in", next=back)


@bp.post("/profile/passkeys/options")
@allow(Role.ACCOUNT)
def own_options() -> ResponseReturnValue:
    from tracker.auth import passkey_ceremonies

    learner = current_learner()
    if _may_add(learner) is not None:
        abort(403)
    options = passkey_ceremonies.ask_to_register(
        db.session,
        learner,
        _site(),
        called=current_course().info.title[current_language()],
        browser=here.browser_mark(),
        now=now(),
    )
    db.session.commit()
    return _json(options)


@bp.route("/profile/passkeys/<passkey_id>/rename", methods=["GET", "POST"])
@allow(Role.ACCOUNT)
def rename(passkey_id: str) -> ResponseReturnValue:
    learner = current_learner()
    passkey = next((one for one in passkeys.of(db.session, learner) if one.id == passkey_id), None) or abort(404)
    form = PasskeyNameForm(data={"name": passkey.name})
    if form.validate_on_submit():
        passkeys.rename(db.session, learner, passkey_id, form.name.data or "")
        db.session.commit()
        flash(_("The name is saved."))
        return redirect(url_for(".own"))
    return render_template("auth/rename_passkey.html", form=form, passkey=passkey), 422 if form.errors else 200


@bp.post("/profile/passkeys/<passkey_id>/remove")
@allow(Role.ACCOUNT)
def remove(passkey_id: str) -> ResponseReturnValue:
    """The link by mail is always another way in; whose role demands a second step keeps one of those."""
    learner = current_learner()
    if (first := _may_add(learner)) is not None:
        return redirect(first)
    gone = passkeys.remove(db.session, learner, passkey_id)
    if gone and learner.needs_second_step and not second_step.has_second_step(db.session, learner):
        db.session.rollback()
        flash(_("This is your only second step. Add another passkey or an app first."), "error")
        return redirect(url_for(".own"))
    if gone:
        notice = messages.passkey_changed(learner.email or "", removed=True)
        db.session.commit()
        messages.deliver_notice(notice)
    flash(_("The passkey opens nothing here any more. You can delete it on your device too."))
    return redirect(url_for(".own"))


# ---------------------------------------------------------------- signing in


@bp.post("/sign-in/passkey/options")
@allow(Role.ANYONE)
def options() -> ResponseReturnValue:
    from tracker.auth import passkey_ceremonies

    limits.count(ASKED, "passkey options")
    asked = passkey_ceremonies.ask_to_use(db.session, None, _site(), browser=here.browser_mark(), now=now())
    db.session.commit()
    return _json(asked)


@bp.post("/sign-in/passkey")
@allow(Role.ANYONE)
def sign_in() -> ResponseReturnValue:
    form = PasskeySignInForm()
    used = _use(form, None)
    if isinstance(used, str):
        flash(used, "error")
        return redirect(url_for("auth.sign_in", next=local_path(form.next.data)))
    guest = guest_here()
    if guest is not None and form.keep.data:
        join(db.session, guest=guest, into=used.learner)
        complete_together(used.learner)
    used.learner.last_seen_on = now()
    db.session.commit()
    here.start(used.learner, remember=True, second_step=used.verified)
    flash(_("You are signed in as %(email)s.", email=used.learner.email))
    return redirect(local_path(form.next.data) or url_for("learning.overview"))


@bp.post("/sign-in/second-step/passkey/options")
@allow(Role.ACCOUNT)
def second_options() -> ResponseReturnValue:
    from tracker.auth import passkey_ceremonies

    limits.count(ASKED, "passkey options")
    asked = passkey_ceremonies.ask_to_use(
        db.session, current_learner(), _site(), browser=here.browser_mark(), now=now()
    )
    db.session.commit()
    return _json(asked)


@bp.post("/sign-in/second-step/passkey")
@allow(Role.ACCOUNT)
def second() -> ResponseReturnValue:
    form = PasskeySignInForm()
    used = _use(form, current_learner())
    if isinstance(used, str):
        flash(used, "error")
        return redirect(url_for("second_step.ask", next=local_path(form.next.data)))
    sign_ins.second_step_shown(db.session, current_learner(), now=now())
    db.session.commit()
    return redirect(local_path(form.next.data) or url_for("admin.home"))


def _use(form: PasskeySignInForm, learner: Learner | None) -> passkeys.Used | str:
    """What was shown, or what to tell the person."""
    from tracker.auth import passkey_ceremonies

    if limits.exhausted(WRONG, "wrong passkey"):
        return _("Too many tries. Wait a quarter of an hour, or sign in with a link instead")
    if not form.validate():
        return _("The passkey could not be read. Try again")
    try:
        return passkey_ceremonies.use(
            db.session, learner, form.credential.data or "", _site(), browser=here.browser_mark(), now=now()
        )
    except passkeys.WrongPasskey as error:
        db.session.commit()
        limits.within(WRONG, "wrong passkey")
        log.warning("A passkey was refused: %s", error.why)
        return _told(error.why)
