"""Launching an AU, and the ways in which its session ends without it (cmi5 8, 9.3.6, 9.3.7, 10)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID, uuid4

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lrs_adapter import documents
from lrs_adapter.credentials import Binding, Scope, create_credential
from lrs_adapter.identity import agent_key, iri_key
from lrs_adapter.store import INTERNAL, record
from lrs_adapter.vocabulary import Extension
from tracker.errors import TrackerError
from tracker.launch.models import AuSession, LaunchMode, LaunchRegistration
from tracker.launch.satisfying import au_state, lock, satisfied_aus, tell_satisfied
from tracker.launch.statements import Names, Teller
from tracker.launch.structure import Au
from tracker.launch.urls import is_absolute, launch_address, path_in_package

__all__ = [
    "LAUNCH_DATA",
    "PREFERENCES",
    "AlreadySatisfied",
    "FetchRefused",
    "Launch",
    "Place",
    "SessionTerminated",
    "abandon",
    "abandon_old",
    "fetch_token",
    "launch",
    "waive",
]

LAUNCH_DATA: Final = "LMS.LaunchData"
PREFERENCES: Final = "cmi5LearnerPreferences"
# A session that has said nothing for so long is abandoned, and no token opens anything for longer.
OLDEST: Final = timedelta(hours=24)
_SCOPES: Final = (Scope.STATEMENTS_WRITE, Scope.STATEMENTS_READ, Scope.STATE, Scope.PROFILE)


class SessionTerminated(TrackerError):
    """It has ended as it should, so it can't be abandoned."""


class AlreadySatisfied(TrackerError):
    """Nothing is left to waive."""


