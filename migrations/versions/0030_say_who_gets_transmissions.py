"""Say who gets the transmissions of our own units."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nobody gets any yet."""
    op.create_table(
        "transmission_target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("sent_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_transmission_target_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transmission_target")),
        sa.UniqueConstraint("name", name=op.f("uq_transmission_target_name")),
    )


def downgrade() -> None:
    """Forget the targets; what waits in the outbox stays."""
    op.drop_table("transmission_target")
