"""Tables of who may come when: phases opened for a priority group, by site and date."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class Phase(Base):
    """A group may be vaccinated at a site on the days [opens_on, closes_on); open end when null."""

    __tablename__ = "phase"
    __table_args__ = (
        UniqueConstraint("site_id", "group_code", "opens_on"),
        CheckConstraint("closes_on IS NULL OR closes_on > opens_on", name="closes_after_opening"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    group_code: Mapped[str]  # A group of vaxsite.eligibility.rules.
    opens_on: Mapped[date]
    closes_on: Mapped[date | None]
    opened_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
