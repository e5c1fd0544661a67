"""Mark the days whose readings went by the rule of retention."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark; no day has gone yet."""
    op.add_column("reading_day", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sensor", sa.Column("kept_from", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forget the marks: `verify` then finds days without readings."""
    op.drop_column("sensor", "kept_from")
    op.drop_column("reading_day", "deleted_at")
