"""`./run bench moves`: a full day is lost, everybody is moved, placed and told."""

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import cycle, islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.engine import session_factory
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.bench import world
from tests.build import moves as build
from tests.build.booking import NOW, URL, OpenClinic, an_open_clinic
from vaxsite.booking import counting
from vaxsite.booking.models import Appointment, HoldSeat
from vaxsite.moves import queries
from vaxsite.moves.models import SeatMove
from vaxsite.moves.rules.states import MoveState
from vaxsite.moves.rules.texts import MOVED, WITHOUT_PLACE
from vaxsite.moves.services import accepting
from vaxsite.slots import queries as slots

SLOTS = 16
SECOND = 28  # Days after which the second doses are booked.
NEW_DAYS = (2, 3, 5, 9, 30, 33, 37)
FEW, MANY = 21, 56  # Days between the doses of the vaccine of the tests, by its leaflet.
SIZES = (1, 1, 2, 1, 3, 1, 1)  # People of one booking; every second booking is for both doses.
ZONE = ZoneInfo("Asia/Shanghai")


def run(database: str, *, seats: int, short: bool) -> dict[str, Any]:
    """Measure; return the figures by name. Any: counts, seconds and the names."""
    missing = seats * 3 // 10 if short else None
    with world.world(database) as here:
        sessions = session_factory(here.engine)
        clinic = _book_everybody(sessions, seats)
        began = world.clock_s()
        with sessions() as session, transaction(session):
            event_id = build.an_event(session, clinic, doses=missing)
        closed = world.clock_s()
        accepting.act_due(sessions, url=URL, now=NOW)
        planned = world.clock_s()
        build.accepted(sessions, clinic, event_id)
        done = world.clock_s()
        with sessions() as session:
            found = _look(session, event_id)
    return {
        "bench": "moves",
        "database": database,
        "seats": seats,
        "doses_missing": missing or 0,
        "close_s": round(closed - began, 2),
        "plan_s": round(planned - closed, 2),
        "carry_out_s": round(done - planned, 2),
        "all_s": round(done - began, 2),
        **found,
    }


def _book_everybody(sessions: sessionmaker[Session], seats: int) -> OpenClinic:
    """Fill a day, with pairs and households; there are later days to go to, too few for all."""
    each = seats // SLOTS
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session, slots_count=SLOTS, seats=each)
        second = build.a_later_session(session, clinic, days=SECOND, seats=each, slots_count=SLOTS)
        for days in NEW_DAYS:
            build.a_later_session(
                session, clinic, days=days, seats=max(each // 4, 3), slots_count=SLOTS
            )
    places = [place for place in range(SLOTS) for _ in range(each)]
    start = 0
    for booking, size in enumerate(islice(cycle(SIZES), seats)):
        people = min(size, sum(place == places[start] for place in places[start : start + size]))
        legs = [clinic.slot_ids[places[start]], second[places[start]]][: 1 + booking % 2]
        with sessions() as session, transaction(session):
            build.booked(
                session,
                *legs,
                index=start % 990,
                people=people,
                born_on=date(1960, 1, 1) + timedelta(days=start // 990),
                phone=f"+861{3_900_000_000 + start}",
            )
        start += people
        if start >= len(places):
            return clinic
    return clinic


def _look(session: Session, event_id: int) -> dict[str, Any]:
    """Return what must hold after all of it; Any: counts by name."""
    told = select(func.count(), func.count(OutboxMessage.about.distinct())).where(
        OutboxMessage.kind.in_((MOVED, WITHOUT_PLACE))
    )
    messages, about = session.execute(told).one()
    states = queries.counts(session, event_id)
    waiting = (MoveState.PROPOSED, MoveState.ACCEPTED)
    return {
        "appointments": sum(states.values()),
        "moved": states[MoveState.AWAITING],
        "without_place": states[MoveState.UNPLACED],
        "left_over": sum(states[one] for one in waiting),
        "messages": messages,
        "told_twice": messages - about,
        "forgotten": len(queries.forgotten(session)),
        "unbalanced_slots": sum(not one.balanced for one in counting.count_seats(session)),
        **_broken(session),
    }


def _broken(session: Session) -> dict[str, int]:
    """Count pairs outside the interval, and households that were split."""
    rows = session.execute(
        select(HoldSeat, Appointment.slot_id, SeatMove.state)
        .join(Appointment, Appointment.id == HoldSeat.appointment_id)
        .outerjoin(SeatMove, SeatMove.appointment_id == Appointment.id)
    ).all()
    times = slots.get_slots(session, {slot_id for _, slot_id, _ in rows})
    days: dict[tuple[object, int], dict[int, date]] = {}
    together: dict[object, set[int]] = {}
    unplaced = {one.hold_id for one, _, state in rows if state == MoveState.UNPLACED}
    for one, slot_id, _ in rows:
        days.setdefault((one.hold_id, one.member), {})[one.part] = _day(times[slot_id].starts_at)
        together.setdefault((one.hold_id, one.part), set()).add(slot_id)
    apart = Counter(
        FEW <= (both[2] - both[1]).days <= MANY
        for (hold_id, _), both in days.items()
        if len(both) > 1 and hold_id not in unplaced
    )
    return {
        "pairs": apart.total(),
        "outside_interval": apart[False],
        "split_households": sum(len(slot_ids) > 1 for slot_ids in together.values()),
    }


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()
