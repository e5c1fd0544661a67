"""A manager plans, publishes and cancels sessions; the public sees what is offered."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from tests.build.booking import NOW, TOMORROW, OpenClinic, an_open_clinic, holder
from tests.build.stock import staff_of
from vaxsite.booking.services import holds
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.slots import queries, services
from vaxsite.slots.rules import Reason, SessionPlan, SessionState


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session, slots_count=4, seats=3)


def plan(
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    *,
    day: date = TOMORROW,
    starts: time = time(14, 0),
    ends: time = time(16, 0),
    role: Role = Role.MANAGER,
) -> int:
    wanted = SessionPlan(day=day, starts=starts, ends=ends, minutes=30, seats=3)
    with sessions() as session, transaction(session):
        return services.plan_session(
            session,
            site_id=clinic.site_id,
            product_id=clinic.product_id,
            plan=wanted,
            actor=staff_of(clinic.site_id, role),
            now=NOW,
        )


def test_a_planned_session_is_offered_only_when_published(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The afternoon stays invisible until the manager publishes it, and publishes it once."""
    session_id = plan(sessions, clinic)

    def afternoon() -> int:
        with sessions() as session:
            found = queries.slots_of_day(session, site_id=clinic.site_id, day=TOMORROW, now=NOW)
        return len([slot for slot in found if slot.session_id == session_id])

    def publish() -> None:
        with sessions() as session, transaction(session):
            services.publish_session(session, session_id=session_id, actor=clinic.manager, now=NOW)

    assert afternoon() == 0
    publish()
    assert afternoon() == 4
    with pytest.raises(AlreadyMoved):
        publish()


@pytest.mark.parametrize(
    ("starts", "ends", "overlaps"),
    [
        (time(8, 0), time(9, 0), False),
        (time(8, 0), time(9, 30), True),
        (time(10, 30), time(11, 30), True),
        (time(11, 0), time(12, 0), False),
        (time(8, 0), time(12, 0), True),
    ],
)
def test_sessions_of_one_vaccine_do_not_overlap(
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    starts: time,
    ends: time,
    overlaps: bool,
) -> None:
    """09:00 to 11:00 is planned; touching is allowed, overlapping names the other session."""
    if not overlaps:
        plan(sessions, clinic, starts=starts, ends=ends)
        return

    with pytest.raises(RefusedAct) as refused:
        plan(sessions, clinic, starts=starts, ends=ends)

    assert refused.value.decision.reason == Reason.OVERLAPS
    assert refused.value.decision.detail == {"from": "09:00", "to": "11:00"}


def test_free_seats_are_counted_by_clinic_and_local_day(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Twelve seats tomorrow, less the one that is held; past times do not count."""
    with sessions() as session, transaction(session):
        holds.hold(session, slot_id=clinic.slot_ids[0], holder=holder("ana"), now=NOW)

    with sessions() as session:
        now_free = queries.free_days(session, now=NOW)
        at_half_past_nine = datetime(2026, 1, 13, 1, 30, tzinfo=UTC)
        later = queries.free_days(session, now=at_half_past_nine)

    assert now_free == [queries.DaySeats(clinic.site_id, TOMORROW, 11)]
    assert later == [queries.DaySeats(clinic.site_id, TOMORROW, 6)]


def test_a_session_with_taken_seats_is_not_cancelled(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Nobody's seat disappears without somebody moving the person first."""
    with sessions() as session, transaction(session):
        holds.hold(session, slot_id=clinic.slot_ids[0], holder=holder("ana"), now=NOW)

    def cancel(session_id: int) -> None:
        with sessions() as session, transaction(session):
            services.cancel_session(session, session_id=session_id, actor=clinic.manager, now=NOW)

    with pytest.raises(RefusedAct) as refused:
        cancel(clinic.session_id)
    assert refused.value.decision.reason == Reason.HAS_SEATS_TAKEN
    assert refused.value.decision.detail == {"seats": 1}

    holds.expire_due(sessions, now=NOW + timedelta(minutes=10))
    cancel(clinic.session_id)
    with sessions() as session:
        assert queries.get_session(session, clinic.session_id).state is SessionState.CANCELLED
        assert queries.free_days(session, now=NOW) == []


def test_only_a_manager_of_the_site_plans_sessions(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """For a nurse and for another site's manager the site is not there."""
    with pytest.raises(NotFound):
        plan(sessions, clinic, role=Role.NURSE)
    with pytest.raises(NotFound), sessions() as session, transaction(session):
        services.publish_session(
            session,
            session_id=clinic.session_id,
            actor=staff_of(clinic.site_id + 1, Role.MANAGER),
            now=NOW,
        )
