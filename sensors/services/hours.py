"""Make the hourly roll-up of readings again: after a repair, or a restore from somewhere else."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store import dialect, rollup
from sensors.store.places import Sensor
from sensors.store.transaction import transaction


def rebuild_all(sessions: sessionmaker[Session]) -> Iterator[int]:
    """Make the hours of every probe again, each in a transaction of its own; yield its id.

    The lock of the probe's state keeps the ingest from adding to hours that are being made.
    """
    with sessions() as session:
        sensor_ids = session.scalars(select(Sensor.id).order_by(Sensor.id)).all()
    for sensor_id in sensor_ids:
        with sessions() as session, transaction(session):
            dialect.lock_states(session.connection(), [sensor_id])
            rollup.rebuild(session.connection(), sensor_id)
        yield sensor_id
