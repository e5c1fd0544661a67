"""Tables of a visit: arrival, screening, observation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class Visit(Base):
    """A person came to a clinic for an appointment."""

    __tablename__ = "visit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    state: Mapped[str]  # vaxsite.visits.rules.VISITS
    identity_checked_by: Mapped[str]
    checked_in_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # Answer of each screening question by its code, with who asked and when.
    screening: Mapped[dict[str, Any]] = mapped_column(JSON)  # Any: answers are yes, no or a code.
    screened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    screened_by: Mapped[str | None]
    observed_from: Mapped[datetime | None] = mapped_column(UtcDateTime)  # The time of the needle.
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_reason: Mapped[str | None]  # vaxsite.visits.rules.LeaveReason, where it was early.
