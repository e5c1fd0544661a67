"""Table of what stands in each unit, in words for a notice.

Whoever keeps the stock writes it in the transaction that moves the stock; nothing here reads
the stock itself.
"""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base


class UnitContent(Base):
    """One lot in a unit, such as `MMR A7, 120 vials`."""

    __tablename__ = "unit_content"
    __table_args__ = (UniqueConstraint("unit_id", "line"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"))
    line: Mapped[str]
