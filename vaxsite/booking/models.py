"""Tables of seats: a hold while the form is filled in, an appointment once it is confirmed.

Each seat of a live hold and each appointment that was not cancelled owns one of the seats that
`slot.taken` and `slot.overbooked` count.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text, true
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText


class Hold(Base):
    """Seats kept for one browser until `expires_at`. Its holder is known by a secret's hash."""

    __tablename__ = "hold"
    __table_args__ = (
        # One live hold a holder.
        Index(
            "uq_hold_live_holder",
            "holder_hash",
            unique=True,
            sqlite_where=text("state = 'live'"),
            postgresql_where=text("state = 'live'"),
        ),
        # The sweep of expired holds.
        Index(
            "ix_hold_expires_at",
            "expires_at",
            sqlite_where=text("state = 'live'"),
            postgresql_where=text("state = 'live'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # Of its first seat, as `hold_seat` says of each: the release before knows one seat a hold.
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    holder_hash: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str]  # vaxsite.booking.rules.HOLDS
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HoldSeat(Base):
    """One seat of a hold, and the appointment that it became.

    Appointments of one hold were made together: `member` numbers the people of a household, `part`
    the doses of each, both from 1.
    """

    __tablename__ = "hold_seat"
    __table_args__ = (
        CheckConstraint("member >= 1", name="member_from_one"),
        CheckConstraint("part >= 1", name="part_from_one"),
    )

    hold_id: Mapped[UUID] = mapped_column(ForeignKey("hold.id"), primary_key=True)
    member: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment.id"), unique=True)


class BookingOrigin(Base):
    """By which door a hold became appointments: who acted, for whom, and how they are reached.

    Responsible is the person of the appointment, or whoever stands in *relation* to them and said
    that they agree; `acted_by` is the member of staff who typed, else null.
    """

    __tablename__ = "booking_origin"

    hold_id: Mapped[UUID] = mapped_column(ForeignKey("hold.id"), primary_key=True)
    came_by: Mapped[str]  # vaxsite.booking.doors.CameBy
    relation: Mapped[str]  # vaxsite.booking.rules.Relation of whoever asked to the person.
    reach: Mapped[str]  # vaxsite.booking.rules.Reach
    acted_by: Mapped[str | None]
    # How many appointments one contact has; the number itself is with the appointment.
    contact_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When a slip that is wanted by post was sent off.
    posted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Appointment(Base):
    """A person has a seat in a slot for one dose."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("dose_number >= 1", name="dose_number_from_one"),
        # A person has one appointment for one dose of one product at a time.
        Index(
            "uq_appointment_person_dose",
            "person_id",
            "product_id",
            "dose_number",
            unique=True,
            sqlite_where=text("state IN ('booked', 'arrived')"),
            postgresql_where=text("state IN ('booked', 'arrived')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    dose_number: Mapped[int]
    group_code: Mapped[str]  # The priority group by which the person was allowed.
    state: Mapped[str]  # vaxsite.booking.rules.APPOINTMENTS
    # As the release before wrote it; `hold_seat` knows it too.
    hold_id: Mapped[UUID | None] = mapped_column(ForeignKey("hold.id"), unique=True)
    # How this booking is told about: as given with it, whatever else is on the person's file.
    phone: Mapped[str | None] = mapped_column(EncryptedText("appointment.phone"))
    email: Mapped[str | None] = mapped_column(EncryptedText("appointment.email"))
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")  # iCalendar SEQUENCE
    # Wants to be reminded of this appointment.
    remind: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InvitationUse(Base):
    """An appointment that was booked with an invitation; its key lets nobody use one twice.

    Both doses of a course may be booked with one. Deleted when the appointment is cancelled.
    """

    __tablename__ = "invitation_use"

    invitation_id: Mapped[UUID] = mapped_column(ForeignKey("invitation.id"), primary_key=True)
    dose_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"), unique=True)


class AppointmentReminder(Base):
    """Whether to remind of an appointment is decided, for one sequence of it and one stage.

    The stage is how many days before. With the sequence a new time is reminded of anew.
    """

    __tablename__ = "appointment_reminder"

    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stage: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MissedLimit(Base):
    """How many missed appointments of a year end online booking at a clinic; no row: none do."""

    __tablename__ = "missed_limit"
    __table_args__ = (CheckConstraint("most >= 1", name="most_from_one"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    most: Mapped[int]
