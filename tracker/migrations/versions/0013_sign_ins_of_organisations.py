"""The organisations' own sign-ins

Revision 0013, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "identity_provider",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column(
            "admits", sa.Enum("invited", "everybody", name="admits", native_enum=False, length=40), nullable=False
        ),
        sa.Column("vouches", sa.Boolean(), nullable=False),
        sa.Column("role_claim", sa.String(), nullable=True),
        sa.Column("role_values", sa.JSON(), nullable=False),
        sa.Column("may_administer", sa.Boolean(), nullable=False),
        sa.Column("assurance", sa.JSON(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_fault_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_fault", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_identity_provider_organisation_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_provider")),
        sa.UniqueConstraint("issuer", "client_id", name=op.f("uq_identity_provider_issuer_client_id")),
    )
    op.create_index(op.f("ix_identity_provider_organisation_id"), "identity_provider", ["organisation_id"])
    op.create_table(
        "provider_domain",
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["identity_provider.id"],
            name=op.f("fk_provider_domain_provider_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_provider_domain")),
    )
    op.create_index(op.f("ix_provider_domain_provider_id"), "provider_domain", ["provider_id"])
    op.create_table(
        "identity",
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "gave_role",
            sa.Enum(
                "report-reader",
                "organisation-administrator",
                "administrator",
                name="staffrole",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["identity_provider.id"], name=op.f("fk_identity_provider_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_identity_learner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("provider_id", "subject", name=op.f("pk_identity")),
    )
    op.create_index(op.f("ix_identity_learner_id"), "identity", ["learner_id"])
    op.create_table(
        "pending_sign_in",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("keep_guest", sa.Boolean(), nullable=False),
        sa.Column("next_page", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["identity_provider.id"],
            name=op.f("fk_pending_sign_in_provider_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_pending_sign_in")),
    )
    op.create_index(op.f("ix_pending_sign_in_provider_id"), "pending_sign_in", ["provider_id"])
    op.create_index(op.f("ix_pending_sign_in_expires_at"), "pending_sign_in", ["expires_at"])
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("provider_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("needs_more", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_foreign_key(
            batch_op.f("fk_sign_in_provider_id"), "identity_provider", ["provider_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_index(batch_op.f("ix_sign_in_provider_id"), ["provider_id"])
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.alter_column("needs_more", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_provider_id"))
        batch_op.drop_constraint(batch_op.f("fk_sign_in_provider_id"), type_="foreignkey")
        batch_op.drop_column("needs_more")
        batch_op.drop_column("provider_id")
    op.drop_table("pending_sign_in")
    op.drop_table("identity")
    op.drop_table("provider_domain")
    op.drop_table("identity_provider")
