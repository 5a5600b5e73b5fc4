"""State, Activity Profile and Agent Profile documents (xAPI 1.0.3 Communication 2.2, 2.3, 2.6, 2.7, 3.1)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha1
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from lrs_adapter.errors import LrsError
from lrs_adapter.identity import iri_key
from lrs_adapter.jsontext import build_object, members
from lrs_adapter.models import DocumentRow


class Kind(StrEnum):
    STATE = "state"
    ACTIVITY_PROFILE = "activity_profile"
    AGENT_PROFILE = "agent_profile"


class DocumentConflict(LrsError):
    """A document is there, and the request doesn't say that it knows (Communication 3.1)."""


class ConditionsRequired(LrsError):
    """A profile is put without saying what state it is thought to be in (Communication 3.1)."""


class PreconditionFailed(LrsError):
    """The document is not in the state that If-Match or If-None-Match names (Communication 3.1)."""


class NotMergeable(LrsError):
    """Only a JSON object can be merged into a JSON object (Communication 2.2)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a document belongs: to an Activity, an Agent, or both, in a registration or in none."""

    kind: Kind
    activity: UUID | None = None
    agent: UUID | None = None
    registration: UUID | None = None

    @property
    def key(self) -> UUID:
        return iri_key(f"{self.kind}\n{self.activity}\n{self.agent}\n{self.registration}")


@dataclass(frozen=True, slots=True)
class Conditions:
    """The headers If-Match and If-None-Match as they came."""

    if_match: str | None = None
    if_none_match: str | None = None

    def __bool__(self) -> bool:
        return self.if_match is not None or self.if_none_match is not None

    def check(self, etag: str | None) -> None:
        """:raises PreconditionFailed: ``etag`` is None where there is no document."""
        if self.if_match is not None and (etag is None or not _names(self.if_match, etag)):
            raise PreconditionFailed("If-Match doesn't name the document as it is now (xAPI 1.0.3 Communication 3.1)")
        if self.if_none_match is not None and etag is not None and _names(self.if_none_match, etag):
            raise PreconditionFailed("If-None-Match names a document that is there (xAPI 1.0.3 Communication 3.1)")


def get_document(db: Session, scope: Scope, document_id: str) -> DocumentRow | None:
    document: DocumentRow | None = db.scalar(_one(scope, document_id))
    return document


def list_documents(db: Session, scope: Scope, *, since: datetime | None = None) -> list[tuple[str, datetime]]:
    """Ids and times of change, oldest first. Without a registration, those of every registration."""
    query = select(DocumentRow.document_id, DocumentRow.updated).where(*_within(scope))
    if since is not None:
        query = query.where(DocumentRow.updated > since)
    return [(document_id, updated) for document_id, updated in db.execute(query.order_by(DocumentRow.updated))]


def put_document(
    db: Session,
    scope: Scope,
    document_id: str,
    *,
    content: bytes,
    content_type: str,
    conditions: Conditions,
    must_know: bool,
    required: bool,
    now: datetime,
) -> None:
    """Replace it. ``must_know``: one that is there is replaced only by those who name its state.
    ``required``: one that isn't there is put only by those who say so.

    :raises ConditionsRequired: nothing is there, and the request doesn't say that it knows.
    :raises DocumentConflict: something is there, likewise.
    :raises PreconditionFailed:
    """
    row = db.scalar(_one(scope, document_id).with_for_update())
    conditions.check(row.etag if row else None)
    if row is not None and must_know and not conditions:
        raise DocumentConflict(
            "There is a document already. Fetch it, and send its ETag as If-Match (xAPI 1.0.3 Communication 3.1)"
        )
    if required and not conditions:
        raise ConditionsRequired("Send If-None-Match: * or the ETag as If-Match (xAPI 1.0.3 Communication 3.1)")
    _write(db, scope, document_id, row, content, content_type, now)


def merge_document(
    db: Session,
    scope: Scope,
    document_id: str,
    *,
    content: bytes,
    content_type: str,
    conditions: Conditions,
    now: datetime,
) -> None:
    """Store it, or set its members in the JSON object that is there. Members are kept in their own words.

    :raises NotMergeable:
    :raises PreconditionFailed:
    """
    row = db.scalar(_one(scope, document_id).with_for_update())
    conditions.check(row.etag if row else None)
    if row is not None:
        for kind, text in ((row.content_type, row.content), (content_type, content)):
            if not _is_json_object(kind, text):
                raise NotMergeable("Only JSON objects can be merged; use PUT (xAPI 1.0.3 Communication 2.2)")
        content = build_object({**members(row.content), **members(content)})
    _write(db, scope, document_id, row, content, content_type, now)


def delete_document(db: Session, scope: Scope, document_id: str, *, conditions: Conditions) -> None:
    row = db.scalar(_one(scope, document_id).with_for_update())
    conditions.check(row.etag if row else None)
    if row is not None:
        db.execute(delete(DocumentRow).where(DocumentRow.id == row.id))


def delete_documents(db: Session, scope: Scope) -> None:
    """All in the scope; without a registration, those of every registration."""
    db.execute(delete(DocumentRow).where(*_within(scope)))


def _one(scope: Scope, document_id: str) -> Any:
    return (
        select(DocumentRow)
        .where(DocumentRow.scope_key == scope.key, DocumentRow.document_id == document_id)
        .execution_options(populate_existing=True)
    )


def _within(scope: Scope) -> list[Any]:
    conditions = [
        DocumentRow.kind == scope.kind,
        DocumentRow.activity_key == scope.activity,
        DocumentRow.agent_key == scope.agent,
    ]
    if scope.registration is not None:
        conditions.append(DocumentRow.registration == scope.registration)
    return conditions


def _write(
    db: Session,
    scope: Scope,
    document_id: str,
    row: DocumentRow | None,
    content: bytes,
    content_type: str,
    now: datetime,
) -> None:
    etag = sha1(content, usedforsecurity=False).hexdigest()
    if row is not None:
        row.content, row.content_type, row.etag, row.updated = content, content_type, etag, now
        db.flush()
        return
    values = {
        "scope_key": scope.key,
        "document_id": document_id,
        "kind": scope.kind,
        "activity_key": scope.activity,
        "agent_key": scope.agent,
        "registration": scope.registration,
        "content": content,
        "content_type": content_type,
        "etag": etag,
        "updated": now,
    }
    if db.get_bind().dialect.name == "postgresql":
        added = db.scalar(
            postgresql_insert(DocumentRow).values(values).on_conflict_do_nothing().returning(DocumentRow.id)
        )
    else:
        added = db.scalar(sqlite_insert(DocumentRow).values(values).on_conflict_do_nothing().returning(DocumentRow.id))
    if added is None:
        raise DocumentConflict("Another request has just stored this document (xAPI 1.0.3 Communication 3.1)")


def _is_json_object(content_type: str, content: bytes) -> bool:
    if content_type.split(";")[0].strip().lower() != "application/json":
        return False
    try:
        return isinstance(orjson.loads(content), dict)
    except orjson.JSONDecodeError:
        return False


def _names(header: str, etag: str) -> bool:
    names = (name.strip().removeprefix("W/").strip('"') for name in header.split(","))
    return any(name in ("*", etag) for name in names)
