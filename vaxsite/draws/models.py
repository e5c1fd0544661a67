"""Tables of draws: what was announced, who takes part, and the right that a place gives.

Of the people only what the draw needs is kept: a blind index that lets nobody enter twice, the
birth date by which an entry is looked up, and how to reach them. No name.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText


class Draw(Base):
    """A draw. `announcement` is the published text, byte for byte; nothing of it ever changes."""

    __tablename__ = "draw"
    __table_args__ = (
        CheckConstraint("places >= 1", name="places_from_one"),
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
        CheckConstraint("randomness_at > closes_at", name="randomness_after_closing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    places: Mapped[int]
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    randomness_at: Mapped[datetime] = mapped_column(UtcDateTime)
    result_at: Mapped[datetime] = mapped_column(UtcDateTime)
    days_to_book: Mapped[int]
    state: Mapped[str]  # vaxsite.draws.rules.states.DRAWS
    announcement: Mapped[str] = mapped_column(Text)
    # Hex of 32 random bytes; public once the result is.
    secret: Mapped[str] = mapped_column(EncryptedText("draw.secret"))
    entries_digest: Mapped[str | None]
    # What was published, byte for byte; `verify` compares it with the rows.
    published_list: Mapped[str | None] = mapped_column(Text, deferred=True)
    published_result: Mapped[str | None] = mapped_column(Text, deferred=True)
    public_value: Mapped[str | None]
    public_source: Mapped[str | None]  # first or second
    places_left: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # Any: JSON; by pool.
    signature: Mapped[str | None]
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str | None]
    announced_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DrawSession(Base):
    """The seats of a session are kept for the people drawn."""

    __tablename__ = "draw_session"

    session_id: Mapped[int] = mapped_column(ForeignKey("clinic_session.id"), primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draw.id"), index=True)


class DrawEntry(Base):
    """One unit of the draw: a person, or a household of up to six."""

    __tablename__ = "draw_entry"
    __table_args__ = (
        CheckConstraint("size BETWEEN 1 AND 6", name="size_of_a_household"),
        # The closed list, and the limit of entries for each phone.
        Index("ix_draw_entry_draw_id_phone_index", "draw_id", "phone_index"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draw.id"))
    number: Mapped[str] = mapped_column(unique=True)
    group_code: Mapped[str]  # A group that has a quota, or empty.
    size: Mapped[int]
    state: Mapped[str]  # vaxsite.draws.rules.states.ENTRIES
    phone: Mapped[str] = mapped_column(EncryptedText("draw_entry.phone"))
    phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    email: Mapped[str | None] = mapped_column(EncryptedText("draw_entry.email"))
    language: Mapped[str]  # en or zh
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DrawMember(Base):
    """A person of an entry. Deleted when the entry is withdrawn."""

    __tablename__ = "draw_member"
    __table_args__ = (
        # One live entry a person.
        UniqueConstraint("draw_id", "person_key"),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("draw_entry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draw.id"))
    person_key: Mapped[bytes] = mapped_column(LargeBinary)
    born_on: Mapped[date]
    booked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DrawRandomness(Base):
    """What one person read at the public source. Two must have read the same."""

    __tablename__ = "draw_randomness"

    draw_id: Mapped[int] = mapped_column(ForeignKey("draw.id"), primary_key=True)
    entered_by: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    source: Mapped[str]  # first or second
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DrawRight(Base):
    """What an entry came to: its rank, the pool of its place if it has one, and until when."""

    __tablename__ = "draw_right"
    __table_args__ = (
        UniqueConstraint("draw_id", "rank"),
        # Rights that run out, and results that nobody was told yet.
        Index("ix_draw_right_state_expires_at", "state", "expires_at"),
        Index("ix_draw_right_told_at_draw_id", "told_at", "draw_id"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("draw_entry.id"), primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draw.id"))
    rank: Mapped[int]
    pool: Mapped[str | None]  # A group's code or `open`.
    state: Mapped[str]  # vaxsite.draws.rules.states.RIGHTS
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
