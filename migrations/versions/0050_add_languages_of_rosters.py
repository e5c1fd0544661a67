"""Add the language in which the people of a roster are written to."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it: everybody until now was written to in Chinese."""
    for table in ("roster", "roster_member"):
        op.add_column(
            table, sa.Column("language", sa.String(), server_default="zh", nullable=False)
        )


def downgrade() -> None:
    """Take it away."""
    for table in ("roster_member", "roster"):
        op.drop_column(table, "language")
