"""Keep the points of a certificate of calibration, and who ended the work on a unit."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; the certificates that are there have one offset for all temperatures."""
    op.create_table(
        "calibration_point",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("reading_centi", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("reference_centi", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["calibration_certificate.id"],
            name=op.f("fk_calibration_point_certificate_id_calibration_certificate"),
        ),
        sa.PrimaryKeyConstraint(
            "certificate_id", "reading_centi", name=op.f("pk_calibration_point")
        ),
    )
    op.add_column("maintenance_window", sa.Column("ended_by", sa.String(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("maintenance_window", "ended_by")
    op.drop_table("calibration_point")
