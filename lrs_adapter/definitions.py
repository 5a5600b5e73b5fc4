"""The canonical definition of each Activity, as Statements tell it (xAPI 1.0.3 Data 2.4.4.1)."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, Final
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Engine, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from lrs_adapter.identity import iri_key
from lrs_adapter.models import ActivityRow

_MOST_KNOWN: Final = 10_000
_SECONDS_KNOWN: Final = 60.0
_LANGUAGE_MAPS: Final = ("name", "description")


def remember(db: Session, told: Sequence[Mapping[str, Mapping[str, Any]]]) -> None:
    """Merge definitions, by Activity id, into what is known, in the order they were told.

    Rows are written only where something changed, and always in the order of their keys: batches that name the same
    Activities never wait for each other in a circle.
    """
    latest: dict[str, Mapping[str, Any]] = {}
    last: dict[str, Mapping[str, Any]] = {}
    for definitions in told:
        for activity_id, definition in definitions.items():
            # Statements share what is the same in them (``familiar``), so most often it is this very object again.
            if last.get(activity_id) is not definition:
                last[activity_id] = definition
                latest[activity_id] = merge(latest[activity_id], definition) if activity_id in latest else definition
    unchanged = _unchanged(db)
    latest = {iri: definition for iri, definition in latest.items() if not unchanged.is_told(iri, definition)}
    if not latest:
        return
    texts = {activity_id: _dumps(definition) for activity_id, definition in latest.items()}
    latest = {iri: latest[iri] for iri, text in texts.items() if not unchanged.holds(iri, text)}
    if not latest:
        return
    by_key = {iri_key(activity_id): activity_id for activity_id in latest}
    known = {
        row.activity_key: row.definition
        for row in db.execute(
            select(ActivityRow.activity_key, ActivityRow.definition).where(ActivityRow.activity_key.in_(by_key))
        )
    }
    new = [
        {"activity_key": key, "activity_id": by_key[key], "definition": _dumps(latest[by_key[key]])}
        for key in sorted(by_key)
        if key not in known
    ]
    written: set[str] = db.info.setdefault("lrs_definitions_written", set())
    if new:
        written.update(by_key[key] for key in by_key if key not in known)
        if db.get_bind().dialect.name == "postgresql":
            db.execute(postgresql_insert(ActivityRow).on_conflict_do_nothing(), new)
        else:
            db.execute(sqlite_insert(ActivityRow).on_conflict_do_nothing(), new)
    for key in sorted(known):
        before = orjson.loads(known[key])
        after = merge(before, latest[by_key[key]])
        if after == before:
            # What this very transaction wrote may yet be rolled back.
            if by_key[key] not in written:
                unchanged.add(by_key[key], texts[by_key[key]], latest[by_key[key]])
        else:
            unchanged.drop(by_key[key])
            written.add(by_key[key])
            db.execute(update(ActivityRow).where(ActivityRow.activity_key == key).values(definition=_dumps(after)))


def are_known(engine: Engine, told: Sequence[Mapping[str, Mapping[str, Any]]]) -> bool:
    """Whether ``remember`` would have nothing to do, as far as this process can tell without asking the database."""
    unchanged = _memory.get(engine)
    return not any(told) or (
        unchanged is not None
        and all(
            unchanged.is_told(activity_id, definition) or unchanged.holds(activity_id, _dumps(definition))
            for definitions in told
            for activity_id, definition in definitions.items()
        )
    )


class _Unchanged:
    """What has lately been told and changed nothing: it need not be looked up again for a minute.

    Another process may have been told something else meanwhile. Then the canonical definition is for that minute not
    the one that was told last, which an LRS is free to decide (Data 2.4.4.1).
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, float, Mapping[str, Any]]] = {}

    def is_told(self, activity_id: str, definition: Mapping[str, Any]) -> bool:
        """The very object that changed nothing before."""
        known = self._known.get(activity_id)
        return known is not None and known[2] is definition and monotonic() < known[1]

    def holds(self, activity_id: str, definition: str) -> bool:
        known = self._known.get(activity_id)
        return known is not None and known[0] == definition and monotonic() < known[1]

    def add(self, activity_id: str, definition: str, told: Mapping[str, Any]) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[activity_id] = (definition, monotonic() + _SECONDS_KNOWN, told)

    def drop(self, activity_id: str) -> None:
        self._known.pop(activity_id, None)


# By database: one process may serve several, as the tests do.
_memory: WeakKeyDictionary[Any, _Unchanged] = WeakKeyDictionary()


def _unchanged(db: Session) -> _Unchanged:
    return _memory.setdefault(db.get_bind(), _Unchanged())


def canonical(db: Session, activity_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What is known of each; those that nothing is known of are left out."""
    keys = [iri_key(activity_id) for activity_id in activity_ids]
    rows = db.execute(select(ActivityRow.activity_id, ActivityRow.definition).where(ActivityRow.activity_key.in_(keys)))
    return {activity_id: orjson.loads(definition) for activity_id, definition in rows}


def merge(before: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """What is told wins; languages and extensions that it leaves out stay."""
    merged = {**before, **told}
    for name in (*_LANGUAGE_MAPS, "extensions"):
        if name in before and name in told:
            merged[name] = {**before[name], **told[name]}
    return merged


def _dumps(definition: Mapping[str, Any]) -> str:
    return orjson.dumps(definition).decode()
