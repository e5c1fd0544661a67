"""Table of how far downstream has read the events of the cold chain."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base


class EventCursor(Base):
    """An event that a reader has acted upon. Rows and not a number: ids commit out of order."""

    __tablename__ = "event_cursor"

    reader: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
