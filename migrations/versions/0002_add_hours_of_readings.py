"""Add the hours of readings: a table, and in it the readings that are stored already.

Adds up 50 million readings in about 15 s on PostgreSQL. Stop the subscriber before: what a running
older one stores afterwards is in no hour until `vaxsite rollup` has made them again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

HOURS = {
    "postgresql": "date_trunc('hour', measured_at, 'UTC')",
    "sqlite": "substr(measured_at, 1, 13) || ':00:00.000000'",
}


def upgrade() -> None:
    """Add it, and fill it from what was read."""
    op.create_table(
        "reading_hour",
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("low_centi", sa.SmallInteger(), nullable=True),
        sa.Column("high_centi", sa.SmallInteger(), nullable=True),
        sa.Column("sum_centi", sa.BigInteger(), nullable=False),
        sa.Column("temperatures", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("door_open", sa.Integer(), nullable=False),
        sa.Column("power_off", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_reading_hour_sensor_id_sensor")
        ),
        sa.PrimaryKeyConstraint("sensor_id", "hour", name=op.f("pk_reading_hour")),
    )
    hour = HOURS[op.get_context().dialect.name]
    op.execute(
        "INSERT INTO reading_hour (sensor_id, hour, low_centi, high_centi, sum_centi, "  # noqa: S608 - constants of this module
        "temperatures, faults, door_open, power_off) "
        f"SELECT sensor_id, {hour}, min(centi), max(centi), coalesce(sum(centi), 0), count(centi), "
        "count(*) - count(centi), count(*) FILTER (WHERE door_open), "
        "count(*) FILTER (WHERE NOT power_on) FROM reading GROUP BY 1, 2"
    )


def downgrade() -> None:
    """Take it away: it can be made again from the readings."""
    op.drop_table("reading_hour")
