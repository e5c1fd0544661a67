"""The clinic at whose doors people ask, where a test does not build another one."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import OpenClinic, an_open_clinic


@pytest.fixture
def clinic(app: Flask, sessions: sessionmaker[Session]) -> OpenClinic:
    """Two times with seats; made-up people have numbers of their own."""
    app.config["VAXSITE_DEMO"] = True
    with sessions() as session, transaction(session):
        return an_open_clinic(session, seats=50)
