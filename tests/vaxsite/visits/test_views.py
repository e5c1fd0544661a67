"""The nurse's pages before the needle, in both languages, for the own clinic only."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.build import clinic
from tests.build.clinic import MINUTE, OPENED, Clinic
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.booking.models import Appointment
from vaxsite.core.ids import show_reference
from vaxsite.core.permissions import Role
from vaxsite.visits import queries

IDENTITY = ["name", "birth_date", "document"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough for pages: what they call is tested on both."""
    return sqlite_url


@pytest.fixture
def place(session: Session, clock: FrozenClock) -> Clinic:
    """An open clinic at nine in the morning of its day."""
    place = clinic.a_stocked_clinic(session)
    session.commit()
    clock.now = OPENED
    return place


@pytest.fixture
def ana(session: Session, place: Clinic) -> UUID:
    """Ana's appointment."""
    appointment_id = clinic.booked(session, place)
    session.commit()
    return appointment_id


def reference(session: Session, place: Clinic, appointment_id: UUID) -> str:
    """What stands on the person's slip."""
    found = queries.get_entry(session, appointment_id=appointment_id, actor=place.nurse)
    return show_reference(found.reference)


def checked_in(client: PageClient, appointment_id: UUID) -> str:
    """Check in by the page; return the address of the questions."""
    response = client.submit(f"/clinic/appointments/{appointment_id}", confirmed=IDENTITY)
    assert response.status_code == 303
    return str(response.location)


@pytest.mark.parametrize(("language", "state"), [("en", "Booked"), ("zh", "已预约")])
def test_list_shows_who_is_expected_today(
    client: PageClient, place: Clinic, ana: UUID, language: str, state: str
) -> None:
    """Name, time and state of everybody, in the nurse's language."""
    client.sign_in(Role.NURSE, site=place.site.id)

    page = client.get("/clinic", language=language)

    assert page.status_code == 200
    assert "陈安娜" in page.text
    assert "09:00" in page.text
    assert state in page.text


def test_empty_day_says_so(client: PageClient, place: Clinic) -> None:
    """A list without people is a sentence, not a void."""
    client.sign_in(Role.NURSE, site=place.site.id)

    assert "Nobody is expected here today." in client.get("/clinic").text


def test_reference_leads_to_its_person(
    client: PageClient, session: Session, place: Clinic, ana: UUID
) -> None:
    """Scanned with a scanner's line end, typed in lower case: the same."""
    typed = reference(session, place, ana).lower() + "\r"
    client.sign_in(Role.NURSE, site=place.site.id)

    response = client.submit("/clinic", find=typed)

    assert response.status_code == 303
    assert response.location == f"/clinic/appointments/{ana}"


def test_name_is_looked_for_among_those_of_today(
    client: PageClient, session: Session, place: Clinic, ana: UUID
) -> None:
    """Part of a name is enough; nobody found shows everybody and says so."""
    clinic.booked(session, place, name="王博", index=2)
    session.commit()
    client.sign_in(Role.NURSE, site=place.site.id)

    found = client.submit("/clinic", find="王")
    nobody = client.submit("/clinic", find="周")

    assert "王博" in found.text
    assert "陈安娜" not in found.text
    assert nobody.status_code == 422
    assert "Nobody of today has a name like this." in nobody.text


def test_list_shows_one_state_when_asked(
    client: PageClient, session: Session, place: Clinic, ana: UUID
) -> None:
    """The chips filter."""
    clinic.arrived(session, place, clinic.booked(session, place, name="王博", index=2))
    session.commit()
    client.sign_in(Role.NURSE, site=place.site.id)

    page = client.get("/clinic?stage=arrived")

    assert "王博" in page.text
    assert "陈安娜" not in page.text


def test_reference_of_another_clinic_is_as_unknown(
    client: PageClient, session: Session, place: Clinic, ana: UUID
) -> None:
    """The same sentence as for a reference that does not exist."""
    theirs = reference(session, place, ana)
    other = clinic.a_stocked_clinic(session, code="hillside")
    session.commit()
    client.sign_in(Role.NURSE, site=other.site.id)

    response = client.submit("/clinic", find=theirs)

    assert response.status_code == 422
    assert "There is no appointment with this reference at your clinic." in response.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_person_is_checked_in_and_asked(
    client: PageClient, place: Clinic, ana: UUID, language: str
) -> None:
    """Three ticks, the questions, and on to the vaccine."""
    client.sign_in(Role.NURSE, site=place.site.id)
    client.get(f"/clinic/appointments/{ana}", language=language)

    questions = checked_in(client, ana)
    client.get(questions, language=language)
    response = client.submit(questions, language=language, **clinic.well())

    assert response.status_code == 303
    assert str(response.location).endswith("/dose")


def test_check_in_without_every_tick_is_shown_again(
    client: PageClient, place: Clinic, ana: UUID
) -> None:
    """The page says what is missing; nobody is checked in."""
    client.sign_in(Role.NURSE, site=place.site.id)

    response = client.submit(f"/clinic/appointments/{ana}", confirmed=["name"])

    assert response.status_code == 422
    assert "Ask for name, date of birth and document" in response.text


def test_check_in_sent_twice_shows_the_person(client: PageClient, place: Clinic, ana: UUID) -> None:
    """The second one is no error."""
    client.sign_in(Role.NURSE, site=place.site.id)
    checked_in(client, ana)

    response = client.post(
        f"/clinic/appointments/{ana}", data={"confirmed": IDENTITY, "csrf_token": client.token()}
    )

    assert response.status_code == 303
    assert response.location == f"/clinic/appointments/{ana}"


