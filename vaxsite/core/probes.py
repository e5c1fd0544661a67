"""Acts on probes: move one to another unit, take one out, put another in its place.

Readings are never touched. A move only says to which unit they belong from an instant on.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services import placing
from sensors.store.places import Sensor
from vaxsite.core import audit, units
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError


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
