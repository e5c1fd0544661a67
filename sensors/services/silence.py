"""A probe that says nothing is noticed by the server: by a deadline, not by looking at all.

Silence means something only while we ourselves listen. The subscriber holds a lease as long as
it is subscribed and can write; without it nothing is said about probes, and after a while one
message about ourselves. When it comes back, every deadline starts anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from sensors.domain.alerts import AlertKind, EventKind, Severity
from sensors.services import alerting, leases, notices
from sensors.services.alerting import Cause
from sensors.store.places import Sensor
from sensors.store.readings import SensorState

log = structlog.get_logger()

LISTENING = "listening"  # Held while a subscriber is subscribed.
LISTENS_FOR_S = 30
# A restart, or a broker that is being updated, is no outage.
BLIND_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class _Due:
    sensor_id: int
    unit_id: int | None
    heard_at: datetime
    has_fault: bool


def sweep(session: Session, *, now: datetime) -> int:
    """Open an alert for every probe whose deadline has passed; return how many.

    The watch calls after the group wait, so that one outage of a site is one message. A probe
    whose alert fails does not stop the others.
    """
    if not is_listening(session, now=now):
        _tell_blind(session, now)
        return 0
    due = _due(session, now)
    for item in due:
        try:
            with session.begin_nested():
                _fall_silent(session, item, now)
        except SQLAlchemyError:
            log.exception("silence_not_recorded", sensor_id=item.sensor_id)
    return len(due)


def is_listening(session: Session, *, now: datetime) -> bool:
    """Tell whether a subscriber is subscribed and writes."""
    until = leases.expires_at(session, LISTENING)
    return until is not None and until > now


def listen(session: Session, *, holder: str, now: datetime) -> None:
    """Say that the subscriber *holder* is subscribed and can write.

    After a time in which nobody was, every deadline starts anew: what was not heard then says
    nothing about the probes.
    """
    until = leases.expires_at(session, LISTENING)
    leases.take(session, LISTENING, holder, now, LISTENS_FOR_S)
    if until is None or until <= now:
        _start_deadlines_anew(session, now)


def _start_deadlines_anew(session: Session, now: datetime) -> None:
    rows = session.execute(
        select(SensorState.sensor_id, Sensor.silent_after_s)
        .join(Sensor, Sensor.id == SensorState.sensor_id)
        .where(SensorState.silent_at.is_not(None), Sensor.files_every_s.is_(None))
    ).all()  # Files come without us listening.
    waits: dict[int, list[int]] = {}
    for sensor_id, silent_after_s in rows:
        waits.setdefault(silent_after_s, []).append(sensor_id)
    for silent_after_s, sensor_ids in waits.items():
        deadline = now + timedelta(seconds=silent_after_s)
        for start in range(0, len(sensor_ids), 500):
            session.execute(
                update(SensorState)
                .where(
                    SensorState.sensor_id.in_(sensor_ids[start : start + 500]),
                    SensorState.silent_at < deadline,
                )
                .values(silent_at=deadline)
            )


def _tell_blind(session: Session, now: datetime) -> None:
    since = leases.expires_at(session, LISTENING)
    if since is not None and now - since >= BLIND_AFTER:
        told = notices.tell_blind(session, since, now=now)
        if told:
            log.error("monitoring_blind", since=since.isoformat(), told=told)


def _due(session: Session, now: datetime) -> Sequence[_Due]:
    rows = session.execute(
        select(SensorState, Sensor.unit_id)
        .join(Sensor, Sensor.id == SensorState.sensor_id)
        .where(SensorState.silent_at <= now)
        .order_by(SensorState.silent_at)
        .with_for_update(of=SensorState, skip_locked=True)  # One being written is being heard.
    ).all()
    return [
        _Due(
            state.sensor_id,
            unit_id,
            state.received_at or now,
            state.fault is not None,
        )
        for state, unit_id in rows
    ]


def _fall_silent(session: Session, due: _Due, now: datetime) -> None:
    """Mark one probe as silent, with its alert and event; a probe that hangs nowhere has none."""
    session.execute(
        update(SensorState)
        .where(SensorState.sensor_id == due.sensor_id)
        .values(silent_at=None, silent_since=due.heard_at)
    )
    if due.unit_id is None:
        return
    kind = AlertKind.FAULT if due.has_fault else AlertKind.SILENCE
    alert_id = alerting.open_alert(
        session,
        Cause(
            f"{kind}:{due.sensor_id}:{due.heard_at.isoformat()}",
            kind,
            Severity.WARNING,
            due.unit_id,
            due.sensor_id,
        ),
        now=now,
        happened_at=now,
    )
    alerting.record_event(
        session,
        EventKind.SENSOR_SILENT,
        unit_id=due.unit_id,
        now=now,
        alert_id=alert_id,
        sensor_id=due.sensor_id,
    )
    session.flush()
