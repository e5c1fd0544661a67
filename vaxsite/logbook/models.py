"""Table of signatures under months. Rows are only added: the newest counts, the others stay."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class MonthSignature(Base):
    """A person signed the log of a unit's month as it then was."""

    __tablename__ = "month_signature"
    __table_args__ = (
        # Two who sign at once: the second is told so.
        UniqueConstraint("unit_id", "month", "number"),
        CheckConstraint("number > 0", name="number_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"))
    month: Mapped[date]  # Its first day.
    number: Mapped[int]  # 1, 2, ...: the highest of a month counts.
    signed_by: Mapped[str]  # The actor's id.
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    digest: Mapped[bytes] = mapped_column(LargeBinary)  # SHA-256 of `content`.
    content: Mapped[str] = mapped_column(Text)  # vaxsite.logbook.content.canonical
