"""Set seats aside for priority groups, and write down when they went on."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; no seat is set aside yet."""
    op.add_column("slot", sa.Column("kept_for", sa.String(), nullable=True))
    op.create_table(
        "seat_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("from_group", sa.String(), nullable=False),
        sa.Column("to_group", sa.String(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("seats >= 0", name=op.f("ck_seat_release_seats_not_negative")),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slot.id"], name=op.f("fk_seat_release_slot_id_slot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_release")),
        sa.UniqueConstraint("slot_id", "rule", name=op.f("uq_seat_release_slot_id_rule")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("seat_release")
    op.drop_column("slot", "kept_for")
