"""Seats that are not out yet: no public door to them, each let out once, counts that are right."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, a_booked_resident, an_open_clinic, holder
from tests.build.stock import staff_of
from vaxsite.booking import counting
from vaxsite.booking.services import holds
from vaxsite.core import audit
from vaxsite.core.actor import system
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Role
from vaxsite.slots import queries, releasing, seats, services
from vaxsite.slots.models import SeatPortion, Slot
from vaxsite.slots.rules import Door, SeatReason, SessionPlan
from vaxsite.slots.seats import NoSeat

HOURS = 48
END = NOW + timedelta(hours=HOURS)
DESK = system("test-desk")


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """A clinic with a session in a week, of 4 slots with 9 seats, published as a trickle."""
    with sessions() as session, transaction(session):
        return a_trickle(session)


def a_trickle(session: Session) -> OpenClinic:
    clinic = an_open_clinic(session)
    manager = staff_of(clinic.site_id, Role.MANAGER)
    plan = SessionPlan(
        day=(NOW + timedelta(days=7)).date(),
        starts=time(9),
        ends=time(11),
        minutes=30,
        seats=9,
        overbook=2,
    )
    session_id = services.plan_session(
        session,
        site_id=clinic.site_id,
        product_id=clinic.product_id,
        plan=plan,
        actor=manager,
        now=NOW,
    )
    services.publish_session(session, session_id=session_id, actor=manager, now=NOW, hours=HOURS)
    slot_ids = [slot.id for slot in queries.slots_of_session(session, session_id)]
    return OpenClinic(clinic.site_id, clinic.product_id, session_id, slot_ids, manager)


def take(sessions: sessionmaker[Session], slot_id: int, door: Door, at: datetime, n: int) -> bool:
    """Take seats, or give them back with a negative number; tell whether there were any."""
    step = {"take": {slot_id: n}} if n > 0 else {"give": {slot_id: -n}}
    try:
        with sessions() as session, transaction(session):
            seats.exchange(session, **step, now=at, door=door)
            audit.record(session, actor=DESK, action="test:seat", subject="seat:1", now=at)
    except NoSeat:
        return False
    return True


def portions(sessions: sessionmaker[Session], slot_ids: list[int]) -> list[SeatPortion]:
    with sessions() as session:
        query = select(SeatPortion).where(SeatPortion.slot_id.in_(slot_ids))
        return list(session.scalars(query))


def test_no_public_door_leads_to_a_seat_that_is_not_out(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Neither held nor shown as free; the manager sees how many there are; staff may give one."""
    slot_id = clinic.slot_ids[0]
    with sessions() as session, pytest.raises(NoSeat) as refused, transaction(session):
        holds.hold(session, slot_id=slot_id, holder=holder("ana"), now=NOW)
    assert refused.value.decision.reason == SeatReason.FULL
    with sessions() as session:
        day = queries.get_slot(session, slot_id).day
        shown = queries.slots_of_day(session, site_id=clinic.site_id, day=day, now=NOW)
        days = queries.free_days(session, now=NOW, site_id=clinic.site_id)
        assert {slot.id for slot in queries.free_slots(session, now=NOW)}.isdisjoint(
            clinic.slot_ids
        )
        assert queries.get_session(session, clinic.session_id).withheld == 36
    assert [slot.free for slot in shown] == [0] * 4
    assert [one.free for one in days if one.day == day] == [0]
    assert take(sessions, slot_id, Door.STAFF, NOW, 1)


def test_the_digest_is_in_the_audit_and_the_rest_is_told_at_the_end(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """What the audit committed to is the digest of the text that is shown; before, no text."""
    with sessions() as session:
        before = releasing.committed(session, session_id=clinic.session_id, now=NOW)
        after = releasing.committed(session, session_id=clinic.session_id, now=END)
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "session:trickle")
        ).one()
        with pytest.raises(NotFound):
            releasing.committed(session, session_id=clinic.session_id + 1, now=END)
    assert (before.text, before.portions) == (None, ())
    assert before.digest == after.digest == entry.detail["digest"]
    assert after.text is not None
    stored = portions(sessions, clinic.slot_ids)
    assert sorted(one.due_at for one in stored) == [one.due_at for one in after.portions]


