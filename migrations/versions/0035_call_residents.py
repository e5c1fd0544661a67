"""Keep whom the clinics must call, and what came of each try."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

PENDING = sa.text("state IN ('open', 'wants_to_cancel')")


def upgrade() -> None:
    """Add both tables; nobody is to be called yet."""
    op.create_table(
        "resident_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_key", sa.String(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_resident_call_tries_not_negative")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_resident_call_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_call")),
        sa.UniqueConstraint("call_key", name=op.f("uq_resident_call_call_key")),
    )
    op.create_index(op.f("ix_resident_call_about"), "resident_call", ["about"])
    for column, columns in (
        ("site_id_due_at", ["site_id", "due_at"]),
        ("closes_at", ["closes_at"]),
    ):
        op.create_index(
            f"ix_resident_call_{column}",
            "resident_call",
            columns,
            sqlite_where=PENDING,
            postgresql_where=PENDING,
        )
    op.create_table(
        "call_try",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["resident_call.id"], name=op.f("fk_call_try_call_id_resident_call")
        ),
        sa.PrimaryKeyConstraint("call_id", "number", name=op.f("pk_call_try")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("call_try")
    op.drop_table("resident_call")
