"""Mark the alerts that were found in readings which came late."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark; every alert so far was told at once."""
    op.add_column(
        "alert", sa.Column("found_late", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("alert", sa.Column("over_notice_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take the mark away."""
    op.drop_column("alert", "over_notice_at")
    op.drop_column("alert", "found_late")
