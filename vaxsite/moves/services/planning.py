"""Looks for places: reads the free seats and what the rules say, and stores the answer.

Nothing is reserved by a proposal. Who carries it out takes the seats, and looks again for those
whose seat somebody else took meanwhile.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from sensors.store.moves import move
from vaxsite.core.actor import Actor
from vaxsite.core.ids import new_id
from vaxsite.draws.models import DrawSession
from vaxsite.moves.models import MoveEvent, SeatMove
from vaxsite.moves.rules import planner, states
from vaxsite.moves.rules.planner import Spot
from vaxsite.moves.rules.states import EVENTS, EventState, MoveState, Why
from vaxsite.moves.services.opening import record, replace_pending, step
from vaxsite.moves.services.people import Judge, Party, judge, parties
from vaxsite.slots import queries as slots

SET_PLACE = (
    update(SeatMove)
    .where(SeatMove.id == bindparam("row"))
    .values(to_slot_id=bindparam("to"), why=bindparam("because"))
)


def propose(session: Session, *, event_id: int, actor: Actor, now: datetime) -> None:
    """Plan everybody of an open event and show the manager; raise `AlreadyMoved` if late."""
    look(session, event_id=event_id, state=MoveState.PROPOSED, actor=actor, now=now)
    act = move(
        session,
        MoveEvent,
        event_id,
        EVENTS,
        source=EventState.OPEN,
        target=EventState.PROPOSED,
    )
    record(session, act.audit, f"move_event:{event_id}", actor, now, {})


def look(session: Session, *, event_id: int, state: MoveState, actor: Actor, now: datetime) -> int:
    """Look for places for those of the event who must leave and are in *state* without one.

    Return for how many appointments the answer is another one now. Somebody for whom there was no
    place (`why`) is looked at again only where *state* is `unplaced`.
    """
    query = select(SeatMove).where(
        SeatMove.event_id == event_id,
        SeatMove.state == state,
        SeatMove.must,
        SeatMove.to_slot_id.is_(None),
    )
    if state is not MoveState.UNPLACED:
        query = query.where(SeatMove.why.is_(None))
    rows = {row.appointment_id: row for row in session.scalars(query)}
    if not rows:
        return 0
    by_product: dict[int, list[Party]] = defaultdict(list)
    for party in parties(session, set(rows), now=now):
        by_product[party.product_id].append(party)
    changed = 0
    for product_id, mine in sorted(by_product.items()):
        terms = judge(session, mine, now=now)
        spots = free_spots(session, product_id, now)
        found = planner.plan([one.unit for one in mine], spots, terms, seed=f"event {event_id}")
        changed += _store(session, mine, found, rows, actor, now)
    if state is MoveState.UNPLACED:
        _accept_found(session, event_id, actor, now)
    return changed


def _accept_found(session: Session, event_id: int, actor: Actor, now: datetime) -> None:
    """Whoever waited and has a place now is moved like everybody that the manager accepted."""
    query = select(SeatMove.id).where(
        SeatMove.event_id == event_id,
        SeatMove.state == MoveState.UNPLACED,
        SeatMove.to_slot_id.is_not(None),
    )
    for move_id in session.scalars(query).all():
        step(session, move_id, MoveState.UNPLACED, MoveState.ACCEPTED, actor, now)


def free_spots(session: Session, product_id: int, now: datetime) -> list[Spot]:
    """Return the free seats that people can still be told of, but none that a draw keeps.

    Seats set aside for a group are among them: the planner gives them to people of it only.
    """
    kept = set(session.scalars(select(DrawSession.session_id)))
    lead = now + states.LEAD
    free = slots.free_slots(session, now=lead, product_id=product_id, set_aside=True)
    return [_spot(one) for one in free if one.session_id not in kept]


def _spot(slot: slots.SlotView) -> Spot:
    local = slot.starts_at.astimezone(ZoneInfo(slot.timezone))
    minute = local.hour * 60 + local.minute
    return Spot(slot.id, slot.site_id, local.date(), minute, slot.free, slot.doses, slot.kept_for)


def _store(
    session: Session,
    mine: Sequence[Party],
    found: planner.Plan,
    rows: dict[UUID, SeatMove],
    actor: Actor,
    now: datetime,
) -> int:
    """Write where each goes, if that is news; a dose that moves along gets a row of its own."""
    changes: list[dict[str, object]] = []
    along: list[dict[str, object]] = []
    for party in mine:
        places = found.places.get(party.unit.key)
        why = found.unplaced.get(party.unit.key)
        for number, (leg, seats) in enumerate(zip(party.unit.legs, party.seats, strict=True)):
            to = places[number] if places else None
            for row in seats:
                known = rows.get(row.id)
                if known is not None:
                    changes += _change(known, to, why)
                elif to is not None and to != leg.slot_id:
                    first = next(
                        rows[one.id] for each in party.seats for one in each if one.id in rows
                    )
                    along.append(_along(first, row.id, row.sequence, leg.slot_id, to, now))
    if changes:
        session.connection().execute(SET_PLACE, changes)
    if along:
        replace_pending(session, [row["appointment_id"] for row in along], actor=actor, now=now)  # type: ignore[misc]  # Identifiers, as made above.
        session.execute(insert(SeatMove), along)
    return len(along) + len(changes)


def _change(row: SeatMove, to: int | None, why: Why | None) -> list[dict[str, object]]:
    """Return what makes the row say so; nothing where it does already."""
    if (row.to_slot_id, row.why) == (to, why):
        return []
    return [{"row": row.id, "to": to, "because": None if why is None else why.value}]


def _along(
    first: SeatMove, appointment_id: UUID, sequence: int, slot_id: int, to: int, now: datetime
) -> dict[str, object]:
    return {
        "id": new_id(now),
        "event_id": first.event_id,
        "appointment_id": appointment_id,
        "place": first.place,
        "must": False,
        "from_slot_id": slot_id,
        "to_slot_id": to,
        # Who waited for a place and has one now is as good as accepted.
        "state": MoveState.ACCEPTED.value if first.state == MoveState.UNPLACED else first.state,
        "sequence": sequence,
        "changed_at": now,
    }


def look_again_for(
    session: Session, event_id: int, places: set[int], *, actor: Actor, now: datetime
) -> None:
    """Forget where these units should go; what moved along with them stays where it is."""
    if not places:
        return
    mine = (SeatMove.event_id == event_id, SeatMove.place.in_(places))
    waiting = SeatMove.state == MoveState.ACCEPTED
    session.execute(
        delete(SeatMove)
        .where(*mine, waiting, SeatMove.must.is_(False))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(SeatMove)
        .where(*mine, waiting)
        .values(to_slot_id=None, why=None)
        .execution_options(synchronize_session=False)
    )
    subject, detail = f"move_event:{event_id}", {"units": len(places)}
    record(session, "move-event:look-again", subject, actor, now, detail)


def no_longer_right(
    session: Session, units: Mapping[int, Sequence[SeatMove]], *, now: datetime
) -> set[int]:
    """Return the units (by place) whose new days the rules do not give, by the record of now."""
    rows = {row.appointment_id: row for mine in units.values() for row in mine}
    targets = slots.get_slots(session, {row.to_slot_id for row in rows.values() if row.to_slot_id})
    by_product: dict[int, list[Party]] = defaultdict(list)
    for party in parties(session, {one for one, row in rows.items() if row.must}, now=now):
        by_product[party.product_id].append(party)
    wrong = set[int]()
    for mine in by_product.values():
        terms = judge(session, mine, now=now)
        for party in mine:
            known = [rows[one.id] for seats in party.seats for one in seats if one.id in rows]
            goes = {row.from_slot_id: targets[row.to_slot_id] for row in known if row.to_slot_id}
            if not _right(party.unit, goes, terms):
                wrong |= {row.place for row in known}
    return wrong


def _right(unit: planner.Unit, goes: Mapping[int, slots.SlotView], terms: Judge) -> bool:
    """Tell whether every leg that moves, or comes after one, lies where the rules give it."""
    days: tuple[date, ...] = ()
    moved = False
    for leg in unit.legs:
        to = goes.get(leg.slot_id)
        moved = moved or to is not None
        day = to.day if to else leg.day
        window = terms.window(unit, days)
        if moved and (window is None or not planner.inside(day, window)):
            return False
        if to and not terms.allowed(unit, to.site_id, day):
            return False
        if to and to.kept_for and not terms.of_group(unit, to.kept_for, day):
            return False
        days = (*days, day)
    return True
