"""Reads of stock: what a scan names, where lots are, which of them are held and why.

A hold is derived here, each time, from excursions, placements and dispositions; nothing stores it.
A lot is one thing wherever its vials stand: a hold on a part of it holds the lot everywhere, which
is the safe side until the ledger tells the parts apart.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, exists, or_, select
from sqlalchemy.orm import Session

from sensors.domain.rules import Direction
from sensors.store.episodes import ExcursionRow
from sensors.store.places import StorageUnit
from sensors.store.written import Written
from vaxsite.core.decisions import Refused
from vaxsite.stock.models import Disposition, Lot, LotPlacement, Product, Vial
from vaxsite.stock.rules import Decided, Decision, Scan, StockReason, covers


@dataclass(frozen=True)
class ProductView:
    """A vaccine as pages and rules need it."""

    id: int
    code: str
    name_en: str
    name_zh: str
    maker: str
    cvx: str | None
    gtin: str | None
    doses_in_series: int
    doses_per_vial: int
    interval_min_days: int | None
    interval_max_days: int | None
    interval_source: str | None
    target: str

    def name(self, language: str) -> str:
        """Return the name in *language*."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True)
class LotView:
    """A lot with its product."""

    id: int
    number: str
    expires_on: date
    product: ProductView


@dataclass(frozen=True)
class FoundLot:
    """What a scan names; the vial only where the code is a package's own."""

    lot: LotView
    vial_id: int | None = None


@dataclass(frozen=True)
class LotHold:
    """One undecided excursion that a lot was in. `ended_at` is null while it lasts."""

    excursion_id: int
    unit_id: int
    began_at: datetime
    ended_at: datetime | None
    rule: str
    direction: str
    peak_centi: int


@dataclass(frozen=True)
class DispositionView:
    """What was decided about a lot, and up to when of its excursion that holds."""

    excursion_id: int
    lot_id: int
    decision: Decision
    note: str
    decided_by: str
    decided_at: datetime
    covers_from: datetime
    covers_until: datetime
    covers_peak_centi: int


@dataclass(frozen=True)
class PlacedLot:
    """A lot in a storage unit during [placed_at, removed_at)."""

    lot: LotView
    unit_id: int
    placed_at: datetime
    removed_at: datetime | None
    vials: int


@dataclass(frozen=True)
class AffectedLot:
    """A lot that was in the unit of an excursion, with what was decided; `held` asks for more."""

    lot: LotView
    vials: int
    dispositions: tuple[DispositionView, ...]
    held: bool


# The columns of a `ProductView`, in its order.
PRODUCT_COLUMNS = tuple(getattr(Product, one.name) for one in fields(ProductView))
_PRODUCTS = Written(select(*PRODUCT_COLUMNS).order_by(Product.code))


def products(session: Session) -> list[ProductView]:
    """Return every product by its code."""
    return [ProductView(*row) for row in _PRODUCTS.rows(session)]


def find_product(session: Session, *, product_id: int) -> ProductView | None:
    """Return a product, or None."""
    row = session.get(Product, product_id)
    return product_view(row) if row else None


def find_lot(session: Session, *, scan: Scan) -> FoundLot | Refused:
    """Return the one lot that *scan* names, or why there is none. Never the nearest one."""
    if scan.trace_code is not None:
        return _lot_of_vial(session, scan.trace_code)
    if scan.lot_number is None:
        return _refused(StockReason.UNREADABLE)
    criteria = [Lot.number == scan.lot_number]
    if scan.gtin is not None:
        if session.scalar(select(Product.id).where(Product.gtin == scan.gtin)) is None:
            return _refused(StockReason.UNKNOWN_PRODUCT, gtin=scan.gtin)
        criteria.append(Product.gtin == scan.gtin)
    rows = session.execute(select(Lot, Product).join(Product).where(*criteria)).all()
    if len(rows) != 1:
        reason = StockReason.AMBIGUOUS_LOT if rows else StockReason.UNKNOWN_LOT
        return _refused(reason, lot=scan.lot_number)
    lot = lot_view(*rows[0])
    if scan.expires_on is not None and scan.expires_on != lot.expires_on:
        return Refused(
            StockReason.EXPIRY_DIFFERS,
            "stock:scan",
            detail={"lot": lot.number, "scanned": scan.expires_on, "recorded": lot.expires_on},
        )
    return FoundLot(lot)


