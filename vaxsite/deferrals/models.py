"""The table of deferrals: whose vaccination is put off until when, and why."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText

OPEN = text("state = 'open'")


class Deferral(Base):
    """A person has no dose of a product before the day `until`; then they are asked again."""

    __tablename__ = "deferral"
    __table_args__ = (
        # One at a time for a person and product; asked at every booking.
        Index(
            "uq_deferral_open_person_product",
            "person_id",
            "product_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        # Whose date has come.
        Index("ix_deferral_state_until", "state", "until"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))  # Which clinic asks again.
    group_code: Mapped[str]  # By which the person is invited then.
    why: Mapped[str] = mapped_column(EncryptedText("deferral.why"))  # rules.reasons.Why
    until: Mapped[date]
    state: Mapped[str]  # vaxsite.deferrals.rules.states.DEFERRALS
    # How the person is reached, as given with the appointment.
    phone: Mapped[str | None] = mapped_column(EncryptedText("deferral.phone"))
    email: Mapped[str | None] = mapped_column(EncryptedText("deferral.email"))
    set_by: Mapped[str]  # A member of staff, or `resident`.
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None]
    ended_because: Mapped[str | None] = mapped_column(EncryptedText("deferral.ended_because"))
    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("invitation.id"))
