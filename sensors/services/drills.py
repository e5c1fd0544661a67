"""A test alarm: a person presses a button, and everything that a real alarm sets off happens."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.alerts import AlertKind, Severity
from sensors.services import alerting
from sensors.services.alerting import Cause
from sensors.store.places import Sensor


class NothingToTest(ValueError):
    """The unit has no probe, so nothing could ever raise an alarm there."""


def start(session: Session, *, unit_id: int, now: datetime) -> int:
    """Open a test alert of a unit and call about it; return its id. Raises `NothingToTest`."""
    sensor_id = session.scalar(
        select(Sensor.id).where(Sensor.unit_id == unit_id).order_by(Sensor.id).limit(1)
    )
    if sensor_id is None:
        raise NothingToTest
    cause = Cause(
        f"{AlertKind.TEST}:{unit_id}:{now.isoformat()}",
        AlertKind.TEST,
        Severity.CRITICAL,
        unit_id,
        sensor_id,
    )
    opened = alerting.open_alert(session, cause, now=now, happened_at=now)
    assert opened is not None  # The instant makes its cause a new one.
    return opened
