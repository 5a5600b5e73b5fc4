"""The mails of signing in, in the language of the page that sends them.

Written before the commit and sent after it: while a mail server is slow, nothing of the database is held.
"""

import logging

from flask import current_app, render_template, url_for

from tracker.auth.models import SignInLink
from tracker.auth.services import LINK_MINUTES
from tracker.config import Settings
from tracker.content import current_course
from tracker.errors import MailNotSent
from tracker.i18n import _, current_language
from tracker.mail import Outbound, send

__all__ = [
    "account_erased",
    "address_changed",
    "deliver",
    "deliver_notice",
    "invitation",
    "link_mail",
    "passkey_changed",
    "password_changed",
]

log = logging.getLogger(__name__)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["samverkan.settings"]
    return settings


def _site() -> str:
    return current_course().info.title[current_language()]


def _mail(to: str, subject: str, template: str, **values: object) -> Outbound:
    text = render_template(f"auth/{template}", site=_site(), **values)
    return Outbound(to=to, subject=subject, text=text, settings=_settings())


def link_mail(link: SignInLink, token: str) -> Outbound:
    # Never from the request's Host header, which the visitor chooses.
    address = _settings().base_url + url_for("auth.use_link", token=token)
    is_new_address = link.new_address_for is not None
    if is_new_address:
        subject = _("Confirm your new e-mail address at %(site)s", site=_site())
    else:
        subject = _("Sign in to %(site)s", site=_site())
    return _mail(
        link.email,
        subject,
        "link_mail.txt",
        address=address,
        minutes=LINK_MINUTES,
        is_new_address=is_new_address,
        keeps=link.guest is not None,
    )


def invitation(email: str) -> Outbound:
    """With no key in it: whoever reads the mail of the address gets a link when she or he asks for one."""
    address = _settings().base_url + url_for("auth.sign_in")
    return _mail(
        email, _("You are invited to %(site)s", site=_site()), "invitation_mail.txt", address=address, email=email
    )


def password_changed(email: str, *, removed: bool) -> Outbound:
    subject = _("Your password was removed") if removed else _("Your password was changed")
    return _mail(email, subject, "password_mail.txt", removed=removed)


def passkey_changed(email: str, *, removed: bool) -> Outbound:
    subject = _("A passkey was removed from your account") if removed else _("Your account has a new passkey")
    return _mail(email, subject, "passkey_mail.txt", removed=removed)


def address_changed(old: str, new: str) -> Outbound:
    """To the old address, so that a change by somebody else does not go unseen."""
    return _mail(old, _("Your account has a new e-mail address"), "address_mail.txt", new=new)


def account_erased(email: str) -> Outbound:
    return _mail(email, _("Your data is erased"), "erased_mail.txt")


def deliver(message: Outbound) -> None:
    """:raises MailNotSent:"""
    send(message, _settings())


def deliver_notice(message: Outbound) -> None:
    """What it tells of has happened, even if the mail does not get through."""
    try:
        deliver(message)
    except MailNotSent as error:
        log.warning("Notice not sent: %s", error)
