"""Mail. To a real SMTP server, or, where none is set, to files in ``instance/mail`` that the demo page shows."""

import smtplib
import ssl
import uuid
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

from flask import current_app

from tracker.config import Settings
from tracker.errors import MailNotSent
from tracker.notes import notes_of

__all__ = ["Outbound", "send"]

TIMEOUT_SECONDS = 10


class Outbound(EmailMessage):
    def __init__(self, *, to: str, subject: str, text: str, settings: Settings) -> None:
        super().__init__(policy=SMTP)
        self["From"] = settings.mail_from
        self["To"] = to
        self["Subject"] = subject
        self["Auto-Submitted"] = "auto-generated"
        self.set_content(text)


def send(message: Outbound, settings: Settings) -> None:
    """:raises MailNotSent: when the server does not answer or refuses it."""
    if settings.mail_url is None:
        folder = settings.instance / "mail"
        folder.mkdir(parents=True, exist_ok=True)
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
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        notes_of(current_app).fault("mail", type(error).__name__)
        raise MailNotSent(f"{host}: {type(error).__name__}") from error
    notes_of(current_app).success("mail")
