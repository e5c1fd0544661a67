"""Follow messages to residents, let clinics send text messages, and attach calendar files."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

OPEN = sa.text("settled_at IS NULL")


def upgrade() -> None:
    """Add what is followed, the gateways, and the file that goes with an e-mail."""
    op.create_table(
        "letter",
        sa.Column("delivery_key", sa.String(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("short", sa.LargeBinary(), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_letter_site_id_site")),
        sa.PrimaryKeyConstraint("delivery_key", name=op.f("pk_letter")),
    )
    op.create_index(
        "ix_letter_closes_at",
        "letter",
        ["closes_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "text_gateway",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_text_gateway_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_text_gateway")),
    )
    op.add_column("outbox", sa.Column("calendar", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("outbox", "calendar")
    op.drop_table("text_gateway")
    op.drop_table("letter")
