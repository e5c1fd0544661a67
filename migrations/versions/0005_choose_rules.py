"""Keep by which rule set each unit is judged from when."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of choices; without one a unit is judged by its first rule set."""
    op.create_table(
        "rule_choice",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule_set", sa.String(), nullable=False),
        sa.Column("chosen_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["storage_unit.id"], name=op.f("fk_rule_choice_unit_id_storage_unit")
        ),
        sa.PrimaryKeyConstraint("unit_id", "from_at", name=op.f("pk_rule_choice")),
    )


def downgrade() -> None:
    """Forget the choices."""
    op.drop_table("rule_choice")
