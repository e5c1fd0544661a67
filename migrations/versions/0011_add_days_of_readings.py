"""Add the days of readings beside their hours, and in it what is stored already.

Stop the subscriber before, as for the hours; `vaxsite rollup` makes both again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DAYS = {
    "postgresql": "date_trunc('day', hour, 'UTC')",
    "sqlite": "substr(hour, 1, 10) || ' 00:00:00.000000'",
}


def upgrade() -> None:
    """Add it, and fill it from the hours."""
    op.create_table(
        "reading_day",
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("low_centi", sa.SmallInteger(), nullable=True),
        sa.Column("high_centi", sa.SmallInteger(), nullable=True),
        sa.Column("sum_centi", sa.BigInteger(), nullable=False),
        sa.Column("temperatures", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("door_open", sa.Integer(), nullable=False),
        sa.Column("power_off", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_reading_day_sensor_id_sensor")
        ),
        sa.PrimaryKeyConstraint("sensor_id", "day", name=op.f("pk_reading_day")),
    )
    day = DAYS[op.get_context().dialect.name]
    op.execute(
        "INSERT INTO reading_day (sensor_id, day, low_centi, high_centi, sum_centi, "  # noqa: S608 - constants of this module
        f"temperatures, faults, door_open, power_off) SELECT sensor_id, {day}, min(low_centi), "
        "max(high_centi), sum(sum_centi), sum(temperatures), sum(faults), sum(door_open), "
        "sum(power_off) FROM reading_hour GROUP BY 1, 2"
    )


def downgrade() -> None:
    """Take it away: it can be made again from the readings."""
    op.drop_table("reading_day")
