"""Calls and a missed appointment in a real browser: axe, a phone, both languages."""

import os
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import clinic
from tests.build.booking import NOW
from tests.build.calls import a_call
from tests.build.clinic import OPENED
from tests.conftest import FrozenClock
from tests.serving import serving
from tests.vaxsite.coldchain.browsing import faults, window
from tests.web_client import PageClient
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.calls import queries, services
from vaxsite.calls.rules import CallResult
from vaxsite.core.permissions import Role
from vaxsite.messages import gateways

pytestmark = pytest.mark.browser


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough for pages: what they call is tested on both."""
    return sqlite_url


@pytest.fixture
def addresses(sessions: sessionmaker[Session], clock: FrozenClock) -> list[str]:
    """The list, one call that was tried, and an appointment to which nobody came."""
    with sessions() as session, transaction(session):
        place = clinic.a_stocked_clinic(session)
        site_id = place.site.id
        gateways.add(
            session, site_id=site_id, url="https://sms.example/#s", actor=place.nurse, now=NOW
        )
        closes_at = OPENED + clinic.MINUTE * 60
        for number, name in enumerate(("陈安娜", "Alexandria Featherstonehaugh", "李静")):
            a_call(
                session,
                site_id=site_id,
                key=str(number),
                name=name,
                phone=None if number == 2 else "+8613912345678",
                closes_at=closes_at,
            )
        found = queries.pending(session, site_id=site_id)
        services.record_result(
            session,
            call_id=found[0].id,
            tries=0,
            result=CallResult.NO_ANSWER,
            actor=place.nurse,
            now=NOW,
        )
        appointment_id = clinic.booked(session, place)
        session.get_one(Appointment, appointment_id).state = AppointmentState.MISSED
    clock.now = NOW
    calls = [f"/clinic/calls/{one.id}" for one in (found[0], found[2])]
    return ["/clinic/calls", *calls, f"/clinic/appointments/{appointment_id}"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_of_calls_are_for_everybody(
    app: Flask, client: PageClient, browser: Browser, addresses: list[str], language: str
) -> None:
    """No fault that axe knows, and nothing wider than a phone."""
    folder = os.environ.get("VAXSITE_SCREENSHOTS")
    with serving(app) as url, window(browser, url, client, role=Role.NURSE) as page:
        for number, address in enumerate(addresses):
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(f"{address}?lang={language}")
            if folder:
                name = f"{folder}/calls-{number}-{language}"
                Path(folder).mkdir(parents=True, exist_ok=True)
                page.screenshot(path=f"{name}-1280.png", full_page=True)
            assert faults(page) == []
            if folder:
                page.screenshot(path=f"{name}-390.png", full_page=True)
