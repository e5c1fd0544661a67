"""Reads of draws: what the public sees, what a manager sees, and one's own entry."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.store import encrypted
from vaxsite.core.errors import NotFound
from vaxsite.core.ids import parse_reference
from vaxsite.draws.models import (
    Draw,
    DrawEntry,
    DrawMember,
    DrawRandomness,
    DrawRight,
    DrawSession,
)
from vaxsite.draws.rules.files import Drawn
from vaxsite.draws.rules.lottery import Entry, digest, entry_list
from vaxsite.draws.rules.states import DrawState, EntryState, RightState
from vaxsite.residents import queries as residents
from vaxsite.residents.rules import IdKind, name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawView:
    """A draw as pages show it; `told` is its announcement."""

    id: int
    site_id: int
    product_id: int
    places: int
    opens_at: datetime
    closes_at: datetime
    randomness_at: datetime
    result_at: datetime
    days_to_book: int
    state: DrawState
    told: dict[str, Any]  # Any: JSON.
    announcement_digest: str
    entries_digest: str | None
    public_value: str | None
    public_source: str | None
    published_at: datetime | None
    withdrawn_reason: str | None

    @property
    def site_name(self) -> dict[str, str]:
        """The name of the clinic by language."""
        return {"en": self.told["site_en"], "zh": self.told["site_zh"]}

    @property
    def product_name(self) -> dict[str, str]:
        """The name of the vaccine by language."""
        return {"en": self.told["product_en"], "zh": self.told["product_zh"]}

    @property
    def timezone(self) -> str:
        """The zone of the clinic's clock."""
        return str(self.told["timezone"])

    def open_at(self, now: datetime) -> bool:
        """Tell whether anybody can register at *now*."""
        return self.state is DrawState.ANNOUNCED and self.opens_at <= now < self.closes_at


@dataclass(frozen=True, slots=True)
class EntryView:
    """One's own entry, and what it came to once the result is public."""

    id: UUID
    draw: DrawView
    number: str
    group: str
    size: int
    state: EntryState
    booked: int
    rank: int | None = None
    right: RightState | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PoolCount:
    """How many entries, people and rights of a state a pool has."""

    pool: str | None
    state: RightState
    entries: int
    people: int


@dataclass(frozen=True, slots=True)
class TypedValue:
    """What a member of staff typed as the public value."""

    entered_by: str
    value: str
    source: str
    entered_at: datetime


def person_key(
    *, id_kind: IdKind, id_number: str | None, name: str, born_on: date, phone: str
) -> bytes:
    """Return the blind index by which a person is one person in a draw, and again at booking."""
    if id_number is not None:
        return residents.document_index(id_kind, id_number)
    plain = f"{name_key(name)}|{born_on.isoformat()}|{phone}"
    return encrypted.blind_index("draw_member.person_key", plain)


def view(row: Draw) -> DrawView:
    """Return the draw as pages show it."""
    return DrawView(
        id=row.id,
        site_id=row.site_id,
        product_id=row.product_id,
        places=row.places,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        randomness_at=row.randomness_at,
        result_at=row.result_at,
        days_to_book=row.days_to_book,
        state=DrawState(row.state),
        told=json.loads(row.announcement),
        announcement_digest=digest(row.announcement),
        entries_digest=row.entries_digest,
        public_value=row.public_value,
        public_source=row.public_source,
        published_at=row.published_at,
        withdrawn_reason=row.withdrawn_reason,
    )


def draws(session: Session, *, site_ids: Collection[int] | None = None) -> list[DrawView]:
    """Return the draws of the sites (all when None), the newest first."""
    query = select(Draw).order_by(Draw.opens_at.desc(), Draw.id.desc())
    if site_ids is not None:
        query = query.where(Draw.site_id.in_(site_ids))
    return [view(row) for row in session.scalars(query)]


def get_draw(session: Session, draw_id: int) -> DrawView:
    """Return the draw; raise `NotFound`."""
    return view(_draw(session, draw_id))


def _draw(session: Session, draw_id: int) -> Draw:
    row = session.get(Draw, draw_id)
    if row is None:
        raise NotFound
    return row


def announcement(session: Session, draw_id: int) -> str:
    """Return the published text of the announcement."""
    return _draw(session, draw_id).announcement


def entries(session: Session, draw_id: int) -> list[Entry]:
    """Return the entries that take part."""
    rows = session.execute(
        select(DrawEntry.number, DrawEntry.group_code, DrawEntry.size).where(
            DrawEntry.draw_id == draw_id, DrawEntry.state == EntryState.LIVE
        )
    )
    return [Entry(*row) for row in rows]


