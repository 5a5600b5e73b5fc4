"""The account's password and address."""

import uuid

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from tracker import limits
from tracker.auth import linked as organisations
from tracker.auth import messages, passkeys, passwords, services
from tracker.auth import session as sign_ins
from tracker.auth.forms import AddressForm, PasswordForm
from tracker.auth.views import LINKS, WRONG_PASSWORDS, send_link
from tracker.clock import now
from tracker.db import db
from tracker.i18n import PREFIX, _
from tracker.learners import sign_ins as browsers
from tracker.learners.current import current_learner
from tracker.learners.models import Learner
from tracker.permissions import Role, allow, second_step_first

bp = Blueprint("account", __name__, url_prefix=PREFIX)


def _account() -> tuple[Learner, str]:
    """Who has the account, and its address."""
    learner = current_learner()
    if learner.email is None:
        raise RuntimeError("this view is not marked with @allow(Role.ACCOUNT)")
    return learner, learner.email


@bp.route("/profile/password", methods=["GET", "POST"])
@allow(Role.ACCOUNT)
def password() -> ResponseReturnValue:
    if (first := second_step_first()) is not None:
        return first
    learner, address = _account()
    form = PasswordForm()
    # Who came in by link just now may have forgotten the password; anybody else at this device has to know it.
    ask_current = learner.password_hash is not None and not sign_ins.signed_in_recently()
    status = 200
    if form.validate_on_submit():
        status = 422
        if ask_current and limits.exhausted(WRONG_PASSWORDS, "wrong password", address):
            form.current.errors = [_("Too many tries. Wait a quarter of an hour, or sign in with a link instead")]
            status = 429
        elif ask_current and not passwords.confirm_password(learner, form.current.data or ""):
            limits.within(WRONG_PASSWORDS, "wrong password", address)
            form.current.errors = [_("This is not the password you have now")]
        else:
            try:
                passwords.set_password(db.session, learner, form.new.data or "")
            except passwords.PasswordLength:
                form.new.errors = [
                    _(
                        "Choose a password with %(least)d to %(most)d characters",
                        least=passwords.SHORTEST,
                        most=passwords.LONGEST,
                    )
                ]
            except passwords.PasswordIsAddress:
                form.new.errors = [_("Choose something other than your e-mail address")]
            else:
                _commit_and_tell(learner, address, removed=False)
                flash(_("Your password is saved. Other devices have been signed out."))
                return redirect(url_for("learners.profile"))
    return render_template("auth/password.html", form=form, ask_current=ask_current), status


def _commit_and_tell(learner: Learner, email: str, *, removed: bool) -> None:
    notice = messages.password_changed(email, removed=removed)
    db.session.commit()
    messages.deliver_notice(notice)
    sign_ins.start(learner, remember=True)


@bp.post("/profile/password/remove")
@allow(Role.ACCOUNT)
def remove_password() -> ResponseReturnValue:
    if (first := second_step_first()) is not None:
        return first
    learner, address = _account()
    if learner.password_hash is not None:
        passwords.remove_password(db.session, learner)
        _commit_and_tell(learner, address, removed=True)
        flash(_("The password is gone. You sign in with a link."))
    return redirect(url_for("learners.profile"))


@bp.route("/profile/email", methods=["GET", "POST"])
@allow(Role.ACCOUNT)
def email() -> ResponseReturnValue:
    """Nothing changes until the link that goes to the new address has been used.

    Who only reads somebody's mail must not move a role to an address and a second step of the own.
    """
    if (first := second_step_first()) is not None:
        return first
    learner, old = _account()
    if _can_sign_in_otherwise(learner) and not sign_ins.signed_in_recently():
        # Or whoever finds the browser open takes the account, and what the password page asks for guards nothing.
        flash(_("Sign in once more. Then you change your address."))
        return redirect(url_for("auth.sign_in", next=url_for(".email")))
    form = AddressForm()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            address = services.normalise_address(form.email.data or "")
            if address == old:
                form.email.errors = [_("This is the address you have now. Write the new one")]
            else:
                limits.count(LINKS, "link")
                status = send_link(form, new_address_for=learner)
                if status == 200:
                    session["new_address"] = address
                    return redirect(url_for(".email_sent"))
    return render_template("auth/email.html", form=form), status


def _can_sign_in_otherwise(learner: Learner) -> bool:
    """Without the mail of the old address, which is often gone when it is to be changed."""
    return learner.password_hash is not None or bool(passkeys.of(db.session, learner))


@bp.get("/profile/email/sent")
@allow(Role.ACCOUNT)
def email_sent() -> ResponseReturnValue:
    if "new_address" not in session:
        return redirect(url_for(".email"))
    return render_template("auth/email_sent.html", email=session["new_address"])


# ---------------------------------------------------------------- where one is signed in


@bp.get("/profile/sign-ins")
@allow(Role.LEARNER)
def signed_in() -> str:
    learner = current_learner()
    here = learner.here.sign_in_id if learner.here is not None else None
    return render_template("auth/sign_ins.html", found=browsers.of(db.session, learner), here=here)


@bp.post("/profile/sign-ins/<uuid:sign_in_id>/end")
@allow(Role.LEARNER)
def end_sign_in(sign_in_id: uuid.UUID) -> ResponseReturnValue:
    ended = browsers.end(db.session, sign_in_id, learner_id=current_learner().id)
    db.session.commit()
    flash(_("That browser is signed out.") if ended else _("That browser was already signed out."))
    return redirect(url_for(".signed_in"))


# ---------------------------------------------------------------- sign-ins through organisations


@bp.app_template_global("linked_sign_ins")
def linked_sign_ins() -> str:
    """The names of the organisations, for one's own page. Empty: there are none."""
    return ", ".join(dict.fromkeys(one.name for one in organisations.linked(db.session, current_learner())))


@bp.get("/profile/linked")
@allow(Role.ACCOUNT)
def linked() -> str:
    return render_template("auth/linked.html", found=organisations.linked(db.session, current_learner()))


@bp.post("/profile/linked/<int:provider_id>/remove")
@allow(Role.ACCOUNT)
def unlink(provider_id: int) -> ResponseReturnValue:
    try:
        gone = organisations.unlink(db.session, current_learner(), provider_id, now=now())
    except organisations.OnlyAdministrator:
        db.session.rollback()
        flash(
            _("You are the only administrator, and the role came this way. Give somebody else the role first."), "error"
        )
        return redirect(url_for(".linked"))
    db.session.commit()
    flash(_("Your account is no longer linked to it.") if gone else _("Your account was not linked to it."))
    return redirect(url_for(".linked"))
