"""Mail. To a real SMTP server, or, where none is set, to files in ``instance/mail`` that the demo page shows."""

import smtplib
import ssl
import uuid
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

from email_validator import validate_email
from flask import current_app

from tracker.config import Settings, is_this_machine
from tracker.errors import MailNotSent
from tracker.i18n import _
from tracker.notes import notes_of

__all__ = ["Outbound", "send", "what_to_do"]

TIMEOUT_SECONDS = 10


class Outbound(EmailMessage):
    def __init__(self, *, to: str, subject: str, text: str, settings: Settings, reply_to: str | None = None) -> None:
        super().__init__(policy=SMTP)
        self["From"] = _deliverable(settings.mail_from)
        self["To"] = _deliverable(to)
        self["Subject"] = subject
        if reply_to is not None:
            self["Reply-To"] = _deliverable(reply_to)
        self["Auto-Submitted"] = "auto-generated"
        self.set_content(text)


def _deliverable(address: str) -> str:
    """As every mail server takes it: å in the name of the domain is xn--…"""
    found = validate_email(address, check_deliverability=False, globally_deliverable=False, allow_smtputf8=False)
    return found.ascii_email or address


def send(message: Outbound, settings: Settings) -> None:
    """:raises MailNotSent: when the server does not answer or refuses it."""
    if settings.mail_url is None:
        folder = settings.instance / "mail"
        # There are links to sign in with in them.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / f"{uuid.uuid4()}.eml").write_bytes(bytes(message))
        return
    parts = urlsplit(settings.mail_url)
    host = parts.hostname or "localhost"
    context = ssl.create_default_context()
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)
        with server:
            if parts.scheme == "smtp":
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls(context=context)
                elif parts.username and not is_this_machine(host):
                    # Who is in between can take the offer away, and would be given name and password.
                    raise smtplib.SMTPNotSupportedError("no STARTTLS")
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        notes_of(current_app).fault("mail", type(error).__name__)
        raise MailNotSent(f"{host}: {type(error).__name__}") from error
    notes_of(current_app).success("mail")


def what_to_do(fault: str) -> str:
    """For whoever runs the server. ``fault``: the kind of error that sending ended with."""
    if fault == "SMTPRecipientsRefused":
        return _(
            "The mail server refused the address. It may be mistyped. Send one to yourself to see that others work."
        )
    if fault == "SMTPAuthenticationError":
        return _("The mail server did not accept name and password. Look at SAMVERKAN_MAIL_URL.")
    if fault == "SMTPNotSupportedError":
        return _(
            "The mail server offers no encryption or no sign-in, so name and password were not sent to it. "
            "Write smtps:// in SAMVERKAN_MAIL_URL, or leave them out."
        )
    if fault.startswith("SMTP"):
        return _("The mail server refused it. Its own log says why. SAMVERKAN_MAIL_FROM may not be allowed.")
    if fault.startswith("SSL"):
        return _("The mail server’s certificate cannot be trusted. Renew it, or look at SAMVERKAN_MAIL_URL.")
    if fault == "gaierror":
        return _("There is no mail server with that name. Look at SAMVERKAN_MAIL_URL.")
    if fault == "TimeoutError":
        return _("The mail server did not answer in time. Is it up, and is SAMVERKAN_MAIL_URL right?")
    return _("The mail server could not be reached. Is it up, and is SAMVERKAN_MAIL_URL right?")
