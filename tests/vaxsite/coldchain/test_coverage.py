"""What is blind is said in words, with the next step; and work on a unit has its page."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sensors.domain.clocks import ClockDoubt, ClockFault
from sensors.services import calibrating, canary
from sensors.services.calibrating import Certificate
from sensors.store.places import NoticeTarget
from sensors.store.readings import ReadingRow
from tests.build import clinic as build
from tests.build import people, places
from tests.build.clinic import Clinic
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain.blind import BlindSpot
from vaxsite.coldchain.queries import coverage
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
NOW = build.OPENED


def spots(session: Session, clinic: Clinic) -> list[tuple[BlindSpot, str | None]]:
    """Return what is blind of the clinic: the spot and the unit."""
    found = coverage.read_coverage(session, actor=clinic.pharmacist, now=NOW)
    return [(one.spot, one.unit.code if one.unit else None) for one in found]


def a_seeing_clinic(session: Session) -> Clinic:
    """Return a clinic with nothing blind: heard, calibrated, told, with a lot."""
    clinic = build.a_stocked_clinic(session)
    places.heard(session, sensor=clinic.probe, at=NOW - timedelta(minutes=2), centi=470)
    session.add(
        NoticeTarget(site_id=clinic.site.id, channel="console", address="li", language="zh")
    )
    certify(session, clinic, expires_on=date(2027, 1, 1))
    return clinic


def certify(session: Session, clinic: Clinic, *, expires_on: date) -> None:
    certificate = Certificate("C-1", "Lab", date(2025, 1, 1), expires_on, 0)
    calibrating.add(
        session,
        sensor_id=clinic.probe.id,
        certificate=certificate,
        from_at=NOW - timedelta(days=9),
        actor_id="li",
        now=NOW,
    )


def test_nothing_is_blind_where_everything_is_as_it_must_be(session: Session) -> None:
    """An empty list is a promise."""
    clinic = a_seeing_clinic(session)

    assert spots(session, clinic) == []


def test_every_blind_spot_is_found(session: Session) -> None:
    """A second fridge without anything, a silent uncalibrated probe, nobody to tell."""
    clinic = build.a_stocked_clinic(session)
    places.heard(session, sensor=clinic.probe, at=NOW - timedelta(hours=2), centi=470)
    places.a_fridge(session, site=clinic.site, code="F2")

    assert spots(session, clinic) == [
        (BlindSpot.NO_PROBE, "F2"),
        (BlindSpot.SILENT, "F1"),
        (BlindSpot.NOBODY_TOLD, None),
        (BlindSpot.UNCALIBRATED, "F1"),
        (BlindSpot.NO_LOTS, "F2"),
    ]


@pytest.mark.parametrize(("days", "found"), [(1, []), (0, [BlindSpot.CERTIFICATE_EXPIRED])])
def test_certificate_is_good_until_the_day_it_names(
    session: Session, days: int, found: list[BlindSpot]
) -> None:
    """On that day it has run out."""
    clinic = a_seeing_clinic(session)
    certify(session, clinic, expires_on=NOW.date() + timedelta(days=days))

    assert [spot for spot, _ in spots(session, clinic)] == found


def test_doubtful_clock_of_the_last_day_is_told(session: Session) -> None:
    """A reading placed at its receipt says that the device's clock was wrong."""
    clinic = a_seeing_clinic(session)
    places.readings(session, sensor=clinic.probe, first_at=NOW - timedelta(hours=3), centis=[450])
    row = session.scalars(select(ReadingRow)).one()
    row.clock = "doubtful"
    session.flush()

    assert spots(session, clinic) == [(BlindSpot.DOUBTFUL_CLOCK, "F1")]


