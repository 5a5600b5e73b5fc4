"""The canonical definition of each Activity, as Statements tell it (xAPI 1.0.3 Data 2.4.4.1)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from lrs_adapter.identity import iri_key
from lrs_adapter.models import ActivityRow

_LANGUAGE_MAPS: Final = ("name", "description")


def remember(db: Session, told: Sequence[Mapping[str, Mapping[str, Any]]]) -> None:
    """Merge definitions, by Activity id, into what is known, in the order they were told.

    Rows are written only where something changed, and always in the order of their keys: batches that name the same
    Activities never wait for each other in a circle.
    """
    latest: dict[str, dict[str, Any]] = {}
    for definitions in told:
        for activity_id, definition in definitions.items():
            latest[activity_id] = merge(latest.get(activity_id, {}), definition)
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
    if new:
        if db.get_bind().dialect.name == "postgresql":
            db.execute(postgresql_insert(ActivityRow).on_conflict_do_nothing(), new)
        else:
            db.execute(sqlite_insert(ActivityRow).on_conflict_do_nothing(), new)
    for key in sorted(known):
        before = orjson.loads(known[key])
        after = merge(before, latest[by_key[key]])
        if after != before:
            db.execute(update(ActivityRow).where(ActivityRow.activity_key == key).values(definition=_dumps(after)))


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
