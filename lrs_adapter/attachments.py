"""The data of attachments, kept once for each hash (xAPI 1.0.3 Data 2.4.11)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from lrs_adapter.models import AttachmentRow
from lrs_adapter.multipart import Part


def store_attachments(db: Session, parts: Mapping[str, Part], *, now: datetime) -> None:
    if not parts:
        return
    rows = [{"sha2": sha2, "data": parts[sha2].data, "created": now} for sha2 in sorted(parts)]
    if db.get_bind().dialect.name == "postgresql":
        db.execute(postgresql_insert(AttachmentRow).on_conflict_do_nothing(), rows)
    else:
        db.execute(sqlite_insert(AttachmentRow).on_conflict_do_nothing(), rows)


def attachments_of(statement: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Those of a Statement and of its SubStatement, each with its place within the Statement."""
    for number, attachment in enumerate(statement.get("attachments", ())):
        yield f".attachments[{number}]", attachment
    target = statement["object"]
    if target.get("objectType") == "SubStatement":
        for number, attachment in enumerate(target.get("attachments", ())):
            yield f".object.attachments[{number}]", attachment


def attachment_data(db: Session, sha2s: Sequence[str]) -> dict[str, bytes]:
    rows = db.execute(select(AttachmentRow.sha2, AttachmentRow.data).where(AttachmentRow.sha2.in_(sha2s)))
    return {row.sha2: row.data for row in rows}
