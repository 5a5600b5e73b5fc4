"""What every table holds about a person. A table that is not named here is not known to anybody: a test says so.

``hidden`` columns are never shown: hashes and secrets, which say nothing to the person and would help a thief.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, or_, select
from sqlalchemy.orm import Session

from tracker.db import Base
from tracker.privacy.identity import Identity

__all__ = ["HOLDINGS", "NOTHING", "Holding", "holdings_of"]

Condition = Callable[[Any, Identity], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Holding:
    """Which rows of a table are about somebody. Its columns are handed to ``rows``."""

    rows: Condition
    hidden: frozenset[str] = frozenset()


def _of_learner(columns: Any, who: Identity) -> ColumnElement[bool]:
    found: ColumnElement[bool] = columns.learner_id == who.learner_id
    return found


def _of_registration(columns: Any, who: Identity) -> ColumnElement[bool]:
    found: ColumnElement[bool] = columns.registration_id.in_(who.registrations)
    return found


def _of_launch(columns: Any, who: Identity) -> ColumnElement[bool]:
    found: ColumnElement[bool] = columns.registration_id.in_(who.launches)
    return found


def _by(name: str, ids: Callable[[Identity], Collection[Any]]) -> Condition:
    return lambda columns, who: columns[name].in_(ids(who))


def _links(columns: Any, who: Identity) -> ColumnElement[bool]:
    found: ColumnElement[bool] = or_(
        columns.email == who.email, columns.guest_id == who.learner_id, columns.new_address_for_id == who.learner_id
    )
    return found


HOLDINGS: Final[Mapping[str, Holding]] = {
    "learner": Holding(lambda columns, who: columns.id == who.learner_id, frozenset({"password_hash"})),
    "sign_in": Holding(_of_learner, frozenset({"id"})),
    "sign_in_link": Holding(_links, frozenset({"token_hash", "used_by"})),
    "code_app": Holding(_of_learner, frozenset({"secret"})),
    "recovery_code": Holding(_of_learner, frozenset({"code_hash"})),
    "identity": Holding(_of_learner),
    "passkey": Holding(_of_learner, frozenset({"id", "public_key", "sign_count"})),
    "passkey_challenge": Holding(_of_learner, frozenset({"challenge_hash", "browser"})),
    "registration": Holding(_of_learner),
    "activity_state": Holding(_of_registration),
    "position": Holding(_of_registration),
    "activity_result": Holding(_of_registration),
    "lesson_progress": Holding(_of_registration),
    "module_progress": Holding(_of_registration),
    "course_completion": Holding(_of_registration),
    "certificate": Holding(_of_registration),
    "group_member": Holding(_by("id", lambda who: who.members), frozenset({"claim_hash"})),
    "attendance": Holding(_by("member_id", lambda who: who.members)),
    "meeting_change": Holding(_by("member_id", lambda who: who.members)),
    "launch_registration": Holding(_of_learner),
    "launch_au_state": Holding(_of_launch),
    "launch_satisfaction": Holding(_of_launch),
    "launch_session": Holding(_of_launch, frozenset({"fetch_hash"})),
    "imported_completion": Holding(_of_learner),
    "imported_certificate": Holding(_by("completion_id", lambda who: who.launches)),
    "report_view": Holding(_of_learner),
    "report_person": Holding(_of_learner),
    "people_import": Holding(lambda columns, who: columns.by_id == who.learner_id),
    "organisation_import": Holding(lambda columns, who: columns.by_id == who.learner_id),
    "audit_person": Holding(_of_learner),
    "erasure_order": Holding(lambda columns, who: columns.done_by == who.learner_id),
}

NOTHING: Final[Mapping[str, str]] = {
    "organisation": "organisations, not people",
    "identity_provider": "sign-ins of organisations",
    "provider_domain": "domains of organisations",
    "pending_sign_in": "random words of a browser that is at its provider; for some minutes",
    "study_group": "the group, named by its facilitators; who is in it is in group_member",
    "study_group_course": "which courses a group takes",
    "meeting": "when and where a group meets",
    "meeting_lesson": "what a group has done",
    "group_answer": "what a group agreed on, without names",
    "ballot": "votes under random words, thrown away with the meeting",
    "code_guess": "network addresses scrambled with the salt of a day",
    "imported_course": "courses",
    "imported_course_version": "courses",
    "note": "how what the server does by itself went",
    "api_token": "keys of other systems",
    "report_publication": "sums over at least five people",
    "report_block": "sums over at least five people",
    "report_sum": "sums over at least five people",
    "audit_entry": "numbers that audit_person says whose they are; shown by themselves",
    "audit_cut": "how far the log has been cut",
    "destroyed": "how many were destroyed, by which decision",
    "retention_rule": "for how long things are kept",
}


def holdings_of(db: Session, who: Identity) -> dict[str, list[dict[str, Any]]]:
    """Every row about somebody in the tracker's own tables, by table; those that hold none are left out."""
    found = {name: _rows(db, Base.metadata.tables[name], holding, who) for name, holding in HOLDINGS.items()}
    return {name: rows for name, rows in found.items() if rows}


def _rows(db: Session, table: Table, holding: Holding, who: Identity) -> list[dict[str, Any]]:
    shown = [column for column in table.c if column.name not in holding.hidden]
    query = select(*shown).where(holding.rows(table.c, who)).order_by(*table.primary_key.columns)
    return [dict(row._mapping) for row in db.execute(query)]
