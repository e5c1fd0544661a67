"""Keep what a draw published, byte for byte."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the texts; nothing was published before."""
    op.add_column("draw", sa.Column("published_list", sa.Text(), nullable=True))
    op.add_column("draw", sa.Column("published_result", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("draw") as table:
        table.drop_column("published_result")
        table.drop_column("published_list")
