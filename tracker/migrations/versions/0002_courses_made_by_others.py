"""Courses made by others, and tokens of the API

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_on", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_table(
        "imported_course",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_course")),
    )
    op.create_table(
        "imported_course_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("folder", sa.Uuid(), nullable=True),
        sa.Column("file_count", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("structure_json", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["imported_course.id"], name=op.f("fk_imported_course_version_course_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_course_version")),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_imported_course_version_course_id_number")),
    )
    with op.batch_alter_table("imported_course_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imported_course_version_course_id"), ["course_id"], unique=False)

    op.create_table(
        "launch_registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=True),
        sa.Column("actor_home_page", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("satisfied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_id"], ["imported_course.id"], name=op.f("fk_launch_registration_course_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_launch_registration_learner_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["imported_course_version.id"],
            name=op.f("fk_launch_registration_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch_registration")),
    )
    with op.batch_alter_table("launch_registration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_launch_registration_course_id"), ["course_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_launch_registration_learner_id"), ["learner_id"], unique=False)

    op.create_table(
        "launch_au_state",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("au_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("satisfied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["launch_registration.id"],
            name=op.f("fk_launch_au_state_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", "au_index", name=op.f("pk_launch_au_state")),
    )
    op.create_table(
        "launch_satisfaction",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.String(), nullable=False),
        sa.Column("satisfied_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["launch_registration.id"],
            name=op.f("fk_launch_satisfaction_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", "activity_id", name=op.f("pk_launch_satisfaction")),
    )
    op.create_table(
        "launch_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("au_index", sa.Integer(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("Normal", "Browse", "Review", name="launchmode", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetch_hash", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("preferences_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("initialized_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("terminated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("abandoned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verbs", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["launch_registration.id"],
            name=op.f("fk_launch_session_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch_session")),
        sa.UniqueConstraint("fetch_hash", name=op.f("uq_launch_session_fetch_hash")),
    )
    with op.batch_alter_table("launch_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_launch_session_launched_at"), ["launched_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_launch_session_registration_id"), ["registration_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("launch_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_launch_session_registration_id"))
        batch_op.drop_index(batch_op.f("ix_launch_session_launched_at"))

    op.drop_table("launch_session")
    op.drop_table("launch_satisfaction")
    op.drop_table("launch_au_state")
    with op.batch_alter_table("launch_registration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_launch_registration_learner_id"))
        batch_op.drop_index(batch_op.f("ix_launch_registration_course_id"))

    op.drop_table("launch_registration")
    with op.batch_alter_table("imported_course_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imported_course_version_course_id"))

    op.drop_table("imported_course_version")
    op.drop_table("imported_course")
    op.drop_table("api_token")
