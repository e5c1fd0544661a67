"""Seats set aside for a group go to nobody else before they were freed by a logged step."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    OpenClinic,
    a_booked_resident,
    a_published_session,
    an_open_clinic,
    details_of,
    holder,
)
from vaxsite.booking import counting
from vaxsite.booking.hold_queries import HoldView
from vaxsite.booking.rules import Place
from vaxsite.booking.services import confirmations, holds
from vaxsite.core.actor import RESIDENT
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import DomainError, NotFound, RefusedAct
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility import services as phases
from vaxsite.eligibility.rules import Attributes, Occupation, PhaseView, Reach
from vaxsite.residents.services import PersonDetails
from vaxsite.slots import queries, seats, setting_aside, spilling
from vaxsite.slots.rules import Door, SeatReason

FIRST, NEXT = "key-occupations-1", "adults-18-59"
DAY = (NOW + timedelta(days=5)).date()
HOURS = timedelta(hours=1)
SEATS = 3


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """A clinic where it is the turn of nurses, then adults, then everybody, on a day to come."""
    with sessions() as session, transaction(session):
        return with_groups(session)


def with_groups(
    session: Session, code: str = "riverside", product_id: int | None = None
) -> OpenClinic:
    made = an_open_clinic(session, code=code, product_id=product_id)
    for group in (FIRST, NEXT):
        phases.open_phase(
            session,
            reach=Reach(site_id=made.site_id),
            group_code=group,
            opens_on=NOW.date(),
            closes_on=None,
            actor=made.manager,
            now=NOW,
        )
    session_id = a_published_session(
        session, site_id=made.site_id, product_id=made.product_id, day=DAY, seats=SEATS
    )
    slot_ids = [slot.id for slot in queries.slots_of_session(session, session_id)]
    return OpenClinic(made.site_id, made.product_id, session_id, slot_ids, made.manager)


def keep(
    session: Session,
    clinic: OpenClinic,
    group: str | None = FIRST,
    slot_ids: Sequence[int] = (),
    at: datetime = NOW,
) -> None:
    setting_aside.set_aside(
        session,
        session_id=clinic.session_id,
        slot_ids=slot_ids or clinic.slot_ids[:1],
        group_code=group,
        actor=clinic.manager,
        now=at,
    )


def book(session: Session, slot_id: int, index: int, *, nurse: bool, at: datetime) -> None:
    details = details_of(index=index, occupation="health-care" if nurse else "other")
    groups = eligibility.codes_of(
        Attributes(details.born_on, Occupation(details.occupation), False),
        at.date(),
    )
    secret = holder(f"{slot_id} {index}")
    held = holds.hold(session, slot_id=slot_id, holder=secret, groups=groups, now=at)
    confirmations.confirm(
        session,
        hold_id=held.id,
        holder=secret,
        people=[details],
        my_booking_url="https://vaccination.example/my-booking",
        actor=RESIDENT,
        now=at,
    )


def confirm(session: Session, held: HoldView, *people: PersonDetails, at: datetime) -> None:
    confirmations.confirm(
        session,
        hold_id=held.id,
        holder=holder("ana"),
        people=people or [details_of()],
        my_booking_url="https://vaccination.example/my-booking",
        actor=RESIDENT,
        now=at,
    )


def start_of(session: Session, clinic: OpenClinic) -> datetime:
    return queries.get_slot(session, clinic.slot_ids[0]).starts_at


@pytest.mark.parametrize("door", Door)
def test_no_door_gives_them_to_anybody_else(
    sessions: sessionmaker[Session], clinic: OpenClinic, door: Door
) -> None:
    """The statement that claims a seat refuses it with the reason; the group gets it."""
    slot_id = clinic.slot_ids[0]
    with sessions() as session, transaction(session):
        keep(session, clinic)
    with sessions() as session:
        with pytest.raises(seats.NoSeat) as caught:
            seats.exchange(session, take={slot_id: 1}, now=NOW, door=door, groups=[NEXT])
        assert caught.value.decision.reason is SeatReason.SET_ASIDE
        seats.exchange(session, take={slot_id: 1}, now=NOW, door=door, groups=[FIRST, NEXT])


def test_saying_to_be_of_the_group_is_judged_when_it_is_confirmed(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Who held a seat as a nurse and then says other work gets no appointment."""
    with sessions() as session, transaction(session):
        keep(session, clinic)
        held = holds.hold(
            session, slot_id=clinic.slot_ids[0], holder=holder("ana"), groups=[FIRST], now=NOW
        )
    with sessions() as session, pytest.raises(RefusedAct) as caught:
        confirm(session, held, at=NOW)
    assert caught.value.decision.reason is SeatReason.SET_ASIDE


