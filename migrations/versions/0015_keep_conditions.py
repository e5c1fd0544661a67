"""Keep what warns without being a breach: doors, supplies, early warnings."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of conditions."""
    op.create_table(
        "condition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("signal", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("peak_centi", sa.SmallInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_condition_sensor_id_sensor")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["storage_unit.id"], name=op.f("fk_condition_unit_id_storage_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_condition")),
        sa.UniqueConstraint(
            "sensor_id", "rule", "began_at", name=op.f("uq_condition_sensor_id_rule_began_at")
        ),
    )
    op.create_index("ix_condition_unit_id_began_at", "condition", ["unit_id", "began_at"])


def downgrade() -> None:
    """Forget the conditions."""
    op.drop_table("condition")
