"""What one person after the other does with appointments."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    URL,
    OpenClinic,
    a_booked_resident,
    a_published_session,
    an_open_clinic,
    confirmed,
    details_of,
    holder,
)
from tests.build.stock import a_vaccine
from vaxsite.booking import counting, hold_queries, queries
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import HoldState, Reason
from vaxsite.booking.services import appointments, holds
from vaxsite.core.actor import RESIDENT
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import RefusedAct
from vaxsite.eligibility.rules import Reason as TurnReason
from vaxsite.record.rules import Reason as DoseReason
from vaxsite.residents.rules import Reason as PersonReason
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import SeatReason

LATER = NOW + timedelta(minutes=10, seconds=1)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session, slots_count=2, seats=1)


def take(sessions: sessionmaker[Session], slot_id: int, who: str = "ana") -> hold_queries.HoldView:
    with sessions() as session, transaction(session):
        return holds.hold(session, slot_id=slot_id, holder=holder(who), now=NOW)


def counts(sessions: sessionmaker[Session]) -> list[tuple[int, int, int]]:
    """Taken, held and booked seats of each slot."""
    with sessions() as session:
        return [(seat.taken, seat.held, seat.booked) for seat in counting.count_seats(session)]


def reason_of(refused: pytest.ExceptionInfo[RefusedAct]) -> str:
    return refused.value.decision.reason


def test_one_person_has_one_appointment_for_a_dose(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The second booking is refused; after cancelling it is possible again."""
    first, second = clinic.slot_ids
    with sessions() as session, transaction(session):
        appointment_id = a_booked_resident(session, slot_id=first, secret="ana")
    held = take(sessions, second, "phone")

    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        confirmed(session, held=held, secret="phone")
    assert reason_of(refused) == Reason.ALREADY_BOOKED
    assert counts(sessions) == [(1, 0, 1), (1, 1, 0)]

    with sessions() as session, transaction(session):
        appointments.cancel(
            session,
            appointment_id=appointment_id,
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )
    with sessions() as session, transaction(session):
        confirmed(session, held=held, secret="phone")
    assert counts(sessions) == [(0, 0, 0), (1, 0, 1)]


