"""Remind people of overdue doses: who asked for it, and when they are looked at next."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns; nobody has asked yet."""
    wish = sa.Column("remind", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("person", wish)
    op.add_column("person", sa.Column("look_again_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("person", "look_again_on")
    op.drop_column("person", "remind")
