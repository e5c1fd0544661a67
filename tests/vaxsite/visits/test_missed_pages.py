"""What a nurse does about somebody who did not come, and a resident about reminders."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.build import clinic
from tests.build.booking import an_open_clinic
from tests.build.clinic import OPENED, Clinic
from tests.build.pages import book, send
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.core.permissions import Role

IDENTITY = ["name", "birth_date", "document"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough for pages: what they call is tested on both."""
    return sqlite_url


@pytest.fixture
def missed(session: Session, clock: FrozenClock, client: PageClient) -> UUID:
    """An appointment of yesterday to which nobody came; a nurse is signed in."""
    place: Clinic = clinic.a_stocked_clinic(session)
    appointment_id = clinic.booked(session, place)
    session.get_one(Appointment, appointment_id).state = AppointmentState.MISSED
    session.commit()
    clock.now = OPENED + timedelta(days=1)
    client.sign_in(Role.NURSE)
    return appointment_id


def test_who_came_after_all_is_checked_in_the_day_after(
    client: PageClient, session: Session, missed: UUID
) -> None:
    """The mark was wrong: the visit begins, and the dose can be recorded as given before."""
    address = f"/clinic/appointments/{missed}"
    shown = client.get(address, language="en").text
    assert "Check the person in here if they came after all" in shown

    response = client.submit(address, confirmed=IDENTITY)
    assert response.status_code == 303
    session.expire_all()
    assert session.get_one(Appointment, missed).state == "arrived"


@pytest.mark.parametrize(("language", "label"), [("en", "Cancelled"), ("zh", "已取消")])
def test_an_excuse_is_one_button(
    client: PageClient, session: Session, missed: UUID, language: str, label: str
) -> None:
    """It no longer counts as missed, and the button is gone."""
    address = f"/clinic/appointments/{missed}"
    client.get(address, language=language)
    assert send(client, f"{address}/excuse", language).status_code == 303

    assert label in client.get(address, language=language).text
    assert f"{address}/excuse" not in client.page.text
    session.expire_all()
    assert session.get_one(Appointment, missed).state == "cancelled"


def test_a_resident_ends_the_reminders_of_an_appointment(
    client: PageClient, session: Session
) -> None:
    """One button; the page says so, and the button is gone."""
    opened = an_open_clinic(session)
    session.commit()
    book(client, opened)
    client.get("/my-booking/show", language="en")
    assert send(client, "/my-booking/no-appointment-reminders").status_code == 302

    shown = client.get("/my-booking/show?news=reminders", language="en").text
    assert "No more reminders go out." in shown
    assert "No reminders of this appointment" not in shown
    assert [one.remind for one in session.scalars(select(Appointment))] == [False]
