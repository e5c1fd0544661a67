"""Many people, few seats: exactly the capacity is sold, and everybody else learns why not."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, confirmed, details_of, holder
from tests.build.booking import an_open_clinic as open_clinic
from vaxsite.booking import counting
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import ACTIVE, Reason
from vaxsite.booking.services import confirmations, holds
from vaxsite.booking.services.lookups import look_up
from vaxsite.core.errors import RefusedAct
from vaxsite.slots.rules import SeatReason

CLIENTS = 64


def book(sessions: sessionmaker[Session], *, index: int, slot_ids: list[int]) -> str:
    """Book the first slot that has a seat, as a person who goes on after a refusal."""
    outcome = "no slot"
    for slot_id in slot_ids:
        try:
            with sessions() as session, transaction(session):
                held = holds.hold(session, slot_id=slot_id, holder=holder(f"{index}"), now=NOW)
            with sessions() as session, transaction(session):
                confirmed(session, held=held, secret=f"{index}", details=details_of(index=index))
        except RefusedAct as refused:
            outcome = refused.decision.reason
            continue
        return "booked"
    return outcome


def rush(sessions: sessionmaker[Session], choices: list[list[int]]) -> Counter[str]:
    """Let everybody begin at once."""
    start = threading.Barrier(len(choices))

    def client(index: int) -> str:
        start.wait()
        return book(sessions, index=index, slot_ids=choices[index])

    with ThreadPoolExecutor(len(choices)) as pool:
        return Counter(pool.map(client, range(len(choices))))


def built(sessions: sessionmaker[Session], *, slots_count: int, seats: int) -> list[int]:
    with sessions() as session, transaction(session):
        return open_clinic(session, slots_count=slots_count, seats=seats).slot_ids


def test_64_clients_on_one_slot_of_20_seats_sell_20(sessions: sessionmaker[Session]) -> None:
    """20 people have an appointment, 44 read that all seats are taken."""
    (slot_id,) = built(sessions, slots_count=1, seats=20)

    outcomes = rush(sessions, [[slot_id]] * CLIENTS)

    assert outcomes == {"booked": 20, SeatReason.FULL: 44}
    with sessions() as session:
        assert counting.count_seats(session) == [counting.SeatCount(slot_id, 20, 20, 0, 20)]


def test_64_clients_on_20_slots_sell_every_seat_once(sessions: sessionmaker[Session]) -> None:
    """20 slots of 2 seats and 64 people who try them all in their own order: 40 get one."""
    slot_ids = built(sessions, slots_count=20, seats=2)
    orders = [slot_ids[index % 20 :] + slot_ids[: index % 20] for index in range(CLIENTS)]

    outcomes = rush(sessions, orders)

    assert outcomes == {"booked": 40, SeatReason.FULL: 24}
    with sessions() as session:
        counts = counting.count_seats(session)
    assert all(count.balanced and count.booked == 2 for count in counts)


def test_people_who_change_between_full_slots_do_not_block_each_other(
    sessions: sessionmaker[Session],
) -> None:
    """32 browsers that swap seats from slot to slot end with one hold each, and no deadlock."""
    slot_ids = built(sessions, slots_count=4, seats=10)
    start = threading.Barrier(32)

    def restless(index: int) -> str:
        start.wait()
        order = slot_ids if index % 2 else slot_ids[::-1]
        for slot_id in order * 3:
            with suppress(RefusedAct), sessions() as session, transaction(session):
                holds.hold(session, slot_id=slot_id, holder=holder(f"{index}"), now=NOW)
        return "done"

    with ThreadPoolExecutor(32) as pool:
        outcomes = list(pool.map(restless, range(32)))

    assert outcomes == ["done"] * 32
    with sessions() as session:
        counts = counting.count_seats(session)
    assert all(count.balanced for count in counts)
    assert sum(count.held for count in counts) == 32


def test_a_form_sent_eight_times_at_once_books_once(sessions: sessionmaker[Session]) -> None:
    """The same hold confirmed by eight requests is one appointment with one reference."""
    (slot_id,) = built(sessions, slots_count=1, seats=5)
    with sessions() as session, transaction(session):
        held = holds.hold(session, slot_id=slot_id, holder=holder("ana"), now=NOW)
    start = threading.Barrier(8)

    def send(_index: int) -> confirmations.Confirmed:
        start.wait()
        with sessions() as session, transaction(session):
            return confirmed(session, held=held, secret="ana")

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(send, range(8)))

    assert len({outcome.appointment_id for outcome in outcomes}) == 1
    assert sum(not outcome.again for outcome in outcomes) == 1
    with sessions() as session:
        assert counting.count_seats(session) == [counting.SeatCount(slot_id, 5, 1, 0, 1)]


def test_one_person_in_eight_windows_has_one_appointment(sessions: sessionmaker[Session]) -> None:
    """Eight browsers book for the same person at once: seven read that it is booked already."""
    (slot_id,) = built(sessions, slots_count=1, seats=20)
    start = threading.Barrier(8)

    def browser(index: int) -> str:
        with sessions() as session, transaction(session):
            held = holds.hold(session, slot_id=slot_id, holder=holder(f"{index}"), now=NOW)
        start.wait()
        try:
            with sessions() as session, transaction(session):
                confirmed(session, held=held, secret=f"{index}")
        except RefusedAct as refused:
            return refused.decision.reason
        return "booked"

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(browser, range(8)))

    assert outcomes == {"booked": 1, Reason.ALREADY_BOOKED: 7}
    with sessions() as session:
        active = select(func.count()).where(Appointment.state.in_(ACTIVE))
        assert session.scalar(active) == 1
        assert counting.count_seats(session) == [counting.SeatCount(slot_id, 20, 8, 7, 1)]


@pytest.mark.parametrize("seed", range(3))
def test_the_sweep_and_a_late_confirmation_never_share_a_seat(
    sessions: sessionmaker[Session], engine: Engine, seed: int
) -> None:
    """When holds run out in the moment of confirming, each is an appointment or a free seat."""
    (slot_id,) = built(sessions, slots_count=1, seats=8)
    held = []
    for index in range(8):
        with sessions() as session, transaction(session):
            held.append(holds.hold(session, slot_id=slot_id, holder=holder(f"{index}"), now=NOW))
    late = NOW + timedelta(minutes=10, seconds=seed)
    start = threading.Barrier(10)

    def confirm(index: int) -> str:
        start.wait()
        with sessions() as session, transaction(session):
            done = confirmed(
                session,
                held=held[index],
                secret=f"{index}",
                details=details_of(index=index),
                now=late,
            )
        return "late" if done.reclaimed else "in time"

    def sweep(_index: int) -> str:
        start.wait()
        return f"swept {holds.expire_due(sessions, now=late) >= 0}"

    with ThreadPoolExecutor(10) as pool:
        tasks = [pool.submit(confirm if index < 8 else sweep, index) for index in range(10)]
        outcomes = Counter(task.result() for task in tasks)

    assert outcomes == {"late": 8, "swept True": 2}
    with sessions() as session:
        assert counting.count_seats(session) == [counting.SeatCount(slot_id, 8, 8, 0, 8)]


def test_guesses_at_once_are_no_more_than_guesses_in_a_row(
    sessions: sessionmaker[Session],
) -> None:
    """Twelve wrong birth dates for one reference in the same moment: five are compared."""
    start = threading.Barrier(12)
    outcomes: list[str] = []

    def guess(day: int) -> None:
        with sessions() as session:
            start.wait()
            try:
                with transaction(session):
                    look_up(
                        session,
                        typed="7K39QF2M4T",
                        born_on=date(1985, 5, day),
                        network="192.0.2.7",
                        now=NOW,
                    )
                outcomes.append("compared")
            except RefusedAct as refused:
                outcomes.append(refused.decision.reason.value)

    threads = [threading.Thread(target=guess, args=(day,)) for day in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["compared"] * 5 + ["too_many_tries"] * 7
