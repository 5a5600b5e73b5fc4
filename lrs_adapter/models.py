"""The tables. They stand by themselves: no foreign key leads to the app's tables or from them.

Statements are only ever added, so nothing that writes a Statement waits for a row that another writer holds. Whether
one is voided is looked up when it is read. ``seq`` is the order of storing and what paging goes by.
"""

from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes in and out, in UTC. SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UTCDateTime(), str: Text(), UUID: Uuid(), bytes: LargeBinary()}


# SQLite numbers rows by itself only in a column that is called INTEGER.
BigSerial = BigInteger().with_variant(Integer, "sqlite")


class StatementRow(Base):
    """One Statement as it is returned, and the keys it is found by (see ``identity``)."""

    __tablename__ = "lrs_statement"

    seq: Mapped[int] = mapped_column(BigSerial, primary_key=True, autoincrement=True)
    statement_id: Mapped[UUID] = mapped_column(unique=True)
    stored: Mapped[datetime] = mapped_column(index=True)
    verb_key: Mapped[UUID]
    actor_key: Mapped[UUID | None]
    activity_key: Mapped[UUID | None]
    registration: Mapped[UUID | None]
    authority_key: Mapped[UUID]
    target_id: Mapped[UUID | None]
    statement: Mapped[str]

    __table_args__ = (
        Index(None, "verb_key", "seq"),
        Index(None, "actor_key", "seq"),
        Index(None, "activity_key", "seq"),
        Index(None, "registration", "seq"),
        Index(None, "authority_key", "seq"),
        Index(
            "ix_lrs_statement_target_id",
            "target_id",
            postgresql_where=text("target_id IS NOT NULL"),
            sqlite_where=text("target_id IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )


class StatementAgentRow(Base):
    """An Agent or Group that a Statement names beyond its Actor and authority.

    ``narrow``: found by ``agent`` alone; the others are found only with ``related_agents``.
    """

    __tablename__ = "lrs_statement_agent"

    agent_key: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    narrow: Mapped[bool]

    __table_args__ = ({"sqlite_with_rowid": False},)


class StatementActivityRow(Base):
    """An Activity that a Statement names beyond its object: found with ``related_activities``."""

    __tablename__ = "lrs_statement_activity"

    activity_key: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)

    __table_args__ = ({"sqlite_with_rowid": False},)


class ActivityRow(Base):
    """The canonical definition of an Activity, as JSON."""

    __tablename__ = "lrs_activity"

    activity_key: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[str]
    definition: Mapped[str]


class AgentNameRow(Base):
    """A name that an Agent has been given in some Statement, for the Person object of the Agents resource."""

    __tablename__ = "lrs_agent_name"

    agent_key: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)


class AttachmentRow(Base):
    """The data of an attachment, kept once however many Statements name it."""

    __tablename__ = "lrs_attachment"

    sha2: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[bytes]
    created: Mapped[datetime]


class DocumentRow(Base):
    """A State, Activity Profile or Agent Profile document."""

    __tablename__ = "lrs_document"

    id: Mapped[int] = mapped_column(BigSerial, primary_key=True, autoincrement=True)
    # The key of kind, Activity, Agent and registration together: a unique constraint over columns that may be NULL
    # would let the same document in twice.
    scope_key: Mapped[UUID]
    document_id: Mapped[str]
    kind: Mapped[str]
    activity_key: Mapped[UUID | None]
    agent_key: Mapped[UUID | None]
    registration: Mapped[UUID | None]
    content_type: Mapped[str]
    content: Mapped[bytes]
    etag: Mapped[str]
    updated: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("scope_key", "document_id"),
        Index(None, "kind", "activity_key", "agent_key"),
    )


class CredentialRow(Base):
    """A key and what may be done with it. The secret itself is nowhere (see ``credentials``)."""

    __tablename__ = "lrs_credential"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes]
    name: Mapped[str]
    scopes: Mapped[str]
    created: Mapped[datetime]
    last_used: Mapped[datetime | None]
    version_2: Mapped[bool]
    expires: Mapped[datetime | None]
    revoked: Mapped[datetime | None]
    home_page: Mapped[str]
    session_id: Mapped[str | None]
    registration: Mapped[UUID | None]
    activity_id: Mapped[str | None]
    actor: Mapped[str | None]


class DestinationRow(Base):
    """An outside LRS that Statements are passed on to."""

    __tablename__ = "lrs_destination"

    id: Mapped[int] = mapped_column(BigSerial, primary_key=True, autoincrement=True)
    name: Mapped[str]
    endpoint: Mapped[str]
    key: Mapped[str]
    secret: Mapped[bytes]
    verbs: Mapped[str | None]
    activities: Mapped[str | None]
    created: Mapped[datetime]
    paused: Mapped[datetime | None]
    pause_reason: Mapped[str | None]
    failures: Mapped[int] = mapped_column(default=0)
    next_attempt: Mapped[datetime | None]
    last_success: Mapped[datetime | None]
    last_error: Mapped[str | None]
    last_error_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    lease: Mapped[UUID | None]

    __table_args__ = (UniqueConstraint("endpoint", "key"),)


class FormerDestinationRow(Base):
    """An outside LRS that was sent Statements, and that nothing is sent to any more: what it got is there still.

    One row for an address, without key or secret. ``destination_id``: what it was called while it was sent to.
    """

    __tablename__ = "lrs_former_destination"

    endpoint: Mapped[str] = mapped_column(primary_key=True)
    destination_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    until: Mapped[datetime]


class OutboxRow(Base):
    """A Statement that a destination has still to get, or has refused with the answer kept here."""

    __tablename__ = "lrs_outbox"

    destination_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    queued: Mapped[datetime]
    refused: Mapped[datetime | None]
    answer: Mapped[str | None]


class BackfillRow(Base):
    """Statements stored before, on their way into a destination's queue (see ``backfills``)."""

    __tablename__ = "lrs_backfill"

    id: Mapped[int] = mapped_column(BigSerial, primary_key=True, autoincrement=True)
    destination_id: Mapped[int] = mapped_column(BigInteger, index=True)
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    created: Mapped[datetime]
    seen: Mapped[datetime | None]
    total: Mapped[int | None]
    last: Mapped[int] = mapped_column(BigInteger, default=0)
    after: Mapped[int] = mapped_column(BigInteger, default=0)
    done: Mapped[int] = mapped_column(default=0)
    finished: Mapped[datetime | None]


class ImportRow(Base):
    """How far the reading of another LRS has come: everything stored there before ``through`` is here."""

    __tablename__ = "lrs_import"

    source: Mapped[str] = mapped_column(primary_key=True)
    through: Mapped[datetime]
    updated: Mapped[datetime]
