"""The nurse's page of a person's record: every dose with its verdict, earlier ones added."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.build import clinic
from tests.build.clinic import OPENED
from tests.build.sites import a_site
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.record.models import EarlierDose

CARD = {
    "code": "511",
    "given_on-year": "2025",
    "given_on-month": "12",
    "given_on-day": "23",
    "source": "paper_card",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough for pages: what they call is tested on both."""
    return sqlite_url


@pytest.fixture
def appointment_id(session: Session, clock: FrozenClock) -> UUID:
    """Ana's appointment today."""
    place = clinic.a_stocked_clinic(session)
    found = clinic.booked(session, place)
    session.commit()
    clock.now = OPENED
    return found


@pytest.fixture
def nurse(client: PageClient, session: Session, appointment_id: UUID) -> PageClient:
    """The browser of the clinic's nurse, at the record."""
    session.rollback()
    client.sign_in(Role.NURSE, site=1)
    client.get(f"/clinic/appointments/{appointment_id}/record")
    return client


def rows(session: Session) -> list[EarlierDose]:
    """What was entered."""
    session.rollback()
    return list(session.scalars(select(EarlierDose)))


def test_a_nurse_enters_a_dose_from_a_card_and_takes_it_back(
    nurse: PageClient, session: Session, appointment_id: UUID
) -> None:
    """It counts at once, is due from the same day, and the wrong entry stays with its reason."""
    address = f"/clinic/appointments/{appointment_id}/record"
    done = nurse.submit(address, **CARD, place="Elsewhere")
    nurse.get(done.headers["Location"])
    assert "This dose counts as dose 1." in nurse.page.text
    assert "Dose 2 can be given from" in nurse.page.text

    (row,) = rows(session)
    done = nurse.submit(address, which=str(row.id), reason="Not hers")
    nurse.get(done.headers["Location"])
    assert "No dose is recorded." in nurse.page.text
    assert rows(session)[0].withdrawn_reason == "Not hers"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"given_on-year": "1900"}, "before the birth"),
        ({"given_on-year": "2027"}, "in the future"),
        ({"code": "other", "other_code": "Fluvax"}, "The code of this vaccine is unknown"),
    ],
)
def test_what_cannot_be_is_kept_and_flagged(
    nurse: PageClient, session: Session, appointment_id: UUID, changed: dict[str, str], words: str
) -> None:
    """The card says so; the page says what is wrong."""
    done = nurse.submit(f"/clinic/appointments/{appointment_id}/record", **{**CARD, **changed})
    nurse.get(done.headers["Location"])

    assert words in nurse.page.text
    assert len(rows(session)) == 1


@pytest.mark.parametrize("missing", ["code", "source", "given_on-day"])
def test_what_is_missing_is_asked_for(
    nurse: PageClient, session: Session, appointment_id: UUID, missing: str
) -> None:
    """Nothing is kept of half a dose."""
    answer = nurse.submit(f"/clinic/appointments/{appointment_id}/record", **{**CARD, missing: ""})

    assert answer.status_code < 500
    assert "There is a problem" in nurse.page.text
    assert rows(session) == []


def test_an_unlisted_vaccine_needs_its_name(
    nurse: PageClient, session: Session, appointment_id: UUID
) -> None:
    """ "Another vaccine" alone says nothing."""
    nurse.submit(f"/clinic/appointments/{appointment_id}/record", **{**CARD, "code": "other"})

    assert "Type the code or the name" in nurse.page.text
    assert rows(session) == []


def test_the_record_of_another_clinic_is_not_found(
    client: PageClient, session: Session, appointment_id: UUID
) -> None:
    """Neither seen nor added to."""
    session.rollback()
    other = a_site(session, code="elsewhere").id
    session.commit()
    client.sign_in(Role.NURSE, site=other)

    assert client.get(f"/clinic/appointments/{appointment_id}/record").status_code == 404
