"""A visit from the door to the door, on both databases."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from tests.build import clinic, stock
from tests.build.clinic import MINUTE, OPENED, Clinic
from vaxsite.booking.counting import count_seats
from vaxsite.booking.rules import AppointmentState
from vaxsite.core import sites
from vaxsite.core.audit import AuditEntry
from vaxsite.core.decisions import Allowed, Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission, Role
from vaxsite.visits import queries, services
from vaxsite.visits.rules import Identity, LeaveReason, VisitReason, VisitState, asked

DAY = timedelta(days=1)


@pytest.fixture
def place(session: Session) -> Clinic:
    """An open, stocked clinic."""
    return clinic.a_stocked_clinic(session)


def entry(session: Session, place: Clinic, visit_id: UUID) -> queries.Entry:
    """How the visit stands."""
    return queries.get_visit(session, visit_id=visit_id, actor=place.nurse)


def state(session: Session, place: Clinic, visit_id: UUID) -> tuple[str, AppointmentState]:
    """Where the visit and its appointment are."""
    found = entry(session, place, visit_id)
    return found.stage, found.appointment_state


def test_check_in_begins_a_visit(session: Session, place: Clinic) -> None:
    """The appointment has arrived, and the audit says who looked."""
    appointment_id = clinic.booked(session, place)

    visit_id = clinic.arrived(session, place, appointment_id)

    assert state(session, place, visit_id) == ("arrived", AppointmentState.ARRIVED)
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.at == OPENED)).all()
    assert sorted(actions) == ["appointment:arrive", "visit:check-in"]


@pytest.mark.parametrize("missing", sorted(asked(proof=False)))
def test_check_in_needs_every_part_of_the_identity(
    session: Session, place: Clinic, missing: Identity
) -> None:
    """Two of three is nobody."""
    appointment_id = clinic.booked(session, place)

    with pytest.raises(RefusedAct) as refused:
        services.check_in(
            session,
            appointment_id=appointment_id,
            confirmed=set(Identity) - {missing},
            actor=place.nurse,
            now=OPENED,
        )

    assert refused.value.decision.reason is VisitReason.IDENTITY_UNCONFIRMED


@pytest.mark.parametrize("shift", [-DAY, DAY], ids=["a day early", "a day late"])
def test_check_in_is_of_the_day_of_the_appointment(
    session: Session, place: Clinic, shift: timedelta
) -> None:
    """On another day it must be changed first: its seat is not here today."""
    appointment_id = clinic.booked(session, place)

    with pytest.raises(RefusedAct) as refused:
        clinic.arrived(session, place, appointment_id, at=OPENED + shift)

    assert refused.value.decision.reason is VisitReason.NOT_TODAY


def test_second_check_in_comes_too_late(session: Session, place: Clinic) -> None:
    """Two tablets check one person in once."""
    appointment_id = clinic.booked(session, place)
    clinic.arrived(session, place, appointment_id)

    with pytest.raises(AlreadyMoved):
        clinic.arrived(session, place, appointment_id)


def test_person_who_is_well_may_proceed(session: Session, place: Clinic) -> None:
    """Screened, with the answers kept."""
    visit_id = clinic.screened(session, place, clinic.booked(session, place))

    assert state(session, place, visit_id) == ("screened", AppointmentState.ARRIVED)
    visit = entry(session, place, visit_id).visit
    assert visit is not None
    assert visit.answers == clinic.well()


def test_person_with_fever_is_deferred_and_can_be_asked_again(
    session: Session, place: Clinic
) -> None:
    """A wrong tick is corrected by asking again, which the audit shows."""
    visit_id = clinic.arrived(session, place, clinic.booked(session, place))

    verdict = services.answer_questions(
        session,
        visit_id=visit_id,
        answers=clinic.well(fever="yes"),
        actor=place.nurse,
        now=OPENED,
    )

    assert isinstance(verdict, Refused)
    assert state(session, place, visit_id)[0] == "deferred"
    services.reopen(session, visit_id=visit_id, actor=place.nurse, now=OPENED)
    again = services.answer_questions(
        session, visit_id=visit_id, answers=clinic.well(), actor=place.nurse, now=OPENED
    )
    assert again == Allowed("visit:screening")
    assert state(session, place, visit_id)[0] == "screened"


def test_missing_answer_changes_nothing(session: Session, place: Clinic) -> None:
    """The person stays arrived."""
    visit_id = clinic.arrived(session, place, clinic.booked(session, place))

    with pytest.raises(RefusedAct):
        services.answer_questions(
            session,
            visit_id=visit_id,
            answers=clinic.well(allergy=""),
            actor=place.nurse,
            now=OPENED,
        )

    assert state(session, place, visit_id)[0] == "arrived"


def test_deferred_person_who_leaves_can_book_again(session: Session, place: Clinic) -> None:
    """The appointment is over, so that a new one for the same dose is possible."""
    visit_id = clinic.arrived(session, place, clinic.booked(session, place))
    services.answer_questions(
        session, visit_id=visit_id, answers=clinic.well(fever="yes"), actor=place.nurse, now=OPENED
    )

    services.leave(session, visit_id=visit_id, reason=None, actor=place.nurse, now=OPENED)

    assert state(session, place, visit_id) == ("left", AppointmentState.CANCELLED)


def test_seat_of_somebody_sent_home_is_free_again(session: Session, place: Clinic) -> None:
    """A cancelled appointment owns no seat; the count of the slot agrees with its owners."""
    visit_id = clinic.arrived(session, place, clinic.booked(session, place))

    services.leave(session, visit_id=visit_id, reason=None, actor=place.nurse, now=OPENED)

    (seats,) = count_seats(session, slot_ids=[place.slot_ids[0]])
    assert (seats.taken, seats.booked, seats.balanced) == (0, 0, True)


def test_vaccinated_person_leaves_after_the_observation(session: Session, place: Clinic) -> None:
    """Thirty minutes after the needle no reason is asked."""
    visit_id = clinic.screened(session, place, clinic.booked(session, place))
    clinic.given(session, place, visit_id, at=OPENED)

    with pytest.raises(RefusedAct):
        services.leave(
            session, visit_id=visit_id, reason=None, actor=place.nurse, now=OPENED + 29 * MINUTE
        )
    services.leave(
        session, visit_id=visit_id, reason=None, actor=place.nurse, now=OPENED + 30 * MINUTE
    )

    assert state(session, place, visit_id) == ("left", AppointmentState.COMPLETED)


def test_leaving_early_is_kept_with_its_reason(session: Session, place: Clinic) -> None:
    """The visit and the audit both say it."""
    visit_id = clinic.screened(session, place, clinic.booked(session, place))
    clinic.given(session, place, visit_id, at=OPENED)

    services.leave(
        session,
        visit_id=visit_id,
        reason=LeaveReason.REFUSED_TO_STAY,
        actor=place.nurse,
        now=OPENED + 10 * MINUTE,
    )

    visit = entry(session, place, visit_id).visit
    assert visit is not None
    assert visit.left_reason == "refused_to_stay"
    audited = session.scalars(select(AuditEntry).where(AuditEntry.action == "visit:leave")).one()
    assert audited.detail == {"early": "refused_to_stay"}


def test_board_shows_who_finishes_first(session: Session, place: Clinic) -> None:
    """Two people under observation, by the time of their needle."""
    first = clinic.screened(session, place, clinic.booked(session, place))
    second = clinic.screened(session, place, clinic.booked(session, place, name="王博", index=2))
    clinic.given(session, place, second, at=OPENED + 1 * MINUTE)
    clinic.given(session, place, first, at=OPENED + 2 * MINUTE)

    (site,) = sites.permitted(session, actor=place.nurse, permission=Permission.VISIT_READ)
    board = queries.observed(session, site=site)

    assert [line.visit.id for line in board if line.visit] == [second, first]


def test_nurse_of_another_clinic_finds_no_visit(session: Session, place: Clinic) -> None:
    """The same answer as for a visit that does not exist."""
    visit_id = clinic.arrived(session, place, clinic.booked(session, place))
    other = clinic.a_stocked_clinic(session, code="hillside")

    with pytest.raises(NotFound):
        queries.get_visit(session, visit_id=visit_id, actor=other.nurse)
    with pytest.raises(NotFound):
        services.leave(session, visit_id=visit_id, reason=None, actor=other.nurse, now=OPENED)


def test_who_may_only_read_changes_no_visit(session: Session, place: Clinic) -> None:
    """A manager sees the list and does not check in."""
    appointment_id = clinic.booked(session, place)
    place.nurse = stock.staff_of(place.site.id, Role.MANAGER)

    with pytest.raises(NotFound):
        clinic.arrived(session, place, appointment_id)


def test_day_list_is_of_the_local_day(session: Session, place: Clinic) -> None:
    """Everybody of the day by time; nobody of the day before."""
    clinic.booked(session, place)
    (site,) = sites.permitted(session, actor=place.nurse, permission=Permission.VISIT_READ)

    today = queries.day_list(session, site=site, day=clinic.TODAY)
    yesterday = queries.day_list(session, site=site, day=clinic.TODAY - DAY)

    assert [line.person.name for line in today] == ["陈安娜"]
    assert yesterday == []


def test_every_act_of_a_visit_is_audited(sessions: sessionmaker[Session]) -> None:
    """A guarded session commits each act: none of them forgets its audit row."""
    with sessions() as session:
        with transaction(session):
            place = clinic.a_stocked_clinic(session)
            appointment_id = clinic.booked(session, place)
        for act in (
            lambda: clinic.arrived(session, place, appointment_id),
            lambda: services.answer_questions(
                session, visit_id=visit(), answers=clinic.well(), actor=place.nurse, now=OPENED
            ),
            lambda: clinic.given(session, place, visit(), at=OPENED),
            lambda: services.leave(
                session,
                visit_id=visit(),
                reason=LeaveReason.EMERGENCY,
                actor=place.nurse,
                now=OPENED,
            ),
        ):

            def visit() -> UUID:
                found = queries.get_entry(
                    session, appointment_id=appointment_id, actor=place.nurse
                ).visit
                assert found is not None
                return found.id

            with transaction(session):
                act()

        assert state(session, place, visit())[0] == VisitState.LEFT
