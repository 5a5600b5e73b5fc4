"""The signed-in session of this browser."""

import secrets

from flask import request, session
from flask_login import login_user, logout_user

from tracker.clock import now
from tracker.db import db
from tracker.learners import sign_ins
from tracker.learners.current import learner_or_none
from tracker.learners.models import Learner

__all__ = ["browser_mark", "end", "forget", "signed_in_recently", "start"]

RECENTLY_SECONDS = 30 * 60


def start(
    learner: Learner,
    *,
    remember: bool,
    provider_id: int | None = None,
    second_step: bool = False,
    needs_more: bool = False,
) -> None:
    """Nothing of what the browser held before is carried over, so that nobody can plant a session. Commits.

    :param provider_id: the organisation's own sign-in, where it was by that.
    :param second_step: the way in was as good as both steps.
    :param needs_more: the role's pages ask for the second step, whatever the role.
    """
    mark = browser_mark()
    end_here()
    session.clear()
    logout_user()
    at = now()
    sign_in = sign_ins.begin(db.session, learner, user_agent=request.user_agent.string, now=at)
    sign_in.provider_id, sign_in.needs_more = provider_id, needs_more
    sign_in.second_step_at = at if second_step else None
    db.session.commit()
    login_user(learner, remember=remember)
    session["signed_in_at"] = int(now().timestamp())
    session["browser"] = mark


def end() -> None:
    """Commits."""
    end_here()
    db.session.commit()
    forget()


def forget() -> None:
    """This browser knows nobody any more."""
    logout_user()
    for key in list(session):
        # Flask-Login leaves a note here to take the lasting cookie away.
        if key != "_remember":
            session.pop(key)


def end_here() -> None:
    """The row of this browser's sign-in, whoever's it is. A guest who became an account may have none any more."""
    here = learner_or_none()
    if here is not None and here.here is not None:
        sign_ins.end(db.session, here.here.sign_in_id)


def signed_in_recently() -> bool:
    """By link or password in this browser, half an hour ago at most."""
    signed_in_at: int = session.get("signed_in_at", 0)
    return now().timestamp() - signed_in_at < RECENTLY_SECONDS


def browser_mark() -> str:
    """Tells this browser from others while it signs in, and nothing else."""
    mark: str = session.setdefault("browser", secrets.token_urlsafe(16))
    return mark
