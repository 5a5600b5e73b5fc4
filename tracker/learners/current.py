"""The learner of this request."""

import hashlib
import hmac
import uuid
from typing import cast

from flask import Flask, current_app, request, session
from flask_login import LoginManager, current_user, login_user
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, OperationalError

from tracker import limits
from tracker.clock import now
from tracker.db import begin_writing, db, going_to_write
from tracker.learners import services, sign_ins
from tracker.learners.models import Learner, SignIn

__all__ = ["begin_as_guest", "current_learner", "init_app", "learner_or_none"]

# Twenty people at one table, or a hundred at a conference, come from one address.
NEW_GUESTS = "60/minute;300/hour"


def learner_or_none() -> Learner | None:
    return cast("Learner", current_user._get_current_object()) if current_user.is_authenticated else None


def current_learner() -> Learner:
    """Only in views that are not open to anyone."""
    learner = learner_or_none()
    if learner is None:
        raise RuntimeError("this view is not marked with @allow(Role.LEARNER)")
    return learner


def begin_as_guest() -> Learner:
    """The learner of this request; where there is none, a new guest who stays signed in on this device.

    Called by views that begin the course, with POST. The view commits.

    :raises TooManyRequests: 429, when one address makes very many guests.
    """
    learner = learner_or_none()
    if learner is None:
        limits.count(NEW_GUESTS, "new guest")
        learner = _new_guest()
        login_user(learner, remember=True)
    return learner


def _new_guest() -> Learner:
    """A button that is pressed again before the first answer has come makes one guest: both requests come with the
    token of the same form, and of two sign-ins with the id that follows from it one is first.
    """
    at, press = now(), _press()
    try:
        with db.session.begin_nested():
            guest = services.create_guest(db.session, now=at)
            sign_ins.begin(db.session, guest, user_agent=request.user_agent.string, now=at, sign_in_id=press)
    except IntegrityError:
        found = sign_ins.begun_just_now(db.session, press, now=at)
        if found is not None:
            return found
        guest = services.create_guest(db.session, now=at)
        sign_ins.begin(db.session, guest, user_agent=request.user_agent.string, now=at, sign_in_id=uuid.uuid4())
    return guest


def _press() -> uuid.UUID:
    """Nobody can work it out from the token without the server's secret."""
    token = session.get("csrf_token")
    if token is None:
        return uuid.uuid4()
    secret = str(current_app.secret_key).encode()
    return uuid.UUID(bytes=hmac.new(secret, f"new guest {token}".encode(), hashlib.sha256).digest()[:16])


def init_app(app: Flask) -> None:
    manager = LoginManager(app)

    @manager.user_loader
    def _load(cookie: str) -> Learner | None:
        learner = sign_ins.find(db.session, cookie, now=now())
        if learner is not None and learner.is_demo and not app.extensions["samverkan.settings"].demo:
            # Everybody knows the password of a demonstration that a real site began as.
            return None
        if learner is None or learner.here is None or learner.here.seen_on >= now().date():
            return learner
        _note_seen(learner.here.sign_in_id, learner.id)
        return sign_ins.find(db.session, cookie, now=now())


def _note_seen(sign_in_id: uuid.UUID, learner_id: int) -> None:
    """Once a day, in a transaction of its own before the page has read anything."""
    at = now()
    begin_writing(db.session)
    try:
        # In the order in which who closes an account takes them.
        db.session.execute(update(Learner).where(Learner.id == learner_id).values(last_seen_on=at))
        db.session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_on=at.date()))
        db.session.commit()
    except OperationalError:
        # The database is busy. It will be noted with the next page.
        db.session.rollback()
    finally:
        going_to_write(request.method not in {"GET", "HEAD", "OPTIONS"})
