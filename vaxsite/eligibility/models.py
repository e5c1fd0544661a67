"""Tables of who may come when: phases of priority groups, and whom a roster puts into one."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class Phase(Base):
    """A group may be vaccinated on the days [opens_on, closes_on); open end when null.

    It counts at one site, in one district (`core.clinics.Clinic.district_en`), or at every clinic
    when both are null.
    """

    __tablename__ = "phase"
    __table_args__ = (
        UniqueConstraint("site_id", "group_code", "opens_on"),
        CheckConstraint("closes_on IS NULL OR closes_on > opens_on", name="closes_after_opening"),
        CheckConstraint("site_id IS NULL OR district IS NULL", name="one_reach"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    district: Mapped[str | None]
    group_code: Mapped[str]  # A group of vaxsite.eligibility.rules.
    opens_on: Mapped[date]
    closes_on: Mapped[date | None]
    opened_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EarlierPhase(Base):
    """How a phase stood until `ended_at`, when it was changed or taken back.

    Whoever held a seat then was let in by it and may still confirm.
    """

    __tablename__ = "earlier_phase"
    __table_args__ = (
        CheckConstraint("closes_on IS NULL OR closes_on > opens_on", name="closes_after_opening"),
        CheckConstraint("site_id IS NULL OR district IS NULL", name="one_reach"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    phase_id: Mapped[int]  # The phase itself may be gone.
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    district: Mapped[str | None]
    group_code: Mapped[str]
    opens_on: Mapped[date]
    closes_on: Mapped[date | None]
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Membership(Base):
    """Whoever has the document is in a group on the days [valid_from, valid_to): a roster says so.

    One roster a person and group; the document itself is with the roster, encrypted.
    """

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("id_index", "group_code"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="ends_after_beginning"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    roster_id: Mapped[UUID] = mapped_column(index=True)  # Of vaxsite.rosters, downstream.
    group_code: Mapped[str]
    id_index: Mapped[bytes] = mapped_column(LargeBinary)  # As `person.id_index`.
    born_on: Mapped[date]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
