"""Let a hold keep several seats, and staff add a limited number of seats to a slot."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# Written out because SQLite adds a column with its check only so, without making the table anew.
EXTRA_SEATS = (
    """
    ALTER TABLE slot ADD COLUMN overbook_limit INTEGER DEFAULT 0 NOT NULL
    CONSTRAINT ck_slot_overbook_limit_not_negative CHECK (overbook_limit >= 0)
    """,
    """
    ALTER TABLE slot ADD COLUMN overbooked INTEGER DEFAULT 0 NOT NULL
    CONSTRAINT ck_slot_overbooked_within_limit
    CHECK (overbooked >= 0 AND overbooked <= overbook_limit)
    """,
)


def upgrade() -> None:
    """Make a row for each seat of a hold; every hold so far has one."""
    for statement in EXTRA_SEATS:
        op.execute(statement)
    op.create_table(
        "hold_seat",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("member >= 1", name=op.f("ck_hold_seat_member_from_one")),
        sa.CheckConstraint("part >= 1", name=op.f("ck_hold_seat_part_from_one")),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_hold_seat_appointment_id_appointment"),
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_hold_seat_hold_id_hold")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_hold_seat_slot_id_slot")),
        sa.PrimaryKeyConstraint("hold_id", "member", "part", name=op.f("pk_hold_seat")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_hold_seat_appointment_id")),
    )
    op.create_index(op.f("ix_hold_seat_slot_id"), "hold_seat", ["slot_id"])
    op.execute(
        "INSERT INTO hold_seat (hold_id, member, part, slot_id, appointment_id) "
        "SELECT hold.id, 1, 1, hold.slot_id, appointment.id "
        "FROM hold LEFT JOIN appointment ON appointment.hold_id = hold.id"
    )


def downgrade() -> None:
    """Keep the first seat of each hold."""
    op.drop_table("hold_seat")
    with op.batch_alter_table("slot") as slot:
        slot.drop_constraint(op.f("ck_slot_overbooked_within_limit"), type_="check")
        slot.drop_constraint(op.f("ck_slot_overbook_limit_not_negative"), type_="check")
        slot.drop_column("overbooked")
        slot.drop_column("overbook_limit")
