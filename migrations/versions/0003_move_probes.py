"""Keep where each probe hung when: the readings before a move belong to the unit it left."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# No reading is older (sensors.domain.readings.EARLIEST).
SINCE_EVER = {
    "postgresql": "TIMESTAMPTZ '2015-01-01 00:00:00+00'",
    "sqlite": "'2015-01-01 00:00:00.000000'",
}


def upgrade() -> None:
    """Make the placements, one for each probe that hangs somewhere, and the count of changes."""
    op.create_table(
        "probe_placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("to_at > from_at", name=op.f("ck_probe_placement_period_not_empty")),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_probe_placement_sensor_id_sensor")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["storage_unit.id"], name=op.f("fk_probe_placement_unit_id_storage_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probe_placement")),
        sa.UniqueConstraint(
            "sensor_id", "from_at", name=op.f("uq_probe_placement_sensor_id_from_at")
        ),
    )
    op.create_index(
        "uq_probe_placement_sensor_id_now",
        "probe_placement",
        ["sensor_id"],
        unique=True,
        sqlite_where=sa.text("to_at IS NULL"),
        postgresql_where=sa.text("to_at IS NULL"),
    )
    op.create_index("ix_probe_placement_unit_id_from_at", "probe_placement", ["unit_id", "from_at"])
    op.create_table(
        "places_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places_revision")),
    )
    since_ever = SINCE_EVER[op.get_context().dialect.name]
    op.execute(
        "INSERT INTO probe_placement (sensor_id, unit_id, from_at) "  # noqa: S608 - constants of this module
        f"SELECT id, unit_id, {since_ever} FROM sensor WHERE unit_id IS NOT NULL"
    )


def downgrade() -> None:
    """Forget where probes hung before."""
    op.drop_table("places_revision")
    op.drop_table("probe_placement")
