"""Keep what stands on the plate of a storage unit, and when it was taken out of use."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

FACTS = (
    ("maker", sa.String()),
    ("model", sa.String()),
    ("serial_number", sa.String()),
    ("pqs_code", sa.String()),
    ("made_in", sa.Integer()),
    ("retired_at", sa.DateTime(timezone=True)),
    ("retired_by", sa.String()),
    ("retired_because", sa.String()),
)


def upgrade() -> None:
    """Add them; nothing is known of the units that are there, and all are in use."""
    for name, kind in FACTS:
        op.add_column("storage_unit", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Take them away."""
    for name, _ in reversed(FACTS):
        op.drop_column("storage_unit", name)
