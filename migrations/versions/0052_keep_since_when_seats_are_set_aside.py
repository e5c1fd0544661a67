"""Keep since when the seats of a slot are for which group: who held one before may confirm it."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, with what is set aside now."""
    op.create_table(
        "slot_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_slot_group_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_group")),
    )
    op.create_index("ix_slot_group_slot_id_since", "slot_group", ["slot_id", "since"])
    # Of what is set aside already it is not known since when: nobody holds a seat from before.
    op.execute(
        "INSERT INTO slot_group (slot_id, group_code, since) "
        "SELECT id, kept_for, '1970-01-01 00:00:00.000000' FROM slot WHERE kept_for IS NOT NULL"
    )


def downgrade() -> None:
    """Forget since when."""
    op.drop_index("ix_slot_group_slot_id_since", table_name="slot_group")
    op.drop_table("slot_group")
