"""The administrator's page about how the server is doing."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.errors import MailNotSent
from tracker.i18n import PREFIX, _, current_language
from tracker.learners.current import current_learner
from tracker.mail import Outbound, send
from tracker.permissions import Role, allow
from tracker.upkeep.checks import Colour, checks, facts

bp = Blueprint("upkeep", __name__, url_prefix=PREFIX)


@bp.get("/admin/operations")
@allow(Role.ADMINISTRATOR)
def operations() -> str:
    found = checks(db.session, _settings(), now=now())
    return render_template(
        "upkeep/operations.html",
        checks=found,
        red=sum(one.colour is Colour.RED for one in found),
        facts=facts(db.session, current_course()),
    )


@bp.post("/admin/operations/mail")
@allow(Role.ADMINISTRATOR)
def test_mail() -> ResponseReturnValue:
    """To the administrator who asks, by the same way as all other mails."""
    site, to = current_course().info.title[current_language()], current_learner().email or ""
    letter = Outbound(
        to=to,
        subject=_("A test from %(site)s", site=site),
        text=_("This mail shows that %(site)s can send mail.", site=site),
        settings=_settings(),
    )
    db.session.rollback()  # while a mail server is slow, nothing of the database is held
    try:
        send(letter, _settings())
    except MailNotSent:
        flash(_("The mail was not sent. The page says what to do."), "error")
    else:
        flash(_("A mail is on its way to %(email)s. See that it arrives.", email=to))
    return redirect(url_for(".operations"))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings
