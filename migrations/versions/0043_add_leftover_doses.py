"""Add leftover doses."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; no vial is open."""
    op.create_table(
        "callout",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("offered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("promised", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("widened_reason", sa.String(), nullable=True),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "promised >= 0 AND promised <= offered", name=op.f("ck_callout_promised_within_offered")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_callout_product_id_product")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_callout_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callout")),
    )
    op.create_index(
        "uq_callout_open_site_product",
        "callout",
        ["site_id", "product_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )

    op.create_table(
        "callout_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("callout_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("come_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("picked_by", sa.String(), nullable=True),
        sa.Column("picked_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["callout_id"], ["callout.id"], name=op.f("fk_callout_invitation_callout_id_callout")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["waiting_entry.id"],
            name=op.f("fk_callout_invitation_entry_id_waiting_entry"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callout_invitation")),
        sa.UniqueConstraint(
            "callout_id", "entry_id", name=op.f("uq_callout_invitation_callout_id_entry_id")
        ),
    )
    op.create_index(op.f("ix_callout_invitation_entry_id"), "callout_invitation", ["entry_id"])

    op.create_table(
        "open_vial",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("discard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "used >= 0 AND used <= doses", name=op.f("ck_open_vial_used_within_the_vial")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_open_vial_lot_id_lot")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_open_vial_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_vial")),
    )
    op.create_index("ix_open_vial_site_id_discard_at", "open_vial", ["site_id", "discard_at"])


def downgrade() -> None:
    """Take them away."""
    for table in ("callout_invitation", "callout", "open_vial"):
        op.drop_table(table)
