"""Rights to book: told, lapsed, passed on to the next in line. Run by the worker."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.moves import move
from sensors.store.transaction import in_portions, transaction
from vaxsite.core.actor import system
from vaxsite.core.ids import show_reference
from vaxsite.draws import queries
from vaxsite.draws.models import Draw, DrawEntry, DrawMember, DrawRight
from vaxsite.draws.rules import files, lottery, texts
from vaxsite.draws.rules.lottery import Entry
from vaxsite.draws.rules.states import RIGHTS, DrawState, RightState
from vaxsite.draws.services import checks
from vaxsite.messages.writing import Said, To, Way, write

KEEPER = system("draw-rights")
BATCH = 500


def lapse_due(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """End the rights that ran out and invite the next in line; return how many ended."""
    with sessions() as session:
        due = select(DrawRight.draw_id).where(
            DrawRight.state == RightState.INVITED, DrawRight.expires_at <= now
        )
        draw_ids = sorted(set(session.scalars(due)))
    total = 0
    for draw_id in draw_ids:
        with sessions() as session, transaction(session):
            total += pass_on(session, draw_id=draw_id, now=now)
    return total


def pass_on(session: Session, *, draw_id: int, now: datetime) -> int:
    """End what ran out in one draw, and give the freed places on; return how many rights ended.

    A household of which some have booked keeps those; only the places not used are passed on.
    """
    row = checks.lock(session, draw_id)
    freed, ended = Counter({pool: int(left) for pool, left in row.places_left.items()}), 0
    due = session.execute(
        select(DrawRight.id, DrawRight.pool, DrawEntry.size, _booked())
        .join(DrawEntry, DrawEntry.id == DrawRight.id)
        .where(
            DrawRight.draw_id == draw_id,
            DrawRight.state == RightState.INVITED,
            DrawRight.expires_at <= now,
        )
        .order_by(DrawRight.rank)
    )
    for right_id, pool, size, booked in due.all():
        target = RightState.BOOKED if booked else RightState.LAPSED
        step = move(
            session,
            DrawRight,
            right_id,
            RIGHTS,
            source=RightState.INVITED,
            target=target,
            changed_at=now,
        )
        freed[pool or lottery.OPEN] += size - booked
        ended += 1
        checks.record(session, step.audit, f"draw_entry:{right_id}", KEEPER, now, booked=booked)
    _invite_next(session, row, freed, now)
    return ended


def _booked() -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(DrawMember.entry_id == DrawRight.id, DrawMember.booked_at.is_not(None))
        .scalar_subquery()
    )


def _invite_next(session: Session, row: Draw, freed: Counter[str], now: datetime) -> None:
    waiting = session.execute(
        select(DrawRight.id, DrawEntry.number, DrawEntry.group_code, DrawEntry.size)
        .join(DrawEntry, DrawEntry.id == DrawRight.id)
        .where(DrawRight.draw_id == row.id, DrawRight.state == RightState.WAITING)
        .order_by(DrawRight.rank)
    ).all()
    ids = {number: right_id for right_id, number, _, _ in waiting}
    units = [Entry(number, group, size) for _, number, group, size in waiting]
    found = lottery.move_up(units, freed, files.quotas(queries.view(row).told))
    until = now + timedelta(days=row.days_to_book)
    for number, pool in found.pools.items():
        step = move(
            session,
            DrawRight,
            ids[number],
            RIGHTS,
            source=RightState.WAITING,
            target=RightState.INVITED,
            pool=pool,
            expires_at=until,
            told_at=None,
            changed_at=now,
        )
        subject = f"draw_entry:{ids[number]}"
        checks.record(session, step.audit, subject, KEEPER, now, pool=pool)
    row.places_left = found.left
    session.flush()


def tell_due(sessions: sessionmaker[Session], *, public_url: str, now: datetime) -> int:
    """Queue the result for everybody who was not told yet, some hundred a transaction."""
    return in_portions(
        sessions, lambda session: _tell_some(session, public_url, now), portion=BATCH
    )


def _tell_some(session: Session, public_url: str, now: datetime) -> int:
    rows = session.execute(
        select(DrawRight, DrawEntry)
        .join(DrawEntry, DrawEntry.id == DrawRight.id)
        .join(Draw, Draw.id == DrawRight.draw_id)
        .where(DrawRight.told_at.is_(None), Draw.state == DrawState.PUBLISHED)
        .order_by(DrawRight.draw_id, DrawRight.rank)
        .limit(BATCH)
        .with_for_update(of=DrawRight, skip_locked=True)
    ).all()
    views = {one: queries.get_draw(session, one) for one in {right.draw_id for right, _ in rows}}
    queued = 0
    for right, entry in rows:
        queued += _tell(session, right, entry, views[right.draw_id], public_url, now)
        right.told_at = now
    if rows:
        told = {"entries": len(rows), "queued": queued}
        checks.record(session, "draw:tell", f"draw:{rows[0][0].draw_id}", KEEPER, now, **told)
    return len(rows)


def _tell(
    session: Session,
    right: DrawRight,
    entry: DrawEntry,
    draw: queries.DrawView,
    public_url: str,
    now: datetime,
) -> bool:
    may_book = right.state == RightState.INVITED and right.expires_at is not None
    kind = texts.Kind.DRAWN if may_book else texts.Kind.NOT_DRAWN
    # Who was drawn goes on to book; who was not may want to see the list and recompute it.
    url = f"{public_url}/my-entry" if may_book else f"{public_url}/draws/{draw.id}"
    told = _told(kind, right, entry, draw, url)
    said = Said(
        kind=kind.value,
        about=f"draw_entry:{entry.id}",
        key=f"{kind}:{entry.id}:{right.expires_at.isoformat() if right.expires_at else ''}",
        text=told.text,
        short=told.short,
        closes_at=right.expires_at or now,
        # Without an e-mail address people look the result up; one that fails is followed.
        must_arrive=may_book and bool(entry.email),
    )
    to = To(
        site_id=draw.site_id,
        name=show_reference(entry.number),
        email=entry.email,
        phone=entry.phone,
        language=entry.language,
    )
    return write(session, said, to, actor=KEEPER, now=now) is not Way.NONE


def _told(
    kind: texts.Kind, right: DrawRight, entry: DrawEntry, draw: queries.DrawView, url: str
) -> texts.Told:
    return texts.compose(
        kind,
        language=entry.language,
        number=entry.number,
        vaccine=draw.product_name[entry.language],
        clinic=draw.site_name[entry.language],
        rank=right.rank,
        until=right.expires_at,
        timezone=draw.timezone,
        url=url,
    )
