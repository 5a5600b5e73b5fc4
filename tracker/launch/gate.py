"""What the LRS asks about a request of a session: ``Sessions`` for ``create_lrs_app``.

All of it happens inside that request, in its transaction: what breaks a rule is refused and nothing is stored; what an
AU says is counted, and Satisfied is told, before the answer goes out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lrs_adapter.credentials import Credential
from lrs_adapter.documents import Kind
from lrs_adapter.errors import RuleBroken
from lrs_adapter.models import StatementRow
from lrs_adapter.resources import DocumentRequest
from lrs_adapter.store import Stored
from lrs_adapter.validation.primitives import is_language_tag, parse_timestamp
from lrs_adapter.vocabulary import COMPLETED, FAILED, INITIALIZED, PASSED, TERMINATED
from tracker.launch.launching import LAUNCH_DATA, PREFERENCES, Place
from tracker.launch.models import AuSession, LaunchRegistration
from tracker.launch.rules import Before, check_statement, is_defined, moment_of
from tracker.launch.satisfying import au_state, lock, states, tell_satisfied

__all__ = ["Gate"]

_OVER: Final = "8.1.2.0-2 (d)"


@dataclass(frozen=True, slots=True)
class Gate:
    place: Place

    def enter(self, db: Session, credential: Credential, stores_statements: bool, /) -> None:
        session = _session(db, credential)
        if session is None:
            raise RuleBroken("Authorization", "the session is no more", _OVER)
        if session.is_over and not stores_statements:  # of those ``before`` says more exactly why
            raise RuleBroken("Authorization", "the session is over", _OVER)

    def before(self, db: Session, credential: Credential, statements: Sequence[Mapping[str, Any]], /) -> None:
        registration = lock(db, credential.binding.registration) if credential.binding.registration else None
        session = _session(db, credential, fresh=True)
        if registration is None or session is None:
            raise RuleBroken("Authorization", "the session is no more", _OVER)
        known = set() if session.is_over else _stored_already(db, statements)
        so_far = _before(db, self.place, session, registration)
        for statement in sorted(statements, key=_order):
            if "id" in statement and UUID(statement["id"]) in known:
                continue  # sent again, because the answer was lost; the store sees to it that it is the same
            check_statement(statement, so_far)
            so_far = _and_then(so_far, statement)

    def after(self, db: Session, credential: Credential, stored: Sequence[Stored], now: datetime, /) -> None:
        new = sorted((one.statement for one in stored if one.new), key=moment_of)
        session = _session(db, credential)
        if not new or session is None:
            return
        registration = session.registration
        is_met = False
        for statement in new:
            moment = moment_of(statement)
            session.last_at = max(moment, session.last_at or moment)
            if is_defined(statement):
                is_met = _count(db, session, registration, statement, now) or is_met
        db.flush()
        if is_met:
            tell_satisfied(db, registration, self.place.names(registration.course_id), session_id=session.id, now=now)

    def document(self, db: Session, credential: Credential, request: DocumentRequest, /) -> None:
        binding = credential.binding
        if request.agent is not None and request.agent.get("account") != (binding.actor or {}).get("account"):
            requirement = "11.0.0.0-1 (d)" if request.kind == Kind.AGENT_PROFILE else "8.1.3.0-3 (d)"
            raise RuleBroken("agent", "is the actor of the launch", requirement)
        if request.activity_id not in (None, binding.activity_id):
            raise RuleBroken("activityId", "is the activityId of the launch", "10.1.0.0-3")
        if request.kind == Kind.STATE and request.registration != binding.registration:
            raise RuleBroken("registration", "is the registration of the launch", "8.1.4.0-3 (d)")
        if request.kind == Kind.AGENT_PROFILE and request.document_id != PREFERENCES:
            raise RuleBroken("profileId", f"is {PREFERENCES}", "11.0.0.0-4")
        if request.method == "GET":
            return
        if request.kind == Kind.STATE and request.document_id in (LAUNCH_DATA, None):
            raise RuleBroken("stateId", f"an AU doesn't change {LAUNCH_DATA}", "10.2.1.0-5 (d)")
        if request.kind == Kind.AGENT_PROFILE:
            _check_preferences(request)

    def has_read(self, db: Session, credential: Credential, request: DocumentRequest, now: datetime, /) -> None:
        if request.kind == Kind.AGENT_PROFILE and request.document_id == PREFERENCES and credential.binding.session_id:
            db.execute(
                update(AuSession)
                .where(AuSession.id == UUID(credential.binding.session_id), AuSession.preferences_read_at.is_(None))
                .values(preferences_read_at=now)
            )


def _session(db: Session, credential: Credential, *, fresh: bool = False) -> AuSession | None:
    session_id = credential.binding.session_id
    return db.get(AuSession, UUID(session_id), populate_existing=fresh) if session_id else None


def _stored_already(db: Session, statements: Sequence[Mapping[str, Any]]) -> set[UUID]:
    ids = [UUID(statement["id"]) for statement in statements if "id" in statement]
    return set(db.scalars(select(StatementRow.statement_id).where(StatementRow.statement_id.in_(ids))))


def _order(statement: Mapping[str, Any]) -> datetime:
    """By timestamp (cmi5 9.3); one without is refused whenever its turn comes."""
    return parse_timestamp(statement.get("timestamp", "")) or datetime.min.replace(tzinfo=UTC)


def _before(db: Session, place: Place, session: AuSession, registration: LaunchRegistration) -> Before:
    au = registration.version.structure.aus[session.au_index]
    state = states(db, registration).get(au.index)
    return Before(
        session_id=session.id,
        registration=registration.id,
        actor=registration.actor,
        activity_id=place.names(registration.course_id).au(au),
        publisher_id=au.publisher_id,
        mode=session.mode,
        mastery_score=au.mastery_score,
        has_read_preferences=session.preferences_read_at is not None,
        is_terminated=session.terminated_at is not None,
        is_abandoned=session.abandoned_at is not None,
        verbs=session.verbs.split(),
        first_at=session.initialized_at,
        last_at=session.last_at,
        has_completed=state is not None and state.completed_at is not None,
        has_passed=state is not None and state.passed_at is not None,
    )


def _and_then(before: Before, statement: Mapping[str, Any]) -> Before:
    """What has been said when this one, of several that come together, is stored too."""
    moment = moment_of(statement)
    last_at = max(moment, before.last_at or moment)
    if not is_defined(statement):
        return replace(before, last_at=last_at)
    verb = statement["verb"]["id"]
    return replace(
        before,
        last_at=last_at,
        first_at=moment if verb == INITIALIZED.id else before.first_at,
        verbs=[*before.verbs, verb],
        is_terminated=before.is_terminated or verb == TERMINATED.id,
        has_completed=before.has_completed or verb == COMPLETED.id,
        has_passed=before.has_passed or verb == PASSED.id,
    )


def _count(
    db: Session, session: AuSession, registration: LaunchRegistration, statement: Mapping[str, Any], now: datetime
) -> bool:
    """Does it make the AU satisfied, which it was not before?"""
    verb, moment = statement["verb"]["id"], moment_of(statement)
    session.verbs = f"{session.verbs} {verb}".strip()
    if verb == INITIALIZED.id:
        session.initialized_at = moment
        return False
    if verb == TERMINATED.id:
        session.terminated_at = now
        return False
    au = registration.version.structure.aus[session.au_index]
    row = au_state(db, registration, au.index)
    if verb == COMPLETED.id:
        row.completed_at = now
    elif verb == PASSED.id:
        row.passed_at = now
    elif verb == FAILED.id:
        row.failed_at = now
    score = _scaled(statement.get("result", {}).get("score", {}))
    row.score = row.score if score is None else score
    is_met = au.move_on.is_met(completed=row.completed_at is not None, passed=row.passed_at is not None)
    if not is_met or row.satisfied_at is not None:
        return False
    row.satisfied_at = now
    return True


def _scaled(score: Mapping[str, float]) -> float | None:
    if "scaled" in score:
        return float(score["scaled"])
    if "raw" in score and score["max"] > score["min"]:
        return (score["raw"] - score["min"]) / (score["max"] - score["min"])
    return None


def _check_preferences(request: DocumentRequest) -> None:
    """cmi5 11. An AU may change these for the learner, as long as they stay what they are."""
    if request.method == "DELETE":
        raise RuleBroken("profileId", "the preferences are changed and not deleted", "11.0.0.0-5 (d)")
    try:
        content = orjson.loads(request.content) if request.media_type == "application/json" else None
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict) or not {"languagePreference", "audioPreference"} <= content.keys():
        raise RuleBroken("content", "is a JSON object with languagePreference and audioPreference", "11.0.0.0-5 (d)")
    languages = content["languagePreference"]
    tags = re.split(r"\s*,\s*", languages.strip()) if isinstance(languages, str) else []
    if not tags or not all(is_language_tag(tag) for tag in tags):
        raise RuleBroken("languagePreference", "is a list of language tags with commas between", "11.1.0.0-1 (d)")
    if content["audioPreference"] not in ("on", "off"):
        raise RuleBroken("audioPreference", "is on or off", "11.0.0.0-5 (d)")
