"""Add the sources of transmissions, who may send over HTTP, and what was received of them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "transmission_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_transmission_source_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transmission_source")),
        sa.UniqueConstraint("name", name=op.f("uq_transmission_source_name")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_transmission_source_token_digest")),
    )
    op.create_table(
        "received_transmission",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["transmission_source.id"],
            name=op.f("fk_received_transmission_source_id_transmission_source"),
        ),
        sa.PrimaryKeyConstraint("source_id", "digest", name=op.f("pk_received_transmission")),
    )


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("received_transmission")
    op.drop_table("transmission_source")
