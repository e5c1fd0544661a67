"""Let seats of published sessions become bookable in portions."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

# Written out because SQLite adds a column with its check only so, without making the table anew.
WITHHELD = """
    ALTER TABLE slot ADD COLUMN withheld INTEGER DEFAULT 0 NOT NULL
    CONSTRAINT ck_slot_withheld_within_capacity CHECK (withheld >= 0 AND withheld <= capacity)
    """


def upgrade() -> None:
    """Add it; every seat so far is out."""
    op.execute(WITHHELD)
    op.create_table(
        "trickle",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["clinic_session.id"], name=op.f("fk_trickle_session_id_clinic_session")
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_trickle")),
    )
    op.create_table(
        "seat_portion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_seat_portion_seats_from_one")),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slot.id"], name=op.f("fk_seat_portion_slot_id_slot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_portion")),
        sa.UniqueConstraint("slot_id", "number", name=op.f("uq_seat_portion_slot_id_number")),
    )
    op.create_index(
        "ix_seat_portion_due_at",
        "seat_portion",
        ["due_at"],
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )


def downgrade() -> None:
    """Take it away: every seat is out at once."""
    op.drop_table("seat_portion")
    op.drop_table("trickle")
    with op.batch_alter_table("slot") as slot:
        slot.drop_constraint(op.f("ck_slot_withheld_within_capacity"), type_="check")
        slot.drop_column("withheld")
