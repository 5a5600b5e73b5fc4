"""A file of organisations: read, shown with every change and every fault, and carried out as it was shown."""

from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker.admin.forms import LONGEST_NAME
from tracker.admin.services import hold_organisations
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.learners.models import Learner, Organisation, OrganisationKind
from tracker.people.importing import Outdated, fault, keep, rows_of, take
from tracker.people.models import OrganisationImport

__all__ = ["NOTHING_ABOVE", "OrganisationFault", "carry_out", "prepare"]

COLUMNS = {
    "namn": "name",
    "name": "name",
    "organisation": "name",
    "typ": "kind",
    "slag": "kind",
    "kind": "kind",
    "hör till": "parent",
    "tillhör": "parent",
    "belongs to": "parent",
}
NOTHING_ABOVE = frozenset({"-", "–", "—"})
KINDS: Mapping[str, OrganisationKind] = {
    "region": OrganisationKind.REGION,
    "kommun": OrganisationKind.MUNICIPALITY,
    "municipality": OrganisationKind.MUNICIPALITY,
    "statlig myndighet": OrganisationKind.STATE,
    "myndighet": OrganisationKind.STATE,
    "state authority": OrganisationKind.STATE,
    "förening": OrganisationKind.ASSOCIATION,
    "association": OrganisationKind.ASSOCIATION,
    "studieförbund": OrganisationKind.STUDY_ASSOCIATION,
    "study association": OrganisationKind.STUDY_ASSOCIATION,
    "annan": OrganisationKind.OTHER,
    "other": OrganisationKind.OTHER,
}


class OrganisationFault(StrEnum):
    NAME = "name"
    TWICE = "twice"
    KIND = "kind"
    KIND_MISSING = "kind-missing"
    PARENT = "parent"
    PARENT_WRONG = "parent-wrong"
    RING = "ring"
    NOT_YOURS = "not-yours"
    COLUMNS = "columns"


@dataclass(slots=True)
class _Row:
    line: int
    name: str
    kind: OrganisationKind | None
    parent: str | None
    """As it is written; None: nothing is said."""
    known: Organisation | None

    @property
    def key(self) -> str:
        return self.name.casefold()

    @property
    def parent_key(self) -> str | None:
        return None if self.parent is None or self.parent in NOTHING_ABOVE else self.parent.casefold()


def prepare(
    db: Session, data: bytes, *, by: Learner, among: frozenset[int] | None, now: datetime
) -> OrganisationImport:
    """What the file would change, kept to be shown and confirmed.

    :param among: ids of the organisations that may be changed, and under which new ones may be; None for all.
    :raises NotText:
    :raises ColumnMissing:
    :raises TooManyRows:
    """
    read = rows_of(data, COLUMNS, needs="name")
    stored = {one.name_key: one for one in db.scalars(select(Organisation))}
    rows: dict[str, _Row] = {}
    faults: list[dict[str, Any]] = []

    def wrong(line: int, what: OrganisationFault, value: str) -> None:
        faults.append(fault(line, what, value))

    for line, cells in read:
        if cells is None:
            wrong(line, OrganisationFault.COLUMNS, "")
            continue
        name, kind, parent = (" ".join(cells.get(column, "").split()) for column in ("name", "kind", "parent"))
        row = _Row(line, name, KINDS.get(kind.casefold()), parent or None, stored.get(name.casefold()))
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            wrong(line, OrganisationFault.NAME, name)
        elif row.key in rows:
            wrong(line, OrganisationFault.TWICE, f"{name} ({rows[row.key].line})")
        elif kind and row.kind is None:
            wrong(line, OrganisationFault.KIND, kind)
        elif not kind and row.known is None:
            wrong(line, OrganisationFault.KIND_MISSING, name)
        else:
            rows[row.key] = row
    asked = {" ".join((cells or {}).get("name", "").split()).casefold() for _line, cells in read}
    _check_parents(rows, stored, asked, among, own=by.staff_organisation_id, wrong=wrong)
    names = {one.id: one.name for one in stored.values()}
    changes = [_change(row, stored, names) for row in rows.values()]
    done = [one for one in changes if one is not None]
    unchanged = len(changes) - len(done)
    kept = OrganisationImport(by_id=by.id, created_at=now, changes=done, faults=faults, unchanged=unchanged)
    return keep(db, kept, now=now)


