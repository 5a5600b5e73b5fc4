"""The browsers in which somebody is signed in: begun, seen, listed, ended."""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tracker.learners.models import Here, Learner, SignIn

__all__ = ["LONGEST", "begin", "begun_just_now", "browser_words", "end", "end_all", "find", "of", "second_step_shown"]

LONGEST = timedelta(days=365)
"""So long somebody stays signed in, and so long the cookie is kept. A copy of it is worth nothing afterwards either."""

SECOND_PRESS = timedelta(seconds=10)
# In this order: Edge and Opera say that they are Chrome, and Chrome says that it is Safari.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def begin(
    db: Session, learner: Learner, *, user_agent: str | None, now: datetime, sign_in_id: uuid.UUID | None = None
) -> SignIn:
    """:param sign_in_id: where it is not left to chance; nobody may be able to guess it."""
    db.execute(delete(SignIn).where(SignIn.learner_id == learner.id, SignIn.started_at < now - LONGEST))
    sign_in = SignIn(
        id=sign_in_id or uuid.uuid4(),
        learner_id=learner.id,
        started_at=now,
        seen_on=now.date(),
        browser=browser_words(user_agent),
    )
    db.add(sign_in)
    db.flush()
    _mark(learner, sign_in)
    return sign_in


def begun_just_now(db: Session, sign_in_id: uuid.UUID, *, now: datetime) -> Learner | None:
    """Whose sign-in it is, if it is some seconds old: no longer, or who can plant a session in somebody's browser
    could come with the same one later.
    """
    sign_in = db.get(SignIn, sign_in_id)
    return (
        find(db, str(sign_in_id), now=now) if sign_in is not None and now - sign_in.started_at < SECOND_PRESS else None
    )


def find(db: Session, cookie: str, *, now: datetime) -> Learner | None:
    """Whose cookie it is; nobody's when the sign-in has ended or the account is closed."""
    try:
        sign_in_id = uuid.UUID(cookie)
    except ValueError:
        return None
    found = db.execute(
        select(Learner, SignIn)
        .join(SignIn, SignIn.learner_id == Learner.id)
        .where(SignIn.id == sign_in_id, SignIn.started_at > now - LONGEST, Learner.deactivated_at.is_(None))
    ).first()
    if found is None:
        return None
    learner, sign_in = found
    _mark(learner, sign_in)
    return learner


def _mark(learner: Learner, sign_in: SignIn) -> None:
    here = Here(
        sign_in_id=sign_in.id,
        seen_on=sign_in.seen_on,
        second_step_at=sign_in.second_step_at,
        provider_id=sign_in.provider_id,
        needs_more=sign_in.needs_more,
    )
    learner.here = here  # type: ignore[misc]  # of this learner, in this request


def of(db: Session, learner: Learner) -> Sequence[SignIn]:
    """The latest first."""
    query = select(SignIn).where(SignIn.learner_id == learner.id)
    return db.scalars(query.order_by(SignIn.seen_on.desc(), SignIn.started_at.desc(), SignIn.id)).all()


def end(db: Session, sign_in_id: uuid.UUID, *, learner_id: int | None = None) -> bool:
    """False: it has been ended already, or is not the learner's where that is said."""
    ended = delete(SignIn).where(SignIn.id == sign_in_id)
    result = db.execute(ended if learner_id is None else ended.where(SignIn.learner_id == learner_id))
    return bool(result.rowcount)  # type: ignore[attr-defined]  # the result of a DELETE has it


def second_step_shown(db: Session, learner: Learner, *, now: datetime) -> None:
    """In the browser of this request."""
    if learner.here is not None:
        db.execute(update(SignIn).where(SignIn.id == learner.here.sign_in_id).values(second_step_at=now))


def end_all(db: Session, learner: Learner, *, but: uuid.UUID | None = None) -> None:
    ended = delete(SignIn).where(SignIn.learner_id == learner.id)
    db.execute(ended if but is None else ended.where(SignIn.id != but))


def browser_words(user_agent: str | None) -> str | None:
    """As much as a person needs to know it again, and no more."""
    words = [
        next((name for mark, name in known if re.search(mark, user_agent or "")), None) for known in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(word for word in words if word) or None
