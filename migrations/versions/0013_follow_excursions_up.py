"""Keep what people did about an excursion: checks, action, cause, signature."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of follow-ups; without a row the first checks are due."""
    op.create_table(
        "excursion_follow_up",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=True),
        sa.Column("check_note", sa.String(), nullable=True),
        sa.Column("checked_by", sa.String(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("action", sa.String(), nullable=True),
        sa.Column("action_note", sa.String(), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("cause_note", sa.String(), nullable=True),
        sa.Column("acted_by", sa.String(), nullable=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"], ["excursion.id"], name=op.f("fk_excursion_follow_up_id_excursion")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_excursion_follow_up")),
    )


def downgrade() -> None:
    """Forget the follow-ups."""
    op.drop_table("excursion_follow_up")
