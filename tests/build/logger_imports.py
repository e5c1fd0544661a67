"""A fridge with a USB logger in it, and files brought to it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.payloads.files.contents import Doubt
from sensors.services import importing
from sensors.services.importing import Imported
from sensors.services.importing_plan import Choice
from sensors.store.places import NoticeTarget
from sensors.store.transaction import transaction
from tests.build import logger_files, places

NOW = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)
BEGAN = datetime(2026, 1, 9, 16, 0, tzinfo=UTC)  # Midnight of the 10th in Beijing.
EVERY = timedelta(minutes=5)
CALM, HOT = 450, 950
# A day in range, 50 minutes too warm in the middle of it.
DAY = [*[CALM] * 100, *[HOT] * 10, *[CALM] * 178]
Sessions = sessionmaker[Session]


def a_logger(
    session: Session,
    *,
    serial: str = logger_files.SERIAL,
    timezone: str = "Asia/Shanghai",
    rule_set: str = "cn-clinic",
) -> int:
    """Store the fridge of a clinic with the logger in it, and one person to call."""
    site = places.a_site(session)
    site.timezone = timezone
    unit = places.a_fridge(session, site=site, rule_set=rule_set)
    sensor = places.a_probe(session, unit=unit, device=serial)
    session.add(NoticeTarget(site_id=site.id, channel="console", address="li", language="en"))
    sensor_id = sensor.id
    session.commit()
    return sensor_id


def bring(
    sessions: Sessions,
    payload: bytes,
    *,
    choice: Choice | None = None,
    accepted: Sequence[Doubt] = (),
    now: datetime = NOW,
) -> Imported:
    """Import *payload* in a transaction of its own."""
    with sessions() as session, transaction(session):
        return importing.import_file(
            session,
            payload,
            name="export.txt",
            choice=choice or Choice(),
            accepted=frozenset(accepted),
            actor_id="staff-li",
            now=now,
        )


def count(session: Session, row: type[object]) -> int:
    return session.scalar(select(func.count()).select_from(row)) or 0