def test_question_without_an_answer_is_asked_again(
    client: PageClient, place: Clinic, ana: UUID
) -> None:
    """The other answers stay."""
    client.sign_in(Role.NURSE, site=place.site.id)
    questions = checked_in(client, ana)
    answers = clinic.well()
    del answers["fever"]

    response = client.submit(questions, **answers)

    assert response.status_code == 422
    assert "Choose yes or no." in response.text


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "Do not vaccinate today."), ("zh", "今天不能接种。")]
)
def test_fever_defers_with_what_to_do(
    client: PageClient, place: Clinic, ana: UUID, language: str, sentence: str
) -> None:
    """The person's page says it loudly and offers to ask again."""
    client.sign_in(Role.NURSE, site=place.site.id)
    questions = checked_in(client, ana)

    client.submit(questions, language=language, **clinic.well(fever="yes"))
    page = client.get(f"/clinic/appointments/{ana}", language=language)

    assert sentence in page.text


def test_appointment_of_tomorrow_is_not_checked_in(
    client: PageClient, place: Clinic, ana: UUID, clock: FrozenClock
) -> None:
    """The page says why instead of offering it."""
    clock.advance(days=-1)
    client.sign_in(Role.NURSE, site=place.site.id)

    page = client.get(f"/clinic/appointments/{ana}")

    assert "This appointment is on another day." in page.text
    assert 'name="confirmed"' not in page.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_board_counts_down_and_lets_go(
    client: PageClient,
    session: Session,
    place: Clinic,
    ana: UUID,
    clock: FrozenClock,
    language: str,
) -> None:
    """Twenty-five minutes left; after thirty the person may leave."""
    visit_id = clinic.screened(session, place, ana)
    clinic.given(session, place, visit_id, at=OPENED)
    session.commit()
    client.sign_in(Role.NURSE, site=place.site.id)
    clock.now = OPENED + 5 * MINUTE
    early = client.get("/clinic/observation", language=language)
    clock.now = OPENED + 30 * MINUTE
    client.sign_in(Role.NURSE, site=place.site.id)

    late = client.get("/clinic/observation", language=language)
    gone = client.submit("/clinic/observation")

    assert {"en": "25 min", "zh": "25"}[language] in early.text
    assert {"en": "May leave", "zh": "可以离开"}[language] in late.text
    assert gone.status_code == 303
    assert "陈安娜" not in client.get("/clinic/observation").text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_leaving_early_asks_for_the_reason(
    client: PageClient, session: Session, place: Clinic, ana: UUID, language: str
) -> None:
    """Without a reason nobody has left."""
    visit_id = clinic.screened(session, place, ana)
    clinic.given(session, place, visit_id, at=OPENED)
    session.commit()
    client.sign_in(Role.NURSE, site=place.site.id)
    address = f"/clinic/visits/{visit_id}/leave"

    refused = client.submit(address, language=language)
    left = client.submit(address, language=language, reason="refused_to_stay")

    assert refused.status_code == 422
    assert left.status_code == 303
    client.get(f"/clinic/appointments/{ana}", language=language)


def test_another_clinic_gets_no_page(
    client: PageClient, session: Session, place: Clinic, ana: UUID
) -> None:
    """Every address of a visit is as if it were not there."""
    visit_id = clinic.arrived(session, place, ana)
    other = clinic.a_stocked_clinic(session, code="hillside")
    session.commit()
    client.sign_in(Role.NURSE, site=other.site.id)

    for address in (
        f"/clinic/appointments/{ana}",
        f"/clinic/visits/{visit_id}/questions",
        f"/clinic/visits/{visit_id}/leave",
        f"/clinic?site={place.site.code}",
        f"/clinic/observation?site={place.site.code}",
    ):
        assert client.get(address).status_code == 404, address
    for address in ("questions", "again", "leave"):
        sent = client.post(
            f"/clinic/visits/{visit_id}/{address}",
            data={"csrf_token": client.token(), **clinic.well()},
        )
        assert sent.status_code == 404, address


@pytest.mark.parametrize(("role", "status"), [(Role.PHARMACIST, 403), (Role.MANAGER, 200)])
def test_who_may_see_the_list(
    client: PageClient, place: Clinic, ana: UUID, role: Role, status: int
) -> None:
    """A manager reads, a pharmacist does not."""
    client.sign_in(role, site=place.site.id)

    assert client.get("/clinic").status_code == status


def test_cancelled_appointment_offers_nothing(
    client: PageClient, session: Session, place: Clinic, ana: UUID
) -> None:
    """Who comes with the reference of a cancelled appointment is told so."""
    session.get_one(Appointment, ana).state = "cancelled"
    session.commit()
    client.sign_in(Role.NURSE, site=place.site.id)

    page = client.get(f"/clinic/appointments/{ana}")

    assert "Cancelled" in page.text
    assert 'name="confirmed"' not in page.text


def test_manager_sees_no_form(client: PageClient, place: Clinic, ana: UUID) -> None:
    """Reading only: nothing to tick, nothing to send."""
    client.sign_in(Role.MANAGER, site=place.site.id)

    page = client.get(f"/clinic/appointments/{ana}")

    assert page.status_code == 200
    assert 'name="confirmed"' not in page.text


def test_nobody_signed_in_is_sent_to_sign_in(app: Flask, client: PageClient, place: Clinic) -> None:
    """The list is not for the street."""
    response = client.get("/clinic")

    assert response.status_code == 302
    assert str(response.location).startswith("/sign-in")
