"""The mark of a site's cold chain: it changes whenever something that people see has changed."""

import hashlib
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.services import pulse
from sensors.store.episodes import AlertRow, Event
from sensors.store.places import Sensor
from sensors.store.readings import SensorState
from vaxsite.coldchain.queries import places
from vaxsite.core.actor import Actor
from vaxsite.stock.models import Disposition


def read_mark(session: Session, *, actor: Actor, now: datetime) -> str:
    """Return a short text that differs from the last one when the actor's wall may differ.

    It says that something changed and never what: a viewer fetches with their own rights.
    """
    units = places.visible_ids(actor)
    heard = (
        select(func.max(SensorState.received_at), func.count(SensorState.measured_at))
        .join(Sensor, Sensor.id == SensorState.sensor_id)
        .where(Sensor.unit_id.in_(units))
    )
    answered = select(
        func.max(AlertRow.id), func.max(AlertRow.acknowledged_at), func.max(AlertRow.resolved_at)
    ).where(AlertRow.unit_id.in_(units))
    parts = [
        *session.execute(heard).one(),
        *session.execute(answered).one(),
        session.scalar(select(func.max(Event.id)).where(Event.unit_id.in_(units))),
        session.scalar(select(func.max(Disposition.id))),
        [one.part for one in pulse.stopped(session, now=now)],
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
