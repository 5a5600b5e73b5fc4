"""Roles, and organisations under others

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

STAFF_ROLE = sa.Enum(
    "report-reader", "organisation-administrator", "administrator", name="staffrole", native_enum=False, length=40
)


def upgrade() -> None:
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_organisation_parent_id"), ["parent_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_organisation_parent_id"), "organisation", ["parent_id"], ["id"], ondelete="SET NULL"
        )
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_role", STAFF_ROLE, nullable=True))
        batch_op.add_column(sa.Column("staff_organisation_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_learner_staff_role"), ["staff_role"], unique=False)
        batch_op.create_index(batch_op.f("ix_learner_staff_organisation_id"), ["staff_organisation_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_learner_staff_organisation_id"),
            "organisation",
            ["staff_organisation_id"],
            ["id"],
            ondelete="RESTRICT",
        )
    op.execute("UPDATE learner SET staff_role = 'administrator' WHERE is_administrator")
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.drop_column("is_administrator")


def downgrade() -> None:
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_administrator", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE learner SET is_administrator = (staff_role IS NOT NULL AND staff_role = 'administrator')")
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.alter_column("is_administrator", server_default=None)
        batch_op.drop_constraint(batch_op.f("fk_learner_staff_organisation_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_learner_staff_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_learner_staff_role"))
        batch_op.drop_column("staff_organisation_id")
        batch_op.drop_column("staff_role")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_organisation_parent_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_organisation_parent_id"))
        batch_op.drop_column("parent_id")
