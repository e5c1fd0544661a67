"""Let gateways report what became of the messages that they took."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add who may report; nobody may yet."""
    op.create_table(
        "delivery_reporter",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_delivery_reporter")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_delivery_reporter_token_digest")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("delivery_reporter")
