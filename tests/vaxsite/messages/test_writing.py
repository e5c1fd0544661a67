"""A resident is reached by the first way there is, and followed until it is settled."""

from datetime import timedelta
from uuid import UUID

import pytest
from icalendar import Calendar
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import receipts
from sensors.services.outbox import MessageState
from sensors.services.receipts import Outcome
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.booking import NOW, URL, OpenClinic, a_booked_resident, an_open_clinic, details_of
from vaxsite import worker
from vaxsite.booking.services import appointments
from vaxsite.calls import queries as calls
from vaxsite.calls.rules import CallReason
from vaxsite.core.actor import RESIDENT, Actor
from vaxsite.messages import gateways, queries

GATEWAY = "https://sms.example/send#secret"
MINUTE = timedelta(minutes=1)
Sessions = sessionmaker[Session]


@pytest.fixture
def clinic(sessions: Sessions) -> OpenClinic:
    """A clinic that sends text messages."""
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session)
        gateways.add(session, site_id=clinic.site_id, url=GATEWAY, actor=clinic.manager, now=NOW)
        return clinic


def booked(sessions: Sessions, clinic: OpenClinic, *, email: str | None = None) -> UUID:
    """The appointment of a resident with a phone, and perhaps with e-mail."""
    with sessions() as session, transaction(session):
        return a_booked_resident(
            session, slot_id=clinic.slot_ids[0], details=details_of(email=email)
        )


def cancel(sessions: Sessions, appointment_id: UUID, actor: Actor) -> None:
    """Call the appointment off."""
    with sessions() as session, transaction(session):
        appointments.cancel(
            session, appointment_id=appointment_id, my_booking_url=URL, actor=actor, now=NOW
        )


def outbox(sessions: Sessions) -> list[OutboxMessage]:
    """Everything that waits to leave or left."""
    with sessions() as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def give_up(sessions: Sessions) -> None:
    """Let every message that waits be given up, as the delivery does after many tries."""
    with sessions() as session, transaction(session):
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.state == MessageState.WAITING)
            .values(state=MessageState.GIVEN_UP, failure="no such mailbox")
        )


def called(sessions: Sessions, clinic: OpenClinic) -> list[calls.CallView]:
    """Whom the clinic must call."""
    with sessions() as session:
        return calls.pending(session, site_id=clinic.site_id)


def test_without_email_a_text_message_goes_to_the_number(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Number and gateway are its address, which is stored encrypted; the text is the short one."""
    booked(sessions, clinic)

    (message,) = outbox(sessions)
    assert (message.channel, message.address) == ("text", f"+8613912345678 {GATEWAY}")
    assert "已为您预留一剂疫苗" in message.body
    assert message.calendar is None


def test_an_email_carries_the_calendar_file_and_its_cancellation(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The same UID under a higher sequence takes the event out again."""
    appointment_id = booked(sessions, clinic, email="ana@example.org")
    cancel(sessions, appointment_id, RESIDENT)

    files = [Calendar.from_ical(message.calendar or "") for message in outbox(sessions)]
    events = [file.walk("VEVENT")[0] for file in files]
    assert [str(file["METHOD"]) for file in files] == ["PUBLISH", "CANCEL"]
    assert [event["SEQUENCE"] for event in events] == [0, 1]
    assert len({str(event["UID"]) for event in events}) == 1


def test_who_cancels_alone_is_not_called_but_whom_the_clinic_cancels_is(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Without any address, what somebody else did to you comes by telephone."""
    with sessions() as session, transaction(session):
        gateways.remove(session, site_id=clinic.site_id, actor=clinic.manager, now=NOW)
    own = booked(sessions, clinic)
    cancel(sessions, own, RESIDENT)
    assert (outbox(sessions), called(sessions, clinic)) == ([], [])

    cancel(sessions, booked(sessions, clinic), clinic.manager)
    (call,) = called(sessions, clinic)
    assert (call.reason, call.name) == (CallReason.NO_CHANNEL, "陈安娜")
    assert "请勿按原时间前往" in call.body


def test_an_email_that_does_not_arrive_becomes_a_text_message_then_a_call(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Each next way is tried once; running again changes nothing."""
    appointment_id = booked(sessions, clinic, email="ana@example.org")
    cancel(sessions, appointment_id, clinic.manager)
    give_up(sessions)

    assert [worker.follow_letters(sessions, NOW + MINUTE) for _ in range(2)] == [1, 0]
    assert [one.channel for one in outbox(sessions)] == ["email", "email", "text"]
    assert called(sessions, clinic) == []

    give_up(sessions)
    assert [worker.follow_letters(sessions, NOW + MINUTE) for _ in range(2)] == [1, 0]
    (call,) = called(sessions, clinic)
    assert call.reason is CallReason.NOT_DELIVERED


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_report_of_the_gateway_settles_the_letter(
    sessions: Sessions, clinic: OpenClinic, outcome: Outcome
) -> None:
    """Delivered is the end; failed brings a call, also after the gateway had taken it."""
    cancel(sessions, booked(sessions, clinic), clinic.manager)
    with sessions() as session, transaction(session):
        session.execute(update(OutboxMessage).values(state="sent", attempts=1, sent_at=NOW))
        key = outbox(sessions)[-1].delivery_key
        assert receipts.report(session, channel="text", key=key, outcome=outcome, now=NOW)

    worker.follow_letters(sessions, NOW + MINUTE)
    assert len(called(sessions, clinic)) == (outcome is Outcome.FAILED)


@pytest.mark.parametrize("after", [timedelta(days=3), timedelta(days=30)])
def test_nobody_is_called_about_what_is_past(
    sessions: Sessions, clinic: OpenClinic, after: timedelta
) -> None:
    """Given up after the appointment was over, it is settled without a call."""
    cancel(sessions, booked(sessions, clinic), clinic.manager)
    give_up(sessions)

    assert worker.follow_letters(sessions, NOW + after) == 0
    assert called(sessions, clinic) == []


def test_staff_see_how_far_each_message_came_without_the_address(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Kind, channel and state, in the order in which they were written."""
    appointment_id = booked(sessions, clinic)
    cancel(sessions, appointment_id, RESIDENT)

    with sessions() as session:
        sent = queries.sent_about(session, about=[f"appointment:{appointment_id}"])
    assert [(one.kind, one.channel) for one in sent] == [
        ("booking:confirmed", "text"),
        ("booking:cancelled", "text"),
    ]
    assert sent[0].state_label("zh") == "待发送"
    assert "139123" not in repr(sent)


@pytest.mark.parametrize(
    "url", ["https://sms.example/send", "d7sms://token@13912345678", "nothing", "x://{number} y"]
)
def test_a_gateway_that_could_never_send_is_refused(
    sessions: Sessions, clinic: OpenClinic, url: str
) -> None:
    """A webhook without a secret, an apprise URL without the place of the number."""
    with sessions() as session, pytest.raises(gateways.NotAGateway):
        gateways.add(session, site_id=clinic.site_id, url=url, actor=clinic.manager, now=NOW)