class FetchRefused(TrackerError):
    """``code``: cmi5 8.2.3.2."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Place:
    """Where this server is: the address of its pages, and the one that packages are served from."""

    base_url: str
    content_url: str

    @property
    def endpoint(self) -> str:
        """Of the LRS for sessions, which never asks a browser for a password."""
        return f"{self.base_url}/xapi/cmi5/"

    def names(self, course_id: UUID) -> Names:
        return Names(self.base_url, course_id)

    def au_url(self, registration: LaunchRegistration, au: Au) -> str:
        """The fully qualified address of an AU (cmi5 9.6.3.4)."""
        if is_absolute(au.url):
            return au.url
        path = path_in_package(au.url) or ""
        rest = au.url[min((au.url + "?#").index("?"), (au.url + "?#").index("#")) :]
        return f"{self.content_url}/content/{registration.version.folder}/{quote(path)}{rest}"


@dataclass(frozen=True, slots=True)
class Launch:
    session: AuSession
    registration: LaunchRegistration
    au: Au
    url: str
    """With the five parameters. The token for the fetch address in it is nowhere else."""


def launch(
    db: Session,
    registration: LaunchRegistration,
    au: Au,
    *,
    mode: LaunchMode,
    return_url: str | None,
    languages: tuple[str, ...],
    place: Place,
    now: datetime,
) -> Launch:
    """Begin a session; the caller holds the registration's lock. Sessions that are still open in it are abandoned
    (cmi5 9.3.6). Afterwards LMS.LaunchData, the preferences and the launched Statement are there to be read.
    """
    for open_session in _open_sessions(db, registration):
        _abandon(db, open_session, place, now=now)
    secret = secrets.token_urlsafe(32)
    session = AuSession(
        id=uuid4(),
        registration=registration,
        au_index=au.index,
        mode=mode,
        launched_at=now,
        fetch_hash=_hash(secret),
    )
    db.add(session)
    db.flush()
    names = place.names(registration.course_id)
    _put_launch_data(db, session, au, names, return_url, now)
    _put_preferences(db, registration, languages, now)
    bare = place.au_url(registration, au)
    teller = Teller(registration, names, session.id, now)
    record(db, [teller.launched(au, mode=mode, url=bare)], authority=INTERNAL, now=now)
    url = launch_address(
        bare,
        {
            "endpoint": place.endpoint,
            "fetch": f"{place.base_url}/launch/fetch/{secret}",
            "actor": orjson.dumps(registration.actor).decode(),
            "registration": str(registration.id),
            "activityId": names.au(au),
        },
    )
    return Launch(session, registration, au, url)


def fetch_token(db: Session, secret: str, *, place: Place, now: datetime) -> str:
    """The auth-token, once (cmi5 8.2). It is made here, so that before this nothing opens the LRS for the session.

    :raises FetchRefused:
    """
    taken = db.execute(
        update(AuSession)
        .where(AuSession.fetch_hash == _hash(secret), AuSession.fetched_at.is_(None))
        .values(fetched_at=now)
        .returning(AuSession.id)
    ).scalar()
    if taken is None:
        known = db.scalar(select(AuSession.id).where(AuSession.fetch_hash == _hash(secret)))
        if known is None:
            raise FetchRefused("2", "This address belongs to no session.")
        raise FetchRefused("1", "The authorization token has already been fetched.")
    session = db.get_one(AuSession, taken)
    if session.is_over:
        raise FetchRefused("1", "The session is over.")
    registration = session.registration
    made = create_credential(
        db,
        name=f"cmi5 {session.id}",
        home_page=place.endpoint.rstrip("/"),
        now=now,
        scopes=_SCOPES,
        expires=now + OLDEST,
        binding=Binding(
            session_id=str(session.id),
            registration=registration.id,
            activity_id=place.names(registration.course_id).au(registration.version.structure.aus[session.au_index]),
            actor=registration.actor,
        ),
    )
    return made.basic


def abandon(db: Session, session: AuSession, *, place: Place, now: datetime) -> None:
    """End it from our side. Again changes nothing (cmi5 9.3.6).

    :raises SessionTerminated:
    """
    if lock(db, session.registration_id) is None:  # with its course, at this moment
        raise SessionTerminated
    db.refresh(session)
    if session.terminated_at is not None:
        raise SessionTerminated
    if session.abandoned_at is None:
        _abandon(db, session, place, now=now)


def abandon_old(db: Session, *, place: Place, now: datetime, most: int = 100) -> int:
    """Those launched so long ago that their tokens have run out. How many; the caller commits and asks again."""
    query = (
        select(AuSession)
        .where(
            AuSession.launched_at < now - OLDEST, AuSession.terminated_at.is_(None), AuSession.abandoned_at.is_(None)
        )
        .order_by(AuSession.launched_at)
        .limit(most)
    )
    found = list(db.scalars(query))
    for session in sorted(found, key=lambda session: session.registration_id):
        try:
            abandon(db, session, place=place, now=now)
        except SessionTerminated:
            continue
    return len(found)


def waive(db: Session, registration: LaunchRegistration, au: Au, *, reason: str, place: Place, now: datetime) -> UUID:
    """Count the AU as done for another reason, in a session of its own, whose id is returned (cmi5 9.3.7).

    :raises AlreadySatisfied:
    """
    lock(db, registration.id)
    if au.index in satisfied_aus(db, registration):
        raise AlreadySatisfied
    session_id = uuid4()
    names = place.names(registration.course_id)
    row = au_state(db, registration, au.index)
    row.waived_at = row.satisfied_at = now
    db.flush()
    record(
        db,
        [Teller(registration, names, session_id, now).waived(au, reason=reason)],
        authority=INTERNAL,
        now=now,
    )
    tell_satisfied(db, registration, names, session_id=session_id, now=now)
    return session_id


def _abandon(db: Session, session: AuSession, place: Place, *, now: datetime) -> None:
    registration = session.registration
    au = registration.version.structure.aus[session.au_index]
    # From Launched to the last that the AU has said (cmi5 9.5.4.2).
    duration = max((session.last_at or session.launched_at) - session.launched_at, timedelta())
    session.abandoned_at = now
    teller = Teller(registration, place.names(registration.course_id), session.id, now)
    record(db, [teller.abandoned(au, duration=duration)], authority=INTERNAL, now=now)
    db.flush()


def _open_sessions(db: Session, registration: LaunchRegistration) -> list[AuSession]:
    query = select(AuSession).where(
        AuSession.registration_id == registration.id,
        AuSession.terminated_at.is_(None),
        AuSession.abandoned_at.is_(None),
    )
    return list(db.scalars(query.order_by(AuSession.launched_at, AuSession.id)))


def _put_launch_data(
    db: Session, session: AuSession, au: Au, names: Names, return_url: str | None, now: datetime
) -> None:
    """cmi5 10.2."""
    document: dict[str, Any] = {
        "contextTemplate": {
            "contextActivities": {"grouping": [{"objectType": "Activity", "id": au.publisher_id}]},
            "extensions": {Extension.CMI5_SESSION_ID: str(session.id)},
        },
        "launchMode": session.mode.value,
        "launchMethod": au.launch_method.value,
        "moveOn": au.move_on.value,
    }
    if au.mastery_score is not None:
        document["masteryScore"] = au.mastery_score
    if au.launch_parameters is not None:
        document["launchParameters"] = au.launch_parameters
    if au.entitlement_key is not None:
        document["entitlementKey"] = {"courseStructure": au.entitlement_key}
    if return_url is not None:
        document["returnURL"] = return_url
    scope = documents.Scope(
        documents.Kind.STATE, iri_key(names.au(au)), agent_key(session.registration.actor), session.registration_id
    )
    _put(db, scope, LAUNCH_DATA, document, now)


def _put_preferences(db: Session, registration: LaunchRegistration, languages: tuple[str, ...], now: datetime) -> None:
    """cmi5 11. What the learner, or an AU for the learner, has chosen stays."""
    scope = documents.Scope(documents.Kind.AGENT_PROFILE, agent=agent_key(registration.actor))
    if documents.get_document(db, scope, PREFERENCES) is None:
        preferences = {"languagePreference": ",".join(languages), "audioPreference": "on"}
        _put(db, scope, PREFERENCES, preferences, now)


def _put(db: Session, scope: documents.Scope, document_id: str, content: dict[str, Any], now: datetime) -> None:
    documents.put_document(
        db,
        scope,
        document_id,
        content=orjson.dumps(content),
        content_type="application/json",
        conditions=documents.Conditions(),
        must_know=False,
        required=False,
        now=now,
    )


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
