"""Imported courses that a group takes

Revision 0016, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "study_group_course",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["study_group.id"],
            name=op.f("fk_study_group_course_group_id_study_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["imported_course.id"],
            name=op.f("fk_study_group_course_course_id_imported_course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "course_id", name=op.f("pk_study_group_course")),
    )
    op.create_index(op.f("ix_study_group_course_course_id"), "study_group_course", ["course_id"])


def downgrade() -> None:
    op.drop_table("study_group_course")
