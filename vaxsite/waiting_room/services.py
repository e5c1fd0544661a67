"""Acts on the waiting room. A place once given is never taken away or moved back.

The order of those who came before the opening is drawn in one transaction, by whoever comes first:
the worker or a request. Afterwards each newcomer takes the next number of one counter row.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.base import metadata
from sensors.store.dialect import insert_if_absent
from sensors.store.encrypted import blind_index
from sensors.store.moves import move
from sensors.store.transaction import transaction
from vaxsite.core import audit
from vaxsite.core.actor import Actor, system
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.ids import new_id
from vaxsite.core.permissions import Permission
from vaxsite.waiting_room import queries, rules
from vaxsite.waiting_room.models import Opening, QueueCounter, QueuePlace
from vaxsite.waiting_room.rules import OPENINGS, Check, OpeningState, Reason

KEEPER = system("waiting-room")
SEED_BYTES = 32


def switch_on(
    session: Session,
    *,
    gathers_at: datetime,
    opens_at: datetime,
    until_at: datetime,
    per_minute: int,
    check: Check,
    timezone: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Put a waiting room before booking for a time; return its id. Raise `RefusedAct`."""
    if not actor.may(Permission.OPENING_WRITE):
        raise NotFound
    _check_times(session, gathers_at, opens_at, until_at, now)
    _check_rate(per_minute)
    row = Opening(
        gathers_at=gathers_at,
        opens_at=opens_at,
        until_at=until_at,
        timezone=timezone,
        state=OPENINGS.initial.value,
        check=check.value,
        seed=secrets.token_hex(SEED_BYTES),
        base_place=0,
        base_at=opens_at,
        per_minute=per_minute,
        switched_on_by=actor.id,
    )
    session.add(row)
    session.flush()
    session.add(QueueCounter(opening_id=row.id, next_place=1))
    told = {"opens_at": opens_at.isoformat(), "per_minute": per_minute}
    _record(session, "opening:switch-on", row.id, actor, now, **told)
    session.flush()
    return row.id


def _check_times(
    session: Session, gathers_at: datetime, opens_at: datetime, until_at: datetime, now: datetime
) -> None:
    if opens_at <= now:
        raise refused(Reason.IN_THE_PAST)
    if not gathers_at <= opens_at < until_at:
        raise refused(Reason.TIMES_ORDER)
    for other in queries.coming(session, now=now):
        if gathers_at < other.until_at and other.gathers_at < until_at:
            raise refused(Reason.OVERLAPS)


def change_rate(
    session: Session, *, opening_id: int, per_minute: int, actor: Actor, now: datetime
) -> None:
    """Let more or fewer in from now on; nobody's place changes."""
    row = _lock(session, opening_id, actor)
    _check_rate(per_minute)
    pace = queries.view(row).pace
    if row.state == OpeningState.OPEN:
        pace = pace.changed(per_minute, now)
    row.base_place, row.base_at, row.per_minute = pace.base, pace.since, per_minute
    _record(session, "opening:change-rate", row.id, actor, now, per_minute=per_minute)
    session.flush()


def end(session: Session, *, opening_id: int, actor: Actor, now: datetime) -> None:
    """Take the waiting room away: everybody can book at once."""
    row = _lock(session, opening_id, actor)
    state = OpeningState(row.state)
    step = move(session, Opening, row.id, OPENINGS, source=state, target=OpeningState.ENDED)
    _record(session, step.audit, row.id, actor, now)


def join(session: Session, *, token: str, network: str, now: datetime) -> None:
    """Give the browser with *token* a place; once it has one, asking again changes nothing.

    Raise `RefusedAct` where too many places of its network are taken. Call `draw_places_due` first.
    """
    opening = queries.current(session, now=now)
    if opening is None:
        return
    hashed = queries.token_hash(token)
    if session.scalar(select(QueuePlace.id).where(QueuePlace.token_hash == hashed)) is not None:
        return
    network_hash = blind_index("queue_place.network_hash", network)
    taken = session.scalar(
        select(func.count()).where(
            QueuePlace.opening_id == opening.id, QueuePlace.network_hash == network_hash
        )
    )
    if (taken or 0) >= rules.PLACES_A_NETWORK:
        raise refused(Reason.NETWORK_FULL)
    drawn = opening.state is OpeningState.OPEN
    insert_if_absent(
        session,
        QueuePlace,
        id=new_id(now),
        opening_id=opening.id,
        token_hash=hashed,
        network_hash=network_hash,
        place=_next_place(session, opening.id) if drawn else None,
        arrived_at=now,
        seen_at=now,
    )