def _check_parents(
    rows: dict[str, _Row],
    stored: Mapping[str, Organisation],
    asked: Set[str],
    among: frozenset[int] | None,
    *,
    own: int | None,
    wrong: Callable[[int, OrganisationFault, str], None],
) -> None:
    """Takes out the rows that cannot be, and those that hang on them, until the rest holds together.

    :param asked: the names of all rows of the file, the wrong ones too.
    """

    def refuse(row: _Row, what: OrganisationFault) -> None:
        wrong(row.line, what, row.parent or row.name)
        del rows[row.key]

    while True:
        before = len(rows)
        for row in list(rows.values()):
            parent = row.parent_key
            if parent is not None and parent not in stored and parent not in rows:
                refuse(row, OrganisationFault.PARENT_WRONG if parent in asked else OrganisationFault.PARENT)
            elif among is not None and not _theirs(row, rows, stored, among, own):
                refuse(row, OrganisationFault.NOT_YOURS)
        for key in _in_rings(_above(rows, stored)) & rows.keys():
            refuse(rows[key], OrganisationFault.RING)
        if len(rows) == before:
            return


def _theirs(
    row: _Row, rows: Mapping[str, _Row], stored: Mapping[str, Organisation], among: frozenset[int], own: int | None
) -> bool:
    if row.known is not None and (row.known.id not in among or (row.known.id == own and row.parent is not None)):
        return False
    if row.known is not None and row.parent is None:
        return True
    parent = row.parent_key
    if parent is None:
        return False
    return stored[parent].id in among if parent in stored else parent in rows


def _above(rows: Mapping[str, _Row], stored: Mapping[str, Organisation]) -> dict[str, str | None]:
    """To what each would belong, by its key."""
    keys = {one.id: key for key, one in stored.items()}
    above = {key: keys.get(one.parent_id or 0) for key, one in stored.items()}
    for key, row in rows.items():
        if row.known is None or row.parent is not None:
            above[key] = row.parent_key
    return above


def _in_rings(above: Mapping[str, str | None]) -> set[str]:
    """Those that would belong to themselves: whoever is not reached from the outside, when all leaves are taken off."""
    under = Counter(parent for parent in above.values() if parent is not None)
    left = set(above)
    leaves = [key for key in above if not under[key]]
    while leaves:
        key = leaves.pop()
        left.discard(key)
        parent = above[key]
        if parent is not None:
            under[parent] -= 1
            if not under[parent]:
                leaves.append(parent)
    return left


def _change(row: _Row, stored: Mapping[str, Organisation], names: Mapping[int, str]) -> dict[str, Any] | None:
    known = row.known
    above = row.parent_key
    moves = row.parent is not None or known is None
    if known is not None:
        there = stored.get(above) if above else None
        if row.parent is not None and (above is None or there is not None):
            moves = known.parent_id != (there.id if there else None)
        if (row.kind is None or row.kind is known.kind) and not moves:
            return None
    parent = (stored[above].name if above in stored else row.parent) if above else None
    return {
        "line": row.line,
        "name": known.name if known else row.name,
        "kind": row.kind.value if row.kind else None,
        "parent": parent if moves else names.get(known.parent_id or 0) if known else None,
        "moves": moves,
        "organisation_id": known.id if known else None,
        "version": known.version if known else None,
    }


def carry_out(db: Session, kept: OrganisationImport, *, among: frozenset[int] | None, now: datetime) -> int:
    """How many were added or changed: all that were shown, or none.

    :raises Outdated: the caller rolls back.
    """
    hold_organisations(db)
    changes = take(db, kept)
    stored = {one.name_key: one for one in db.scalars(select(Organisation).execution_options(populate_existing=True))}
    for one in changes:
        known = stored.get(one["name"].casefold())
        if (known.id if known else None) != one["organisation_id"] or (known and known.version != one["version"]):
            raise Outdated
        if known is None:
            added = Organisation(name=one["name"], kind=OrganisationKind(one["kind"]), created_at=now)
            db.add(added)
            stored[added.name_key] = added
    db.flush()
    for one in changes:
        organisation = stored[one["name"].casefold()]
        if one["moves"]:
            parent = stored.get(one["parent"].casefold()) if one["parent"] else None
            if one["parent"] and parent is None:
                raise Outdated
            organisation.parent_id = parent.id if parent else None
        if one["organisation_id"] is not None and one["kind"]:
            organisation.kind = OrganisationKind(one["kind"])
            theirs = update(Learner).where(Learner.organisation_id == organisation.id)
            db.execute(theirs.values(organisation_kind=organisation.kind))
    db.flush()
    changed = {one["organisation_id"] for one in changes} - {None}
    if _in_rings(_above({}, stored)) or (among is not None and not changed <= among):
        raise Outdated
    audit.note(db, Action.ORGANISATIONS_IMPORTED, by=kept.by_id, now=now, details={"count": len(changes)})
    return len(changes)
