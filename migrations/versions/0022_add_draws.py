"""Add draws: what is announced, who takes part, and what each entry came to."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add draws; none is announced yet."""
    op.create_table(
        "draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("randomness_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days_to_book", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("announcement", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("entries_digest", sa.String(), nullable=True),
        sa.Column("public_value", sa.String(), nullable=True),
        sa.Column("public_source", sa.String(), nullable=True),
        sa.Column("places_left", sa.JSON(), nullable=False),
        sa.Column("signature", sa.String(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.Column("announced_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_draw_closes_after_opening")),
        sa.CheckConstraint("places >= 1", name=op.f("ck_draw_places_from_one")),
        sa.CheckConstraint(
            "randomness_at > closes_at", name=op.f("ck_draw_randomness_after_closing")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_draw_product_id_product")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_draw_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
    )
    op.create_index("ix_draw_site_id", "draw", ["site_id"])
    op.create_table(
        "draw_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size BETWEEN 1 AND 6", name=op.f("ck_draw_entry_size_of_a_household")),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_entry_draw_id_draw")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_entry")),
        sa.UniqueConstraint("number", name=op.f("uq_draw_entry_number")),
    )
    op.create_index("ix_draw_entry_draw_id_phone_index", "draw_entry", ["draw_id", "phone_index"])
    op.create_table(
        "draw_randomness",
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["draw.id"], name=op.f("fk_draw_randomness_draw_id_draw")
        ),
        sa.PrimaryKeyConstraint("draw_id", "entered_by", name=op.f("pk_draw_randomness")),
    )
    op.create_table(
        "draw_session",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["draw.id"], name=op.f("fk_draw_session_draw_id_draw")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["clinic_session.id"],
            name=op.f("fk_draw_session_session_id_clinic_session"),
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_draw_session")),
    )
    op.create_index("ix_draw_session_draw_id", "draw_session", ["draw_id"])
    op.create_table(
        "draw_member",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("person_key", sa.LargeBinary(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_member_draw_id_draw")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["draw_entry.id"], name=op.f("fk_draw_member_entry_id_draw_entry")
        ),
        sa.PrimaryKeyConstraint("entry_id", "position", name=op.f("pk_draw_member")),
        sa.UniqueConstraint(
            "draw_id", "person_key", name=op.f("uq_draw_member_draw_id_person_key")
        ),
    )
    op.create_table(
        "draw_right",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("pool", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_right_draw_id_draw")),
        sa.ForeignKeyConstraint(
            ["id"], ["draw_entry.id"], name=op.f("fk_draw_right_id_draw_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_right")),
        sa.UniqueConstraint("draw_id", "rank", name=op.f("uq_draw_right_draw_id_rank")),
    )
    op.create_index("ix_draw_right_state_expires_at", "draw_right", ["state", "expires_at"])
    op.create_index("ix_draw_right_told_at_draw_id", "draw_right", ["told_at", "draw_id"])


def downgrade() -> None:
    """Take them away."""
    for table in (
        "draw_right",
        "draw_member",
        "draw_session",
        "draw_randomness",
        "draw_entry",
        "draw",
    ):
        op.drop_table(table)
