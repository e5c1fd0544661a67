"""Say of USB loggers how often their file is to come."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the interval; probes that are there are heard live until somebody says otherwise."""
    op.add_column("sensor", sa.Column("files_every_s", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("sensor", "files_every_s")
