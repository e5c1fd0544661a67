"""Index by time what the search of the past looks through."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

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
    """Build them; writers of these small tables wait meanwhile."""
    for table, column in INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    """Take them away."""
    for table, column in INDEXES:
        op.drop_index(f"ix_{table}_{column}", table)
