"""Table of doses. A dose that happened is never edited: a correction is a new row with a reason."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class Dose(Base):
    """A dose as it was given. `judged` is the verdict of the rules in force on that day."""

    __tablename__ = "dose"
    __table_args__ = (
        CheckConstraint("dose_number >= 1", name="dose_number_from_one"),
        CheckConstraint(
            "(corrects_id IS NULL) = (correction_reason IS NULL)", name="correction_has_reason"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    vial_id: Mapped[int | None] = mapped_column(ForeignKey("vial.id"))
    dose_number: Mapped[int]
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body_site: Mapped[str]  # left_arm, right_arm, left_thigh, right_thigh
    vaccinator_id: Mapped[str]
    recorder_id: Mapped[str]
    judged: Mapped[str]  # valid, or the code of the first rule it breaks
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("dose.id"), unique=True)
    correction_reason: Mapped[str | None]
