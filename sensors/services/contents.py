"""What stands in a unit, for the notice about it; told by whoever keeps the stock."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sensors.store.contents import UnitContent


def inside(session: Session, unit_id: int) -> tuple[str, ...]:
    """Return what stands in a unit, one line a lot."""
    wanted = select(UnitContent.line).where(UnitContent.unit_id == unit_id)
    return tuple(session.scalars(wanted.order_by(UnitContent.line)))


def put(session: Session, unit_id: int, lines: Sequence[str]) -> None:
    """Say that *lines*, and nothing else, stand in a unit now."""
    session.execute(delete(UnitContent).where(UnitContent.unit_id == unit_id))
    session.add_all(UnitContent(unit_id=unit_id, line=line) for line in dict.fromkeys(lines))
    session.flush()
