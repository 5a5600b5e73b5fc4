"""What belongs to a member of a group, or to a version of an imported course, is found without reading the whole table

Revision 0020, after 0018.
"""

from alembic import op

revision = "0020"
down_revision = "0018"

_INDEXED = (
    ("attendance", "member_id"),
    ("meeting_change", "member_id"),
    ("group_member", "says_to_be_id"),
    ("launch_registration", "version_id"),
)


def upgrade() -> None:
    for table, column in _INDEXED:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    for table, column in _INDEXED:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
