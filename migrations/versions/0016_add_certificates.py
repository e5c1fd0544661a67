"""Add the certificates of calibration: what a laboratory found of each probe."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; no probe has one yet."""
    op.create_table(
        "calibration_certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("laboratory", sa.String(), nullable=False),
        sa.Column("calibrated_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("offset_centi", sa.SmallInteger(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_because", sa.String(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "expires_on > calibrated_on", name=op.f("ck_calibration_certificate_expires_after")
        ),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_calibration_certificate_sensor_id_sensor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_certificate")),
    )
    op.create_index(
        "ix_calibration_certificate_sensor_id", "calibration_certificate", ["sensor_id"]
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("calibration_certificate")
