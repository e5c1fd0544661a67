"""Acts on probes: move one to another unit, take one out, put another in its place.

Readings are never touched. A move only says to which unit they belong from an instant on.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sensors.services import known, placing
from sensors.store.places import Sensor
from sensors.store.readings import SensorState
from vaxsite.core import audit, units
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError
from vaxsite.core.places import FILE_GRACE_S


class NoSuchProbe(DomainError):
    """No registered probe has this device and channel."""

    sentence = N_("There is no probe of this name.")
    status = 404


class MoveInFuture(DomainError):
    """A move is written down when it was made, not before."""

    sentence = N_("The time of the move lies in the future.")


class MovedLater(DomainError):
    """The probe was put into its place later than the move that is written down."""

    sentence = N_("The probe was put into its present place only after that time.")


class AlreadyInUnit(DomainError):
    """The probe hangs in this unit already."""

    sentence = N_("The probe is in this unit already.")


def get_probe(session: Session, device: str, channel: str = "") -> int:
    """Return the id of a registered probe; raise `NoSuchProbe` without one."""
    wanted = select(Sensor.id).where(Sensor.device == device, Sensor.channel == channel)
    sensor_id = session.scalar(wanted)
    if sensor_id is None:
        raise NoSuchProbe
    return sensor_id


def expect_files(
    session: Session, *, sensor_id: int, every_s: int, actor: Actor, now: datetime
) -> None:
    """Say that a probe is a USB logger, and how often a file of it is to come, from now on."""
    silent_after_s = every_s + FILE_GRACE_S
    session.execute(
        update(Sensor)
        .where(Sensor.id == sensor_id)
        .values(files_every_s=every_s, silent_after_s=silent_after_s)
    )
    session.execute(
        update(SensorState)
        .where(SensorState.sensor_id == sensor_id, SensorState.silent_since.is_(None))
        .values(silent_at=now + timedelta(seconds=silent_after_s))
    )
    known.changed(session)
    audit.record(
        session,
        actor=actor,
        action="sensor:expect-files",
        subject=f"sensor:{sensor_id}",
        now=now,
        detail={"every_s": every_s},
    )


def move_probe(
    session: Session,
    *,
    sensor_id: int,
    unit_id: int | None,
    at: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Hang a probe into *unit_id* from *at* on; None takes it out of every unit.

    Raises `NoSuchProbe`, `MoveInFuture`, `MovedLater`, `AlreadyInUnit` or `OutOfUse`.
    """
    sensor = session.get(Sensor, sensor_id, populate_existing=True)
    if sensor is None:
        raise NoSuchProbe
    if at > now:
        raise MoveInFuture
    left = sensor.unit_id
    if left == unit_id:
        raise AlreadyInUnit
    if unit_id is not None:
        units.check_in_use(session, unit_id)
    try:
        placing.place(session, sensor_id=sensor_id, unit_id=unit_id, at=at, now=now)
    except placing.MoveTooEarly as err:
        raise MovedLater from err
    audit.record(
        session,
        actor=actor,
        action="sensor:move",
        subject=f"sensor:{sensor_id}",
        now=now,
        detail={"from": left, "to": unit_id, "at": at.isoformat(), "reason": reason},
    )


def replace_probe(
    session: Session,
    *,
    sensor_id: int,
    successor_id: int,
    at: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Put the probe *successor_id* where *sensor_id* hung, from *at* on; the old one hangs nowhere.

    Raises what `move_probe` raises; also where the old one hangs nowhere.
    """
    sensor = session.get(Sensor, sensor_id, populate_existing=True)
    if sensor is None or sensor.unit_id is None:
        raise NoSuchProbe
    unit_id = sensor.unit_id
    for each, to in ((sensor_id, None), (successor_id, unit_id)):
        move_probe(session, sensor_id=each, unit_id=to, at=at, reason=reason, actor=actor, now=now)
