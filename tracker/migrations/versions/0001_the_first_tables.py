"""The first tables

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "region",
                "municipality",
                "state",
                "association",
                "study-association",
                "other",
                name="organisationkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name_key", name=op.f("uq_organisation_name_key")),
    )
    op.create_table(
        "learner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_on", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column(
            "capacity",
            sa.Enum(
                "elected", "officer", "employee", "volunteer", "other", name="capacity", native_enum=False, length=40
            ),
            nullable=True,
        ),
        sa.Column(
            "organisation_kind",
            sa.Enum(
                "region",
                "municipality",
                "state",
                "association",
                "study-association",
                "other",
                name="organisationkind",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("is_administrator", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("sign_in_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_learner_organisation_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner")),
        sa.UniqueConstraint("account", name=op.f("uq_learner_account")),
        sa.UniqueConstraint("email", name=op.f("uq_learner_email")),
        sa.UniqueConstraint("sign_in_key", name=op.f("uq_learner_sign_in_key")),
    )
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_learner_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_registration_learner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_learner_id"), ["learner_id"], unique=False)

    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("guest_id", sa.Integer(), nullable=True),
        sa.Column("new_address_for_id", sa.Integer(), nullable=True),
        sa.Column("next_page", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["guest_id"], ["learner.id"], name=op.f("fk_sign_in_link_guest_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["new_address_for_id"], ["learner.id"], name=op.f("fk_sign_in_link_new_address_for_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
    )
    with op.batch_alter_table("sign_in_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_link_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_link_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "activity_result",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.String(), nullable=False),
        sa.Column("activity_id", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=True),
        sa.Column("response", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_activity_result_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", "lesson_id", "activity_id", name=op.f("pk_activity_result")),
    )
    op.create_table(
        "activity_state",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.String(), nullable=False),
        sa.Column("activity_id", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("submitted", sa.Boolean(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_activity_state_registration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("registration_id", "lesson_id", "activity_id", name=op.f("pk_activity_state")),
    )
    op.create_table(
        "certificate",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("course", sa.JSON(), nullable=False),
        sa.Column("course_version", sa.String(), nullable=False),
        sa.Column("form", sa.Enum("alone", "group", "both", name="form", native_enum=False, length=40), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("lesson_count", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_certificate_registration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_certificate")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_certificate_registration_id")),
    )
    op.create_table(
        "course_completion",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("course_version", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("lesson_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_course_completion_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_course_completion")),
    )
    op.create_table(
        "lesson_progress",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("course_version", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_lesson_progress_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", "lesson_id", name=op.f("pk_lesson_progress")),
    )
    op.create_table(
        "module_progress",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("course_version", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_module_progress_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", "module_id", name=op.f("pk_module_progress")),
    )
    op.create_table(
        "position",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.String(), nullable=False),
        sa.Column("activity_id", sa.String(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_position_registration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_position")),
    )
    op.create_table(
        "lrs_activity",
        sa.Column("activity_key", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("activity_key", name=op.f("pk_lrs_activity")),
    )
    op.create_table(
        "lrs_agent_name",
        sa.Column("agent_key", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agent_key", "name", name=op.f("pk_lrs_agent_name")),
    )
    op.create_table(
        "lrs_attachment",
        sa.Column("sha2", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha2", name=op.f("pk_lrs_attachment")),
    )
    op.create_table(
        "lrs_backfill",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("destination_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lrs_backfill")),
    )
    with op.batch_alter_table("lrs_backfill", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lrs_backfill_destination_id"), ["destination_id"], unique=False)

    op.create_table(
        "lrs_credential",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version_2", sa.Boolean(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.Column("home_page", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("registration", sa.Uuid(), nullable=True),
        sa.Column("activity_id", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lrs_credential")),
        sa.UniqueConstraint("key", name=op.f("uq_lrs_credential_key")),
    )
    op.create_table(
        "lrs_destination",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("verbs", sa.Text(), nullable=True),
        sa.Column("activities", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_attempt", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lrs_destination")),
        sa.UniqueConstraint("endpoint", "key", name=op.f("uq_lrs_destination_endpoint_key")),
    )
    op.create_table(
        "lrs_document",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("scope_key", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("activity_key", sa.Uuid(), nullable=True),
        sa.Column("agent_key", sa.Uuid(), nullable=True),
        sa.Column("registration", sa.Uuid(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lrs_document")),
        sa.UniqueConstraint("scope_key", "document_id", name=op.f("uq_lrs_document_scope_key_document_id")),
    )
    with op.batch_alter_table("lrs_document", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_lrs_document_kind_activity_key_agent_key"),
            ["kind", "activity_key", "agent_key"],
            unique=False,
        )

    op.create_table(
        "lrs_import",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("through", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_lrs_import")),
    )
    op.create_table(
        "lrs_outbox",
        sa.Column("destination_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("queued", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("destination_id", "seq", name=op.f("pk_lrs_outbox")),
    )
    op.create_table(
        "lrs_statement",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("stored", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verb_key", sa.Uuid(), nullable=False),
        sa.Column("actor_key", sa.Uuid(), nullable=True),
        sa.Column("activity_key", sa.Uuid(), nullable=True),
        sa.Column("registration", sa.Uuid(), nullable=True),
        sa.Column("authority_key", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_lrs_statement")),
        sa.UniqueConstraint("statement_id", name=op.f("uq_lrs_statement_statement_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("lrs_statement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lrs_statement_activity_key_seq"), ["activity_key", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_lrs_statement_actor_key_seq"), ["actor_key", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_lrs_statement_authority_key_seq"), ["authority_key", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_lrs_statement_registration_seq"), ["registration", "seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_lrs_statement_stored"), ["stored"], unique=False)
        batch_op.create_index(
            "ix_lrs_statement_target_id",
            ["target_id"],
            unique=False,
            postgresql_where=sa.text("target_id IS NOT NULL"),
            sqlite_where=sa.text("target_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_lrs_statement_verb_key_seq"), ["verb_key", "seq"], unique=False)

    op.create_table(
        "lrs_statement_activity",
        sa.Column("activity_key", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("activity_key", "seq", name=op.f("pk_lrs_statement_activity")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lrs_statement_agent",
        sa.Column("agent_key", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("narrow", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("agent_key", "seq", name=op.f("pk_lrs_statement_agent")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("lrs_statement_agent")
    op.drop_table("lrs_statement_activity")
    with op.batch_alter_table("lrs_statement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lrs_statement_verb_key_seq"))
        batch_op.drop_index(
            "ix_lrs_statement_target_id",
            postgresql_where=sa.text("target_id IS NOT NULL"),
            sqlite_where=sa.text("target_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_lrs_statement_stored"))
        batch_op.drop_index(batch_op.f("ix_lrs_statement_registration_seq"))
        batch_op.drop_index(batch_op.f("ix_lrs_statement_authority_key_seq"))
        batch_op.drop_index(batch_op.f("ix_lrs_statement_actor_key_seq"))
        batch_op.drop_index(batch_op.f("ix_lrs_statement_activity_key_seq"))

    op.drop_table("lrs_statement")
    op.drop_table("lrs_outbox")
    op.drop_table("lrs_import")
    with op.batch_alter_table("lrs_document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lrs_document_kind_activity_key_agent_key"))

    op.drop_table("lrs_document")
    op.drop_table("lrs_destination")
    op.drop_table("lrs_credential")
    with op.batch_alter_table("lrs_backfill", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lrs_backfill_destination_id"))

    op.drop_table("lrs_backfill")
    op.drop_table("lrs_attachment")
    op.drop_table("lrs_agent_name")
    op.drop_table("lrs_activity")
    op.drop_table("position")
    op.drop_table("module_progress")
    op.drop_table("lesson_progress")
    op.drop_table("course_completion")
    op.drop_table("certificate")
    op.drop_table("activity_state")
    op.drop_table("activity_result")
    with op.batch_alter_table("sign_in_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_link_expires_at"))
        batch_op.drop_index(batch_op.f("ix_sign_in_link_email"))

    op.drop_table("sign_in_link")
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_learner_id"))

    op.drop_table("registration")
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_learner_organisation_id"))

    op.drop_table("learner")
    op.drop_table("organisation")
