"""Certificates for courses made by others

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "imported_completion",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("publisher_id", sa.String(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("part_count", sa.Integer(), nullable=False),
        sa.Column("waived_count", sa.Integer(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_imported_completion_learner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_imported_completion")),
    )
    with op.batch_alter_table("imported_completion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imported_completion_learner_id"), ["learner_id"], unique=False)

    op.create_table(
        "imported_certificate",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("completion_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["completion_id"],
            ["imported_completion.registration_id"],
            name=op.f("fk_imported_certificate_completion_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_imported_certificate")),
        sa.UniqueConstraint("completion_id", name=op.f("uq_imported_certificate_completion_id")),
    )


def downgrade() -> None:
    op.drop_table("imported_certificate")
    with op.batch_alter_table("imported_completion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imported_completion_learner_id"))

    op.drop_table("imported_completion")