def test_cancelling_twice_gives_one_seat_back(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The second try is refused and changes nothing."""
    with sessions() as session, transaction(session):
        appointment_id = a_booked_resident(session, slot_id=clinic.slot_ids[0])

    def cancel() -> None:
        with sessions() as session, transaction(session):
            appointments.cancel(
                session,
                appointment_id=appointment_id,
                my_booking_url=URL,
                actor=RESIDENT,
                now=NOW,
            )

    cancel()
    with pytest.raises(RefusedAct) as refused:
        cancel()

    assert reason_of(refused) == Reason.NOT_CHANGEABLE
    assert counts(sessions) == [(0, 0, 0), (0, 0, 0)]


def test_a_change_keeps_the_reference_and_raises_the_sequence(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """One seat is claimed, one given back; the stale window is told that it is stale."""
    first, second = clinic.slot_ids
    with sessions() as session, transaction(session):
        appointment_id = a_booked_resident(session, slot_id=second)
        before = queries.get_appointment(session, appointment_id)

    def change(slot_id: int, sequence: int) -> None:
        with sessions() as session, transaction(session):
            appointments.change(
                session,
                appointment_id=appointment_id,
                sequence=sequence,
                slot_id=slot_id,
                my_booking_url=URL,
                actor=RESIDENT,
                now=NOW,
            )

    change(first, 0)

    with sessions() as session:
        after = queries.get_appointment(session, appointment_id)
    assert (after.reference, after.slot.id, after.sequence) == (before.reference, first, 1)
    assert counts(sessions) == [(1, 0, 1), (0, 0, 0)]
    with pytest.raises(AlreadyMoved):
        change(second, 0)
    with pytest.raises(RefusedAct) as refused:
        change(first, 1)
    assert reason_of(refused) == Reason.SAME_TIME


def test_a_change_to_a_full_time_keeps_the_old_one(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Nobody falls between two chairs."""
    first, second = clinic.slot_ids
    take(sessions, first, "bob")
    with sessions() as session, transaction(session):
        appointment_id = a_booked_resident(session, slot_id=second)

    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        appointments.change(
            session,
            appointment_id=appointment_id,
            sequence=0,
            slot_id=first,
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )

    assert reason_of(refused) == SeatReason.FULL
    assert counts(sessions) == [(1, 1, 0), (1, 0, 1)]


def test_a_change_to_another_vaccine_is_refused(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The second dose is of the vaccine of the first."""
    with sessions() as session, transaction(session):
        appointment_id = a_booked_resident(session, slot_id=clinic.slot_ids[0])
        other = a_vaccine(session, code="OTHER", gtin=None, cvx=None)
        session_id = a_published_session(session, site_id=clinic.site_id, product_id=other)
        slot_id = slots.slots_of_session(session, session_id)[0].id

    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        appointments.change(
            session,
            appointment_id=appointment_id,
            sequence=0,
            slot_id=slot_id,
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )

    assert reason_of(refused) == Reason.OTHER_PRODUCT


def test_times_that_have_begun_are_not_sold(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Neither held nor confirmed nor cancelled: it is 09:00 of the day itself."""
    begun = NOW + timedelta(days=1)
    held = take(sessions, clinic.slot_ids[0])

    with pytest.raises(RefusedAct) as late_hold, sessions() as session, transaction(session):
        holds.hold(session, slot_id=clinic.slot_ids[0], holder=holder("bob"), now=begun)
    with pytest.raises(RefusedAct) as late, sessions() as session, transaction(session):
        confirmed(session, held=held, secret="ana", now=begun)

    assert reason_of(late_hold) == SeatReason.PAST
    assert reason_of(late) == SeatReason.PAST


def test_whose_turn_it_is_is_asked_again_when_confirming(
    sessions: sessionmaker[Session],
) -> None:
    """A form that was tampered with meets the same rule on the server."""
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session, group="from-60")
    held = take(sessions, clinic.slot_ids[0])

    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        confirmed(session, held=held, secret="ana")
    assert reason_of(refused) == TurnReason.NO_PHASE

    old = details_of("李奶奶", index=2, born_on=date(1950, 5, 5))
    with sessions() as session, transaction(session):
        done = confirmed(session, held=held, secret="ana", details=old)
        view = queries.get_appointment(session, done.appointment_id)
    assert view.group_code == "from-60"


@pytest.mark.parametrize(
    ("given_on", "reason"),
    [
        ([date(2025, 12, 24)], DoseReason.TOO_SOON),
        ([date(2025, 11, 1), date(2025, 12, 1)], DoseReason.COMPLETE),
    ],
)
def test_the_dose_before_decides_whether_and_when(
    sessions: sessionmaker[Session], clinic: OpenClinic, given_on: list[date], reason: DoseReason
) -> None:
    """20 days after dose 1 are one too few of 21; after dose 2 none is left."""
    held = take(sessions, clinic.slot_ids[0])

    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        confirmed(session, held=held, secret="ana", given_on=given_on)

    assert reason_of(refused) == reason


@pytest.mark.parametrize("given_on", [date(2025, 12, 23), date(2025, 1, 1)])
def test_dose_2_is_booked_from_the_21st_day_on(
    sessions: sessionmaker[Session], clinic: OpenClinic, given_on: date
) -> None:
    """On the first day of the window, and a year late, it is dose 2: never begun again."""
    held = take(sessions, clinic.slot_ids[0])

    with sessions() as session, transaction(session):
        done = confirmed(session, held=held, secret="ana", given_on=[given_on])
        view = queries.get_appointment(session, done.appointment_id)

    assert view.dose_number == 2


def test_a_number_with_another_name_is_refused_and_changes_nothing(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Who knows only somebody's number learns nothing about them."""
    with sessions() as session, transaction(session):
        a_booked_resident(session, slot_id=clinic.slot_ids[0])
    held = take(sessions, clinic.slot_ids[1], "mallory")

    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        confirmed(session, held=held, secret="mallory", details=details_of("王马洛"))

    assert reason_of(refused) == PersonReason.KNOWN_OTHERWISE
    assert counts(sessions) == [(1, 0, 1), (1, 1, 0)]


def test_what_residents_are_told_is_queued_with_the_act(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Confirmed, changed, cancelled: one e-mail each, in their language."""
    first, second = clinic.slot_ids
    ana = details_of(email="ana@example.org", language="zh")
    with sessions() as session, transaction(session):
        appointment_id = a_booked_resident(session, slot_id=first, details=ana)
    with sessions() as session, transaction(session):
        appointments.change(
            session,
            appointment_id=appointment_id,
            sequence=0,
            slot_id=second,
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )
    with sessions() as session, transaction(session):
        appointments.cancel(
            session, appointment_id=appointment_id, my_booking_url=URL, actor=RESIDENT, now=NOW
        )
    with sessions() as session, transaction(session):
        a_booked_resident(session, slot_id=first, secret="bob", details=details_of(index=2))

    with sessions() as session:
        sent = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [(row.kind, row.address, row.subject) for row in sent] == [
        ("booking:confirmed", "ana@example.org", "预约成功：2026年1月13日星期二"),
        ("booking:changed", "ana@example.org", "预约已改期：2026年1月13日星期二"),
        ("booking:cancelled", "ana@example.org", "预约已取消：2026年1月13日星期二"),
    ]
    assert "09:30" in sent[1].body


def test_every_act_leaves_an_audit_row_without_personal_data(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The audit names acts and codes, never a name, a number or a phone."""
    with sessions() as session, transaction(session):
        a_booked_resident(session, slot_id=clinic.slot_ids[0])

    with sessions() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    acts = [row.action for row in rows][-4:]
    assert acts == ["hold:take", "person:add", "appointment:book", "hold:use"]
    text = " ".join(str(row.detail) for row in rows)
    assert "陈安娜" not in text
    assert "13912345678" not in text
    assert "19850505" not in text


def test_look_up_needs_reference_and_birth_date(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A wrong one, a foreign one and one that never was are all the same nothing."""
    with sessions() as session, transaction(session):
        appointment_id = a_booked_resident(session, slot_id=clinic.slot_ids[0])
        reference = queries.get_appointment(session, appointment_id).reference

    def find(typed: str, born_on: date) -> object:
        with sessions() as session:
            return queries.find_by_reference(session, typed=typed, born_on=born_on)

    typed = f" {reference[:3]}-{reference[3:7]} {reference[7:]}".lower()
    assert find(typed, date(1985, 5, 5)) == appointment_id
    assert find(reference, date(1985, 5, 6)) is None
    assert find("7K39QF2M4T", date(1985, 5, 5)) is None
    assert find("", date(1985, 5, 5)) is None


def test_an_appointment_refused_leaves_no_person_behind(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A refusal rolls everything back, also the person who would have been added."""
    held = take(sessions, clinic.slot_ids[0])

    with pytest.raises(RefusedAct), sessions() as session, transaction(session):
        confirmed(session, held=held, secret="ana", given_on=[date(2026, 1, 1)])

    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Appointment)) == 0
        found = hold_queries.find_hold(session, holder=holder("ana"))
    assert found is not None
    assert found.state is HoldState.LIVE
