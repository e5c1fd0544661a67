"""Let a plan say how many seats staff may add to each slot of its sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; no plan lets staff add any yet."""
    op.add_column("plan", sa.Column("overbook", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("plan", "overbook")
