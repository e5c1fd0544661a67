"""What the tests of moves do and look at, each in a transaction of its own."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build import moves as build
from tests.build.booking import OpenClinic
from vaxsite.booking import counting
from vaxsite.booking.models import Appointment
from vaxsite.calls.models import ResidentCall
from vaxsite.calls.rules import CallReason
from vaxsite.moves import queries
from vaxsite.moves.models import SeatMove
from vaxsite.moves.rules.states import MoveState

Sessions = sessionmaker[Session]


def act(sessions: Sessions, what: Callable[[Session], object]) -> object:
    """Do something in a transaction of its own."""
    with sessions() as session, transaction(session):
        return what(session)


def ids(sessions: Sessions, what: Callable[[Session], tuple[UUID, ...]]) -> tuple[UUID, ...]:
    """Book something in a transaction of its own."""
    with sessions() as session, transaction(session):
        return what(session)


def event(sessions: Sessions, clinic: OpenClinic, **asked: object) -> int:
    """Open an event."""
    with sessions() as session, transaction(session):
        return build.an_event(session, clinic, **asked)  # type: ignore[arg-type]  # As each test says.


def later(sessions: Sessions, clinic: OpenClinic, days: int, seats: int = 5) -> list[int]:
    """The slots of a later session."""
    with sessions() as session, transaction(session):
        return build.a_later_session(session, clinic, days=days, seats=seats)


def states(sessions: Sessions, appointment_id: UUID) -> list[MoveState]:
    """The moves of an appointment, oldest first."""
    query = (
        select(SeatMove.state)
        .where(SeatMove.appointment_id == appointment_id)
        .order_by(SeatMove.event_id)
    )
    with sessions() as session:
        return [MoveState(one) for one in session.scalars(query)]


def slot_of(sessions: Sessions, appointment_id: UUID) -> int:
    """Where the appointment stands."""
    with sessions() as session:
        return session.get_one(Appointment, appointment_id).slot_id


def told(sessions: Sessions) -> list[tuple[str, str]]:
    """Kind and text of every message about a move."""
    with sessions() as session:
        rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        return [(row.kind, row.body) for row in rows if row.kind != "booking:confirmed"]


def sound(sessions: Sessions) -> None:
    """Every seat is counted once, and nobody was forgotten."""
    with sessions() as session:
        assert [one for one in counting.count_seats(session) if not one.balanced] == []
        assert queries.forgotten(session) == []


def called(sessions: Sessions) -> list[tuple[UUID, CallReason]]:
    """Who stands on the list of calls, and why, in the order of asking."""
    with sessions() as session:
        rows = session.scalars(select(ResidentCall).order_by(ResidentCall.created_at))
        return [(UUID(row.about.partition(":")[2]), CallReason(row.reason)) for row in rows]
