"""A reminder of an overdue next dose: once, in the person's language, only to who asked for it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    OpenClinic,
    a_booked_resident,
    an_earlier_dose,
    an_open_clinic,
    details_of,
)
from tests.build.pages import book, send
from tests.web_client import PageClient
from vaxsite import worker
from vaxsite.booking.services import reminders
from vaxsite.core.actor import RESIDENT
from vaxsite.residents.models import Person
from vaxsite.residents.services import PersonDetails, end_reminders, find_or_add_person

TODAY = date(2026, 1, 12)
DAY = timedelta(days=1)
URL = "https://vaccination.example/due"
Sessions = sessionmaker[Session]


@pytest.fixture
def clinic(sessions: Sessions) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session)


def a_person(
    sessions: Sessions,
    clinic: OpenClinic,
    *days: int,
    index: int = 1,
    remind: bool = True,
    email: str | None = "ana@example.org",
    language: str = "en",
) -> UUID:
    """Somebody who had doses so many days ago."""
    plain = details_of(index=index, email=email, language=language)
    values = {name: getattr(plain, name) for name in PersonDetails.__dataclass_fields__}
    details = PersonDetails(**values | {"remind": remind})
    with sessions() as session, transaction(session):
        person_id = find_or_add_person(session, details=details, actor=RESIDENT, now=NOW)
        for ago in days:
            an_earlier_dose(session, person_id, TODAY - ago * DAY, site_id=clinic.site_id)
    return person_id


def run(sessions: Sessions, now: datetime = NOW) -> int:
    """The job, once."""
    return reminders.remind_due(sessions, due_url=URL, now=now)


def sent(sessions: Sessions) -> Sequence[OutboxMessage]:
    """The reminders that were queued."""
    with sessions() as session:
        query = select(OutboxMessage).where(OutboxMessage.kind == "dose:reminder")
        return session.scalars(query.order_by(OutboxMessage.id)).all()


@pytest.mark.parametrize(
    ("days", "queued"),
    [((56,), 0), ((57,), 1), ((400,), 1), ((20,), 0), ((90, 60), 0), ((), 0)],
    ids=["last day in time", "a day over", "long ago", "not yet due", "complete", "never begun"],
)
def test_only_an_overdue_next_dose_is_reminded_of(
    sessions: Sessions, clinic: OpenClinic, days: tuple[int, ...], queued: int
) -> None:
    """Dose 2 is in time until 8 weeks after dose 1; nobody is pressed to begin."""
    a_person(sessions, clinic, *days)

    assert run(sessions) == queued
    assert len(sent(sessions)) == queued


def test_a_reminder_comes_once_whatever_runs_again(sessions: Sessions, clinic: OpenClinic) -> None:
    """Twice now, next week, next year: one message about one dose."""
    a_person(sessions, clinic, 57)

    assert [run(sessions, NOW + wait * DAY) for wait in (0, 0, 8, 400)] == [1, 0, 0, 0]
    assert len(sent(sessions)) == 1


def test_it_comes_the_day_after_the_last_day_in_time(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Who was looked at early in the week is looked at again on the day that counts."""
    a_person(sessions, clinic, 54)

    assert [run(sessions, NOW + wait * DAY) for wait in (0, 1, 2, 3)] == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Dose 2", "COVID-19", "11 January 2026", URL]),
        ("zh", ["第2剂", "新冠病毒", "2026年1月11日", URL]),
    ],
)
def test_it_is_in_the_language_of_the_person(
    sessions: Sessions, clinic: OpenClinic, language: str, words: list[str]
) -> None:
    """Which dose, against what, until when it was in time, and where to read why."""
    a_person(sessions, clinic, 57, language=language)
    run(sessions)

    (message,) = sent(sessions)
    assert message.language == language
    assert [word for word in words if word not in message.body] == []


def test_who_did_not_ask_has_no_address_or_has_an_appointment_gets_none(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Without the wish, without e-mail, or booked already: nothing leaves."""
    a_person(sessions, clinic, 57, index=1, remind=False)
    a_person(sessions, clinic, 57, index=2, email=None)
    person_id = a_person(sessions, clinic, 57, index=3)
    with sessions() as session, transaction(session):
        booked = details_of(index=3, email="ana@example.org")
        a_booked_resident(session, slot_id=clinic.slot_ids[0], details=booked)
        session.get_one(Person, person_id).remind = True

    assert run(sessions) == 0


def test_reminders_end_when_the_person_says_so(sessions: Sessions, clinic: OpenClinic) -> None:
    """From then on nothing is sent, whoever asks twice."""
    person_id = a_person(sessions, clinic, 57)
    for _ in range(2):
        with sessions() as session, transaction(session):
            end_reminders(session, person_id=person_id, actor=RESIDENT, now=NOW)

    assert run(sessions) == 0


def test_a_stranger_who_books_does_not_turn_reminders_on(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The wish counts from whoever types the address that the reminders go to."""
    person_id = a_person(sessions, clinic, remind=False)
    a_person(sessions, clinic, email="mallory@example.org")
    with sessions() as session:
        assert not session.get_one(Person, person_id).remind

    a_person(sessions, clinic)
    with sessions() as session:
        assert session.get_one(Person, person_id).remind


def test_many_people_are_looked_at_in_batches(
    sessions: Sessions, clinic: OpenClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch is a transaction of its own, and none is left out."""
    monkeypatch.setattr(reminders, "BATCH", 2)
    for index in range(1, 6):
        a_person(sessions, clinic, 57, index=index)

    assert run(sessions) == 5


def test_the_worker_has_the_job_and_names_the_public_address(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The address in the message is the one that people use."""
    a_person(sessions, clinic, 57)
    job = next(job for job in worker.jobs("https://clinic.example") if job.name == "remind")

    assert job.run(sessions, NOW) == 1
    assert "https://clinic.example/due" in sent(sessions)[0].body


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_resident_asks_for_reminders_while_booking_and_ends_them_later(
    client: PageClient, clinic: OpenClinic, sessions: Sessions, language: str
) -> None:
    """A tick beside the e-mail address; a button on the page of the booking."""
    book(client, clinic, language, email="ana@example.org", remind="yes")
    with sessions() as session:
        assert session.scalars(select(Person.remind)).one()

    client.get("/my-booking/show", language=language)
    done = send(client, "/my-booking/no-reminders", language)
    client.get(done.headers["Location"], language=language)

    with sessions() as session:
        assert not session.scalars(select(Person.remind)).one()
