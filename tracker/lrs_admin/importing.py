"""Statements from elsewhere: the same Statement twice is one, another one under a taken id is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from lrs_adapter.attachments import attachments_of, store_attachments
from lrs_adapter.comparison import same_statement
from lrs_adapter.errors import InvalidStatement, StatementConflict
from lrs_adapter.identity import Authority
from lrs_adapter.jsontext import parse, without
from lrs_adapter.models import AttachmentRow, StatementRow
from lrs_adapter.multipart import Part
from lrs_adapter.signatures import is_signature, verify_signature
from lrs_adapter.store import Received, record_received
from lrs_adapter.validation import validate_statement

__all__ = ["BATCH", "IMPORT", "Refused", "Taken", "authority_of", "take"]

BATCH: Final = 500

IMPORT: Final = "import"
"""The name of the account that vouches for what was imported. No credential's key looks like it."""

_WITHOUT_ID: Final = UUID("b1f5b0a4-6f6c-5d0c-9b7e-2f1f0c9f6d11")


@dataclass(frozen=True, slots=True)
class Refused:
    """``place``: where it stood, as a person finds it."""

    place: str
    reason: str


@dataclass(slots=True)
class Taken:
    """``present``: they were there already, the same. ``without_data``: new ones with an attachment whose data is
    nowhere to be had."""

    new: int = 0
    present: int = 0
    without_data: int = 0
    refused: list[Refused] = field(default_factory=list)


def authority_of(home_page: str) -> Authority:
    """Who vouches for imported Statements here (xAPI 1.0.3 Data 2.4.9): this LRS, by an account made for it."""
    return Authority(home_page, IMPORT)


def take(
    db: Session,
    found: Sequence[tuple[str, bytes]],
    *,
    authority: Authority,
    now: datetime,
    parts: Mapping[str, Part] | None = None,
    depth: int = 100,
) -> Taken:
    """Store those that are not here, as (place, text). ``parts``: the data of attachments that came with them.
    ``depth``: how deeply one may be nested.

    The progress does not hear of them: it follows only what the tracker itself has recorded.
    """
    taken = Taken()
    candidates: dict[UUID, tuple[str, Received]] = {}
    for place, text in found:
        try:
            statement_id, received = _read(text, parts or {}, depth)
        except InvalidStatement as error:
            taken.refused.append(Refused(place, str(error)))
            continue
        if statement_id not in candidates:
            candidates[statement_id] = place, received
        elif same_statement(candidates[statement_id][1].text, text):
            taken.present += 1
        else:
            taken.refused.append(Refused(place, f"{StatementConflict(statement_id)}, earlier in the same batch"))
    _set_apart_known(db, candidates, taken)
    if candidates:
        _store(db, candidates, parts or {}, taken, authority=authority, now=now)
    return taken


def _read(text: bytes, parts: Mapping[str, Part], depth: int) -> tuple[UUID, Received]:
    statement = parse(text, max_depth=depth)
    version_2 = _is_version_2(statement)
    validate_statement(statement, version_2=version_2)
    for where, attachment in attachments_of(statement):
        part = parts.get(attachment["sha2"].lower())
        if part is not None and is_signature(attachment):
            verify_signature(attachment, part.data, without(text.decode(), "attachments").encode(), f"${where}")
    statement_id = UUID(statement["id"]) if "id" in statement else _derived_id(statement)
    return statement_id, Received(text, statement, version_2, statement_id)


def _is_version_2(statement: Any) -> bool:
    """By its own word, or by what only 2.0 has: nothing else tells, outside a request."""
    if not isinstance(statement, dict):
        return False
    if isinstance(version := statement.get("version"), str):
        return version.startswith("2.")
    context = statement.get("context")
    return isinstance(context, dict) and not context.keys().isdisjoint(("contextAgents", "contextGroups"))


def _derived_id(statement: Mapping[str, Any]) -> UUID:
    """The same each time, so that a file without ids can be read twice too."""
    own = {name: value for name, value in statement.items() if name not in ("stored", "authority")}
    return uuid5(_WITHOUT_ID, orjson.dumps(own, option=orjson.OPT_SORT_KEYS).decode())


def _set_apart_known(db: Session, candidates: dict[UUID, tuple[str, Received]], taken: Taken) -> None:
    known = db.execute(
        select(StatementRow.statement_id, StatementRow.statement).where(StatementRow.statement_id.in_(candidates))
    )
    for row in known.all():
        place, received = candidates.pop(row.statement_id)
        if same_statement(row.statement, received.text):
            taken.present += 1
        else:
            taken.refused.append(Refused(place, str(StatementConflict(row.statement_id))))


def _store(
    db: Session,
    candidates: dict[UUID, tuple[str, Received]],
    parts: Mapping[str, Part],
    taken: Taken,
    *,
    authority: Authority,
    now: datetime,
) -> None:
    named = {place: list(attachments_of(received.statement)) for place, received in candidates.values()}
    wanted = {attachment["sha2"].lower() for found in named.values() for _where, attachment in found}
    store_attachments(db, {sha2: part for sha2, part in parts.items() if sha2 in wanted}, now=now)
    missing = wanted - parts.keys()
    if missing:
        missing -= set(db.scalars(select(AttachmentRow.sha2).where(AttachmentRow.sha2.in_(missing))))
    while candidates:
        try:
            stored = record_received(db, [one for _place, one in candidates.values()], authority=authority, now=now)
        except StatementConflict as error:
            # Somebody stored another one under this id since we looked.
            place, _received = candidates.pop(error.statement_id)
            taken.refused.append(Refused(place, str(error)))
            continue
        taken.new += sum(one.new for one in stored)
        taken.present += sum(not one.new for one in stored)
        taken.without_data += sum(
            any("fileUrl" not in attachment and attachment["sha2"].lower() in missing for _where, attachment in found)
            for found in (named[place] for place, _received in candidates.values())
        )
        return
