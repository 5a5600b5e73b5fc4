"""Sums of the published blocks, so that pages read as many rows as they show

Revision 0018, after 0019. What has been published has none, and is answered from its blocks until the next time.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0019"

_INDEXED = ("kind", "capacity", "municipality", "begun", "done")


def upgrade() -> None:
    op.add_column("report_publication", sa.Column("summed", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in _INDEXED:
        op.create_index(f"ix_report_block_{name}", "report_block", ["course_id", name, "told_until"])
    op.create_table(
        "report_sum",
        sa.Column("publication_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("filter_by", "value", "row_by", "row_value")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("started", "completed", "certified", "untold")),
        sa.Column("parts", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["report_publication.id"],
            name=op.f("fk_report_sum_publication_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "publication_id", "filter_by", "value", "row_by", "row_value", name=op.f("pk_report_sum")
        ),
    )


def downgrade() -> None:
    op.drop_table("report_sum")
    for name in _INDEXED:
        op.drop_index(f"ix_report_block_{name}", table_name="report_block")
    op.drop_column("report_publication", "summed")
