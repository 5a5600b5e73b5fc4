"""Blocks of people who stay together from one publication to the next, and the language of each module

Revision 0015, after 0017. What was published before is forgotten: it can't be gone on from.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0017"

_DIMENSIONS = (
    "course",
    "kind",
    "capacity",
    "organisation",
    "municipality",
    "study_group",
    "form",
    "begun",
    "done",
    "version",
)


def upgrade() -> None:
    op.add_column("module_progress", sa.Column("language", sa.String(), nullable=True))
    op.drop_table("report_block")
    op.execute("DELETE FROM report_publication")
    op.create_table(
        "report_block",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("course_id", sa.String(), nullable=False),
        sa.Column("with_demo", sa.Boolean(), nullable=False),
        sa.Column("told_from", sa.Integer(), nullable=False),
        sa.Column("told_until", sa.Integer(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in (*_DIMENSIONS, "language")),
        sa.Column("parts", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_block")),
    )
    op.create_index("ix_report_block_told", "report_block", ["course_id", "told_until", "told_from"])
    for name in ("organisation", "study_group"):
        op.create_index(f"ix_report_block_{name}", "report_block", ["course_id", name, "told_until"])
    op.create_table(
        "report_person",
        sa.Column("course_id", sa.String(), nullable=False),
        sa.Column("with_demo", sa.Boolean(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("block_id", sa.Integer(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_report_person_learner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("course_id", "with_demo", "learner_id", name=op.f("pk_report_person")),
    )
    op.create_index(op.f("ix_report_person_learner_id"), "report_person", ["learner_id"])
    op.create_index(op.f("ix_report_person_block_id"), "report_person", ["block_id"])


def downgrade() -> None:
    op.drop_table("report_person")
    op.drop_table("report_block")
    op.execute("DELETE FROM report_publication")
    op.create_table(
        "report_block",
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in _DIMENSIONS),
        sa.Column("parts", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["report_publication.id"],
            name=op.f("fk_report_block_publication_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("publication_id", "number", name=op.f("pk_report_block")),
    )
    for name in ("organisation", "study_group"):
        op.create_index(op.f(f"ix_report_block_{name}"), "report_block", ["publication_id", name])
    op.drop_column("module_progress", "language")
