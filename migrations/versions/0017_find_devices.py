"""Note the devices that nobody registered, and bound what is kept of each topic."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and count what is set aside already."""
    op.create_table(
        "found_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("announced_name", sa.String(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("readings", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("centi", sa.SmallInteger(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("ignored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ignored_by", sa.String(), nullable=True),
        sa.Column("ignored_because", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_found_device")),
        sa.UniqueConstraint("device", "channel", name=op.f("uq_found_device_device_channel")),
    )
    op.create_table(
        "set_aside_topic",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("kept_bytes", sa.BigInteger(), nullable=False),
        sa.Column("only_counted", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_set_aside_topic")),
    )
    op.add_column("set_aside", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "INSERT INTO set_aside_topic (topic, kept, kept_bytes, only_counted, last_at) "
        "SELECT topic, count(*), sum(length(payload)), 0, max(received_at) "
        "FROM set_aside GROUP BY topic"
    )


def downgrade() -> None:
    """Forget the devices; what is set aside stays."""
    op.drop_column("set_aside", "taken_at")
    op.drop_table("set_aside_topic")
    op.drop_table("found_device")
