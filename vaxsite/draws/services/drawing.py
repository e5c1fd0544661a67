"""From the closed list to the public result: close, take in the public value, draw, publish."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.base import metadata
from sensors.store.transaction import transaction
from vaxsite.core.actor import Actor, system
from vaxsite.core.decisions import Detail
from vaxsite.draws import queries
from vaxsite.draws.models import Draw, DrawEntry, DrawRandomness, DrawRight
from vaxsite.draws.rules import files, limits, lottery
from vaxsite.draws.rules.lottery import Allocation, Entry
from vaxsite.draws.rules.states import DRAWS, DrawState, EntryState, Reason, RightState
from vaxsite.draws.services import announcing, checks

CLOSER = system("close-draws")
T = TypeVar("T")
FIRST, SECOND = "first", "second"
BATCH = 5_000


def close(session: Session, *, draw_id: int, actor: Actor, now: datetime) -> str:
    """Close the list and publish its digest; return it. Raise `RefusedAct` before its time."""
    row = checks.lock(session, draw_id, None if actor == CLOSER else actor)
    if now < row.closes_at:
        raise checks.refused(Reason.STILL_OPEN, closes=row.closes_at)
    found = queries.entries(session, draw_id)
    text = lottery.entry_list(found)
    digest = lottery.digest(text)
    told: Detail = {"entries": len(found), "digest": digest}
    checks.advance(
        session,
        row,
        DrawState.CLOSED,
        actor=actor,
        now=now,
        told=told,
        entries_digest=digest,
        published_list=text,
    )
    return digest


def close_due(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Close the list of every draw whose registration is over; return how many."""
    with sessions() as session:
        due = announcing.any_due(session, now)
    for draw_id in due:
        with sessions() as session, transaction(session):
            close(session, draw_id=draw_id, actor=CLOSER, now=now)
    return len(due)


def type_value(
    session: Session, *, draw_id: int, value: str, source: str, actor: Actor, now: datetime
) -> None:
    """Keep what *actor* read at the public source; their own earlier reading is replaced."""
    row = checks.lock(session, draw_id, actor)
    if row.state != DrawState.CLOSED or now < row.randomness_at:
        raise checks.refused(Reason.RANDOMNESS_NOT_YET, at=row.randomness_at)
    second_at = row.randomness_at + limits.FALLBACK_AFTER
    if source == SECOND and now < second_at:
        raise checks.refused(Reason.FALLBACK_NOT_YET, at=second_at)
    typed = session.get(DrawRandomness, (draw_id, actor.id))
    if typed is None:
        typed = DrawRandomness(draw_id=draw_id, entered_by=actor.id)
        session.add(typed)
    typed.value, typed.source, typed.entered_at = lottery.clean_value(value), source, now
    told = {"value": typed.value, "source": source}
    checks.record(session, "draw:type-value", f"draw:{draw_id}", actor, now, **told)
    session.flush()


def draw(session: Session, *, draw_id: int, actor: Actor, now: datetime) -> Allocation:
    """Draw, and keep rank and place of every entry. Nobody but managers sees it yet.

    Raise `RefusedAct` where two people have not typed the same value, or where the list is no
    longer the one whose digest was published.
    """
    row = checks.lock(session, draw_id, actor)
    DRAWS.move(DrawState(row.state), DrawState.DRAWN)  # Before anything is computed.
    value, source = _agreed(session, draw_id)
    row.public_value, row.public_source = value, source
    material = queries.drawn(session, row)
    if lottery.digest(lottery.entry_list(material.entries)) != row.entries_digest:
        raise checks.refused(Reason.LIST_CHANGED)
    ordered, found, seed = files.outcome(material)
    _keep(session, draw_id, ordered, found, now)
    told: Detail = {"seed": seed, "entries": len(ordered), "with_a_place": len(found.pools)}
    checks.advance(
        session,
        row,
        DrawState.DRAWN,
        actor=actor,
        now=now,
        told=told,
        places_left=found.left,
        public_value=value,
        public_source=source,
    )
    return found


def _agreed(session: Session, draw_id: int) -> tuple[str, str]:
    typed = queries.typed_values(session, draw_id)
    if len(typed) < 2:
        raise checks.refused(Reason.RANDOMNESS_MISSING)
    if len({(one.value, one.source) for one in typed}) != 1:
        raise checks.refused(Reason.RANDOMNESS_DIFFERS)
    return typed[0].value, typed[0].source


def _keep(
    session: Session, draw_id: int, ordered: list[Entry], found: Allocation, now: datetime
) -> None:
    """Store a right for each entry, in batches: a draw may have a quarter of a million."""
    known = session.execute(
        select(DrawEntry.number, DrawEntry.id).where(
            DrawEntry.draw_id == draw_id, DrawEntry.state == EntryState.LIVE
        )
    )
    ids = {number: entry_id for number, entry_id in known}  # noqa: C416 - a row is no pair of dict.
    rows = [
        {
            "id": ids[one.number],
            "draw_id": draw_id,
            "rank": rank,
            "pool": found.pools.get(one.number),
            "state": RightState.DRAWN if one.number in found.pools else RightState.WAITING,
            "changed_at": now,
        }
        for rank, one in enumerate(ordered, start=1)
    ]
    for batch in _batches(rows):  # Into the table, not the class: a third of the time.
        session.execute(insert(metadata.tables[DrawRight.__tablename__]), batch)


def _batches(rows: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def publish(
    session: Session, *, draw_id: int, signing_key: str, actor: Actor, now: datetime
) -> None:
    """Sign the result, make it public, and give everybody drawn the right to book."""
    row = checks.lock(session, draw_id, actor)
    if not signing_key or files.public_key(signing_key) != _announced_key(row):
        raise checks.refused(Reason.NO_KEY)
    document = files.result_document(queries.drawn(session, row))
    signature = files.sign(document, signing_key)
    until = now + timedelta(days=row.days_to_book)
    invited = (
        update(DrawRight)
        .where(DrawRight.draw_id == draw_id, DrawRight.state == RightState.DRAWN)
        .values(state=RightState.INVITED.value, expires_at=until, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    count: int = session.execute(invited).rowcount  # type: ignore[attr-defined]  # A CursorResult.
    checks.advance(
        session,
        row,
        DrawState.PUBLISHED,
        actor=actor,
        now=now,
        told={"invited": count, "until": until.isoformat()},
        signature=signature,
        published_result=files.canonical({**document, files.SIGNATURE: signature}),
        published_at=now,
    )


def _announced_key(row: Draw) -> str:
    return str(queries.view(row).told["signing_key"])
