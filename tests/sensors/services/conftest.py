"""One fridge with a probe that is out of its range after 30 minutes, and two people to call."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.engine import session_factory
from sensors.store.places import NoticeTarget
from tests.build import places


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """Return the sessions of the subscriber and the watch: the machine's work is not audited."""
    return session_factory(engine)


@pytest.fixture
def probe(session: Session) -> int:
    """Store the fridge of the clinic; return the id of its probe `probe-1`."""
    site = places.a_site(session)
    unit = places.a_fridge(session, site=site, rule_set="cn-clinic")
    sensor = places.a_probe(session, unit=unit, device="probe-1")
    for address, language in (("wang-li", "zh"), ("ann-smith", "en")):
        session.add(
            NoticeTarget(site_id=site.id, channel="console", address=address, language=language)
        )
    sensor_id = sensor.id
    session.commit()  # Nothing is read after it: on SQLite that would hold on to this moment.
    return sensor_id
