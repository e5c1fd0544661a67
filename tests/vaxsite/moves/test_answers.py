"""What people answer who were moved, and who is called because they did not."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from sensors.services.outbox import MessageState
from sensors.store.outbox import OutboxMessage
from tests.build import moves as build
from tests.build.booking import NOW, URL, OpenClinic
from tests.vaxsite.moves.acts import (
    Sessions,
    act,
    called,
    event,
    ids,
    later,
    sound,
    states,
)
from vaxsite.booking.models import Appointment
from vaxsite.booking.services import appointments
from vaxsite.calls.rules import CallReason
from vaxsite.core.actor import RESIDENT
from vaxsite.core.errors import RefusedAct
from vaxsite.messages import following as letters
from vaxsite.moves import queries
from vaxsite.moves.rules.states import EventState, MoveState, Reason
from vaxsite.moves.services import accepting, answering, following, opening


def test_people_confirm_or_act(sessions: Sessions, clinic: OpenClinic) -> None:
    """Ana confirms twice, Bob cancels, Eve takes another time; each is written down once."""
    ana, bob, eve = (
        ids(sessions, lambda s, i=i: build.booked(s, clinic.slot_ids[0], index=i))[0]
        for i in (1, 2, 3)
    )
    target = later(sessions, clinic, 3)
    build.accepted(sessions, clinic, event(sessions, clinic))

    for _ in range(2):
        act(
            sessions,
            lambda s: answering.confirm(s, appointment_ids=[ana], actor=RESIDENT, now=NOW),
        )
    act(
        sessions,
        lambda s: appointments.cancel(
            s, appointment_id=bob, my_booking_url=URL, actor=RESIDENT, now=NOW
        ),
    )
    changed = {"appointment_id": eve, "sequence": 1, "slot_id": target[1], "my_booking_url": URL}
    act(sessions, lambda s: appointments.change(s, **changed, actor=RESIDENT, now=NOW))  # type: ignore[arg-type]  # As named above.
    answering.settle_due(sessions, now=NOW)

    assert states(sessions, ana) == [MoveState.CONFIRMED]
    assert states(sessions, bob) == [MoveState.DECLINED]
    assert states(sessions, eve) == [MoveState.CHANGED]
    accepting.look_again_due(sessions, now=NOW)
    with sessions() as session:
        assert queries.get_event(session, 1).state is EventState.DONE
    sound(sessions)


def test_there_is_nothing_to_confirm_of_a_seat_that_stands(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Confirming what was never moved is refused with a reason."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))

    with pytest.raises(RefusedAct) as refused:
        act(
            sessions,
            lambda s: answering.confirm(s, appointment_ids=[ana], actor=RESIDENT, now=NOW),
        )

    assert refused.value.decision.reason is Reason.NOT_AWAITED


def test_who_cannot_be_written_to_is_called(sessions: Sessions, clinic: OpenClinic) -> None:
    """Ana has no address, Bob's message bounced, Eve does not answer, Mia confirmed."""
    mails = (None, "bob@example.org", "eve@example.org", "mia@example.org")
    people = [
        ids(sessions, lambda s, i=i, m=m: build.booked(s, clinic.slot_ids[0], index=i, email=m))[0]
        for i, m in enumerate(mails, start=1)
    ]
    later(sessions, clinic, 30)
    build.accepted(sessions, clinic, event(sessions, clinic))
    assert called(sessions) == [(people[0], CallReason.NO_CHANNEL)]

    def bounce(session: Session) -> None:
        opening.record(session, "test:bounce", "outbox", RESIDENT, NOW, {})
        about = f"appointment:{people[1]}"
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.about == about, OutboxMessage.kind == "booking:moved")
            .values(state=MessageState.GIVEN_UP)
        )

    act(sessions, bounce)
    act(
        sessions,
        lambda s: answering.confirm(s, appointment_ids=[people[3]], actor=RESIDENT, now=NOW),
    )
    letters.follow_due(sessions, now=NOW)
    following.call_due(sessions, url=URL, now=NOW + timedelta(days=3, seconds=-1))
    assert called(sessions)[1:] == [(people[1], CallReason.NOT_DELIVERED)]
    following.call_due(sessions, url=URL, now=NOW + timedelta(days=3))
    following.call_due(sessions, url=URL, now=NOW + timedelta(days=4))

    assert called(sessions)[2:] == [(people[2], CallReason.NO_ANSWER)]
    assert {states(sessions, one)[0] for one in people[:3]} == {MoveState.AWAITING}
    sound(sessions)


def test_who_was_booked_while_the_session_closed_is_found(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """A booking that committed at the same moment is not in the event; the next look adds it."""
    ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    target = later(sessions, clinic, 3)
    (bob,) = ids(sessions, lambda s: build.booked(s, target[0], index=2))
    build.accepted(sessions, clinic, event(sessions, clinic))

    def slip_in(session: Session) -> None:
        opening.record(session, "test:slip", "appointment", RESIDENT, NOW, {})
        session.execute(
            update(Appointment).where(Appointment.id == bob).values(slot_id=clinic.slot_ids[0])
        )

    act(sessions, slip_in)
    with sessions() as session:
        assert [one.appointment_id for one in queries.forgotten(session)] == [bob]

    accepting.look_again_due(sessions, now=NOW)

    with sessions() as session:
        assert queries.forgotten(session) == []
    assert states(sessions, bob) == [MoveState.ACCEPTED]