def draw_places_due(session: Session, *, now: datetime) -> bool:
    """Draw the places of those who came before an opening whose moment has come; tell whether.

    The order follows from the opening's seed alone, so it can be recomputed; its digest is in the
    audit.
    """
    row = session.scalar(
        select(Opening).where(
            Opening.state == OpeningState.GATHERING, Opening.opens_at <= now, Opening.until_at > now
        )
    )
    if row is None:
        return False
    try:
        step = move(
            session,
            Opening,
            row.id,
            OPENINGS,
            source=OpeningState.GATHERING,
            target=OpeningState.OPEN,
        )
    except AlreadyMoved:  # Another process drew them in this moment.
        return False
    early = session.scalars(
        select(QueuePlace.id).where(QueuePlace.opening_id == row.id, QueuePlace.place.is_(None))
    )
    ordered = rules.drawn_order(row.seed, early)
    _set_places(session, ordered)
    session.execute(
        update(QueueCounter)
        .where(QueueCounter.opening_id == row.id)
        .values(next_place=len(ordered) + 1)
    )
    digest = hashlib.sha256(b"".join(one.bytes for one in ordered)).hexdigest()
    _record(session, step.audit, row.id, KEEPER, now, places=len(ordered), order=digest)
    return True


def draw_due(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Draw what is due, as a job of the worker."""
    with sessions() as session, transaction(session):
        return int(draw_places_due(session, now=now))


def look(session: Session, *, token: str | None, now: datetime) -> queries.Standing:
    """Return where the browser stands; write down that it was seen, and that it was let in."""
    draw_places_due(session, now=now)
    found = queries.standing(session, token=token, now=now)
    if token is None or found.opening is None:
        return found
    row = session.scalar(
        select(QueuePlace).where(QueuePlace.token_hash == queries.token_hash(token))
    )
    if row is None:
        return found
    if row.place is None and found.opening.state is OpeningState.OPEN:
        # It came in the very moment of the drawing: the end of the line of that moment.
        row.place = _next_place(session, row.opening_id)
        found = queries.standing(session, token=token, now=now)
    if found.stand is rules.Stand.ADMITTED and row.admitted_at is None:
        row.admitted_at = now
        session.flush()
        found = queries.standing(session, token=token, now=now)
    elif now - row.seen_at >= rules.SEEN_EVERY:
        row.seen_at = now
    session.flush()
    return found


def _set_places(session: Session, ordered: Sequence[UUID]) -> None:
    if not ordered:
        return
    table = metadata.tables[QueuePlace.__tablename__]
    statement = update(table).where(table.c.id == bindparam("one")).values(place=bindparam("nth"))
    rows = [{"one": one, "nth": nth} for nth, one in enumerate(ordered, start=1)]
    session.connection().execute(statement, rows)


def _next_place(session: Session, opening_id: int) -> int:
    taken = session.scalars(
        update(QueueCounter)
        .where(QueueCounter.opening_id == opening_id)
        .values(next_place=QueueCounter.next_place + 1)
        .returning(QueueCounter.next_place)
        .execution_options(synchronize_session=False)
    ).one()
    return taken - 1


def _lock(session: Session, opening_id: int, actor: Actor) -> Opening:
    row = session.get(Opening, opening_id, with_for_update=True, populate_existing=True)
    if row is None or not actor.may(Permission.OPENING_WRITE):
        raise NotFound
    return row


def _check_rate(per_minute: int) -> None:
    if not 1 <= per_minute <= rules.RATE_MAX:
        raise refused(Reason.RATE_RANGE, most=rules.RATE_MAX)


def refused(reason: StrEnum, **detail: int) -> RefusedAct:
    """Return the refusal to raise."""
    return RefusedAct(Refused(reason, rules.RULE, detail=detail), rules.SENTENCES)


def _record(
    session: Session, action: str, opening_id: int, actor: Actor, now: datetime, **detail: object
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=f"opening:{opening_id}",
        now=now,
        detail=detail,
    )
