"""Name what stands in units, for their alarms: from the placements that are open."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Fill the table; afterwards the stock keeps it in its own transactions."""
    op.execute(
        "INSERT INTO unit_content (unit_id, line) "
        "SELECT DISTINCT lot_placement.unit_id, "
        "product.name_zh || ' ' || product.name_en || ', ' || lot.number "
        "FROM lot_placement JOIN lot ON lot.id = lot_placement.lot_id "
        "JOIN product ON product.id = lot.product_id WHERE lot_placement.removed_at IS NULL"
    )


def downgrade() -> None:
    """Empty it: it can be filled again."""
    op.execute("DELETE FROM unit_content WHERE unit_id IS NOT NULL")
