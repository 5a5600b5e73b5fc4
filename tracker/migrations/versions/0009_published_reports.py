"""Published reports, and views of them that are saved

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "report_publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("with_demo", sa.Boolean(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_publication")),
    )
    op.create_index(op.f("ix_report_publication_course_id"), "report_publication", ["course_id"])
    op.create_table(
        "report_block",
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=True)
            for name in (
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
        ),
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
    op.create_table(
        "report_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "frequency", sa.Enum("weekly", "monthly", name="frequency", native_enum=False, length=40), nullable=True
        ),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_report_view_learner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_view")),
        sa.UniqueConstraint("learner_id", "name", name=op.f("uq_report_view_learner_id_name")),
    )
    op.create_index(op.f("ix_report_view_learner_id"), "report_view", ["learner_id"])
    op.create_index(op.f("ix_report_view_next_at"), "report_view", ["next_at"])


def downgrade() -> None:
    op.drop_table("report_view")
    op.drop_table("report_block")
    op.drop_table("report_publication")
