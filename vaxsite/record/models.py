"""Tables of what a person was given: here, and elsewhere or long ago. Nothing is ever edited."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class Dose(Base):
    """A dose as it was given here; a correction is a new row with a reason.

    `judged` is the verdict of the checks of that moment.
    """

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


class EarlierDose(Base):
    """A dose that was given elsewhere or long ago, as a card or another clinic tells it.

    It is kept as it was told, also where that cannot be: the rules flag it. A row that was entered
    wrongly is withdrawn with a reason and stays.
    """

    __tablename__ = "earlier_dose"
    __table_args__ = (
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawal_has_reason"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    given_on: Mapped[date]
    code: Mapped[str]  # As the schedule names vaccines; another one is flagged.
    source: Mapped[str]  # A code of vaxsite.record.rules.Source.
    lot_number: Mapped[str]  # Blank where the card does not say.
    place: Mapped[str]  # The same.
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))  # Where it was entered.
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str | None]
