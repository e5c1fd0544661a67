"""Add the files of USB loggers, and the days that the devices summed up themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; nothing that stands changes."""
    op.create_table(
        "logger_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("new_readings", sa.Integer(), nullable=False),
        sa.Column("excursions", sa.Integer(), nullable=False),
        sa.Column("doubts", sa.JSON(), nullable=False),
        sa.Column("alarms", sa.JSON(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_logger_file_sensor_id_sensor")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["storage_unit.id"], name=op.f("fk_logger_file_unit_id_storage_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logger_file")),
        sa.UniqueConstraint("digest", name=op.f("uq_logger_file_digest")),
    )
    op.create_index("ix_logger_file_unit_id_imported_at", "logger_file", ["unit_id", "imported_at"])

    op.create_table(
        "device_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("low_centi", sa.SmallInteger(), nullable=False),
        sa.Column("high_centi", sa.SmallInteger(), nullable=False),
        sa.Column("mean_centi", sa.SmallInteger(), nullable=True),
        sa.Column("cold_minutes", sa.Integer(), nullable=False),
        sa.Column("hot_minutes", sa.Integer(), nullable=False),
        sa.Column("cold_alarm", sa.Boolean(), nullable=False),
        sa.Column("hot_alarm", sa.Boolean(), nullable=False),
        sa.Column("fault_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["logger_file.id"], name=op.f("fk_device_day_file_id_logger_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_day")),
        sa.UniqueConstraint("file_id", "on_day", name=op.f("uq_device_day_file_id_on_day")),
    )


def downgrade() -> None:
    """Take them away, with the files that were imported; their readings stay."""
    op.drop_table("device_day")
    op.drop_table("logger_file")