def test_a_seat_that_is_held_stays_theirs(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Set aside while they fill in the form, it is theirs until the hold runs out."""
    slot_id = clinic.slot_ids[1]
    with sessions() as session, transaction(session):
        held = holds.hold(session, slot_id=slot_id, holder=holder("ana"), now=NOW)
    with sessions() as session, transaction(session):
        keep(session, clinic, slot_ids=[slot_id], at=NOW + timedelta(minutes=1))

    with sessions() as session, pytest.raises(RefusedAct) as caught:
        confirm(session, held, at=held.expires_at)
    assert caught.value.decision.reason is SeatReason.SET_ASIDE
    with sessions() as session, transaction(session):
        confirm(session, held, at=held.expires_at - timedelta(seconds=1))
    with sessions() as session:
        [count] = counting.count_seats(session, slot_ids=[slot_id])
    assert (count.booked, count.balanced) == (1, True)


def test_what_was_set_aside_before_is_told_by_the_time_of_each_hold(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """More seats beside one that is held are judged by when they were taken, not the first."""
    plain, aside = clinic.slot_ids[1], clinic.slot_ids[0]
    with sessions() as session, transaction(session):
        holds.hold(session, slot_id=plain, holder=holder("ana"), now=NOW)
        keep(session, clinic, at=NOW + timedelta(minutes=1))
    later = NOW + timedelta(minutes=2)
    with sessions() as session, transaction(session):
        held = holds.hold_places(
            session,
            places=[Place(plain), Place(aside, member=2)],
            holder=holder("ana"),
            groups=[FIRST],
            now=later,
        )
    with sessions() as session, pytest.raises(RefusedAct) as caught:
        confirm(session, held, details_of(), details_of(index=1), at=later)
    assert caught.value.decision.reason is SeatReason.SET_ASIDE


def test_a_seat_of_the_group_before_stays_theirs(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Who holds it as one of its group keeps it when it is set aside for others meanwhile."""
    with sessions() as session, transaction(session):
        keep(session, clinic, NEXT)
        held = holds.hold(
            session, slot_id=clinic.slot_ids[0], holder=holder("ana"), groups=[NEXT], now=NOW
        )
    meanwhile = NOW + timedelta(minutes=1)
    with sessions() as session, transaction(session):
        keep(session, clinic, FIRST, at=meanwhile)
        confirm(session, held, at=meanwhile)


def test_they_go_on_at_their_hours_and_once(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """At T-48 h to the next group with a phase, at T-24 h to everybody; both are written down."""
    with sessions() as session, transaction(session):
        keep(session, clinic)
        book(session, clinic.slot_ids[0], 1, nurse=True, at=NOW)
        starts = start_of(session, clinic)

    freed = [
        setting_aside.free_due(sessions, now=starts - hours)
        for hours in (48 * HOURS + timedelta(seconds=1), 48 * HOURS, 47 * HOURS, 24 * HOURS, HOURS)
    ]

    assert freed == [0, 1, 0, 1, 0]
    with sessions() as session:
        told = setting_aside.releases(session, session_id=clinic.session_id)
        audited = session.scalars(
            select(AuditEntry.detail)
            .where(AuditEntry.action == "slot:free")
            .order_by(AuditEntry.id)
        ).all()
    steps = [(one.rule, one.from_group, one.to_group, one.seats) for one in told]
    assert steps == [("T-24h", NEXT, None, 2), ("T-48h", FIRST, NEXT, 2)]
    assert [one["rule"] for one in audited] == ["T-48h", "T-24h"]


def test_a_worker_that_was_away_frees_them_at_once(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Where both steps are past, the last counts: nobody is kept out for a step that was missed."""
    with sessions() as session, transaction(session):
        keep(session, clinic)
        starts = start_of(session, clinic)
    setting_aside.free_due(sessions, now=starts - HOURS)
    with sessions() as session:
        assert queries.get_slot(session, clinic.slot_ids[0]).kept_for is None


def test_who_has_a_seat_keeps_it(sessions: sessionmaker[Session], clinic: OpenClinic) -> None:
    """Setting aside touches no appointment, and the counts stay right."""
    with sessions() as session, transaction(session):
        a_booked_resident(session, slot_id=clinic.slot_ids[0], details=details_of(index=7))
        keep(session, clinic)
    with sessions() as session:
        [count] = counting.count_seats(session, slot_ids=clinic.slot_ids[:1])
    assert (count.booked, count.balanced) == (1, True)


def test_only_the_manager_of_the_clinic_sets_aside(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Another clinic's manager, an unknown group and a slot of another session are not found."""
    with sessions() as session, transaction(session):
        other = an_open_clinic(session, code="hillside", product_id=clinic.product_id)
    wrong = (
        (other.manager, clinic.slot_ids[:1], FIRST),
        (clinic.manager, clinic.slot_ids[:1], "nobody"),
        (clinic.manager, other.slot_ids[:1], FIRST),
    )
    for actor, slot_ids, group in wrong:
        with sessions() as session, pytest.raises(NotFound):
            setting_aside.set_aside(
                session,
                session_id=clinic.session_id,
                slot_ids=slot_ids,
                group_code=group,
                actor=actor,
                now=NOW,
            )


def test_free_seats_are_shown_to_their_group(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A nurse sees three more free seats of that day than somebody else does."""
    with sessions() as session, transaction(session):
        keep(session, clinic)
    with sessions() as session:
        seen = [
            {one.day: one.free for one in queries.free_days(session, now=NOW, groups=groups)}[DAY]
            for groups in ([], [NEXT], [FIRST])
        ]
    assert seen == [SEATS, SEATS, 2 * SEATS]


WHO = {  # From the highest group to the lowest.
    "nurse": [FIRST, NEXT, "everyone-from-18"],
    "adult": [NEXT, "everyone-from-18"],
    "old": ["from-60", "everyone-from-18"],
}
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 40)),
        st.tuples(st.sampled_from(sorted(WHO)), st.integers(0, 1)),
        st.tuples(st.just("worker"), st.just(0)),
    ),
    max_size=14,
)
PLACES = count(1)  # Each example has a clinic of its own in the one database.


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=EVENTS)
def test_nobody_passes_a_higher_group_except_by_a_logged_step(
    sessions: sessionmaker[Session], clinic: OpenClinic, history: list[tuple[str, int]]
) -> None:
    """In whatever order: others get only seats that a written step gave them, and who is of the
    group gets a seat as long as one is free."""
    with sessions() as session, transaction(session):
        own = with_groups(session, f"site-{next(PLACES)}", clinic.product_id)
        keep(session, own)
        starts = start_of(session, own)
    at = NOW
    for act, value in history:
        if act == "wait":
            at = min(at + value * HOURS, starts - HOURS)
        elif act == "worker":
            setting_aside.free_due(sessions, now=at)
        else:
            judge(sessions, own, own.slot_ids[value], act, at)


def judge(
    sessions: sessionmaker[Session], clinic: OpenClinic, slot_id: int, who: str, at: datetime
) -> None:
    """Let somebody hold a seat, and compare what came of it with what is written."""
    with sessions() as session:
        before = queries.get_slot(session, slot_id)
        log = setting_aside.releases(session, session_id=clinic.session_id)
    owner = log[0].to_group if log else FIRST
    try:
        with sessions() as session, transaction(session):
            secret = holder(f"{who} {next(PLACES)}")
            holds.hold(session, slot_id=slot_id, holder=secret, groups=WHO[who], now=at)
        placed = True
    except DomainError:
        placed = False
    set_aside = slot_id == clinic.slot_ids[0]
    theirs = not set_aside or owner is None or owner in WHO[who]
    assert theirs or not placed, f"{who} was placed before {owner}"
    assert placed or not theirs or not before.free, f"{who} was refused a free seat of {owner}"


def test_the_steps_are_dated_and_have_a_source() -> None:
    """Every step says from when it holds and where it comes from, the earliest first."""
    steps = setting_aside.steps()
    assert [step.hours_before for step in steps] == [48, 24]
    assert all(step.source and step.valid_from for step in steps)


def test_the_next_group_is_one_that_can_come_that_day() -> None:
    """Groups without an open phase are passed over; after the last it is everybody."""
    groups = eligibility.groups()
    phase = PhaseView(1, 1, "from-60", DAY, None)
    found = [
        spilling.next_group(groups, [phase], current=current, day=day)
        for current, day in (
            (FIRST, DAY),
            (FIRST, DAY - timedelta(days=1)),
            ("from-60", DAY),
            ("gone", DAY),
        )
    ]
    assert found == ["from-60", None, None, None]
