"""A probe is moved: from an instant on its readings belong to another unit, or to none.

What was read before stays with the unit where it was read. The probe is judged again from the
instant of the move, because readings made after it may have come already.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sensors.domain import signals
from sensors.services import alerting, conditions, episodes, known
from sensors.store import dialect
from sensors.store.places import ProbePlacement, Sensor
from sensors.store.readings import SensorState

_MOMENT = timedelta(microseconds=1)


class MoveTooEarly(Exception):
    """The probe was moved again later than that: only its newest place can be left."""


def place(
    session: Session, *, sensor_id: int, unit_id: int | None, at: datetime, now: datetime
) -> None:
    """Say that a probe hangs in *unit_id* from *at* on, or in no unit; raises `MoveTooEarly`."""
    dialect.lock_states(session.connection(), [sensor_id])  # No batch judges it meanwhile.
    rows = session.scalars(
        select(ProbePlacement)
        .where(ProbePlacement.sensor_id == sensor_id)
        .order_by(ProbePlacement.from_at.desc())
        .limit(1),
        execution_options={"populate_existing": True},
    ).all()
    last = rows[0] if rows else None
    if last is not None:
        if at <= last.from_at or (last.to_at is not None and at < last.to_at):
            raise MoveTooEarly(MoveTooEarly.__doc__)
        last.to_at = last.to_at or at
        session.flush()
    if unit_id is not None:
        session.add(ProbePlacement(sensor_id=sensor_id, unit_id=unit_id, from_at=at))
    session.execute(update(Sensor).where(Sensor.id == sensor_id).values(unit_id=unit_id))
    session.flush()
    known.changed(session)
    judge_from(session, sensor_id, at - _MOMENT, now=now)
    _listen_anew(session, sensor_id, hangs=unit_id is not None, now=now)


def judge_from(session: Session, sensor_id: int, since: datetime, *, now: datetime) -> None:
    """Judge what a probe read from *since* on by what is known of the probe now.

    The caller holds the lock of its state.
    """
    sensor = known.load_sensor(session, sensor_id)
    judged = episodes.judge_again(session, sensor, since, now=now)
    warned = conditions.judge_again(session, sensor, since, now=now)
    if judged.newest is not None:
        session.execute(
            update(SensorState)
            .where(SensorState.sensor_id == sensor_id)
            .values(
                rules=signals.dump_both(judged.state, warned),
                measured_at=judged.newest.measured_at,
                centi=judged.newest.centi,
                fault=judged.newest.fault,
            )
        )


def _listen_anew(session: Session, sensor_id: int, *, hangs: bool, now: datetime) -> None:
    """Begin the deadline of silence anew: what the probe said elsewhere says nothing here."""
    alerting.clear_silence(session, sensor_id, now=now)
    wait_s = session.scalars(select(Sensor.silent_after_s).where(Sensor.id == sensor_id)).one()
    session.execute(
        update(SensorState)
        .where(SensorState.sensor_id == sensor_id)
        .values(silent_at=now + timedelta(seconds=wait_s) if hangs else None, silent_since=None)
    )
