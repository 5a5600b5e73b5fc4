"""A message about accessibility, to whoever answers for the site. It is sent and not kept."""

from tracker import mail
from tracker.config import Settings
from tracker.i18n import _

__all__ = ["send_feedback"]


def send_feedback(settings: Settings, *, message: str, page: str, email: str) -> None:
    """:raises MailNotSent: when nobody will get it."""
    lines = [
        message,
        "",
        _("Page: %(page)s", page=page or _("not said")),
        _("Answer to: %(email)s", email=email or _("nobody, the message is anonymous")),
    ]
    letter = mail.Outbound(
        to=settings.contact_email,
        subject=_("Message about accessibility"),
        text="\n".join(lines),
        settings=settings,
        reply_to=email or None,
    )
    mail.send(letter, settings)
