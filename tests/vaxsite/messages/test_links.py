"""Programs follow the links of messages before people do: reading a link changes nothing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import MetaData, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import receipts
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, a_booked_resident, an_open_clinic, details_of
from tests.web_client import PageClient
from vaxsite.booking.services import appointment_reminders, appointments, missed
from vaxsite.core.actor import RESIDENT
from vaxsite.messages.rules import Kind

PUBLIC = "https://vaccination.example"
MY_BOOKING = f"{PUBLIC}/my-booking"
LINK = re.compile(r"https://vaccination\.example[^\s，。；）]*")
DAY = timedelta(days=1)
# What only counts that somebody was here.
BOOKKEEPING = {"rate_limit", "user_session"}
Sessions = sessionmaker[Session]


@pytest.fixture
def told(sessions: Sessions) -> list[OutboxMessage]:
    """Every kind of message about an appointment, in both languages, as it waits to leave."""
    product_id = None
    for number, language in enumerate(("en", "zh"), start=1):
        with sessions() as session, transaction(session):
            code = f"clinic-{language}"
            clinic = an_open_clinic(session, code=code, slots_count=4, product_id=product_id)
            product_id = clinic.product_id
        _live(sessions, clinic, number * 10, language)
    with sessions() as session:
        return list(session.scalars(select(OutboxMessage)))


def _live(sessions: Sessions, clinic: OpenClinic, index: int, language: str) -> None:
    """Confirmed, changed, cancelled; reminded and missed."""
    with sessions() as session, transaction(session):
        ids = [
            a_booked_resident(
                session,
                slot_id=clinic.slot_ids[0],
                details=details_of(index=index + n, email=f"{n}@example.org", language=language),
            )
            for n in range(3)
        ]
        appointments.change(
            session,
            appointment_id=ids[0],
            sequence=0,
            slot_id=clinic.slot_ids[1],
            my_booking_url=MY_BOOKING,
            actor=RESIDENT,
            now=NOW - 2 * DAY,
        )
        for one, kind in ((ids[1], Kind.CANCELLED), (ids[2], Kind.SECOND_GIVEN_UP)):
            appointments.cancel(
                session,
                appointment_id=one,
                kind=kind,
                my_booking_url=MY_BOOKING,
                actor=RESIDENT,
                now=NOW,
            )
    appointment_reminders.remind_due(sessions, my_booking_url=MY_BOOKING, now=NOW)
    missed.mark_due(sessions, my_booking_url=MY_BOOKING, now=NOW + 2 * DAY)


def links(messages: list[OutboxMessage]) -> Iterator[str]:
    """Every address of ours in what is sent, and the link that confirms its arrival."""
    for message in messages:
        for found in LINK.findall(f"{message.subject} {message.body} {message.calendar or ''}"):
            yield urlsplit(found.rstrip(".,")).path
        yield f"/received/{receipts.token_of(message.id, message.delivery_key)}"


def whole(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for what counts visits."""
    tables = MetaData()
    tables.reflect(session.connection())
    return {
        name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
        for name, table in tables.tables.items()
        if name not in BOOKKEEPING
    }


def test_every_kind_of_message_is_among_those_that_are_tried(told: list[OutboxMessage]) -> None:
    """A new kind must be added here, so that its links are followed too."""
    assert {one.kind for one in told} == {kind.value for kind in Kind}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_following_every_link_of_every_message_changes_nothing(
    app: Flask, client: PageClient, sessions: Sessions, told: list[OutboxMessage], method: str
) -> None:
    """Row by row, the database after a scanner's walk is the database before it."""
    assert app.config["PUBLIC_URL"]
    with sessions() as session:
        before = whole(session)
    found = sorted(set(links(told)))
    assert "/my-booking" in found
    for path in found:
        assert client.open(path, method=method, check=False).status_code in {200, 404}

    with sessions() as session:
        assert whole(session) == before


def test_no_link_of_a_message_opens_anything_by_itself(told: list[OutboxMessage]) -> None:
    """Addresses of appointments carry neither a token nor the reference: both must be typed."""
    found = {urlsplit(one) for message in told for one in LINK.findall(message.body)}

    assert {(one.path, one.query) for one in found} == {("/my-booking", "")}
