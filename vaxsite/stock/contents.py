"""Tells the alarms what stands in a unit, in the transaction that moves the stock.

A lot is named without a number of vials: what was used up since is not counted off a unit.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services import contents
from vaxsite.stock.models import Lot, LotPlacement, Product


def renew(session: Session, unit_id: int) -> None:
    """Write down which lots stand in a unit now."""
    rows = session.execute(
        select(Product.name_zh, Product.name_en, Lot.number)
        .join(Lot, Lot.product_id == Product.id)
        .join(LotPlacement, LotPlacement.lot_id == Lot.id)
        .where(LotPlacement.unit_id == unit_id, LotPlacement.removed_at.is_(None))
        .order_by(Product.name_en, Lot.number)
    )
    lines = [f"{name_zh} {name_en}, {number}" for name_zh, name_en, number in rows]
    contents.put(session, unit_id, lines)
