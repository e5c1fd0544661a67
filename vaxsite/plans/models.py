"""Tables of plans: which sessions are wanted, on which days not, and what came of them."""

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class Plan(Base):
    """Sessions of one vaccine wanted from one day to another, both included."""

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("last_on >= first_on", name="last_not_before_first"),
        CheckConstraint("person_minutes >= 1", name="person_minutes_from_one"),
        CheckConstraint("slot_minutes >= person_minutes", name="slot_holds_a_person"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    slot_minutes: Mapped[int]
    person_minutes: Mapped[int]  # One vaccinator at one station needs for one person.
    # Seats that staff may add to each slot.
    overbook: Mapped[int] = mapped_column(default=0, server_default="0")
    holidays: Mapped[bool]  # Closed on public holidays.
    together: Mapped[bool]  # The second dose may be at another site of the plan.
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PlanSite(Base):
    """A site where a plan holds sessions."""

    __tablename__ = "plan_site"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True, index=True)


class PlanPattern(Base):
    """Hours that come again every week, on the clock of each site."""

    __tablename__ = "plan_pattern"
    __table_args__ = (
        CheckConstraint("weekdays >= 1 AND weekdays <= 127", name="weekdays_of_a_week"),
        CheckConstraint("stations >= 1", name="stations_from_one"),
        CheckConstraint("vaccinators >= 0", name="vaccinators_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    weekdays: Mapped[int]  # Bit 0 is Monday.
    starts: Mapped[time] = mapped_column(Time)
    ends: Mapped[time] = mapped_column(Time)
    break_starts: Mapped[time | None] = mapped_column(Time)
    break_ends: Mapped[time | None] = mapped_column(Time)
    stations: Mapped[int]
    vaccinators: Mapped[int]  # Planned to be there; a station needs one.
    doses: Mapped[str]  # vaxsite.slots.rules.Doses
    first_on: Mapped[date | None]  # Of these hours, where they are not those of the plan.
    last_on: Mapped[date | None]


class PlannedSession(Base):
    """A session that a plan laid out. One that was `kept` no longer follows it."""

    __tablename__ = "planned_session"

    session_id: Mapped[int] = mapped_column(ForeignKey("clinic_session.id"), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    kept_by: Mapped[str | None]


class SiteDay(Base):
    """A site says of one day that it is closed, or open although it is a public holiday."""

    __tablename__ = "site_day"
    __table_args__ = (UniqueConstraint("site_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    day: Mapped[date]
    opened: Mapped[bool]
    reason: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PlanShortage(Base):
    """Second doses of a published plan are no longer covered; the row goes when they are again."""

    __tablename__ = "plan_shortage"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    seats: Mapped[int]
    doses: Mapped[int]
    first_on: Mapped[date]  # Of the first week in which something is missing.
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
