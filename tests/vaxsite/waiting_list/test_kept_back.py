"""Who waits is offered no seat that is not out yet, and none that is set aside for others."""

from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, a_clinic, an_open_clinic, details_of
from tests.build.plans import FIRST, LATER, a_plan
from tests.build.stock import a_vaccine, staff_of
from tests.build.waiting import LINK, offer_of, offered, states, waits
from vaxsite.booking import counting
from vaxsite.core.permissions import Role
from vaxsite.eligibility import services as phases
from vaxsite.eligibility.rules import Reach
from vaxsite.plans.services import publishing
from vaxsite.slots import queries, releasing, services, setting_aside
from vaxsite.slots.models import SeatPortion
from vaxsite.slots.rules import Doses, SeatReason, SessionPlan
from vaxsite.slots.seats import NoSeat
from vaxsite.waiting_list.rules.fits import Planned
from vaxsite.waiting_list.services import offering

Sessions = sessionmaker[Session]
GROUP = "key-occupations-1"
HOURS = 48
END = NOW + timedelta(hours=HOURS)
NURSE, ADULT = "health-care", "other"


def opened(session: Session, site_id: int, group: str, clinic: OpenClinic) -> None:
    phases.open_phase(
        session,
        reach=Reach(site_id=site_id),
        group_code=group,
        opens_on=NOW.date(),
        closes_on=None,
        actor=clinic.manager,
        now=NOW,
    )


@pytest.fixture
def trickling(sessions: Sessions) -> OpenClinic:
    """A clinic whose only times, two of nine seats in a week, come out in portions."""
    with sessions() as session, transaction(session):
        site_id, product_id = a_clinic(session).id, a_vaccine(session)
        manager = staff_of(site_id, Role.MANAGER)
        day = (NOW + timedelta(days=7)).date()
        plan = SessionPlan(day=day, starts=time(9), ends=time(10), minutes=30, seats=9)
        session_id = services.plan_session(
            session, site_id=site_id, product_id=product_id, plan=plan, actor=manager, now=NOW
        )
        services.publish_session(
            session, session_id=session_id, actor=manager, now=NOW, hours=HOURS
        )
        slot_ids = [slot.id for slot in queries.slots_of_session(session, session_id)]
        clinic = OpenClinic(site_id, product_id, session_id, slot_ids, manager)
        opened(session, site_id, "everyone-from-18", clinic)
        return clinic


@pytest.fixture
def clinic(sessions: Sessions) -> OpenClinic:
    """A clinic with one time of three seats, where it is the turn of nurses and of everybody."""
    with sessions() as session, transaction(session):
        made = an_open_clinic(session, slots_count=1, seats=3)
        opened(session, made.site_id, GROUP, made)
        return made


def joins(sessions: Sessions, clinic: OpenClinic, first: int, *occupations: str) -> UUID:
    """People of these occupations join, alone or as a household, a second after those before."""
    indices = range(first, first + len(occupations))
    people = [
        details_of(f"陈{index}", index=index, occupation=occupation)
        for index, occupation in zip(indices, occupations, strict=True)
    ]
    with sessions() as session, transaction(session):
        at = NOW + timedelta(seconds=first)
        return waits(session, clinic, list(indices), people=people, now=at)


def set_aside(sessions: Sessions, clinic: OpenClinic) -> None:
    with sessions() as session, transaction(session):
        setting_aside.set_aside(
            session,
            session_id=clinic.session_id,
            slot_ids=clinic.slot_ids,
            group_code=GROUP,
            actor=clinic.manager,
            now=NOW,
        )


def let_out(sessions: Sessions, at: datetime) -> int:
    """Seats that are out at *at* by the rule, whatever the worker did."""
    with sessions() as session:
        query = select(SeatPortion.seats).where(SeatPortion.due_at <= at)
        return sum(session.scalars(query))


def taken(sessions: Sessions) -> int:
    with sessions() as session:
        counts = counting.count_seats(session)
    assert all(one.balanced for one in counts)
    return sum(one.taken for one in counts)


