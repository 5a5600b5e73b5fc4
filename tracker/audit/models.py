"""Who looked at or changed whose data. Rows are only ever added; each holds the hash of the one before.

An entry names nobody. It holds a number of its own for each person, and ``AuditPerson`` says whose number it is for as
long as the person is there: when somebody is erased that row goes, and what is left in the log is about nobody.
"""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime

__all__ = ["NOTHING_BEFORE", "Action", "AuditCut", "AuditEntry", "AuditPerson", "Via"]

NOTHING_BEFORE = "0" * 64
"""What the first entry says of the one before it."""


class Via(StrEnum):
    PAGE = "page"
    COMMAND = "command"
    UPKEEP = "upkeep"
    API = "api"


class Action(StrEnum):
    PERSON_SEEN = "person-seen"
    PEOPLE_LISTED = "people-listed"
    PERSON_INVITED = "person-invited"
    PERSON_CHANGED = "person-changed"
    ACCOUNT_CLOSED = "account-closed"
    ACCOUNT_OPENED = "account-opened"
    SECOND_STEP_REMOVED = "second-step-removed"
    SIGN_IN_UNLINKED = "sign-in-unlinked"
    PEOPLE_MERGED = "people-merged"
    PEOPLE_IMPORTED = "people-imported"
    ADMINISTRATOR_MADE = "administrator-made"
    REPORT_SEEN = "report-seen"
    REPORT_EXPORTED = "report-exported"
    GROUP_SEEN = "group-seen"
    ATTENDANCE_EXPORTED = "attendance-exported"
    MEETING_CHANGED = "meeting-changed"
    ORGANISATION_ADDED = "organisation-added"
    ORGANISATION_CHANGED = "organisation-changed"
    ORGANISATION_REMOVED = "organisation-removed"
    ORGANISATIONS_IMPORTED = "organisations-imported"
    PROVIDER_ADDED = "provider-added"
    PROVIDER_CHANGED = "provider-changed"
    PROVIDER_REMOVED = "provider-removed"
    KEY_MADE = "key-made"
    KEY_REVOKED = "key-revoked"
    OUTSIDE_LRS_ADDED = "outside-lrs-added"
    OUTSIDE_LRS_CHANGED = "outside-lrs-changed"
    OUTSIDE_LRS_REMOVED = "outside-lrs-removed"
    OUTSIDE_LRS_EMPTIED = "outside-lrs-emptied"
    COURSE_ADDED = "course-added"
    COURSE_CHANGED = "course-changed"
    COURSE_DELETED = "course-deleted"
    PART_WAIVED = "part-waived"
    REGISTRATION_SEEN = "registration-seen"
    STATEMENTS_EXPORTED = "statements-exported"
    PERSON_ERASED = "person-erased"
    ERASURE_CONFIRMED = "erasure-confirmed"
    RETENTION_SET = "retention-set"
    RETENTION_DONE = "retention-done"
    EXTRACT_MADE = "extract-made"
    LOG_SEEN = "log-seen"
    LOG_EXPORTED = "log-exported"
    LOG_CUT = "log-cut"


class AuditEntry(Base):
    """``actor`` and ``subject`` are numbers of ``AuditPerson``; ``target`` is what else it was about, ``group:<id>``.

    ``details``: JSON of words, numbers and ids, as it was hashed (see ``chain``).
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_actor", "actor", "seq"),
        Index("ix_audit_entry_subject", "subject", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """1, 2, 3 …: a number that is missing is an entry that has been taken away."""
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    actor: Mapped[uuid.UUID | None]
    """None: the system itself, or the command line."""
    via: Mapped[str]
    action: Mapped[str]
    subject: Mapped[uuid.UUID | None]
    target: Mapped[str | None]
    details: Mapped[str] = mapped_column(Text)
    before: Mapped[str]
    hash: Mapped[str]


class AuditPerson(Base):
    """Somebody can have several numbers: those of accounts that have been joined."""

    __tablename__ = "audit_person"

    ref: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)


class AuditCut(Base):
    """The beginning of the log has been taken away, by a decision. Only then do the database's triggers allow it."""

    __tablename__ = "audit_cut"

    through: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The last entry that is gone, and its hash."""
    hash: Mapped[str]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    decision: Mapped[str]
