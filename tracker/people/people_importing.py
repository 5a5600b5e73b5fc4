"""A file of people: read, shown with every change and every fault, and carried out as it was shown.

A role is never given by a file: that is done for one person at a time.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.auth.services import AddressInvalid, normalise_address
from tracker.learners.forms import LONGEST_NAME
from tracker.learners.models import Learner, Organisation
from tracker.people.importing import Outdated, fault, keep, rows_of, take
from tracker.people.models import PeopleImport

__all__ = ["Fault", "carry_out", "prepare"]

AT_ONCE = 500
COLUMNS = {
    "e-post": "email",
    "epost": "email",
    "e-postadress": "email",
    "email": "email",
    "e-mail": "email",
    "namn": "name",
    "name": "name",
    "organisation": "organisation",
    "organization": "organisation",
}


class Fault(StrEnum):
    ADDRESS = "address"
    TWICE = "twice"
    NAME = "name"
    ORGANISATION = "organisation"
    NOT_YOURS = "not-yours"
    WHERE = "where"
    CLOSED = "closed"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class _Wrong:
    fault: Fault
    value: str


def prepare(db: Session, data: bytes, *, by: Learner, among: frozenset[int] | None, now: datetime) -> PeopleImport:
    """What the file would change, kept to be shown and confirmed.

    :param among: ids of the organisations that people may be placed in; None for all.
    :raises NotText:
    :raises ColumnMissing:
    :raises TooManyRows:
    """
    rows = rows_of(data, COLUMNS, needs="email")
    organisations = {one.name_key: one for one in db.scalars(select(Organisation))}
    changes: list[dict[str, Any]] = []
    faults: list[dict[str, Any]] = []
    lines: dict[str, int] = {}
    wanted: list[tuple[int, str, str | None, Organisation | None]] = []
    for line, row in rows:
        found = _read(row, organisations, among)
        if isinstance(found, _Wrong):
            faults.append(fault(line, found.fault, found.value))
            continue
        email, name, organisation = found
        if email in lines:
            faults.append(fault(line, Fault.TWICE, f"{email} ({lines[email]})"))
            continue
        lines[email] = line
        wanted.append((line, email, name, organisation))
    unchanged = 0
    accounts = _accounts(db, list(lines))
    own = [one for one in organisations.values() if among is not None and one.id in among]
    for line, email, name, wished in wanted:
        account = accounts.get(email)
        # Whoever is responsible for one organisation means that one.
        organisation = own[0] if wished is None and account is None and len(own) == 1 else wished
        if account is not None and account.deactivated_at is not None:
            faults.append(fault(line, Fault.CLOSED, email))
        elif account is not None and among is not None and account.organisation_id not in among:
            faults.append(fault(line, Fault.NOT_YOURS, email))
        elif account is None and among is not None and organisation is None:
            faults.append(fault(line, Fault.WHERE, email))
        elif account is not None and _same(account, name, organisation):
            unchanged += 1
        else:
            changes.append(
                {
                    "line": line,
                    "email": email,
                    "name": name,
                    "organisation_id": organisation.id if organisation else None,
                    "organisation": organisation.name if organisation else None,
                    "learner_id": account.id if account else None,
                    "version": account.version if account else None,
                }
            )
    kept = PeopleImport(by_id=by.id, created_at=now, changes=changes, faults=faults, unchanged=unchanged)
    return keep(db, kept, now=now)


def carry_out(db: Session, kept: PeopleImport, *, among: frozenset[int] | None, now: datetime) -> int:
    """How many accounts were made or changed: all that were shown, or none.

    :raises Outdated: the caller rolls back.
    """
    changes = take(db, kept)
    kinds = {one.id: one.kind for one in db.scalars(select(Organisation))}
    placed = {one["organisation_id"] for one in changes if one["organisation_id"] is not None}
    if not placed <= kinds.keys() or (among is not None and not placed <= among):
        raise Outdated
    new = [one for one in changes if one["learner_id"] is None]
    if _accounts(db, [one["email"] for one in new]):
        raise Outdated
    for start in range(0, len(new), AT_ONCE):
        db.execute(
            insert(Learner),
            [
                {
                    "email": one["email"],
                    "name": one["name"],
                    "organisation_id": one["organisation_id"],
                    "organisation_kind": kinds.get(one["organisation_id"]),
                    "created_at": now,
                }
                for one in new[start : start + AT_ONCE]
            ],
        )
    # In the order of their ids: two files with the same people never wait for each other in a circle.
    for one in sorted((one for one in changes if one["learner_id"] is not None), key=lambda one: one["learner_id"]):
        values: dict[str, Any] = {"version": Learner.version + 1}
        if one["name"] is not None:
            values["name"] = one["name"]
        if one["organisation_id"] is not None:
            values |= {"organisation_id": one["organisation_id"], "organisation_kind": kinds[one["organisation_id"]]}
        seen = update(Learner).where(Learner.id == one["learner_id"], Learner.version == one["version"])
        if not db.execute(seen.values(**values)).rowcount:  # type: ignore[attr-defined]  # the result of an UPDATE has it
            raise Outdated
    made = _accounts(db, [one["email"] for one in new])
    everybody = [one["learner_id"] or made[one["email"]].id for one in changes]
    audit.note_all(db, Action.PEOPLE_IMPORTED, by=kept.by_id, now=now, subjects=everybody)
    return len(changes)


def _read(
    row: dict[str, str] | None, organisations: dict[str, Organisation], among: frozenset[int] | None
) -> _Wrong | tuple[str, str | None, Organisation | None]:
    if row is None:
        return _Wrong(Fault.COLUMNS, "")
    try:
        email = normalise_address(row["email"])
    except AddressInvalid:
        return _Wrong(Fault.ADDRESS, row["email"])
    name = " ".join(row.get("name", "").split()) or None
    if name is not None and (len(name) > LONGEST_NAME or not name.isprintable()):
        return _Wrong(Fault.NAME, name)
    wanted = " ".join(row.get("organisation", "").split())
    organisation = organisations.get(wanted.casefold()) if wanted else None
    if wanted and organisation is None:
        return _Wrong(Fault.ORGANISATION, wanted)
    if among is not None and organisation is not None and organisation.id not in among:
        return _Wrong(Fault.NOT_YOURS, wanted)
    return email, name, organisation


def _same(account: Learner, name: str | None, organisation: Organisation | None) -> bool:
    return (name is None or name == account.name) and (
        organisation is None or organisation.id == account.organisation_id
    )


def _accounts(db: Session, emails: list[str]) -> dict[str, Learner]:
    found: dict[str, Learner] = {}
    for start in range(0, len(emails), AT_ONCE):
        for account in db.scalars(select(Learner).where(Learner.email.in_(emails[start : start + AT_ONCE]))):
            found[account.email or ""] = account
    return found