def test_only_seats_that_are_out_are_offered(sessions: Sessions, trickling: OpenClinic) -> None:
    """Twenty wait for eighteen seats: at no minute have they more than the rule has let out."""
    entries = [joins(sessions, trickling, index, ADULT) for index in range(1, 21)]
    with sessions() as session:
        due = set(session.scalars(select(SeatPortion.due_at)))

    assert offered(sessions) == let_out(sessions, NOW)
    for at in sorted(due):
        offered(sessions, now=at - timedelta(minutes=1))
        assert taken(sessions) <= let_out(sessions, at - timedelta(minutes=1))
        releasing.release_due(sessions, now=at)
        offered(sessions, now=at)  # At night nobody is asked.
        assert taken(sessions) <= let_out(sessions, at)

    offered(sessions, now=END + timedelta(minutes=1))
    assert taken(sessions) == 18
    assert states(sessions, entries).count("offered") == 18
    assert states(sessions, entries[:2]) == ["offered", "offered"], "the first who came"


def test_an_offer_that_was_planned_takes_no_seat_that_is_not_out(
    sessions: Sessions, trickling: OpenClinic
) -> None:
    """Whatever was planned, the statement that claims seats refuses; nothing has happened."""
    entry = joins(sessions, trickling, 1, ADULT)
    planned = Planned(entry, trickling.slot_ids[0], NOW + timedelta(hours=4))
    before = taken(sessions)

    with sessions() as session, pytest.raises(NoSeat) as refused, transaction(session):
        offering.offer(session, planned=planned, url=LINK, now=NOW)

    assert refused.value.decision.reason == SeatReason.FULL
    assert (taken(sessions), states(sessions, [entry])) == (before, ["waiting"])


def test_seats_set_aside_are_offered_to_their_group_alone(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Neither to who came first, nor to a household that is not all of the group."""
    set_aside(sessions, clinic)
    adult = joins(sessions, clinic, 1, ADULT)
    mixed = joins(sessions, clinic, 2, NURSE, ADULT)
    nurses = joins(sessions, clinic, 4, NURSE, NURSE)

    assert offered(sessions) == 1

    assert states(sessions, [adult, mixed, nurses]) == ["waiting", "waiting", "offered"]
    assert taken(sessions) == 2


def test_nobody_is_offered_a_seat_for_another_dose(sessions: Sessions) -> None:
    """Seats for second doses are out from the beginning; who waits for a first dose waits on."""
    with sessions() as session, transaction(session):
        plan = a_plan(session, FIRST, LATER, doses=200)
        site_id = plan.site_ids[0]
        clinic = OpenClinic(site_id, plan.product_id, 0, [], staff_of(site_id, Role.MANAGER))
        opened(session, site_id, "everyone-from-18", clinic)
        publishing.publish(session, plan_id=plan.plan_id, hours=HOURS, actor=plan.manager, now=NOW)
        stored = session.scalars(select(SeatPortion)).all()
        first = min(stored, key=lambda one: one.due_at)
        due_at, seats = first.due_at, first.seats
    entries = [joins(sessions, clinic, index, ADULT) for index in range(1, seats + 2)]

    assert offered(sessions, now=due_at - timedelta(minutes=1)) == 0
    releasing.release_due(sessions, now=due_at)
    assert offered(sessions, now=due_at) == seats
    told = [one for one in entries if states(sessions, [one]) == ["offered"]]
    with sessions() as session:
        found = [queries.get_slot(session, offer_of(sessions, one).slot.id) for one in told]
    assert [one.doses for one in found] == [Doses.FIRST] * seats


def test_seats_set_aside_after_an_offer_was_planned_are_not_offered(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Between the worker's plan and its offer a manager keeps the seats for nurses."""
    adult, nurse = joins(sessions, clinic, 1, ADULT), joins(sessions, clinic, 2, NURSE)
    with sessions() as session:
        planned = offering.planned_offers(session, now=NOW)
    assert {one.entry_id for one in planned} == {adult, nurse}
    set_aside(sessions, clinic)

    for_adult = next(one for one in planned if one.entry_id == adult)
    with sessions() as session, pytest.raises(NoSeat) as refused, transaction(session):
        offering.offer(session, planned=for_adult, url=LINK, now=NOW)
    assert refused.value.decision.reason == SeatReason.SET_ASIDE
    assert offered(sessions) == 1

    assert states(sessions, [adult, nurse]) == ["waiting", "offered"]
