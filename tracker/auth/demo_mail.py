"""The mails of a demonstration start, as a page: nothing is sent there, and nothing of it exists anywhere else."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from tracker.config import Settings
from tracker.i18n import PREFIX
from tracker.permissions import Role, allow

bp = Blueprint("demo_mail", __name__, url_prefix=PREFIX)

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    subject: str
    at: datetime
    parts: tuple[str, ...]
    """Text and addresses in turn: every second one is an address."""


def read_mails(folder: Path) -> list[Mail]:
    """The newest first."""
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [_read(file) for file in files[:SHOWN]]


def _read(file: Path) -> Mail:
    message = message_from_bytes(file.read_bytes(), policy=default)
    return Mail(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        at=datetime.fromtimestamp(file.stat().st_mtime).astimezone(),
        parts=tuple(re.split(r"(https?://\S+)", message.get_content().strip())),
    )


@bp.get("/demo/mail")
@allow(Role.ANYONE)
def inbox() -> ResponseReturnValue:
    settings: Settings = current_app.extensions["samverkan.settings"]
    if not settings.demo or settings.mail_url is not None:
        abort(404)
    return render_template("auth/demo_mail.html", mails=read_mails(settings.instance / "mail"), path_of=_path_of)


def _path_of(address: str) -> str:
    """Where the link leads on the host that the visitor sees, which in a demonstration may have another name."""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")
