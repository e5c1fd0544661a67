"""Tables of people: who can be called, when each is on call, and in which order a site calls."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText


class Contact(Base):
    """A person who can be called, at one site or at many."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(EncryptedText("contact.name"))
    language: Mapped[str]  # en or zh


class ContactAddress(Base):
    """Where a person is reached. The next rank is tried when the one before has no receipt."""

    __tablename__ = "contact_address"
    __table_args__ = (UniqueConstraint("contact_id", "rank"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    rank: Mapped[int]
    channel: Mapped[str]  # A channel's name.
    address: Mapped[str] = mapped_column(EncryptedText("contact_address.address"))


class ContactPost(Base):
    """A person can be called for a site, in a role there."""

    __tablename__ = "contact_post"
    __table_args__ = (UniqueConstraint("site_id", "contact_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    role: Mapped[str]  # pharmacist, manager, nurse


class DutyShift(Base):
    """A part of the weekly pattern, in the site's local time; see sensors.domain.duty.Shift."""

    __tablename__ = "duty_shift"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts_minute BETWEEN 0 AND 1439", name="starts"),
        CheckConstraint("lasts_minutes BETWEEN 1 AND 10080", name="lasts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    place: Mapped[int]  # 1 is called first, 2 next.
    weekday: Mapped[int]
    starts_minute: Mapped[int]
    lasts_minutes: Mapped[int]


class DutyCover(Base):
    """Somebody stands in for a while: a hand-over, or an exception that was planned."""

    __tablename__ = "duty_cover"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    place: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str]  # The actor's id, as vaxsite gives it.
    note: Mapped[str]


class ChainRow(Base):
    """How a site calls about alerts of one severity. Without one, everybody is told at once."""

    __tablename__ = "escalation_chain"
    __table_args__ = (
        UniqueConstraint("site_id", "severity"),
        CheckConstraint("repeat_minutes > 0", name="repeat_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    severity: Mapped[str]  # warning or critical
    repeat_minutes: Mapped[int]  # At the end of the chain.
    from_minute: Mapped[int | None]  # Local minutes of the day; null: at any hour.
    until_minute: Mapped[int | None]


class StepRow(Base):
    """One step of a chain; see sensors.domain.escalation.Step."""

    __tablename__ = "escalation_step"
    __table_args__ = (
        UniqueConstraint("chain_id", "place"),
        CheckConstraint("wait_minutes > 0", name="wait_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chain_id: Mapped[int] = mapped_column(ForeignKey("escalation_chain.id"))
    place: Mapped[int]
    whom: Mapped[str]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    role: Mapped[str | None]
    channel: Mapped[str | None]
    wait_minutes: Mapped[int]
