"""Tables of the cold chain's pages: events that were read, displays that may show a wall."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class EventCursor(Base):
    """An event that a reader has acted upon. Rows and not a number: ids commit out of order."""

    __tablename__ = "event_cursor"

    reader: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)


class WallDisplay(Base):
    """A device that shows the wall of one site: its browser holds a token, here is the hash."""

    __tablename__ = "wall_display"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str]  # The actor's id.
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