def find_again(session: Session, *, lot_id: int, vial_id: int | None) -> FoundLot | None:
    """Return what an earlier scan named, by its ids."""
    lot = get_lots(session, lot_ids=[lot_id]).get(lot_id)
    vial = session.get(Vial, vial_id) if vial_id is not None else None
    if lot is None or (vial_id is not None and (vial is None or vial.lot_id != lot_id)):
        return None
    return FoundLot(lot, vial_id)


def get_lots(session: Session, *, lot_ids: Collection[int]) -> dict[int, LotView]:
    """Return the lots of *lot_ids* by id."""
    rows = session.execute(select(Lot, Product).join(Product).where(Lot.id.in_(lot_ids)))
    return {lot.id: lot_view(lot, product) for lot, product in rows}


def held_lots(
    session: Session,
    *,
    lot_ids: Collection[int] | None = None,
    at: datetime,
    began_by: datetime | None = None,
) -> dict[int, list[LotHold]]:
    """Return the undecided excursions of every held lot, oldest first; a free lot has no key.

    Reads what is committed, whatever the clocks of the devices say: an excursion that claims to
    begin in the future holds too. *at* only leaves out what is placed in a unit later; *began_by*,
    for a dose that happened then, what began only afterwards.
    """
    undecided = ~exists().where(
        Disposition.excursion_id == ExcursionRow.id,
        Disposition.lot_id == LotPlacement.lot_id,
        _disposition_covers(),
    )
    query = (
        select(LotPlacement.lot_id, ExcursionRow)
        .join(ExcursionRow, _was_in())
        .where(ExcursionRow.withdrawn_at.is_(None), LotPlacement.placed_at <= at, undecided)
        .order_by(ExcursionRow.began_at, ExcursionRow.id)
    )
    if lot_ids is not None:
        query = query.where(LotPlacement.lot_id.in_(lot_ids))
    if began_by is not None:
        query = query.where(ExcursionRow.began_at <= began_by)
    held: dict[int, list[LotHold]] = {}
    for lot_id, excursion in session.execute(query):
        holds = held.setdefault(lot_id, [])
        hold = _hold(excursion)
        if hold not in holds:  # A lot that left the unit and came back was in it twice.
            holds.append(hold)
    return held


def rejected_lots(
    session: Session,
    *,
    lot_ids: Collection[int] | None = None,
    began_by: datetime | None = None,
) -> dict[int, DispositionView]:
    """Return the first rejection of every rejected lot. A rejected lot stays so.

    *began_by* leaves out rejections for an excursion that began later.
    """
    query = (
        select(Disposition)
        .where(Disposition.decision == Decision.REJECT.value)
        .order_by(Disposition.decided_at.desc(), Disposition.id.desc())
    )
    if lot_ids is not None:
        query = query.where(Disposition.lot_id.in_(lot_ids))
    if began_by is not None:
        query = query.join(ExcursionRow, ExcursionRow.id == Disposition.excursion_id).where(
            ExcursionRow.began_at <= began_by
        )
    return {row.lot_id: disposition_view(row) for row in session.scalars(query)}


def lots_in_unit(session: Session, *, unit_id: int, at: datetime) -> list[PlacedLot]:
    """Return the lots that stood in a unit at an instant, by expiry."""
    return _placed(session, LotPlacement.unit_id == unit_id, at)


def lots_at_site(session: Session, *, site_id: int, at: datetime) -> list[PlacedLot]:
    """Return the lots that stood in any unit of a site at an instant, by expiry."""
    units = select(StorageUnit.id).where(StorageUnit.site_id == site_id)
    return _placed(session, LotPlacement.unit_id.in_(units), at)