@pytest.mark.parametrize("seed", range(4))
def test_random_histories_let_every_seat_out_once(
    sessions: sessionmaker[Session], clinic: OpenClinic, seed: int
) -> None:
    """Workers that come twice, late or not at all; people and staff who take and give back.

    After each step the seats are free, not out, held or booked; the public never owned more than
    was out; nothing was out before its time; at the end everything is.
    """
    dice, at = random.Random(seed), NOW
    public = dict.fromkeys(clinic.slot_ids, 0)
    while at < END:
        at += timedelta(minutes=dice.choice([1, 7, 45, 400]))
        for _ in range(dice.choice([0, 1, 1, 2])):
            releasing.release_due(sessions, now=at)
        slot_id, number = dice.choice(clinic.slot_ids), dice.choice([1, 1, 2])
        if dice.random() < 0.2:
            took = take(sessions, slot_id, Door.STAFF, at, 1)
            assert not took or take(sessions, slot_id, Door.STAFF, at, -1)
        elif dice.random() < 0.3 and public[slot_id]:
            assert take(sessions, slot_id, Door.PUBLIC, at, -1)
            public[slot_id] -= 1
        elif take(sessions, slot_id, Door.PUBLIC, at, number):
            public[slot_id] += number
        _check(sessions, clinic, public, at)
    releasing.release_due(sessions, now=END)
    stored = portions(sessions, clinic.slot_ids)
    assert all(one.released_at for one in stored)
    with sessions() as session:
        assert queries.get_session(session, clinic.session_id).withheld == 0
        let_out = session.scalars(
            select(AuditEntry.detail).where(AuditEntry.action == "session:release")
        )
        assert sum(sum(one["slots"].values()) for one in let_out) == 36


def _check(
    sessions: sessionmaker[Session], clinic: OpenClinic, public: dict[int, int], at: datetime
) -> None:
    out = dict.fromkeys(clinic.slot_ids, 0)
    for one in portions(sessions, clinic.slot_ids):
        if one.released_at is not None:
            assert one.due_at <= one.released_at <= at
            out[one.slot_id] += one.seats
    with sessions() as session:
        for slot in queries.slots_of_session(session, clinic.session_id):
            assert slot.withheld == 9 - out[slot.id]
            assert slot.taken == public[slot.id] <= out[slot.id]
            assert slot.free == out[slot.id] - public[slot.id]


def test_two_workers_let_each_portion_out_once(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Both come at the same moment, after hours in which none ran."""
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: releasing.release_due(sessions, now=END), range(2)))

    assert sum(done) == 36
    with sessions() as session:
        assert session.scalar(select(func.sum(Slot.withheld))) == 0


def test_counts_balance_while_seats_are_not_out(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Booked, held and given by staff, as far as they are out; a hold grows within what it has."""
    at = NOW + timedelta(hours=24)
    releasing.release_due(sessions, now=at)
    mine = clinic.slot_ids
    with sessions() as session:
        free = [slot for slot in queries.free_slots(session, now=at) if slot.id in mine]
        out = next(slot for slot in free if slot.free > 1)
    with sessions() as session, transaction(session):
        a_booked_resident(session, slot_id=out.id, now=at)
        holds.hold(session, slot_id=out.id, holder=holder("bo"), now=at)
    with sessions() as session:
        (count,) = counting.count_seats(session, slot_ids=[out.id])
    assert (count.held, count.booked, count.balanced) == (1, 1, True)
    assert count.free + count.unreleased + 2 == 9
    assert count.unreleased == out.withheld


def test_a_session_that_is_called_off_lets_nothing_out(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Its seats are closed, and the worker leaves them so."""
    with sessions() as session, transaction(session):
        services.cancel_session(
            session, session_id=clinic.session_id, actor=clinic.manager, now=NOW
        )

    assert releasing.release_due(sessions, now=END) == 0
    with sessions() as session:
        assert queries.get_session(session, clinic.session_id).capacity == 0
