"""What is due for me and my family: by reference, and worked out without keeping anything."""

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from sensors.store.transaction import transaction
from tests.build.booking import OpenClinic, an_earlier_dose, an_open_clinic
from tests.build.pages import BORN, book
from tests.web_client import PageClient
from vaxsite.core.audit import AuditEntry
from vaxsite.residents.models import Person

BABY = {"born_on-year": "2025", "born_on-month": "5", "born_on-day": "5", "sex": "female"}


def calculate(client: PageClient, **typed: str) -> TestResponse:
    """Send the form of the calculator about the baby, with what was *typed* otherwise."""
    data = {"csrf_token": client.token(), **BABY, **typed}
    return client.post("/due/calculator", data=data)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough for pages: what they call is tested on both."""
    return sqlite_url


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session, slots_count=3, seats=2)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Dose 2 was to be given by", "It is not too late", "COVID-19", "counts"]),
        ("zh", ["第2剂应在", "现在补种也不晚", "新冠病毒", "有效"]),
    ],
)
def test_a_resident_reads_what_is_overdue_and_why(
    client: PageClient,
    clinic: OpenClinic,
    sessions: sessionmaker[Session],
    language: str,
    words: list[str],
) -> None:
    """With reference and birth date, in another browser, without an account."""
    reference = book(client, clinic, language)
    with sessions() as session, transaction(session):
        person_id = session.scalars(select(Person.id)).one()
        an_earlier_dose(session, person_id, date(2025, 1, 1), site_id=clinic.site_id)
    phone = client.application.test_client()
    assert isinstance(phone, PageClient)

    phone.get("/due", language=language)
    found = phone.submit("/due", language=language, reference=reference, **BORN)
    phone.get(found.headers["Location"], language=language)

    for word in words:
        assert word in phone.page.text


def test_wrong_references_tell_nothing_and_are_counted(
    client: PageClient, clinic: OpenClinic
) -> None:
    """The same answer, and the same limit, as on the page of the appointment."""
    client.get("/due")
    for _ in range(5):
        client.submit("/due", reference="7K3-9QF2-M4T", **BORN)
        assert "We find no appointment" in client.page.text
    assert client.submit("/due", reference="7K3-9QF2-M4T", **BORN).status_code == 429


def test_the_calculator_keeps_nothing_and_counts_every_dose(
    client: PageClient, sessions: sessionmaker[Session]
) -> None:
    """Two doses typed one after the other, the first taken out again; no row is written."""
    calculate(client)
    assert "Hepatitis B" in client.page.text
    dose = {"given_on-year": "2025", "given_on-month": "5", "given_on-day": "5", "code": "08"}
    calculate(client, **dose)
    assert "This dose counts as dose 1." in client.page.text
    calculate(client, dose="2025-05-05 08", take_out="0")
    assert "None so far." in client.page.text

    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


@pytest.mark.parametrize(
    "typed",
    [
        {"dose": "nonsense"},
        {"dose": "2025-02-30 08"},
        {"dose": "9999-12-31 08"},
        {"dose": "0001-01-01 08"},
        {"dose": "2025-06-01 " + "x" * 500},
        {"take_out": "99"},
        {"take_out": "x"},
        {"code": "nothing", "given_on-year": "2025", "given_on-month": "6", "given_on-day": "1"},
        {"code": "08"},
        {"given_on-year": "2025", "given_on-month": "6", "given_on-day": "1"},
        {"sex": "x"},
        {"born_on-year": "2030"},
        {"born_on-year": "1801"},
        {"born_on-year": "x"},
    ],
)
def test_crafted_forms_of_the_calculator_raise_nothing(
    client: PageClient, typed: dict[str, str]
) -> None:
    """Each has an answer that a person can read."""
    assert calculate(client, **typed).status_code in {200, 422}
