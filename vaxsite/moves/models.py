"""Tables of moves: what happened, which sessions it closed, what becomes of each appointment."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime

PENDING = text("state IN ('proposed', 'accepted', 'unplaced')")


class MoveEvent(Base):
    """Something happened, and people cannot keep their seats at a site."""

    __tablename__ = "move_event"
    __table_args__ = (CheckConstraint("doses IS NULL OR doses >= 1", name="doses_from_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Mapped[str]  # vaxsite.moves.rules.states.EventKind
    doses: Mapped[int | None]  # How many are missing, where doses are short.
    reason_en: Mapped[str]  # As the people read it.
    reason_zh: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)  # vaxsite.moves.rules.states.EVENTS
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MoveEventSession(Base):
    """A session that the event closed."""

    __tablename__ = "move_event_session"

    event_id: Mapped[int] = mapped_column(ForeignKey("move_event.id"), primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("clinic_session.id"), primary_key=True, index=True
    )


class SeatMove(Base):
    """One appointment in one event: from where, to where, and how far that is.

    Neither `to_slot_id` nor `why` set: nobody has looked for a place yet.
    """

    __tablename__ = "seat_move"
    __table_args__ = (
        # An appointment is moved by one event at a time.
        Index(
            "uq_seat_move_pending",
            "appointment_id",
            unique=True,
            sqlite_where=PENDING,
            postgresql_where=PENDING,
        ),
        # What is to be done in an event, by rank.
        Index("ix_seat_move_event_id_state_place", "event_id", "state", "place"),
        # Who has not answered in time.
        Index(
            "ix_seat_move_answer_by",
            "answer_by",
            sqlite_where=text("state = 'awaiting'"),
            postgresql_where=text("state = 'awaiting'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("move_event.id"))
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"), index=True)
    place: Mapped[int]  # In the rank of the event, from 1; of one household the same.
    must: Mapped[bool]  # False: it moves only so that another dose can.
    from_slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    to_slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"))
    why: Mapped[str | None]  # vaxsite.moves.rules.states.Why
    state: Mapped[str]  # vaxsite.moves.rules.states.MOVES
    sequence: Mapped[int]  # Of the appointment, as it was seen and then as it was told.
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    called_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
