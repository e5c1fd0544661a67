"""A session that is kept for a draw is booked by the people drawn, while their right lasts."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import draws as build
from tests.build.booking import (
    OpenClinic,
    a_booked_resident,
    a_published_session,
    an_open_clinic,
    details_of,
)
from tests.build.draws import RESULT_AT
from vaxsite.booking.services import appointments
from vaxsite.core.actor import RESIDENT
from vaxsite.core.errors import RefusedAct
from vaxsite.draws import queries
from vaxsite.draws.rules.states import Reason, RightState
from vaxsite.draws.services import announcing, grants, rights
from vaxsite.slots import queries as slots

LATER = RESULT_AT + timedelta(hours=1)
ENDS = RESULT_AT + timedelta(days=2)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session)


@pytest.fixture
def kept(sessions: sessionmaker[Session], clinic: OpenClinic) -> tuple[int, UUID, int]:
    """The draw, the household of the people 1 and 2 who won it, and a slot kept for it."""
    with sessions() as session, transaction(session):
        session_id = a_published_session(
            session,
            site_id=clinic.site_id,
            product_id=clinic.product_id,
            day=(ENDS + timedelta(days=2)).date(),
        )
        draw_id = build.an_announced_draw(session, clinic, places=2, session_ids=(session_id,))
        slot_id = slots.slots_of_session(session, session_id)[0].id
    with sessions() as session, transaction(session):
        entry_id = build.an_entry(session, draw_id, [1, 2])
    with sessions() as session, transaction(session):
        build.published(session, clinic, draw_id)
    return draw_id, entry_id, slot_id


def book(sessions: sessionmaker[Session], slot_id: int, index: int, at: datetime) -> UUID:
    with sessions() as session, transaction(session):
        return a_booked_resident(
            session,
            slot_id=slot_id,
            secret=f"browser {index}",
            details=details_of(f"陈{index}", index=index),
            now=at,
        )


def right(sessions: sessionmaker[Session], entry_id: UUID) -> tuple[RightState | None, int]:
    with sessions() as session:
        found = queries.get_entry(session, entry_id)
    return found.right, found.booked


def test_the_people_drawn_book_one_after_the_other(
    sessions: sessionmaker[Session], kept: tuple[int, UUID, int]
) -> None:
    """Each person of a household has a seat of the right; with the last it is used up."""
    _, entry_id, slot_id = kept

    book(sessions, slot_id, 1, LATER)
    assert right(sessions, entry_id) == (RightState.INVITED, 1)
    book(sessions, slot_id, 2, LATER)
    assert right(sessions, entry_id) == (RightState.BOOKED, 2)


@pytest.mark.parametrize(("index", "at"), [(3, LATER), (1, ENDS)])
def test_nobody_else_books_and_nobody_afterwards(
    sessions: sessionmaker[Session], kept: tuple[int, UUID, int], index: int, at: datetime
) -> None:
    """Somebody who was not drawn, and somebody whose two days are over, read why."""
    with pytest.raises(RefusedAct) as caught:
        book(sessions, kept[2], index, at)

    assert caught.value.decision.reason is Reason.ONLY_DRAWN


def test_a_seat_is_held_only_from_the_page_of_the_entry(
    sessions: sessionmaker[Session], clinic: OpenClinic, kept: tuple[int, UUID, int]
) -> None:
    """Without the entry a browser cannot even hold a seat that is kept; others are as ever."""
    _, entry_id, slot_id = kept
    with sessions() as session:
        grants.check_slot(session, slot_id=slot_id, entry_id=entry_id, now=LATER)
        grants.check_slot(session, slot_id=clinic.slot_ids[0], entry_id=None, now=LATER)
        for opened, at in ((None, LATER), (entry_id, ENDS)):
            with pytest.raises(RefusedAct):
                grants.check_slot(session, slot_id=slot_id, entry_id=opened, now=at)


def test_no_appointment_moves_into_seats_that_are_kept(
    sessions: sessionmaker[Session], clinic: OpenClinic, kept: tuple[int, UUID, int]
) -> None:
    """Booking elsewhere and changing the time is no way around the draw."""
    with sessions() as session, transaction(session):
        mine = a_booked_resident(session, slot_id=clinic.slot_ids[0], details=details_of(index=9))

    with pytest.raises(RefusedAct) as caught, sessions() as session, transaction(session):
        appointments.change(
            session,
            appointment_id=mine,
            sequence=0,
            slot_id=kept[2],
            my_booking_url="https://vaccination.example/my-booking",
            actor=RESIDENT,
            now=build.OPENS,
        )

    assert caught.value.decision.reason is Reason.ONLY_DRAWN


def test_half_a_household_keeps_its_seat_when_the_right_ends(
    sessions: sessionmaker[Session], kept: tuple[int, UUID, int]
) -> None:
    """What was booked stays; only the place that nobody used is passed on."""
    draw_id, entry_id, slot_id = kept
    book(sessions, slot_id, 1, LATER)

    assert rights.lapse_due(sessions, now=ENDS) == 1

    assert right(sessions, entry_id) == (RightState.BOOKED, 1)
    with sessions() as session:
        assert sum(one.entries for one in queries.pool_counts(session, draw_id)) == 1


def test_what_is_left_is_opened_to_everybody(
    sessions: sessionmaker[Session], clinic: OpenClinic, kept: tuple[int, UUID, int]
) -> None:
    """First come, first served begins only where a manager says so."""
    with sessions() as session, transaction(session):
        announcing.open_to_all(session, draw_id=kept[0], actor=clinic.manager, now=ENDS)

    book(sessions, kept[2], 3, ENDS)
