"""Tables of the waiting list: who waits together, where, and which seats they were offered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText


class WaitingEntry(Base):
    """A person, or a household of up to six, on the list of one vaccine."""

    __tablename__ = "waiting_entry"
    __table_args__ = (
        CheckConstraint("size BETWEEN 1 AND 6", name="size_of_a_household"),
        # The list in its order.
        Index("ix_waiting_entry_state_product_id_rank", "state", "product_id", "rank", "joined_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    # The link to the entry: kept readable because every message holds it, found by its hash.
    link_secret: Mapped[str] = mapped_column(EncryptedText("waiting_entry.link_secret"))
    link_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    size: Mapped[int]
    group_code: Mapped[str]  # The highest priority group of its people on the day they joined,
    rank: Mapped[int]  # and its place among the groups, 0 the highest.
    weekdays: Mapped[str]  # Digits, 0 is Monday.
    parts: Mapped[str]  # vaxsite.waiting_list.rules.fits.Part, with commas between.
    notice_min: Mapped[int]
    reach: Mapped[str]  # vaxsite.waiting_list.rules.fits.Reach
    phone: Mapped[str] = mapped_column(EncryptedText("waiting_entry.phone"))
    email: Mapped[str | None] = mapped_column(EncryptedText("waiting_entry.email"))
    language: Mapped[str]  # en or zh
    leftover: Mapped[bool]  # Wants to be called for doses left over in the evening too.
    state: Mapped[str]  # vaxsite.waiting_list.rules.states.WAITING_ENTRIES
    lapses: Mapped[int] = mapped_column(default=0, server_default="0")  # In a row.
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WaitingSite(Base):
    """A clinic that suits an entry."""

    __tablename__ = "waiting_site"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("waiting_entry.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True, index=True)


class WaitingMember(Base):
    """A person of an entry. `live` until the entry has seats or left."""

    __tablename__ = "waiting_member"
    __table_args__ = (
        # Everybody waits once at a time: so nobody ever has two offers.
        Index(
            "uq_waiting_member_live_person",
            "person_id",
            unique=True,
            sqlite_where=text("live"),
            postgresql_where=text("live"),
        ),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("waiting_entry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # From 1.
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    live: Mapped[bool]


class WaitingOffer(Base):
    """Seats kept for an entry by a hold of its own, to be answered by an instant."""

    __tablename__ = "waiting_offer"
    __table_args__ = (
        # One offer an entry.
        Index(
            "uq_waiting_offer_open_entry",
            "entry_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        # Offers that run out.
        Index("ix_waiting_offer_state_answer_by", "state", "answer_by"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("waiting_entry.id"), index=True)
    hold_id: Mapped[UUID] = mapped_column(ForeignKey("hold.id"), unique=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    state: Mapped[str]  # vaxsite.waiting_list.rules.states.OFFERS
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer_by: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
