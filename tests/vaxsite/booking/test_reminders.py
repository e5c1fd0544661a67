"""A reminder of an overdue next dose: once, in the person's language, only to who asked for it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.services.outbox import MessageState
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
from vaxsite.calls.models import ResidentCall
from vaxsite.calls.rules import CallState
from vaxsite.core.actor import RESIDENT
from vaxsite.messages import following, gateways
from vaxsite.residents.models import Person
from vaxsite.residents.services import PersonDetails, end_reminders, find_or_add_person

TODAY = date(2026, 1, 12)
DAY = timedelta(days=1)
GATEWAY = "https://texts.example/send#secret"
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
    phone: str | None = "",
) -> UUID:
    """Somebody who had doses so many days ago."""
    plain = details_of(index=index, email=email, language=language)
    values = {name: getattr(plain, name) for name in PersonDetails.__dataclass_fields__}
    values |= {"remind": remind, "phone": values["phone"] if phone == "" else phone}
    details = PersonDetails(**values)
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


def to_call(sessions: Sessions) -> Sequence[ResidentCall]:
    """Whom a clinic is still to call."""
    with sessions() as session:
        query = select(ResidentCall).where(ResidentCall.state == CallState.OPEN)
        return session.scalars(query.order_by(ResidentCall.id)).all()


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
    """Without the wish, without any contact, or booked already: nothing leaves, nobody calls."""
    a_person(sessions, clinic, 57, index=1, remind=False)
    a_person(sessions, clinic, 57, index=2, email=None, phone=None)
    person_id = a_person(sessions, clinic, 57, index=3)
    with sessions() as session, transaction(session):
        booked = details_of(index=3, email="ana@example.org")
        a_booked_resident(session, slot_id=clinic.slot_ids[0], details=booked)
        session.get_one(Person, person_id).remind = True

    assert run(sessions) == 0
    assert to_call(sessions) == []


def test_who_has_no_email_gets_a_text_message_of_the_clinic_of_their_last_dose(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The short text names neither vaccine nor dose: a phone is read by others too."""
    a_person(sessions, clinic, 57, email=None)
    with sessions() as session, transaction(session):
        gateways.add(session, site_id=clinic.site_id, url=GATEWAY, actor=clinic.manager, now=NOW)

    assert [run(sessions, NOW + wait * DAY) for wait in (0, 8)] == [1, 0]
    (message,) = sent(sessions)
    assert (message.channel, message.address) == ("text", f"+8613912345678 {GATEWAY}")
    assert URL in message.body
    assert "COVID" not in message.body
    assert to_call(sessions) == []


def test_whom_no_message_reaches_is_called_once(sessions: Sessions, clinic: OpenClinic) -> None:
    """By the clinic of their last dose, in their language; a gateway later tells nothing again."""
    a_person(sessions, clinic, 57, email=None)

    assert [run(sessions), run(sessions, NOW + 8 * DAY)] == [1, 0]
    (call,) = to_call(sessions)
    assert (call.site_id, call.language, call.subject) == (
        clinic.site_id,
        "en",
        "A dose is overdue",
    )
    with sessions() as session, transaction(session):
        gateways.add(session, site_id=clinic.site_id, url=GATEWAY, actor=clinic.manager, now=NOW)
    assert run(sessions, NOW + 16 * DAY) == 0


def test_a_reminder_that_does_not_arrive_is_tried_otherwise(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The e-mail was given up: the clinic calls."""
    a_person(sessions, clinic, 57)
    run(sessions)
    with sessions() as session, transaction(session):
        session.execute(update(OutboxMessage).values(state=MessageState.GIVEN_UP))

    assert following.follow_due(sessions, now=NOW) == 1
    assert [one.reason for one in to_call(sessions)] == ["not_delivered"]


@pytest.mark.parametrize("settled_by", ["a booking", "a dose", "a wish"])
def test_nobody_is_called_who_needs_it_no_more(
    sessions: Sessions, clinic: OpenClinic, settled_by: str
) -> None:
    """They have booked, shown the card with the dose, or want no more reminders."""
    person_id = a_person(sessions, clinic, 57, email=None)
    run(sessions)
    with sessions() as session, transaction(session):
        match settled_by:
            case "a booking":
                a_booked_resident(session, slot_id=clinic.slot_ids[0], details=details_of())
            case "a dose":
                an_earlier_dose(session, person_id, TODAY - DAY, site_id=clinic.site_id)
            case _:
                end_reminders(session, person_id=person_id, actor=RESIDENT, now=NOW)

    run(sessions, NOW + timedelta(hours=1))
    assert to_call(sessions) == []


def test_whose_dose_is_still_overdue_stays_on_the_list(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The job runs every hour and takes nobody off who is still to be called."""
    a_person(sessions, clinic, 57, email=None)

    for hours in range(3):
        run(sessions, NOW + timedelta(hours=hours))
    assert len(to_call(sessions)) == 1


def test_nobody_is_written_to_at_night(sessions: Sessions, clinic: OpenClinic) -> None:
    """What is found at three in the morning leaves at nine, on the clock of the clinic."""
    a_person(sessions, clinic, 57)
    run(sessions, NOW - timedelta(hours=6))

    (message,) = sent(sessions)
    assert message.send_after == NOW


def test_the_wish_of_somebody_without_email_is_theirs_too(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Whoever types another phone or a new e-mail address neither ends nor takes the reminders."""
    person_id = a_person(sessions, clinic, email=None)
    a_person(sessions, clinic, email="mallory@example.org", phone="+8613900000000", remind=False)
    with sessions() as session:
        person = session.get_one(Person, person_id)
        assert (person.remind, person.email) == (True, None)

    a_person(sessions, clinic, email=None, remind=False)
    with sessions() as session:
        assert not session.get_one(Person, person_id).remind


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
@pytest.mark.parametrize("email", ["ana@example.org", ""])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_resident_asks_for_reminders_while_booking_and_ends_them_later(
    client: PageClient, clinic: OpenClinic, sessions: Sessions, language: str, email: str
) -> None:
    """A tick below phone and e-mail address; a button on the page of the booking."""
    book(client, clinic, language, email=email, remind="yes")
    with sessions() as session:
        assert session.scalars(select(Person.remind)).one()

    client.get("/my-booking/show", language=language)
    done = send(client, "/my-booking/no-reminders", language)
    client.get(done.headers["Location"], language=language)

    with sessions() as session:
        assert not session.scalars(select(Person.remind)).one()
