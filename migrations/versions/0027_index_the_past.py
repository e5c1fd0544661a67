"""Index by time what the search of the past looks through."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# These tables are small: a row for what happened, not for what was measured. Built in a moment.
INDEX = "-- squawk-ignore require-concurrent-index-creation\nCREATE INDEX "
INDEXES = (
    ("excursion", "began_at"),
    ("alert", "opened_at"),
    ("alert_act", "at"),
    ("disposition", "decided_at"),
    ("maintenance_window", "from_at"),
    ("unit_check", "checked_at"),
    ("unit_late_note", "written_at"),
)


def upgrade() -> None:
    """Build them."""
    for table, column in INDEXES:
        op.execute(f"{INDEX}ix_{table}_{column} ON {table} ({column})")


def downgrade() -> None:
    """Take them away."""
    for table, column in INDEXES:
        op.drop_index(f"ix_{table}_{column}", table)
