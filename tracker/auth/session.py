"""The signed-in session of this browser."""

import secrets

from flask import session
from flask_login import login_user, logout_user

from tracker.clock import now
from tracker.learners.models import Learner

__all__ = ["browser_mark", "end", "signed_in_recently", "start"]

RECENTLY_SECONDS = 30 * 60


def start(learner: Learner, *, remember: bool) -> None:
    """Nothing of what the browser held before is carried over, so that nobody can plant a session."""
    mark = browser_mark()
    session.clear()
    logout_user()
    login_user(learner, remember=remember)
    session["signed_in_at"] = int(now().timestamp())
    session["browser"] = mark


def end() -> None:
    logout_user()
    for key in list(session):
        # Flask-Login leaves a note here to take the lasting cookie away.
        if key != "_remember":
            session.pop(key)


def signed_in_recently() -> bool:
    """By link or password in this browser, half an hour ago at most."""
    signed_in_at: int = session.get("signed_in_at", 0)
    return now().timestamp() - signed_in_at < RECENTLY_SECONDS


def browser_mark() -> str:
    """Tells this browser from others while it signs in, and nothing else."""
    mark: str = session.setdefault("browser", secrets.token_urlsafe(16))
    return mark
