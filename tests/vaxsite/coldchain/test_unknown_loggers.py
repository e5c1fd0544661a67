"""A logger that nobody knows is offered, and one that nobody reads out is missed."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.payloads.files.contents import Doubt
from sensors.services import leases, silence, strangers
from sensors.services.importing_plan import Choice
from sensors.store.episodes import AlertRow
from sensors.store.found import FoundDevice
from sensors.store.places import Sensor
from sensors.store.readings import ReadingRow, SensorState
from sensors.store.transaction import transaction
from tests.build import logger_files, places, stock
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain import importing
from vaxsite.coldchain.blind import BlindSpot
from vaxsite.coldchain.queries import coverage
from vaxsite.core import actor, devices, probes
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

NOW = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FILE = logger_files.fridge_tag([450] * 288)
SHELL = actor.system("shell")


def test_unknown_logger_is_offered_with_its_newest_temperature(
    app: Flask, clock: FrozenClock, client: PageClient
) -> None:
    """The page says where to go on; the file brought again is the same offer."""
    clock.now = NOW
    with app.app_context(), Session(db.engine) as store:
        places.a_fridge(store, site=places.a_site(store))
        store.commit()
    client.sign_in(Role.PHARMACIST)
    for _ in range(2):
        client.get("/coldchain/imports")
        data = {"csrf_token": client.token(), "file": (BytesIO(FILE), "export.txt")}
        answer = client.post("/coldchain/imports", data=data, content_type="multipart/form-data")

    with app.app_context():
        (found,) = db.session().scalars(select(FoundDevice))
    assert "offered under New devices" in answer.text
    assert (found.device, found.topic, found.centi) == (
        logger_files.SERIAL,
        strangers.LOGGER_FILE,
        450,
    )
    page = client.get(f"/coldchain/devices/{found.id}")
    assert logger_files.SERIAL in page.text


@pytest.fixture
def logger(sessions: sessionmaker[Session], session: Session) -> int:
    """Store a fridge whose logger was offered and adopted; return the probe's id."""
    unit = places.a_fridge(session, site=places.a_site(session))
    unit_id = unit.id
    session.commit()
    session.rollback()
    with sessions() as other, transaction(other):
        importing.offer_logger(other, FILE, actor=SHELL, now=NOW)
    with sessions() as other, transaction(other):
        return devices.adopt(
            other,
            found_id=devices.get_found(other, logger_files.SERIAL),
            unit_id=unit_id,
            expected_every_s=300,
            with_past=True,
            actor=SHELL,
            now=NOW,
        )


def bring(sessions: sessionmaker[Session], day: int, now: datetime) -> None:
    """Import the file of one day of January."""
    payload = logger_files.fridge_tag([450] * 288, first=logger_files.STARTED + (day - 10) * DAY)
    with sessions() as session, transaction(session):
        importing.import_logger_file(
            session,
            payload,
            name="x.txt",
            choice=Choice(),
            accepted=frozenset(Doubt),
            actor=SHELL,
            now=now,
        )


def swept(sessions: sessionmaker[Session], now: datetime) -> list[str]:
    """Let the watch look at *now*, while a subscriber listens; return the alerts that stand."""
    with Session(sessions.kw["bind"]) as session:
        with transaction(session):
            leases.take(session, silence.LISTENING, "test", now, 60)
            silence.sweep(session, now=now)
        wanted = select(AlertRow.kind).where(AlertRow.cleared_at.is_(None))
        return list(session.scalars(wanted))


def test_adopted_logger_takes_its_file_for_the_time_before(
    sessions: sessionmaker[Session], logger: int, session: Session
) -> None:
    """Unit and period are what the person said; the file is then imported like any other."""
    bring(sessions, 10, NOW)

    assert len(session.scalars(select(ReadingRow.centi)).all()) == 288
    assert session.get_one(Sensor, logger).files_every_s == 7 * 86_400


def test_logger_whose_file_is_overdue_is_an_alert_until_it_comes(
    sessions: sessionmaker[Session], logger: int, session: Session
) -> None:
    """A week and a day after the last file, not before; each file begins the week anew."""
    bring(sessions, 10, NOW)
    bring(sessions, 17, NOW + 7 * DAY)

    before = swept(sessions, NOW + 14 * DAY)
    after = swept(sessions, NOW + 15 * DAY + timedelta(seconds=1))
    bring(sessions, 26, NOW + 16 * DAY)
    again = swept(sessions, NOW + 16 * DAY)

    assert (before, after, again) == ([], ["silence"], [])


def test_restart_of_the_subscriber_says_nothing_of_files(
    sessions: sessionmaker[Session], logger: int, session: Session
) -> None:
    """A file comes whether or not anybody listens to the broker."""
    bring(sessions, 10, NOW)
    with Session(sessions.kw["bind"]) as other, transaction(other):
        silence.listen(other, holder="test", now=NOW + 5 * DAY)

    assert session.get_one(SensorState, logger).silent_at == NOW + 8 * DAY


def test_interval_of_files_can_be_changed(
    sessions: sessionmaker[Session], logger: int, session: Session
) -> None:
    """A logger that is read out once a month is overdue after a month and a day."""
    bring(sessions, 10, NOW)
    with sessions() as other, transaction(other):
        probes.expect_files(other, sensor_id=logger, every_s=30 * 86_400, actor=SHELL, now=NOW)

    assert swept(sessions, NOW + 20 * DAY) == []
    assert swept(sessions, NOW + 32 * DAY) == ["silence"]


def test_overdue_file_is_shown_as_what_it_is(
    sessions: sessionmaker[Session], logger: int, session: Session
) -> None:
    """Coverage asks to read the logger out, not to look for power and network."""
    bring(sessions, 10, NOW)
    site_id = session.scalars(select(places.Site.id)).one()

    found = coverage.read_coverage(
        session, actor=stock.staff_of(site_id, Role.PHARMACIST), now=NOW + 20 * DAY
    )

    assert BlindSpot.FILE_OVERDUE in [one.spot for one in found]
    assert BlindSpot.SILENT not in [one.spot for one in found]
