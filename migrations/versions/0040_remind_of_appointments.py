"""Remind of appointments once a stage, and limit how many of a year may be missed."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is decided, the wish of the person, and the limits; no clinic has one yet."""
    op.add_column(
        "appointment",
        sa.Column("remind", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.create_table(
        "appointment_reminder",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_appointment_reminder_appointment_id_appointment"),
        ),
        sa.PrimaryKeyConstraint(
            "appointment_id", "sequence", "stage", name=op.f("pk_appointment_reminder")
        ),
    )
    op.create_table(
        "missed_limit",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.CheckConstraint("most >= 1", name=op.f("ck_missed_limit_most_from_one")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_missed_limit_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_missed_limit")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("missed_limit")
    op.drop_table("appointment_reminder")
    op.drop_column("appointment", "remind")
