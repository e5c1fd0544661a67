"""Open phases for a district or everywhere, and keep how a phase stood before it was changed."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

# The release before reads phases by their site: to it a wider one is of no site of its own.
NULLABLE = (
    "-- squawk-ignore ban-drop-not-null\nALTER TABLE phase ALTER COLUMN site_id DROP NOT NULL"
)
# Written out because SQLite adds a column with its check only so, without making the table anew.
DISTRICT = """
    ALTER TABLE phase ADD COLUMN district VARCHAR
    CONSTRAINT ck_phase_one_reach CHECK (site_id IS NULL OR district IS NULL)
    """


def upgrade() -> None:
    """Widen the table; every phase so far is of one site."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(NULLABLE)
    else:
        with op.batch_alter_table("phase") as table:
            table.alter_column("site_id", existing_type=sa.Integer(), nullable=True)
    op.execute(DISTRICT)
    op.create_table(
        "earlier_phase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phase_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "closes_on IS NULL OR closes_on > opens_on",
            name=op.f("ck_earlier_phase_closes_after_opening"),
        ),
        sa.CheckConstraint(
            "site_id IS NULL OR district IS NULL", name=op.f("ck_earlier_phase_one_reach")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_earlier_phase_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_phase")),
    )


def downgrade() -> None:
    """Take it away, with the phases that are of no single site."""
    op.drop_table("earlier_phase")
    op.execute("DELETE FROM phase WHERE site_id IS NULL")
    with op.batch_alter_table("phase") as table:
        table.drop_constraint(op.f("ck_phase_one_reach"), type_="check")
        table.alter_column("site_id", existing_type=sa.Integer(), nullable=False)
        table.drop_column("district")
