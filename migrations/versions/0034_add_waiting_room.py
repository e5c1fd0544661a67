"""Add the waiting room: opening moments, and the places of those who came."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; none is switched on."""
    op.create_table(
        "opening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gathers_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("check", sa.String(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("base_place", sa.Integer(), nullable=False),
        sa.Column("base_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("switched_on_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "opens_at >= gathers_at AND until_at > opens_at",
            name=op.f("ck_opening_times_in_order"),
        ),
        sa.CheckConstraint(
            "per_minute >= 1",
            name=op.f("ck_opening_somebody_is_let_in"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening")),
    )
    op.create_table(
        "queue_counter",
        sa.Column("opening_id", sa.Integer(), nullable=False),
        sa.Column("next_place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opening_id"],
            ["opening.id"],
            name=op.f("fk_queue_counter_opening_id_opening"),
        ),
        sa.PrimaryKeyConstraint("opening_id", name=op.f("pk_queue_counter")),
    )
    op.create_table(
        "queue_place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opening_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("network_hash", sa.LargeBinary(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["opening_id"],
            ["opening.id"],
            name=op.f("fk_queue_place_opening_id_opening"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_place")),
        sa.UniqueConstraint(
            "opening_id",
            "place",
            name=op.f("uq_queue_place_opening_id_place"),
        ),
        sa.UniqueConstraint(
            "token_hash",
            name=op.f("uq_queue_place_token_hash"),
        ),
    )
    op.create_index(
        "ix_queue_place_opening_id_network_hash",
        "queue_place",
        ["opening_id", "network_hash"],
    )


def downgrade() -> None:
    """Take it away."""
    for table in ("queue_place", "queue_counter", "opening"):
        op.drop_table(table)
