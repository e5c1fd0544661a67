"""Table of what Sparkplug nodes and their devices told at their births."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class SparkplugBirth(Base):
    """The newest birth of a node or device, or its death: then without metrics.

    The aliases mean something for what was received from `from_at` on, where the session began.
    """

    __tablename__ = "sparkplug_birth"

    name: Mapped[str] = mapped_column(primary_key=True)  # <group>/<node>[/<device>]
    bd_seq: Mapped[int | None] = mapped_column(
        BigInteger
    )  # Which session, of a node that tells it.
    born_at: Mapped[datetime] = mapped_column(UtcDateTime)
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Any: as `sensors.payloads.sparkplug.Born` is dumped.
    metrics: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
