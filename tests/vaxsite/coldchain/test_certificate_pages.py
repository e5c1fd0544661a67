"""Pages of certificates: entered with their points, withdrawn with a reason, good until a day."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services import calibrating
from sensors.services.calibrating import Certificate
from sensors.store.calibration import CalibrationCertificate, points_of
from sensors.store.episodes import ExcursionRow
from tests.conftest import FrozenClock
from tests.vaxsite.coldchain.registered import MINUTE, NOW, Register, a_register, acts
from tests.web_client import PageClient
from vaxsite.coldchain.certified import Validity, validity
from vaxsite.core.audit import AuditEntry
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

PAPER = {
    "number": "C-17",
    "laboratory": "Wuxi Metrology",
    "calibrated_on-year": "2026",
    "calibrated_on-month": "1",
    "calibrated_on-day": "12",
    "expires_on-year": "2027",
    "expires_on-month": "1",
    "expires_on-day": "12",
}


@pytest.fixture
def register(app: Flask, clock: FrozenClock) -> Register:
    """Return two fridges of one clinic, and their probe."""
    return a_register(app, clock)


def test_certificate_with_points_is_entered_and_judges_the_past(
    client: PageClient, app: Flask, register: Register
) -> None:
    """0.6 °C too low at 8 °C: the hour at a shown 7.8 was an excursion, told at once."""
    client.sign_in(Role.PHARMACIST, site=register.site_id)
    address = f"/coldchain/probes/{register.probe_id}"

    points = {"reading1": "8", "reference1": "8.6", "reading2": "2,00", "reference2": "2"}
    response = client.submit(f"{address}/certificates/new", **PAPER, **points)

    assert response.location.endswith(address)
    with app.app_context():
        row = db.session().scalars(select(CalibrationCertificate)).one()
        assert points_of(db.session())[row.id] == ((200, 200), (800, 860))
        excursion = db.session().scalars(select(ExcursionRow)).one()
        assert (excursion.peak_centi, excursion.began_at) == (838, NOW - 60 * MINUTE)
    assert acts(app)[-1] == "certificate:add"
    with app.app_context():
        entry = db.session().scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert entry.detail["points"] == [[200, 200], [800, 860]]
    client.get(address)
    text = " ".join(client.page.text.split())
    assert "C-17 · Wuxi Metrology Calibrated" in text
    assert "8.00 °C 8.60 °C +0.60 °C" in text
    assert "The site is reminded from 13 December 2026 on." in text
    assert "8.4 °C" in text  # The newest reading, corrected.


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Enter at least one point."),
        ({"reading1": "5"}, "Enter both what the probe read and what the reference showed"),
        ({"reading2": "5", "reference2": "warm"}, "Enter the temperature in °C"),
        (
            {"reading1": "2", "reference1": "5", "reading2": "8", "reference2": "5"},
            "The points of a certificate must rise",
        ),
        ({"reading1": "5", "reference1": "11"}, "means that the probe is broken"),
        ({"reading1": "5", "reference1": "5", "expires_on-year": "2025"}, "A certificate runs out"),
        ({"reading1": "5", "reference1": "5", "number": ""}, "Enter the number"),
    ],
)
def test_certificate_that_cannot_be_is_refused_in_a_sentence(
    client: PageClient, app: Flask, register: Register, typed: dict[str, str], sentence: str
) -> None:
    """Nothing is stored."""
    client.sign_in(Role.PHARMACIST, site=register.site_id)

    response = client.submit(
        f"/coldchain/probes/{register.probe_id}/certificates/new", **{**PAPER, **typed}
    )

    assert response.status_code == 422
    assert sentence in client.page.text
    with app.app_context():
        assert db.session().scalars(select(CalibrationCertificate)).all() == []


def certify(app: Flask, sensor_id: int, number: str, *, days: int) -> int:
    """Store a certificate of one offset that has applied since yesterday; return its id."""
    paper = Certificate(number, "Lab", date(2025, 1, 1), NOW.date() + timedelta(days=days), 0)
    with app.app_context(), Session(db.engine) as store:
        made = calibrating.add(
            store,
            sensor_id=sensor_id,
            certificate=paper,
            from_at=NOW - timedelta(days=1),
            actor_id="li",
            now=NOW,
        )
        store.commit()
        return made


def test_wrong_certificate_is_withdrawn_with_a_reason(
    client: PageClient, app: Flask, register: Register
) -> None:
    """It stays on the page as withdrawn, the one before is in force, and once is enough."""
    certify(app, register.probe_id, "C-1", days=20)
    wrong = certify(app, register.probe_id, "C-2", days=400)
    client.sign_in(Role.PHARMACIST, site=register.site_id)
    address = f"/coldchain/certificates/{wrong}/withdraw"

    client.submit(address, reason="Another probe's")

    client.get(f"/coldchain/probes/{register.probe_id}")
    text = " ".join(client.page.text.split())
    assert "C-2 · Lab Withdrawn" in text
    assert "withdrawn by Paul Chen at 13 January 2026 09:00: Another probe's" in text
    assert "C-1 · Lab Certificate runs out soon" in text
    assert acts(app)[-1] == "certificate:withdraw"
    assert client.get(address, check=False).status_code == 404


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (None, Validity.NONE),
        (-1, Validity.EXPIRED),
        (0, Validity.EXPIRED),
        (1, Validity.RUNS_OUT),
        (30, Validity.RUNS_OUT),
        (31, Validity.GOOD),
    ],
)
def test_certificate_is_good_until_the_day_it_names(days: int | None, expected: Validity) -> None:
    """On that day it has run out; for thirty days before it runs out soon."""
    today = date(2026, 1, 13)
    expires_on = None if days is None else today + timedelta(days=days)

    assert validity(expires_on, today, soon=calibrating.REMIND_BEFORE) is expected
