"""Tables of the waiting room: an opening moment, and the places of those who came."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText


class Opening(Base):
    """A moment at which many are expected: people gather from `gathers_at`, it opens, it ends."""

    __tablename__ = "opening"
    __table_args__ = (
        CheckConstraint("opens_at >= gathers_at AND until_at > opens_at", name="times_in_order"),
        CheckConstraint("per_minute >= 1", name="somebody_is_let_in"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    gathers_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    timezone: Mapped[str]  # In which its times are shown.
    state: Mapped[str]  # vaxsite.waiting_room.rules.OPENINGS
    check: Mapped[str]  # vaxsite.waiting_room.rules.Check
    seed: Mapped[str] = mapped_column(EncryptedText("opening.seed"))
    # The pace: `base_place` places were let in at `base_at`, then `per_minute` each minute.
    base_place: Mapped[int]
    base_at: Mapped[datetime] = mapped_column(UtcDateTime)
    per_minute: Mapped[int]
    switched_on_by: Mapped[str]


class QueueCounter(Base):
    """The next place of an opening. Apart from it: every newcomer locks this row."""

    __tablename__ = "queue_counter"

    opening_id: Mapped[int] = mapped_column(ForeignKey("opening.id"), primary_key=True)
    next_place: Mapped[int]


class QueuePlace(Base):
    """One browser in line, known by a secret's hash. `place` is null until places are drawn."""

    __tablename__ = "queue_place"
    __table_args__ = (
        UniqueConstraint("opening_id", "place"),
        # How many places a network has.
        Index("ix_queue_place_opening_id_network_hash", "opening_id", "network_hash"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    opening_id: Mapped[int] = mapped_column(ForeignKey("opening.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    network_hash: Mapped[bytes] = mapped_column(LargeBinary)
    place: Mapped[int | None]
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    admitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
