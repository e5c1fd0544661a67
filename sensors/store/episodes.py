"""Tables of excursions, alerts, and the events that downstream reads with a cursor."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, SmallInteger, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class ExcursionRow(Base):
    """A time in which a probe was where its rule forbids it. Keeps the rule it was judged by.

    Only confirmed episodes stand here. `ended_at` is null while it lasts; [began_at, ended_at).
    A recomputation that finds it was never so sets `withdrawn_at`; the row stays.
    """

    __tablename__ = "excursion"
    __table_args__ = (
        UniqueConstraint("sensor_id", "rule", "began_at"),
        # Held lots: episodes of a unit that cover an instant.
        Index("ix_excursion_unit_id_began_at", "unit_id", "began_at"),
        # The search of the past, newest first; so the indexes by time of the tables below.
        Index("ix_excursion_began_at", "began_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"))
    rule: Mapped[str]  # Rule id with its version, as in sensors.domain.rules.
    direction: Mapped[str]  # hot or cold
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime] = mapped_column(
        UtcDateTime
    )  # measured_at of the deciding reading
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str | None]  # recovered, or unknown: data stopped while it lasted
    peak_centi: Mapped[int] = mapped_column(SmallInteger)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)  # When the system found it.
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AlertRow(Base):
    """Something a person must answer: one excursion or one silence, one alert."""

    __tablename__ = "alert"
    __table_args__ = (
        # One open alert for one cause; the key names it: excursion:7, silence:3:2026-01-12T...
        UniqueConstraint("cause"),
        # The wall: alerts of a unit that nobody has answered.
        Index("ix_alert_unit_id_state", "unit_id", "state"),
        Index("ix_alert_opened_at", "opened_at"),
        # The watch: whose next notice is due.
        Index(
            "ix_alert_next_notice_at",
            "next_notice_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cause: Mapped[str]
    kind: Mapped[str]  # sensors.domain.alerts.AlertKind: excursion, silence, fault
    severity: Mapped[str]  # warning or critical
    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"))
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"))
    excursion_id: Mapped[int | None] = mapped_column(ForeignKey("excursion.id"))
    state: Mapped[str]  # sensors.domain.alerts.ALERTS
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str | None]  # The actor's id, as vaxsite gives it.
    note: Mapped[str | None]
    cleared_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # When the condition went away.
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notices: Mapped[int] = mapped_column(default=0, server_default="0")
    next_notice_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Told together: the id of the group's first alert, its own for that one.
    group_id: Mapped[int | None] = mapped_column(index=True)
    step: Mapped[int] = mapped_column(default=-1, server_default="-1")  # Of the chain, called last.
    # When the chain came to its end without an answer.
    unanswered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # Never set anew.
    # When what a person chose (acknowledged, snoozed, shelved) ends by itself.
    returns_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    owner: Mapped[str | None]  # Who has it in hand: the actor's id.
    # Its readings came long after they were measured: told when no more of them come.
    found_late: Mapped[bool] = mapped_column(default=False, server_default=false())
    # When it is told that it is over, where late readings said so.
    over_notice_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AlertAct(Base):
    """What a person, or a deadline, did with an alert."""

    __tablename__ = "alert_act"

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    by: Mapped[str]  # The actor's id, as vaxsite gives it.
    act: Mapped[str]  # The name of the move, or alert:hand-over.
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    to: Mapped[str | None]  # To whom it was handed over: the actor's id.
    note: Mapped[str]


class Event(Base):
    """A fact for downstream, written in the transaction of the fact, read with a cursor."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str]  # sensors.domain.alerts.EventKind
    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"))
    excursion_id: Mapped[int | None] = mapped_column(ForeignKey("excursion.id"))
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)  # Any: small, by kind of event.
