"""A clinic with free seats, and a program that books there."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.build.booking import OpenClinic, an_open_clinic
from tests.build.programs import Program


@pytest.fixture
def clinic(session: Session) -> OpenClinic:
    """Return a clinic with two slots of five seats tomorrow."""
    clinic = an_open_clinic(session)
    session.commit()
    return clinic


@pytest.fixture
def program(app: Flask, clinic: OpenClinic) -> Program:
    """Return a program that asks the application of this test."""
    return Program(app)
