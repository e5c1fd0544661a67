"""Tables of doses left over: opened vials, call-outs, and who was invited."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class OpenVial(Base):
    """A vial was opened at a clinic; it may be used until `discard_at`."""

    __tablename__ = "open_vial"
    __table_args__ = (
        CheckConstraint("used >= 0 AND used <= doses", name="used_within_the_vial"),
        Index("ix_open_vial_site_id_discard_at", "site_id", "discard_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    discard_at: Mapped[datetime] = mapped_column(UtcDateTime)
    doses: Mapped[int]
    used: Mapped[int]
    opened_by: Mapped[str]


class Callout(Base):
    """People of the waiting list are invited for doses left over of one vaccine.

    `offered` doses may be promised in all; the count of the promised ones is changed by statements
    that name both, so that a dose is promised once.
    """

    __tablename__ = "callout"
    __table_args__ = (
        CheckConstraint("promised >= 0 AND promised <= offered", name="promised_within_offered"),
        Index(
            "uq_callout_open_site_product",
            "site_id",
            "product_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    state: Mapped[str]  # vaxsite.leftover.rules.states.CALLOUTS
    offered: Mapped[int] = mapped_column(default=0, server_default="0")
    promised: Mapped[int] = mapped_column(default=0, server_default="0")
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    look_at: Mapped[datetime] = mapped_column(UtcDateTime)  # When the forecast is made anew.
    widened_reason: Mapped[str | None]  # Set where people without an open phase are invited too.
    started_by: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CalloutInvitation(Base):
    """An entry of the waiting list was invited, by its turn or picked by a named person."""

    __tablename__ = "callout_invitation"
    __table_args__ = (UniqueConstraint("callout_id", "entry_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    callout_id: Mapped[UUID] = mapped_column(ForeignKey("callout.id"))
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("waiting_entry.id"), index=True)
    state: Mapped[str]  # vaxsite.leftover.rules.states.CALLED_PEOPLE
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    come_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    picked_by: Mapped[str | None]
    picked_reason: Mapped[str | None]
