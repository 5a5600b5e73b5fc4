"""The audit log, which the database itself lets nobody change

Revision 0011, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0015"

REFUSED = "the audit log is only added to"


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("target", sa.String(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor", "seq"])
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject", "seq"])
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"])
    op.create_table(
        "audit_person",
        sa.Column("ref", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_audit_person_learner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_audit_person")),
    )
    op.create_index(op.f("ix_audit_person_learner_id"), "audit_person", ["learner_id"])
    op.create_table(
        "audit_cut",
        sa.Column("through", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("through", name=op.f("pk_audit_cut")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _triggers_postgresql()
    else:
        _triggers_sqlite()


def _triggers_sqlite() -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    for table in ("audit_entry", "audit_cut"):
        op.execute(f"CREATE TRIGGER {table}_not_changed BEFORE UPDATE ON {table} {refuse}")
    op.execute(f"CREATE TRIGGER audit_cut_not_removed BEFORE DELETE ON audit_cut {refuse}")
    op.execute(
        "CREATE TRIGGER audit_entry_not_removed BEFORE DELETE ON audit_entry "
        f"WHEN OLD.seq > coalesce((SELECT max(through) FROM audit_cut), 0) {refuse}"
    )


def _triggers_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
    )
    op.execute(
        "CREATE FUNCTION audit_refuse_unless_cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF OLD.seq <= coalesce((SELECT max(through) FROM audit_cut), 0) THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{REFUSED}'; END $$"
    )
    for table in ("audit_entry", "audit_cut"):
        op.execute(
            f"CREATE TRIGGER {table}_not_changed BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        )
    op.execute(
        "CREATE TRIGGER audit_cut_not_removed BEFORE DELETE ON audit_cut FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_not_removed BEFORE DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuse_unless_cut()"
    )


def downgrade() -> None:
    op.drop_table("audit_cut")
    op.drop_table("audit_person")
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refuse")
        op.execute("DROP FUNCTION audit_refuse_unless_cut")
