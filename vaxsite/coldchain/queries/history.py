"""Search of all that happened in the units of an actor's sites, newest first, page by page.

Each kind is read by an index of its own instant and no further than the page, so that a page costs
the same with a thousand rows and with a million; only the steps of follow-ups, as many as
excursions, are sorted. Nothing here names a resident.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, and_, func, literal, null, or_, select
from sqlalchemy.orm import Session

from sensors.store.episodes import AlertAct, AlertRow, ExcursionRow
from sensors.store.maintenance import MaintenanceWindow
from vaxsite.coldchain.history import Kind, Place, Search
from vaxsite.coldchain.models import FollowUp, LateNote, UnitCheck
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.core.actor import Actor
from vaxsite.stock.models import Disposition, Lot, LotPlacement

PAGE = 50
Columns = Select[*tuple[Any, ...]]  # Any: what each kind tells of itself.


@dataclass(frozen=True)
class Found:
    """One thing that happened; `link_id` is of the excursion or alert that tells more."""

    kind: Kind
    key: int
    at: datetime
    unit: UnitName
    by: str | None
    what: str
    note: str
    centi: int | None = None
    lot: str | None = None
    ended_at: datetime | None = None
    withdrawn: bool = False
    excursion_id: int | None = None
    alert_id: int | None = None

    @property
    def place(self) -> Place:
        """Where a page that ends with it goes on."""
        return Place(self.at, self.kind, self.key)


@dataclass(frozen=True)
class _Source:
    """How one kind is read: its rows, and the columns that every search asks for."""

    kind: Kind
    rows: Columns
    at: SQLColumnExpression[datetime]
    key: SQLColumnExpression[int]
    unit_id: SQLColumnExpression[int]
    by: SQLColumnExpression[str] | None = None
    excursion_id: SQLColumnExpression[Any] | None = None  # Any: an id, or null.
    lot_id: SQLColumnExpression[int] | None = None


def search(
    session: Session,
    *,
    actor: Actor,
    wanted: Search,
    after: Place | None = None,
    limit: int = PAGE,
) -> tuple[list[Found], Place | None]:
    """Return what *wanted* names, newest first, and where the next page begins, if there is one.

    *after* is where the last page ended. A unit that *actor* may not see has no past.
    """
    names = places.units_by_id(session, actor=actor, unit_id=wanted.unit_id)
    units = places.visible_ids(actor, wanted.unit_id)
    told = [
        _read(session, source, names, _asked(source, wanted, units, after).limit(limit + 1))
        for source in SOURCES
        if _can_match(source, wanted)
    ]
    order = list(Kind)
    merged = heapq.merge(
        *told, key=lambda one: (-one.at.timestamp(), order.index(one.kind), -one.key)
    )
    found = [one for one, _ in zip(merged, range(limit + 1), strict=False)]
    more = found[limit - 1].place if len(found) > limit else None
    return found[:limit], more


def _can_match(source: _Source, wanted: Search) -> bool:
    if wanted.kind is not None and source.kind is not wanted.kind:
        return False
    if wanted.by is not None and source.by is None:
        return False
    return wanted.lot is None or source.excursion_id is not None or source.lot_id is not None


def _asked(source: _Source, wanted: Search, units: Select[int], after: Place | None) -> Columns:
    query = source.rows.where(
        source.unit_id.in_(units), source.at >= wanted.since, source.at < wanted.until
    )
    if wanted.by is not None and source.by is not None:
        query = query.where(source.by == wanted.by)
    if wanted.lot is not None:
        query = query.where(_of_lot(source, wanted.lot))
    if after is not None:
        query = query.where(_later(source, after))
    return query.order_by(source.at.desc(), source.key.desc())


def _later(source: _Source, after: Place) -> Any:  # Any: a condition.
    """Come after a place in the order of the pages: older, or of the same instant and later."""
    order = list(Kind)
    if order.index(source.kind) > order.index(after.kind):
        return source.at <= after.at
    if source.kind is not after.kind:
        return source.at < after.at
    return or_(source.at < after.at, and_(source.at == after.at, source.key < after.key))


def _of_lot(source: _Source, number: str) -> Any:  # Any: a condition.
    """Be about a lot: decided about it, or of an excursion of a unit that it stood in then."""
    lots = select(Lot.id).where(Lot.number == number)
    if source.lot_id is not None:
        return source.lot_id.in_(lots)
    stood = (
        select(ExcursionRow.id)
        .join(LotPlacement, LotPlacement.unit_id == ExcursionRow.unit_id)
        .where(
            LotPlacement.lot_id.in_(lots),
            or_(ExcursionRow.ended_at.is_(None), LotPlacement.placed_at < ExcursionRow.ended_at),
            or_(
                LotPlacement.removed_at.is_(None),
                LotPlacement.removed_at > ExcursionRow.began_at,
            ),
        )
    )
    assert source.excursion_id is not None  # `_can_match` asks no other source.
    return source.excursion_id.in_(stood)


def _read(
    session: Session, source: _Source, names: dict[int, UnitName], query: Columns
) -> Iterator[Found]:
    for row in session.execute(query):
        told = row._asdict()
        unit = names[told.pop("unit_id")]
        yield Found(kind=source.kind, unit=unit, **told)


def _step(
    kind: Kind,
    at: SQLColumnExpression[Any],  # Any: what may be null, and is not in these rows.
    by: SQLColumnExpression[Any],
    what: SQLColumnExpression[Any],
    note: SQLColumnExpression[Any],
) -> _Source:
    """Read a step of the follow-up of an excursion: there is one row for all of its steps."""
    rows: Columns = (
        select(
            FollowUp.id.label("key"),
            at.label("at"),
            ExcursionRow.unit_id,
            by.label("by"),
            func.coalesce(what, "").label("what"),
            func.coalesce(note, "").label("note"),
            FollowUp.id.label("excursion_id"),
        )
        .join(ExcursionRow, ExcursionRow.id == FollowUp.id)
        .where(at.is_not(None))
    )
    return _Source(
        kind, rows, at, FollowUp.id, ExcursionRow.unit_id, by=by, excursion_id=FollowUp.id
    )


_NOBODY, _NOTHING = null().label("by"), literal("").label("note")
SOURCES = (
    _Source(
        Kind.EXCURSION,
        select(
            ExcursionRow.id.label("key"),
            ExcursionRow.began_at.label("at"),
            ExcursionRow.unit_id,
            _NOBODY,
            ExcursionRow.direction.label("what"),
            _NOTHING,
            ExcursionRow.peak_centi.label("centi"),
            ExcursionRow.ended_at,
            ExcursionRow.withdrawn_at.is_not(None).label("withdrawn"),
            ExcursionRow.id.label("excursion_id"),
        ),
        ExcursionRow.began_at,
        ExcursionRow.id,
        ExcursionRow.unit_id,
        excursion_id=ExcursionRow.id,
    ),
    _Source(
        Kind.ALERT,
        select(
            AlertRow.id.label("key"),
            AlertRow.opened_at.label("at"),
            AlertRow.unit_id,
            _NOBODY,
            AlertRow.kind.label("what"),
            _NOTHING,
            AlertRow.resolved_at.label("ended_at"),
            AlertRow.id.label("alert_id"),
        ),
        AlertRow.opened_at,
        AlertRow.id,
        AlertRow.unit_id,
        excursion_id=AlertRow.excursion_id,
    ),
    _Source(
        Kind.ANSWER,
        select(
            AlertAct.id.label("key"),
            AlertAct.at.label("at"),
            AlertRow.unit_id,
            AlertAct.by.label("by"),
            AlertAct.act.label("what"),
            AlertAct.note.label("note"),
            AlertAct.alert_id,
        ).join(AlertRow, AlertRow.id == AlertAct.alert_id),
        AlertAct.at,
        AlertAct.id,
        AlertRow.unit_id,
        by=AlertAct.by,
        excursion_id=AlertRow.excursion_id,
    ),
    _Source(
        Kind.DISPOSITION,
        select(
            Disposition.id.label("key"),
            Disposition.decided_at.label("at"),
            ExcursionRow.unit_id,
            Disposition.decided_by.label("by"),
            Disposition.decision.label("what"),
            Disposition.note.label("note"),
            Lot.number.label("lot"),
            Disposition.excursion_id,
        )
        .join(ExcursionRow, ExcursionRow.id == Disposition.excursion_id)
        .join(Lot, Lot.id == Disposition.lot_id),
        Disposition.decided_at,
        Disposition.id,
        ExcursionRow.unit_id,
        by=Disposition.decided_by,
        lot_id=Disposition.lot_id,
    ),
    _step(
        Kind.FIRST_CHECKS,
        FollowUp.checked_at,
        FollowUp.checked_by,
        literal(""),
        FollowUp.check_note,
    ),
    _step(Kind.ACTION, FollowUp.acted_at, FollowUp.acted_by, FollowUp.action, FollowUp.action_note),
    _step(Kind.SIGNATURE, FollowUp.signed_at, FollowUp.signed_by, literal(""), literal("")),
    _Source(
        Kind.MAINTENANCE,
        select(
            MaintenanceWindow.id.label("key"),
            MaintenanceWindow.from_at.label("at"),
            MaintenanceWindow.unit_id,
            MaintenanceWindow.entered_by.label("by"),
            MaintenanceWindow.kind.label("what"),
            MaintenanceWindow.reason.label("note"),
            MaintenanceWindow.to_at.label("ended_at"),
        ),
        MaintenanceWindow.from_at,
        MaintenanceWindow.id,
        MaintenanceWindow.unit_id,
        by=MaintenanceWindow.entered_by,
    ),
    _Source(
        Kind.CHECK,
        select(
            UnitCheck.id.label("key"),
            UnitCheck.checked_at.label("at"),
            UnitCheck.unit_id,
            UnitCheck.checked_by.label("by"),
            UnitCheck.part.label("what"),
            UnitCheck.note.label("note"),
            UnitCheck.shown_centi.label("centi"),
        ),
        UnitCheck.checked_at,
        UnitCheck.id,
        UnitCheck.unit_id,
        by=UnitCheck.checked_by,
    ),
    _Source(
        Kind.NOTE,
        select(
            LateNote.id.label("key"),
            LateNote.written_at.label("at"),
            LateNote.unit_id,
            LateNote.written_by.label("by"),
            literal("").label("what"),
            LateNote.note.label("note"),
        ),
        LateNote.written_at,
        LateNote.id,
        LateNote.unit_id,
        by=LateNote.written_by,
    ),
)
