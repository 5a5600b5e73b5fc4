"""Sign-ins one by one, and the second step

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("browser", sa.String(), nullable=True),
        sa.Column("second_step_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_sign_in_learner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
    )
    # The cookies that are out there hold this key: nobody is signed out.
    op.execute(
        "INSERT INTO sign_in (id, learner_id, started_at, seen_on) SELECT sign_in_key, id, created_at, "
        "date(coalesce(last_seen_on, created_at)) FROM learner"
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_learner_id"), ["learner_id"], unique=False)
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.drop_constraint(batch_op.f("uq_learner_sign_in_key"), type_="unique")
        batch_op.drop_column("sign_in_key")
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.alter_column("version", server_default=None)
    op.create_table(
        "code_app",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_period", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_code_app_learner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_code_app")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_recovery_code_learner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_learner_id"), ["learner_id"], unique=False)


def downgrade() -> None:
    op.drop_table("recovery_code")
    op.drop_table("code_app")
    op.drop_table("sign_in")
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sign_in_key", sa.Uuid(), nullable=True))
        batch_op.drop_column("version")
        batch_op.drop_column("deactivated_at")
    # Everybody signs in again: the account's number is as unique as the key was, and is changed at once.
    op.execute("UPDATE learner SET sign_in_key = account")
    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.alter_column("sign_in_key", nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_learner_sign_in_key"), ["sign_in_key"])