@pytest.mark.parametrize(
    ("clock", "ahead_min", "found"),
    [
        ("device", -61, [ClockDoubt(ClockFault.SLOW, timedelta(minutes=61))]),
        ("device", 3, [ClockDoubt(ClockFault.FAST, timedelta(minutes=3))]),
        ("device", -10, []),
        ("receipt", 0, []),
    ],
    ids=["an hour slow", "three minutes fast", "a slow network", "no clock at all"],
)
def test_clock_that_is_wrong_by_the_same_with_every_reading_is_told(
    session: Session, clock: str, ahead_min: int, found: list[ClockDoubt]
) -> None:
    """A device that has no clock is no device whose clock is wrong."""
    clinic = a_seeing_clinic(session)
    first_at = NOW - timedelta(minutes=30 - ahead_min)
    places.readings(session, sensor=clinic.probe, first_at=first_at, centis=[450] * 6)
    for row in session.scalars(select(ReadingRow)):
        row.clock, row.received_at = clock, row.measured_at - timedelta(minutes=ahead_min)
    session.flush()

    blind = coverage.read_coverage(session, actor=clinic.pharmacist, now=NOW)
    assert [one.clock for one in blind if one.spot is BlindSpot.DOUBTFUL_CLOCK] == found


def test_address_without_a_receipt_of_the_weekly_message_is_told(session: Session) -> None:
    """Taken by the gateway a day ago is not arrived; a contact who can be called is somebody."""
    clinic = a_seeing_clinic(session)
    session.execute(delete(NoticeTarget))
    people.a_contact(session, "li", sites=[clinic.site], channels=["sms"])
    sent_at = NOW - timedelta(days=2)
    while not canary.send_due(session, now=sent_at):
        sent_at += timedelta(hours=1)

    found = coverage.read_coverage(session, actor=clinic.pharmacist, now=NOW)

    assert [(one.spot, one.address.name if one.address else None) for one in found] == [
        (BlindSpot.UNPROVEN, "li")
    ]


@pytest.fixture
def clinic(app: Flask, clock: FrozenClock) -> tuple[int, int]:
    """Return site and fridge of a stored clinic, at nine in the morning."""
    clock.now = NOW
    with app.app_context(), Session(db.engine) as store:
        made = build.a_stocked_clinic(store)
        store.commit()
        return made.site.id, made.fridge.id


@LANGUAGES
def test_pages_of_coverage_and_maintenance_open(
    client: PageClient, clinic: tuple[int, int], language: str
) -> None:
    """In both languages, without a fault."""
    client.sign_in(Role.PHARMACIST, site=clinic[0])
    for address in ("/coldchain/coverage", f"/coldchain/units/{clinic[1]}/maintenance"):
        assert client.get(address, language=language).status_code == 200


def test_pharmacist_begins_and_ends_work_on_a_unit(
    client: PageClient, clinic: tuple[int, int], clock: FrozenClock
) -> None:
    """The page says what is done until when, and then that nobody works there."""
    client.sign_in(Role.PHARMACIST, site=clinic[0])
    address = f"/coldchain/units/{clinic[1]}/maintenance"

    client.submit(address, kind="defrost", minutes="30", reason="Ice on the wall")
    client.get(address)
    assert "Defrosting until" in client.page.text
    assert "Ice on the wall" in client.page.text
    assert "written down by Paul Chen at 13 January 2026 09:00" in client.page.text
    clock.advance(minutes=10)
    client.submit(address)
    client.get(address)

    assert "Begin work now" in client.page.text
    text = " ".join(client.page.text.split())
    assert "09:00 – 13 January 2026 09:10 Defrosting · Paul Chen · ended early by Paul Chen" in text


def test_work_of_a_day_is_refused(client: PageClient, clinic: tuple[int, int]) -> None:
    """A forgotten window must not silence a fridge."""
    client.sign_in(Role.PHARMACIST, site=clinic[0])
    address = f"/coldchain/units/{clinic[1]}/maintenance"

    response = client.submit(address, kind="repair", minutes="1440", reason="Compressor")

    assert response.status_code == 422
