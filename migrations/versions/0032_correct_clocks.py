"""Note the readings that their device sent again with another time."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; none was kept before."""
    op.create_table(
        "clock_correction",
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("was_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("now_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("boot", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_clock_correction_sensor_id_sensor")
        ),
        sa.PrimaryKeyConstraint("sensor_id", "was_at", name=op.f("pk_clock_correction")),
    )


def downgrade() -> None:
    """Forget them: both times of a reading count again."""
    op.drop_table("clock_correction")
