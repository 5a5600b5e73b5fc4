"""Outside LRSs that nothing is sent to any more, and that still hold what they got

Revision 0019, after 0012. Those that were removed before are not known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "lrs_former_destination",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("destination_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("endpoint", name=op.f("pk_lrs_former_destination")),
    )


def downgrade() -> None:
    op.drop_table("lrs_former_destination")
