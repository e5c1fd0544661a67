"""Keep what people read on the displays of units, and what they noted afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of readings by people and of late notes."""
    op.create_table(
        "unit_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by", sa.String(), nullable=False),
        sa.Column("shown_centi", sa.SmallInteger(), nullable=False),
        sa.Column("probe_centi", sa.SmallInteger(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["storage_unit.id"], name=op.f("fk_unit_check_unit_id_storage_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_check")),
        sa.UniqueConstraint("unit_id", "day", "part", name=op.f("uq_unit_check_unit_id_day_part")),
    )
    op.create_table(
        "unit_late_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["storage_unit.id"], name=op.f("fk_unit_late_note_unit_id_storage_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_late_note")),
    )
    op.create_index("ix_unit_late_note_unit_id_day", "unit_late_note", ["unit_id", "day"])


def downgrade() -> None:
    """Forget both."""
    op.drop_index("ix_unit_late_note_unit_id_day", table_name="unit_late_note")
    op.drop_table("unit_late_note")
    op.drop_table("unit_check")
