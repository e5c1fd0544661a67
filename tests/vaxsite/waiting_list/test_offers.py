"""Seats that become free are offered along the list, on both databases."""

from datetime import date, timedelta
from threading import Thread
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    URL,
    OpenClinic,
    a_booked_resident,
    an_open_clinic,
    details_of,
)
from tests.build.waiting import LINK, offer_of, offered, states, waits
from vaxsite.booking.models import Appointment
from vaxsite.booking.services import appointments, holds
from vaxsite.calls import queries as calls
from vaxsite.core.actor import RESIDENT
from vaxsite.core.errors import RefusedAct
from vaxsite.slots import queries as slots
from vaxsite.slots.seats import NoSeat
from vaxsite.waiting_list import queries
from vaxsite.waiting_list.models import WaitingOffer
from vaxsite.waiting_list.rules.fits import Reach
from vaxsite.waiting_list.rules.states import OfferState, Reason
from vaxsite.waiting_list.services import answering, joining

LATER = NOW + timedelta(hours=7)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """A clinic with one slot of two seats tomorrow."""
    with sessions() as session, transaction(session):
        return an_open_clinic(session, slots_count=1, seats=2)


def joins(sessions: sessionmaker[Session], clinic: OpenClinic, *indices: int, **kw: object) -> UUID:
    with sessions() as session, transaction(session):
        return waits(session, clinic, indices, **kw)  # type: ignore[arg-type]  # Of many types.


def fills(sessions: sessionmaker[Session], clinic: OpenClinic, count: int) -> list[UUID]:
    with sessions() as session, transaction(session):
        return [
            a_booked_resident(
                session,
                slot_id=clinic.slot_ids[0],
                secret=f"full {index}",
                details=details_of(f"赵{index}", index=index),
            )
            for index in range(90, 90 + count)
        ]


def free(sessions: sessionmaker[Session], clinic: OpenClinic) -> int:
    with sessions() as session:
        return slots.get_slot(session, clinic.slot_ids[0]).free


def accepts(sessions: sessionmaker[Session], entry_id: UUID, **kw: object) -> tuple[UUID, ...]:
    offer = offer_of(sessions, entry_id)
    with sessions() as session, transaction(session):
        return answering.accept(
            session,
            entry_id=entry_id,
            offer_id=offer.id,
            my_booking_url=URL,
            actor=RESIDENT,
            now=kw.get("now", NOW),  # type: ignore[arg-type]  # An instant.
        )


def test_a_cancelled_seat_goes_to_the_first_who_waits(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A full slot offers nothing; the seat that is cancelled is claimed, offered once and told."""
    first, *_ = fills(sessions, clinic, 2)
    waiting = joins(sessions, clinic, 1), joins(sessions, clinic, 2, now=NOW + timedelta(minutes=1))
    assert offered(sessions) == 0
    with sessions() as session, transaction(session):
        appointments.cancel(
            session, appointment_id=first, my_booking_url=URL, actor=RESIDENT, now=NOW
        )
    assert offered(sessions) == 1
    assert states(sessions, waiting) == ["offered", "waiting"]
    assert (free(sessions, clinic), offered(sessions)) == (0, 0)
    with sessions() as session:
        kinds = select(func.count()).where(OutboxMessage.kind == "waiting:offer")
        assert session.scalar(kinds) == 1
        with pytest.raises(NoSeat):
            holds.hold(session, slot_id=clinic.slot_ids[0], holder=b"public", now=NOW)


def test_an_accepted_offer_is_an_appointment_for_everybody_of_the_household(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Two people accept with one act, have two appointments, and can join other lists again."""
    entry = joins(sessions, clinic, 1, 2)
    offered(sessions)
    booked = accepts(sessions, entry)
    assert len(booked) == 2
    assert states(sessions, [entry]) == ["booked"]
    with pytest.raises(AssertionError):
        accepts(sessions, entry)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Appointment)) == 2


