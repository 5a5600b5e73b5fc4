"""Signing in with a link by e-mail or with a password, and signing out."""

import logging
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from tracker import limits
from tracker.auth import linked, messages, services
from tracker.auth import session as sign_ins
from tracker.auth.forms import AddressForm, PasswordSignInForm, SignInForm, UseLinkForm
from tracker.auth.joining import join
from tracker.auth.models import SignInLink
from tracker.auth.passwords import WrongPassword, check_password
from tracker.clock import now
from tracker.db import db
from tracker.errors import MailNotSent
from tracker.i18n import PREFIX, _, current_language
from tracker.learners.current import current_learner, learner_or_none
from tracker.learners.models import Learner
from tracker.learning.current import current_recorder
from tracker.learning.services import recheck
from tracker.permissions import Role, allow
from tracker.providers.queries import of_address

bp = Blueprint("auth", __name__, url_prefix=PREFIX)
log = logging.getLogger(__name__)

# A group of twenty behind one network address must be able to sign in at the same meeting.
LINKS = "30/10 minutes;120/hour"
WRONG_LINKS = "60/hour"
WRONG_PASSWORDS = "10/15 minutes"
WRONG_PASSWORDS_OF_NETWORK = "50/15 minutes"


def local_path(address: str | None) -> str | None:
    """Only a path on this site: anything a browser could take for another host is dropped."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or any(ord(character) <= 32 or character == "\\" for character in address):
        return None
    return address


def guest_here() -> Learner | None:
    learner = learner_or_none()
    return learner if learner is not None and learner.is_guest else None


# ---------------------------------------------------------------- asking for a link


@bp.route("/sign-in", methods=["GET", "POST"])
@allow(Role.ANYONE)
def sign_in() -> ResponseReturnValue:
    form = SignInForm(next=local_path(request.args.get("next")) or "")
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            limits.count(LINKS, "link")
            theirs = of_address(db.session, services.normalise_address(form.email.data or ""))
            if theirs is not None and not form.by_link.data:
                # Never in the address of a page: addresses end up in logs.
                session["typed"] = services.normalise_address(form.email.data or "")
                next_page = local_path(form.next.data)
                return redirect(url_for("provider.start", provider_id=theirs.id, typed=1, next=next_page))
            guest = guest_here() if form.keep.data else None
            status = send_link(form, guest=guest, next_page=local_path(form.next.data))
            if status == 200:
                session["link"] = {
                    "email": services.normalise_address(form.email.data or ""),
                    "next": local_path(form.next.data) or "",
                    "keep": bool(form.keep.data),
                }
                return redirect(url_for(".sent"))
    return render_template("auth/sign_in.html", form=form), status


def send_link(form: AddressForm, **asked: Any) -> int:
    """Make the link and send it. 200, or the status of the message that now stands beside the field.

    Commits before it sends, so that a slow mail server never holds the database; takes the link back if it fails.
    """
    try:
        link, token = services.ask_for_link(db.session, form.email.data or "", now=now(), **asked)
    except services.TooManyLinks:
        form.email.errors = [
            _("We have already sent several links to this address. Look in your inbox, or try again in an hour")
        ]
        return 429
    message = messages.link_mail(link, token)
    db.session.commit()
    try:
        messages.deliver(message)
    except MailNotSent as error:
        log.error("Link not sent: %s", error)
        services.forget_link(db.session, token)
        db.session.commit()
        form.email.errors = [_("Our mail server does not answer right now. Wait a few minutes and send it again")]
        return 503
    return 200


@bp.get("/sign-in/sent")
@allow(Role.ANYONE)
def sent() -> ResponseReturnValue:
    if "link" not in session:
        return redirect(url_for(".sign_in"))
    return render_template("auth/sent.html", sent=session["link"])


# ---------------------------------------------------------------- using it


@bp.route("/sign-in/link/<token>", methods=["GET", "POST"])
@allow(Role.ANYONE)
def use_link(token: str) -> ResponseReturnValue:
    """GET changes nothing: mail scanners open every link they see."""
    if limits.exhausted(WRONG_LINKS, "wrong link"):
        abort(429)
    browser = sign_ins.browser_mark()
    here = learner_or_none()
    try:
        link = services.read_link(db.session, token, now=now(), browser=browser)
    except (services.LinkUsed, services.LinkExpired, services.LinkUnknown) as error:
        return _no_link(error)
    if link.used_at is not None and here is not None and here.email == link.email:
        return redirect(link.next_page or url_for("learning.overview"))
    if _takes_a_role_along(link, here):
        return render_template("auth/no_link.html", reason="elsewhere"), 403
    form = UseLinkForm()
    if not form.validate_on_submit():
        page = make_response(render_template("auth/use_link.html", form=form, link=link, here=here))
        page.headers["Cache-Control"] = "no-store"
        page.headers["Referrer-Policy"] = "origin"  # what the page fetches would carry the key into the server's log
        return page
    next_page = link.next_page
    old_address = link.new_address_for.email if link.new_address_for is not None else None
    kept = _kept(link, form, here)
    try:
        learner = services.use_link(
            db.session,
            token,
            keep=kept,
            browser=browser,
            now=now(),
        )
        if old_address not in {None, learner.email} and (here is None or here.id != learner.id):
            linked.change_hands(db.session, learner, now=now())
    except services.LinkUsed as error:
        db.session.rollback()
        return _no_link(error)
    except services.AccountClosed:
        db.session.rollback()
        return render_template("auth/no_link.html", reason="closed"), 403
    except services.AddressTaken:
        db.session.rollback()
        return render_template("auth/no_link.html", reason="taken"), 409
    if kept:
        complete_together(learner)
    email = learner.email or ""
    notice = messages.address_changed(old_address, email) if old_address not in {None, email} else None
    db.session.commit()
    if notice is not None:
        messages.deliver_notice(notice)
    sign_ins.start(learner, remember=bool(form.remember.data))
    if old_address is not None:
        flash(_("Your e-mail address is now %(email)s.", email=email))
        return redirect(url_for("learners.profile"))
    flash(_("You are signed in as %(email)s.", email=email))
    return redirect(next_page or url_for("learning.overview"))


def _takes_a_role_along(link: SignInLink, here: Learner | None) -> bool:
    """A new address for somebody whose role asks for the second step, confirmed by who is not signed in to the account:
    a mistyped address would make somebody else an administrator, without that step (see ``linked.change_hands``)."""
    account = link.new_address_for
    return account is not None and account.needs_second_step and (here is None or here.id != account.id)


def _kept(link: SignInLink, form: UseLinkForm, here: Learner | None) -> list[Learner]:
    """The guest who asked, and the guest in this browser: each only if the person wants it."""
    kept = []
    if link.guest is not None and (form.keep_asked.data or link.guest is here):
        kept.append(link.guest)
    if here is not None and here.is_guest and form.keep_here.data:
        kept.append(here)
    return kept


def complete_together(learner: Learner) -> None:
    """Record what the guest's and the account's halves of the course make when they are put together."""
    recheck(db.session, learner, current_recorder(), language=current_language(), now=now())


def _no_link(error: Exception) -> ResponseReturnValue:
    if isinstance(error, services.LinkUnknown):
        limits.within(WRONG_LINKS, "wrong link")
        return render_template("auth/no_link.html", reason="unknown"), 404
    reason = "used" if isinstance(error, services.LinkUsed) else "expired"
    return render_template("auth/no_link.html", reason=reason), 410


# ---------------------------------------------------------------- password


@bp.route("/sign-in/password", methods=["GET", "POST"])
@allow(Role.ANYONE)
def sign_in_with_password() -> ResponseReturnValue:
    form = PasswordSignInForm(next=local_path(request.args.get("next")) or "")
    if not form.validate_on_submit():
        return render_template("auth/password_sign_in.html", form=form), 422 if form.errors else 200
    address = services.normalise_address(form.email.data or "")
    if limits.exhausted(WRONG_PASSWORDS, "wrong password", address) or limits.exhausted(
        WRONG_PASSWORDS_OF_NETWORK, "wrong password"
    ):
        form.password.errors = [_("Too many tries. Wait a quarter of an hour, or sign in with a link instead")]
        return render_template("auth/password_sign_in.html", form=form), 429
    try:
        learner = check_password(db.session, address, form.password.data or "")
    except WrongPassword:
        limits.within(WRONG_PASSWORDS, "wrong password", address)
        limits.within(WRONG_PASSWORDS_OF_NETWORK, "wrong password")
        form.password.errors = [_("The address and the password do not match. Try again, or sign in with a link")]
        return render_template("auth/password_sign_in.html", form=form), 422
    if learner.is_demo and not current_app.extensions["samverkan.settings"].demo:
        form.email.errors = [
            _("The account belongs to a demonstration, and none is running. It is started with: samverkan serve --demo")
        ]
        return render_template("auth/password_sign_in.html", form=form), 422
    guest = guest_here()
    if guest is not None and form.keep.data:
        join(db.session, guest=guest, into=learner)
        complete_together(learner)
    learner.last_seen_on = now()
    db.session.commit()
    sign_ins.start(learner, remember=bool(form.remember.data))
    flash(_("You are signed in as %(email)s.", email=learner.email))
    return redirect(local_path(form.next.data) or url_for("learning.overview"))


# ---------------------------------------------------------------- signing out


@bp.route("/sign-out", methods=["GET", "POST"])
@allow(Role.ANYONE)
def sign_out() -> ResponseReturnValue:
    """GET asks first: a guest who leaves cannot come back to what is done."""
    if request.method == "GET" and learner_or_none() is not None:
        return render_template("auth/sign_out.html")
    learner = learner_or_none()
    if learner is not None:
        through = learner.here.provider_id if learner.here is not None else None
        sign_ins.end()
        if through is not None:
            return redirect(url_for("provider.signed_out", provider_id=through))
        flash(_("You are signed out."))
    return redirect(url_for("pages.start"))


@bp.post("/sign-out/everywhere")
@allow(Role.LEARNER)
def sign_out_everywhere() -> ResponseReturnValue:
    services.sign_out_everywhere(db.session, current_learner())
    db.session.commit()
    sign_ins.end()
    flash(_("You are signed out on every device."))
    return redirect(url_for("pages.start"))
