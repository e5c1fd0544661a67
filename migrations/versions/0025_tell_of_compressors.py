"""Keep with a reading whether the compressor ran."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; of the readings that are there nobody knows."""
    op.add_column("reading", sa.Column("compressor_on", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("reading", "compressor_on")
