"""Tables of the cold chain's pages: what people write, events read, displays of a wall."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class EventCursor(Base):
    """An event that a reader has acted upon. Rows and not a number: ids commit out of order."""

    __tablename__ = "event_cursor"

    reader: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)


class WallDisplay(Base):
    """A device that shows the wall of one site: its browser holds a token, here is the hash."""

    __tablename__ = "wall_display"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str]  # The actor's id.
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FollowUp(Base):
    """What people have done about an excursion. There is no row before the first step."""

    __tablename__ = "excursion_follow_up"

    id: Mapped[int] = mapped_column(  # The excursion's id.
        ForeignKey("excursion.id"), primary_key=True, autoincrement=False
    )
    state: Mapped[str]  # vaxsite.coldchain.follow_up.FOLLOW_UPS
    checks: Mapped[dict[str, str] | None] = mapped_column(JSON)  # Finding by Check.
    check_note: Mapped[str | None]
    checked_by: Mapped[str | None]
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    action: Mapped[str | None]  # vaxsite.coldchain.follow_up.Action
    action_note: Mapped[str | None]
    cause: Mapped[str | None]  # vaxsite.coldchain.follow_up.Cause
    cause_note: Mapped[str | None]
    acted_by: Mapped[str | None]
    acted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_by: Mapped[str | None]
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UnitCheck(Base):
    """What a person read on a unit's own display, once for a part of a day, never afterwards."""

    __tablename__ = "unit_check"
    __table_args__ = (UniqueConstraint("unit_id", "day", "part"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"))
    day: Mapped[date]  # On the clock of the site.
    part: Mapped[str]  # vaxsite.coldchain.daily_checks.PartOfDay
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    checked_by: Mapped[str]
    shown_centi: Mapped[int] = mapped_column(SmallInteger)
    probe_centi: Mapped[int | None] = mapped_column(SmallInteger)  # What the probe told then.
    note: Mapped[str]
    rule: Mapped[str]  # The id of the rule by which it was due.


class LateNote(Base):
    """What somebody wrote afterwards about a day of a unit. It fills no reading in."""

    __tablename__ = "unit_late_note"
    __table_args__ = (Index("ix_unit_late_note_unit_id_day", "unit_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"))
    day: Mapped[date]
    written_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    written_by: Mapped[str]
    note: Mapped[str]
