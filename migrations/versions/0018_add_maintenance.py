"""Add the times in which people work on a unit."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; nobody works on a unit yet."""
    op.create_table(
        "maintenance_window",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.CheckConstraint("to_at > from_at", name=op.f("ck_maintenance_window_period_not_empty")),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["storage_unit.id"],
            name=op.f("fk_maintenance_window_unit_id_storage_unit"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_window")),
    )
    op.create_index(
        "ix_maintenance_window_unit_id_to_at", "maintenance_window", ["unit_id", "to_at"]
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("maintenance_window")
