"""Keep by which door appointments were booked, by whom and for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; of earlier bookings nothing is known."""
    op.create_table(
        "booking_origin",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("came_by", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("reach", sa.String(), nullable=False),
        sa.Column("acted_by", sa.String(), nullable=True),
        sa.Column("contact_index", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["hold.id"], name=op.f("fk_booking_origin_hold_id_hold")
        ),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_booking_origin")),
    )
    op.create_index(op.f("ix_booking_origin_contact_index"), "booking_origin", ["contact_index"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("booking_origin")
