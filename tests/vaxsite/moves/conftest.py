"""The clinic from which the people of these tests are moved."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import OpenClinic, an_open_clinic
from vaxsite.core import audit


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """A clinic with two slots of five seats tomorrow; every write needs an audit row."""
    audit.guard(sessions)
    with sessions() as session, transaction(session):
        return an_open_clinic(session)
