"""Remember what Sparkplug nodes told at their births: what their aliases mean."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; it fills with the next births, which nodes without one are asked for."""
    op.create_table(
        "sparkplug_birth",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("bd_seq", sa.BigInteger(), nullable=True),
        sa.Column("born_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sparkplug_birth")),
    )


def downgrade() -> None:
    """Forget the births; nodes tell them again when they are asked."""
    op.drop_table("sparkplug_birth")
