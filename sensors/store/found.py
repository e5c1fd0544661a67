"""Tables of strangers: devices that nobody registered, and how much of each topic was kept."""

from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class FoundDevice(Base):
    """A probe that sends and is not registered: offered for adoption, with its newest payload.

    It is adopted when a sensor of this device and channel exists. Who ignores it says why; what it
    sends is only counted then.
    """

    __tablename__ = "found_device"
    __table_args__ = (UniqueConstraint("device", "channel"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    device: Mapped[str]
    channel: Mapped[str]
    kind: Mapped[str]  # Of the decoder that read it.
    topic: Mapped[str]
    announced_name: Mapped[str | None]  # What the device calls itself, where it says so.
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    readings: Mapped[int] = mapped_column(BigInteger)
    payload: Mapped[bytes] = mapped_column(LargeBinary)  # The newest, at most its first 4 KiB.
    centi: Mapped[int | None] = mapped_column(SmallInteger)
    fault: Mapped[str | None]
    ignored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ignored_by: Mapped[str | None]
    ignored_because: Mapped[str | None]


class SetAsideTopic(Base):
    """How many payloads of a topic are kept, and how many more came that were only counted."""

    __tablename__ = "set_aside_topic"

    topic: Mapped[str] = mapped_column(primary_key=True)
    kept: Mapped[int]
    kept_bytes: Mapped[int] = mapped_column(BigInteger)
    only_counted: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
