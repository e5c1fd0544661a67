"""Tables of the sessions of clinics and the slots whose seats are sold."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class ClinicSession(Base):
    """A period in which one product is given at a clinic: [starts_at, ends_at)."""

    __tablename__ = "clinic_session"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str]  # vaxsite.slots.rules.SESSIONS
    planned_by: Mapped[str]
    doses: Mapped[str] = mapped_column(default="any", server_default="any")  # rules.Doses


class Slot(Base):
    """A start time with seats. Only `vaxsite.slots.seats` counts them; the checks decide.

    `taken` counts held and booked seats within the capacity. `overbooked` counts those that staff
    added beyond it, never more than `overbook_limit`, and only while every seat is taken: whoever
    lets go of a seat then frees none.
    """

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("session_id", "starts_at"),
        CheckConstraint("taken >= 0 AND taken <= capacity", name="taken_within_capacity"),
        CheckConstraint("overbook_limit >= 0", name="overbook_limit_not_negative"),
        CheckConstraint(
            "overbooked >= 0 AND overbooked <= overbook_limit", name="overbooked_within_limit"
        ),
        CheckConstraint("withheld >= 0 AND withheld <= capacity", name="withheld_within_capacity"),
        # Free times of a site, soonest first.
        Index("ix_slot_starts_at", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("clinic_session.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    overbook_limit: Mapped[int] = mapped_column(default=0, server_default="0")
    overbooked: Mapped[int] = mapped_column(default=0, server_default="0")
    # Seats that are not out yet (`releasing`): the public books within the others, staff in all.
    withheld: Mapped[int] = mapped_column(default=0, server_default="0")
    # The priority group for which its seats are set aside; null: for everybody whose turn it is.
    kept_for: Mapped[str | None]


class SeatRelease(Base):
    """Seats that were set aside for a group went to the next one, or to everybody when null."""

    __tablename__ = "seat_release"
    __table_args__ = (
        UniqueConstraint("slot_id", "rule"),
        CheckConstraint("seats >= 0", name="seats_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    from_group: Mapped[str]
    to_group: Mapped[str | None]
    seats: Mapped[int]  # Free at that moment.
    rule: Mapped[str]  # The step of spill.toml; each is taken once.
    released_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SlotGroup(Base):
    """From *since* on the seats of a slot are for a group, or for everybody when null.

    `slot.kept_for` says the newest. Who holds a seat is judged by what was said when they took it.
    """

    __tablename__ = "slot_group"
    __table_args__ = (Index("ix_slot_group_slot_id_since", "slot_id", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    group_code: Mapped[str | None]
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class Trickle(Base):
    """The seats of a session come out in portions; *text* is secret until all of them are out."""

    __tablename__ = "trickle"

    session_id: Mapped[int] = mapped_column(ForeignKey("clinic_session.id"), primary_key=True)
    digest: Mapped[str]  # SHA-256 of the text, in the audit since the publishing.
    text: Mapped[str] = mapped_column(Text)  # vaxsite.slots.trickling.Terms
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)  # When the last portion is due.


class SeatPortion(Base):
    """Some seats of a slot that become bookable at one moment, once."""

    __tablename__ = "seat_portion"
    __table_args__ = (
        UniqueConstraint("slot_id", "number"),
        CheckConstraint("seats >= 1", name="seats_from_one"),
        Index(
            "ix_seat_portion_due_at",
            "due_at",
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    number: Mapped[int]
    seats: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