def published_list(session: Session, draw_id: int) -> str:
    """Return the closed list as it was published; `NotFound` before it was."""
    text = _draw(session, draw_id).published_list
    if text is None:
        raise NotFound
    return text


def published_result(session: Session, draw_id: int) -> str:
    """Return the signed result as it was published; `NotFound` before it was."""
    text = _draw(session, draw_id).published_result
    if text is None:
        raise NotFound
    return text


def drawn(session: Session, row: Draw) -> Drawn:
    """Return what the result of the draw is made from."""
    assert row.public_value is not None, "the public value stands before anything is drawn"
    assert row.public_source is not None, "and so does its source"
    return Drawn(
        announcement=row.announcement,
        entries=entries(session, row.id),
        secret=row.secret,
        public=row.public_value,
        source=row.public_source,
    )


def counts(session: Session, draw_id: int) -> tuple[int, int]:
    """Return how many entries take part, and how many people they are."""
    found = session.execute(
        select(func.count(), func.coalesce(func.sum(DrawEntry.size), 0)).where(
            DrawEntry.draw_id == draw_id, DrawEntry.state == EntryState.LIVE
        )
    ).one()
    return int(found[0]), int(found[1])


def pool_counts(session: Session, draw_id: int) -> list[PoolCount]:
    """Return how the rights of a draw stand, by pool and state."""
    rows = session.execute(
        select(DrawRight.pool, DrawRight.state, func.count(), func.sum(DrawEntry.size))
        .join(DrawEntry, DrawEntry.id == DrawRight.id)
        .where(DrawRight.draw_id == draw_id)
        .group_by(DrawRight.pool, DrawRight.state)
        .order_by(DrawRight.pool, DrawRight.state)
    )
    return [PoolCount(pool, RightState(state), n, int(size)) for pool, state, n, size in rows]


def typed_values(session: Session, draw_id: int) -> list[TypedValue]:
    """Return what staff typed as the public value, in their order."""
    rows = session.scalars(
        select(DrawRandomness)
        .where(DrawRandomness.draw_id == draw_id)
        .order_by(DrawRandomness.entered_at, DrawRandomness.entered_by)
    )
    return [TypedValue(one.entered_by, one.value, one.source, one.entered_at) for one in rows]


def reserved_sessions(session: Session, draw_id: int) -> list[int]:
    """Return the sessions whose seats are kept for the people drawn."""
    return list(
        session.scalars(select(DrawSession.session_id).where(DrawSession.draw_id == draw_id))
    )


def find_entry(session: Session, *, typed: str, born_on: date) -> UUID | None:
    """Return the entry of that number in which somebody has that birth date, or None."""
    number = parse_reference(typed)
    if number is None:
        return None
    return session.scalar(
        select(DrawEntry.id)
        .join(DrawMember, DrawMember.entry_id == DrawEntry.id)
        .where(DrawEntry.number == number, DrawMember.born_on == born_on)
        .limit(1)
    )


def get_entry(session: Session, entry_id: UUID) -> EntryView:
    """Return the entry; what it came to only once the result is public. Raise `NotFound`."""
    row = session.get(DrawEntry, entry_id)
    if row is None:
        raise NotFound
    draw = get_draw(session, row.draw_id)
    right = session.get(DrawRight, entry_id) if draw.state is DrawState.PUBLISHED else None
    booked = session.scalar(
        select(func.count()).where(
            DrawMember.entry_id == entry_id, DrawMember.booked_at.is_not(None)
        )
    )
    return EntryView(
        row.id,
        draw,
        row.number,
        row.group_code,
        row.size,
        EntryState(row.state),
        booked or 0,
        right.rank if right else None,
        RightState(right.state) if right else None,
        right.expires_at if right else None,
    )


def changed_lists(session: Session) -> list[int]:
    """Return the draws whose stored list no longer has the digest that was published."""
    closed = session.execute(select(Draw.id, Draw.entries_digest).where(Draw.entries_digest != ""))
    return [
        draw_id
        for draw_id, published in closed.all()
        if digest(entry_list(entries(session, draw_id))) != published
    ]


def quotas_told(told: dict[str, Any]) -> list[str]:  # Any: JSON.
    """Return the groups with a quota, in the announced order."""
    return [str(one["group"]) for one in told["quotas"]]
