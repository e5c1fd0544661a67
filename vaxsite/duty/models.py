"""The table of the gateways that may report what became of messages."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class DeliveryReporter(Base):
    """The gateway of one channel, known by its bearer token, of which only the digest is kept."""

    __tablename__ = "delivery_reporter"

    channel: Mapped[str] = mapped_column(primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