def affected_lots(session: Session, *, excursion_id: int, at: datetime) -> list[AffectedLot]:
    """Return the lots that were in the unit during an excursion, with the decisions so far."""
    query = (
        select(LotPlacement, Lot, Product)
        .join(ExcursionRow, _was_in())
        .join(Lot, Lot.id == LotPlacement.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .where(ExcursionRow.id == excursion_id, LotPlacement.placed_at <= at)
        .order_by(Lot.number, Lot.id, LotPlacement.placed_at)
    )
    lots: dict[int, tuple[LotView, int]] = {}
    for placement, lot, product in session.execute(query):
        lots[lot.id] = (lot_view(lot, product), placement.vials)
    decisions = _dispositions(session, excursion_id)
    excursion = session.get(ExcursionRow, excursion_id)
    if excursion is None:
        return []
    withdrawn = excursion.withdrawn_at is not None
    return [
        AffectedLot(lot, vials, about, not withdrawn and not covered)
        for lot, vials in lots.values()
        for about in [decisions.get(lot.id, ())]
        for covered in [any(covers(decided(d, excursion), excursion.ended_at) for d in about)]
    ]


def _was_in() -> ColumnElement[bool]:
    """The lot stood in the unit at some instant of the excursion: two half-open periods meet."""
    return and_(
        ExcursionRow.unit_id == LotPlacement.unit_id,
        or_(ExcursionRow.ended_at.is_(None), LotPlacement.placed_at < ExcursionRow.ended_at),
        or_(LotPlacement.removed_at.is_(None), LotPlacement.removed_at > ExcursionRow.began_at),
    )


def _disposition_covers() -> ColumnElement[bool]:
    """The same as `rules.covers`, for the database."""
    return or_(
        Disposition.decision == Decision.REJECT.value,
        and_(
            Disposition.covers_until >= ExcursionRow.ended_at,
            Disposition.covers_from <= ExcursionRow.began_at,
            case(
                (
                    ExcursionRow.direction == Direction.COLD.value,
                    Disposition.covers_peak_centi <= ExcursionRow.peak_centi,
                ),
                else_=Disposition.covers_peak_centi >= ExcursionRow.peak_centi,
            ),
        ),
    )


def _placed(session: Session, where: ColumnElement[bool], at: datetime) -> list[PlacedLot]:
    query = (
        select(LotPlacement, Lot, Product)
        .join(Lot, Lot.id == LotPlacement.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .where(
            where,
            LotPlacement.placed_at <= at,
            or_(LotPlacement.removed_at.is_(None), LotPlacement.removed_at > at),
        )
        .order_by(Lot.expires_on, Lot.number, LotPlacement.id)
    )
    return [
        PlacedLot(lot_view(lot, product), row.unit_id, row.placed_at, row.removed_at, row.vials)
        for row, lot, product in session.execute(query)
    ]


def _dispositions(session: Session, excursion_id: int) -> dict[int, tuple[DispositionView, ...]]:
    query = (
        select(Disposition)
        .where(Disposition.excursion_id == excursion_id)
        .order_by(Disposition.decided_at, Disposition.id)
    )
    found: dict[int, tuple[DispositionView, ...]] = {}
    for row in session.scalars(query):
        found[row.lot_id] = (*found.get(row.lot_id, ()), disposition_view(row))
    return found


def _lot_of_vial(session: Session, trace_code: str) -> FoundLot | Refused:
    query = (
        select(Vial, Lot, Product)
        .join(Lot, Lot.id == Vial.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .where(Vial.trace_code == trace_code)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return _refused(StockReason.UNKNOWN_CODE, code=trace_code)
    vial, lot, product = row
    return FoundLot(lot_view(lot, product), vial.id)


def _refused(reason: StockReason, **detail: str) -> Refused:
    return Refused(reason, "stock:scan", detail=detail)


def _hold(row: ExcursionRow) -> LotHold:
    return LotHold(
        excursion_id=row.id,
        unit_id=row.unit_id,
        began_at=row.began_at,
        ended_at=row.ended_at,
        rule=row.rule,
        direction=row.direction,
        peak_centi=row.peak_centi,
    )


def lot_view(lot: Lot, product: Product) -> LotView:
    """Return *lot* and its *product* as dataclasses."""
    return LotView(lot.id, lot.number, lot.expires_on, product_view(product))


def product_view(row: Product) -> ProductView:
    """Return a product as a dataclass."""
    return ProductView(
        id=row.id,
        code=row.code,
        name_en=row.name_en,
        name_zh=row.name_zh,
        maker=row.maker,
        cvx=row.cvx,
        gtin=row.gtin,
        doses_in_series=row.doses_in_series,
        doses_per_vial=row.doses_per_vial,
        interval_min_days=row.interval_min_days,
        interval_max_days=row.interval_max_days,
        interval_source=row.interval_source,
        target=row.target,
    )


def disposition_view(row: Disposition) -> DispositionView:
    """Return a disposition as a dataclass."""
    return DispositionView(
        excursion_id=row.excursion_id,
        lot_id=row.lot_id,
        decision=Decision(row.decision),
        note=row.note,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        covers_from=row.covers_from,
        covers_until=row.covers_until,
        covers_peak_centi=row.covers_peak_centi,
    )


def decided(row: DispositionView, excursion: ExcursionRow) -> Decided:
    """Return a decision as the rules need it, beside the excursion as it is known now."""
    known, judged = excursion.peak_centi, row.covers_peak_centi
    worse = known < judged if excursion.direction == Direction.COLD else known > judged
    as_judged = row.covers_from <= excursion.began_at and not worse
    return Decided(row.decision, row.covers_until, as_judged)