def test_an_unanswered_offer_goes_on_and_the_place_is_kept(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """After its hours an offer lapses; the next gets the seats, and the first keeps place one."""
    fills(sessions, clinic, 1)
    first = joins(sessions, clinic, 1)
    second = joins(sessions, clinic, 2, now=NOW + timedelta(minutes=1))
    offered(sessions)
    holds.expire_due(sessions, now=LATER)  # The sweep of holds may come first or last.
    assert answering.lapse_due(sessions, url=LINK, now=LATER) == 1
    assert answering.lapse_due(sessions, url=LINK, now=LATER) == 0
    assert offered(sessions, now=LATER) == 1
    assert states(sessions, [first, second]) == ["waiting", "offered"]
    with sessions() as session:
        assert queries.place_of(session, queries.get_entry(session, first)) == 1
        assert queries.get_entry(session, first).lapses == 1


def test_a_late_answer_is_refused_and_changes_nothing(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Once the time is over the seats are no longer kept, even before the worker has come by."""
    entry = joins(sessions, clinic, 1)
    offered(sessions)
    with pytest.raises(RefusedAct) as refused:
        accepts(sessions, entry, now=LATER)
    assert refused.value.decision.reason == Reason.OFFER_OVER
    assert states(sessions, [entry]) == ["offered"]


def test_a_declined_offer_frees_the_seat_and_is_not_made_again(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Who says no to a session waits on, and is asked again only about another one."""
    entry = joins(sessions, clinic, 1)
    offered(sessions)
    offer = offer_of(sessions, entry)
    with sessions() as session, transaction(session):
        answering.decline(session, entry_id=entry, offer_id=offer.id, actor=RESIDENT, now=NOW)
    assert states(sessions, [entry]) == ["waiting"]
    assert (free(sessions, clinic), offered(sessions)) == (2, 0)


def test_after_three_silent_offers_an_entry_is_paused_and_keeps_its_place(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Two lapses return to the list; the third pauses, and resuming restores the place."""
    entry = joins(sessions, clinic, 1)
    with sessions() as session, transaction(session):
        row = answering.checks.lock(session, entry)
        row.lapses = 2
        answering.checks.record(session, "test:prepare", "test:1", RESIDENT, NOW)
    offered(sessions)
    answering.lapse_due(sessions, url=LINK, now=LATER)
    assert states(sessions, [entry]) == ["paused"]
    with sessions() as session, transaction(session):
        joining.resume(session, entry_id=entry, actor=RESIDENT, now=LATER)
    assert states(sessions, [entry]) == ["waiting"]


def test_who_cannot_be_written_to_is_called(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Without e-mail the offer stands on the clinic's list of calls until it is answered."""
    entry = joins(sessions, clinic, 1, reach=Reach.CALL, email=None)
    offered(sessions)
    with sessions() as session:
        found = calls.pending(session, site_id=clinic.site_id)
        assert [(one.phone, one.closes_at) for one in found] == [
            ("+8613912345678", offer_of(sessions, entry).answer_by)
        ]
    accepts(sessions, entry)
    with sessions() as session:
        assert calls.pending(session, site_id=clinic.site_id) == []


def test_nobody_waits_twice(sessions: sessionmaker[Session], clinic: OpenClinic) -> None:
    """A person of one entry is refused in another, alone or in a household, until they left."""
    entry = joins(sessions, clinic, 1)
    with pytest.raises(RefusedAct) as refused:
        joins(sessions, clinic, 2, 1)
    assert refused.value.decision.reason == Reason.WAITS_ALREADY
    with sessions() as session, transaction(session):
        joining.leave(session, entry_id=entry, actor=RESIDENT, now=NOW)
    joins(sessions, clinic, 2, 1)


def test_leaving_gives_an_open_offer_back(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The seats of who leaves are free at once; leaving again changes nothing."""
    entry = joins(sessions, clinic, 1)
    offered(sessions)
    for _ in range(2):
        with sessions() as session, transaction(session):
            joining.leave(session, entry_id=entry, actor=RESIDENT, now=NOW)
            answering.checks.record(session, "test:leave", "test:1", RESIDENT, NOW)
    assert (states(sessions, [entry]), free(sessions, clinic)) == (["left"], 2)


def test_a_cancelled_appointment_brings_the_old_place_back(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """While it stands nobody waits beside it; cancelled, they wait again where they were."""
    entry = joins(sessions, clinic, 1)
    offered(sessions)
    (appointment,) = accepts(sessions, entry)
    with sessions() as session, pytest.raises(RefusedAct):
        joining.rejoin(session, entry_id=entry, actor=RESIDENT, now=NOW)
    with sessions() as session, transaction(session):
        appointments.cancel(
            session, appointment_id=appointment, my_booking_url=URL, actor=RESIDENT, now=NOW
        )
    with sessions() as session, transaction(session):
        joining.rejoin(session, entry_id=entry, actor=RESIDENT, now=LATER)
    with sessions() as session:
        assert queries.get_entry(session, entry).waiting.joined_at == NOW


def test_somebody_too_young_is_told_at_once(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Who is in no group would wait in vain and is refused with the reason."""
    child = details_of("陈小", index=7, born_on=date(2020, 1, 1))
    with pytest.raises(RefusedAct) as refused:
        joins(sessions, clinic, 1, people=[child])
    assert refused.value.decision.reason == "too_young"


def test_two_workers_offer_each_seat_once(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Two workers at the same moment: two seats, two offers, whoever of four waits longest."""
    people = [joins(sessions, clinic, index) for index in range(1, 5)]
    workers = [Thread(target=offered, args=(sessions,)) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert states(sessions, people).count("offered") == 2
    with sessions() as session:
        live = select(func.count()).where(WaitingOffer.state == OfferState.OPEN)
        assert session.scalar(live) == 2
    assert free(sessions, clinic) == 0
