"""Add moves of people: events, the sessions that they close, and each appointment's move."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

PENDING = sa.text("state IN ('proposed', 'accepted', 'unplaced')")
AWAITING = sa.text("state = 'awaiting'")


def upgrade() -> None:
    """Add them; nobody is moved."""
    op.create_table(
        "move_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("doses", sa.Integer(), nullable=True),
        sa.Column("reason_en", sa.String(), nullable=False),
        sa.Column("reason_zh", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "doses IS NULL OR doses >= 1", name=op.f("ck_move_event_doses_from_one")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_move_event_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_event")),
    )
    op.create_index(op.f("ix_move_event_site_id"), "move_event", ["site_id"])
    op.create_index(op.f("ix_move_event_state"), "move_event", ["state"])
    op.create_table(
        "move_event_session",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["move_event.id"],
            name=op.f("fk_move_event_session_event_id_move_event"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["clinic_session.id"],
            name=op.f("fk_move_event_session_session_id_clinic_session"),
        ),
        sa.PrimaryKeyConstraint("event_id", "session_id", name=op.f("pk_move_event_session")),
    )
    op.create_index(op.f("ix_move_event_session_session_id"), "move_event_session", ["session_id"])
    _add_moves()


def _add_moves() -> None:
    op.create_table(
        "seat_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("must", sa.Boolean(), nullable=False),
        sa.Column("from_slot_id", sa.Integer(), nullable=False),
        sa.Column("to_slot_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_seat_move_{column}_{table}")
            )
            for column, table in (
                ("event_id", "move_event"),
                ("appointment_id", "appointment"),
                ("from_slot_id", "slot"),
                ("to_slot_id", "slot"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_move")),
    )
    op.create_index(op.f("ix_seat_move_appointment_id"), "seat_move", ["appointment_id"])
    op.create_index(
        "ix_seat_move_event_id_state_place", "seat_move", ["event_id", "state", "place"]
    )
    op.create_index(
        "ix_seat_move_answer_by",
        "seat_move",
        ["answer_by"],
        sqlite_where=AWAITING,
        postgresql_where=AWAITING,
    )
    op.create_index(
        "uq_seat_move_pending",
        "seat_move",
        ["appointment_id"],
        unique=True,
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )


def downgrade() -> None:
    """Take them away."""
    for table in ("seat_move", "move_event_session", "move_event"):
        op.drop_table(table)
