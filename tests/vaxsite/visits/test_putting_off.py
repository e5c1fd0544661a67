"""At the door and on a resident's page: staff put a vaccination off and end that earlier."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import clinic as days
from tests.build.booking import (
    NOW,
    TOMORROW,
    URL,
    a_published_session,
    an_open_clinic,
    confirmed,
    holder,
    person_number,
)
from tests.build.clinic import OPENED, Clinic
from tests.build.invitations import CODE_URL
from tests.build.stock import staff_of
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState, Place
from vaxsite.booking.services import holds
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Role
from vaxsite.deferrals.models import Deferral
from vaxsite.deferrals.rules.reasons import Why
from vaxsite.invitations.models import Invitation
from vaxsite.slots import queries as slots
from vaxsite.slots.models import Slot
from vaxsite.visits import putting_off, services
from vaxsite.visits.models import Visit

Sessions = sessionmaker[Session]
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
UNTIL = date(2026, 1, 27)


@pytest.fixture
def clinic(sessions: Sessions) -> Clinic:
    with sessions() as session, transaction(session):
        return days.a_stocked_clinic(session)


@pytest.fixture
def booked(sessions: Sessions, clinic: Clinic) -> UUID:
    with sessions() as session, transaction(session):
        return days.booked(session, clinic)


def put_off(
    sessions: Sessions,
    clinic: Clinic,
    appointment_id: UUID,
    *,
    until: date = UNTIL,
    now: datetime = OPENED,
    actor: Actor | None = None,
) -> UUID:
    with sessions() as session, transaction(session):
        return putting_off.put_off(
            session,
            appointment_id=appointment_id,
            why=Why.RECENT_ILLNESS,
            until=until,
            my_booking_url=URL,
            actor=actor or clinic.nurse,
            now=now,
        )


def found(sessions: Sessions, appointment_id: UUID) -> tuple[str, int]:
    """Return the state of the appointment, and how many seats of its slot are taken."""
    with sessions() as session:
        row = session.get_one(Appointment, appointment_id)
        return row.state, session.get_one(Slot, row.slot_id).taken


def test_whoever_is_ill_at_the_door_goes_home(
    sessions: Sessions, clinic: Clinic, booked: UUID
) -> None:
    """Screened with a yes: the visit ends, the seat is free, the waiting has its date."""
    with sessions() as session, transaction(session):
        visit_id = days.arrived(session, clinic, booked)
        services.answer_questions(
            session,
            visit_id=visit_id,
            answers=days.well(fever="yes"),
            actor=clinic.nurse,
            now=OPENED,
        )

    deferral_id = put_off(sessions, clinic, booked)

    assert found(sessions, booked) == (AppointmentState.CANCELLED, 0)
    with sessions() as session:
        assert session.get_one(Visit, visit_id).state == "left"
        row = session.get_one(Deferral, deferral_id)
        assert (row.why, row.until, row.set_by) == ("recent_illness", UNTIL, clinic.nurse.id)


def test_before_check_in_the_appointment_goes(
    sessions: Sessions, clinic: Clinic, booked: UUID
) -> None:
    """Also when its time has begun."""
    put_off(sessions, clinic, booked, now=OPENED + timedelta(minutes=20))

    assert found(sessions, booked) == (AppointmentState.CANCELLED, 0)


def test_a_date_before_the_appointment_leaves_it(
    sessions: Sessions, clinic: Clinic, booked: UUID
) -> None:
    """Put off until the day of the appointment: it stays."""
    put_off(sessions, clinic, booked, until=TOMORROW, now=NOW)

    assert found(sessions, booked) == (AppointmentState.BOOKED, 1)


def test_every_dose_that_would_follow_goes_too(sessions: Sessions, clinic: Clinic) -> None:
    """Both doses booked together, the second for a day after the date: nobody keeps it alone."""
    with sessions() as session, transaction(session):
        made = a_published_session(
            session,
            site_id=slots.get_slot(session, clinic.slot_ids[0]).site_id,
            product_id=clinic.product_id,
            day=TOMORROW + timedelta(days=30),
        )
        second = slots.slots_of_session(session, made)[0].id
        places = [Place(clinic.slot_ids[0]), Place(second, part=2)]
        secret = holder("pair")
        held = holds.hold_places(session, places=places, holder=secret, now=NOW)
        pair = confirmed(session, held=held, secret="pair").appointment_ids

    put_off(sessions, clinic, pair[0])

    assert [found(sessions, one) for one in pair] == [(AppointmentState.CANCELLED, 0)] * 2


def test_staff_of_another_clinic_cannot(sessions: Sessions, clinic: Clinic, booked: UUID) -> None:
    """Nor can a manager, who looks but does not treat."""
    with sessions() as session, transaction(session):
        other = an_open_clinic(session, code="hillside", product_id=clinic.product_id)
    for actor in (staff_of(other.site_id, Role.NURSE), other.manager):
        with pytest.raises(NotFound):
            put_off(sessions, clinic, booked, actor=actor)


def test_ended_earlier_the_person_is_invited(
    sessions: Sessions, clinic: Clinic, booked: UUID
) -> None:
    """Once, however often the button is pressed."""
    put_off(sessions, clinic, booked)
    for _ in range(2):
        with sessions() as session, transaction(session):
            putting_off.end_earlier(
                session,
                appointment_id=booked,
                because="Well again",
                url=CODE_URL,
                actor=clinic.nurse,
                now=OPENED,
            )

    with sessions() as session:
        row = session.scalars(select(Deferral)).one()
        assert (row.state, row.ended_because) == ("lifted", "Well again")
        assert len(session.scalars(select(Invitation)).all()) == 1


@LANGUAGES
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_of_a_nurse(
    sessions: Sessions,
    client: PageClient,
    clock: FrozenClock,
    clinic: Clinic,
    booked: UUID,
    language: str,
) -> None:
    """Why, until when, what was set and by whom; ended with a reason."""
    clock.now = OPENED
    client.sign_in(Role.NURSE)
    page = f"/clinic/appointments/{booked}"
    assert client.submit(f"{page}/put-off", language=language).status_code == 422
    assert client.submit(f"{page}/put-off", language, why="own_wish", **_day(12)).status_code == 422

    client.submit(f"{page}/put-off", language=language, why="recently_vaccinated")
    shown = client.get(page, language=language).text
    assert {"en": "28 January 2026", "zh": "2026年1月28日"}[language] in shown  # 15 days on.
    assert "Nina Zhou" in shown

    assert client.submit(f"{page}/end-waiting", language=language).status_code == 422
    client.submit(f"{page}/end-waiting", language=language, because="It was a tetanus vaccine")
    again = client.get(page, language=language).text
    assert {"en": "is put off", "zh": "此项接种已暂缓"}[language] not in again


@LANGUAGES
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_of_a_resident(
    sessions: Sessions,
    client: PageClient,
    clock: FrozenClock,
    clinic: Clinic,
    booked: UUID,
    language: str,
) -> None:
    """Not now: a day is asked for; then the page says until when, why and what comes next."""
    clock.now = NOW
    with sessions() as session:
        reference = session.get_one(Appointment, booked).reference
    born = {"born_on-year": "1985", "born_on-month": "5", "born_on-day": "5"}
    client.submit("/my-booking", language=language, reference=reference, **born)

    assert client.submit("/my-booking/later", language=language).status_code == 422
    assert client.submit("/my-booking/later", language, **_day(12)).status_code == 422
    sent = client.submit("/my-booking/later", language=language, **_day(20))
    shown = client.get(sent.headers["Location"], language=language).text

    assert {"en": "Put off until 20 January 2026", "zh": "暂缓至2026年1月20日"}[language] in shown
    assert {"en": "Own wish: not now", "zh": "本人意愿：暂不接种"}[language] in shown
    assert found(sessions, booked) == (AppointmentState.CANCELLED, 0)
    assert person_number(1) not in shown


def _day(number: int) -> dict[str, str]:
    return {"until-year": "2026", "until-month": "1", "until-day": f"{number}"}
