"""Tables of vaccine: products, lots, vials with their trace codes, where lots stood, dispositions.

A lot is held while an undecided excursion covers a place it was in. That is derived from these
tables and the episodes by a query, never copied into a flag.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class Product(Base):
    """A vaccine as it is bought and given."""

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name_en: Mapped[str]
    name_zh: Mapped[str]
    maker: Mapped[str]
    cvx: Mapped[str | None]
    gtin: Mapped[str | None] = mapped_column(unique=True)  # 14 digits, as a scan gives it.
    doses_in_series: Mapped[int]
    doses_per_vial: Mapped[int]
    # Days from one dose to the next, by the product's rule; null where one dose is the series.
    interval_min_days: Mapped[int | None]
    interval_max_days: Mapped[int | None]
    interval_source: Mapped[str | None]  # Document and edition of the two numbers.
    # The disease that it protects from; doses against one disease make one series.
    target: Mapped[str] = mapped_column(default="covid-19", server_default="covid-19")


class Lot(Base):
    """A maker's lot of one product."""

    __tablename__ = "lot"
    __table_args__ = (UniqueConstraint("product_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    number: Mapped[str] = mapped_column(index=True)
    expires_on: Mapped[date]  # The last day on which it may be given.


class Vial(Base):
    """A smallest package, known by the traceability code printed on it."""

    __tablename__ = "vial"

    id: Mapped[int] = mapped_column(primary_key=True)
    trace_code: Mapped[str] = mapped_column(unique=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))


class LotPlacement(Base):
    """A lot stood in a storage unit during [placed_at, removed_at); still there when null."""

    __tablename__ = "lot_placement"
    __table_args__ = (
        CheckConstraint("removed_at IS NULL OR removed_at > placed_at", name="removed_after"),
        # Lots that were in a unit during an excursion.
        Index("ix_lot_placement_unit_id_placed_at", "unit_id", "placed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    vials: Mapped[int]


class Delivery(Base):
    """Doses that are announced to a site. Only what is still expected, and not late, is counted."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("doses >= 1", name="doses_from_one"),
        # What a site awaits of a product, soonest first.
        Index("ix_delivery_site_id_arrives_on", "site_id", "arrives_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    arrives_on: Mapped[date]  # On the calendar of the site.
    doses: Mapped[int]
    expires_on: Mapped[date | None]  # Of its lot, where that is known before.
    source: Mapped[str]  # Who announced it, and how.
    state: Mapped[str]  # vaxsite.stock.deliveries.DELIVERIES
    entered_by: Mapped[str]
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Disposition(Base):
    """What a pharmacist decided about a lot after an excursion. Final; a new one is a new row."""

    __tablename__ = "disposition"
    # One decision for one stretch; an excursion that reaches further asks for another one.
    __table_args__ = (
        UniqueConstraint(
            "excursion_id",
            "lot_id",
            "covers_from",
            "covers_until",
            "covers_peak_centi",
            name="uq_disposition_stretch",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    excursion_id: Mapped[int] = mapped_column(ForeignKey("excursion.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    decision: Mapped[str]  # release or reject
    note: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # The excursion as it was judged; when it reaches further now, the decision no longer covers it.
    covers_from: Mapped[datetime] = mapped_column(UtcDateTime)
    covers_until: Mapped[datetime] = mapped_column(UtcDateTime)
    covers_peak_centi: Mapped[int]
