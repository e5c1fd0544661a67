"""Acts on stock: receive and place lots, and decide about a lot after an excursion."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sensors.store.episodes import ExcursionRow
from sensors.store.places import StorageUnit
from vaxsite.core import audit
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.core.units import OutOfUse
from vaxsite.stock import contents, queries
from vaxsite.stock.models import Disposition, Lot, LotPlacement, Product, Vial
from vaxsite.stock.rules import (
    SENTENCES,
    Decision,
    StockReason,
    Stretch,
    may_dispose,
)


def add_product(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    **columns: Any,  # Any: the named columns of Product.
) -> int:
    """Add a vaccine to the catalogue; return its id."""
    _check_may_write(actor, None)
    product = Product(**columns)
    session.add(product)
    session.flush()
    _audit(session, actor, "product:add", f"product:{product.id}", now, {"code": product.code})
    return product.id


def receive_lot(
    session: Session,
    *,
    product_id: int,
    number: str,
    expires_on: date,
    unit_id: int,
    vials: int,
    trace_codes: Sequence[str] = (),
    actor: Actor,
    now: datetime,
) -> int:
    """Put a delivered lot into a unit; return the lot's id.

    More of a known lot may arrive; its expiry must then agree with the record.
    """
    unit = _unit(session, unit_id)
    _check_may_write(actor, unit.site_id)
    if vials < 1:
        raise _refusal(StockReason.VIALS_MISSING)
    lot = _known_or_new_lot(session, product_id, number.strip().upper(), expires_on)
    session.add_all(Vial(trace_code=code, lot_id=lot.id) for code in trace_codes)
    _add_to_unit(session, lot.id, unit_id, vials, now)
    session.flush()
    contents.renew(session, unit_id)
    detail = {"unit": unit_id, "vials": vials, "codes": len(trace_codes)}
    _audit(session, actor, "lot:receive", f"lot:{lot.id}", now, detail)
    return lot.id


def place_lot(session: Session, *, lot_id: int, unit_id: int, actor: Actor, now: datetime) -> None:
    """Move what a site has of a lot into another unit of the site; closes the former placement."""
    unit = _unit(session, unit_id)
    _check_may_write(actor, unit.site_id)
    lot = _locked_lot(session, lot_id)
    former = _open_at_site(session, lot_id, unit.site_id)
    if any(placement.unit_id == unit_id for placement in former):
        raise _refusal(StockReason.ALREADY_THERE, lot=lot.number)
    if not former:
        raise NotFound
    if any(placement.placed_at >= now for placement in former):
        raise _refusal(StockReason.TIME_BACKWARDS, lot=lot.number)
    ids = [placement.id for placement in former]
    session.execute(update(LotPlacement).where(LotPlacement.id.in_(ids)).values(removed_at=now))
    vials = sum(placement.vials for placement in former)
    session.add(LotPlacement(lot_id=lot_id, unit_id=unit_id, placed_at=now, vials=vials))
    session.flush()
    for touched in (unit_id, *(placement.unit_id for placement in former)):
        contents.renew(session, touched)
    detail = {"unit": unit_id, "from": [placement.unit_id for placement in former]}
    _audit(session, actor, "lot:place", f"lot:{lot_id}", now, detail)


def dispose(
    session: Session,
    *,
    excursion_id: int,
    lot_id: int,
    decision: Decision,
    note: str,
    actor: Actor,
    now: datetime,
    seen_until: datetime | None = None,
    seen_peak: int | None = None,
) -> None:
    """Release or reject a lot that was in an excursion; final for the stretch that it covers.

    *seen_until* and *seen_peak* are the excursion on the page that the person judged by: a release
    is refused when the excursion has changed since.
    """
    excursion = _locked_excursion(session, excursion_id, actor)
    stretch = _stretch(session, excursion, lot_id, now)
    verdict = may_dispose(stretch, decision, note, seen_until, seen_peak)
    if isinstance(verdict, Refused):
        raise RefusedAct(verdict, SENTENCES)
    session.add(
        Disposition(
            excursion_id=excursion_id,
            lot_id=lot_id,
            decision=decision.value,
            note=note.strip(),
            decided_by=actor.id,
            decided_at=now,
            covers_from=excursion.began_at,
            covers_until=excursion.ended_at or now,
            covers_peak_centi=excursion.peak_centi,
        )
    )
    session.flush()
    detail = {"excursion": excursion_id, "covers_until": (excursion.ended_at or now).isoformat()}
    _audit(session, actor, f"lot:{decision.value}", f"lot:{lot_id}", now, detail)


def _stretch(session: Session, excursion: ExcursionRow, lot_id: int, now: datetime) -> Stretch:
    lot = queries.get_lots(session, lot_ids=[lot_id]).get(lot_id)
    if lot is None:
        raise NotFound
    affected = {
        row.lot.id: row for row in queries.affected_lots(session, excursion_id=excursion.id, at=now)
    }
    found = affected.get(lot.id)
    decided = found.dispositions if found else ()
    return Stretch(
        lot_number=lot.number,
        affected=found is not None,
        withdrawn=excursion.withdrawn_at is not None,
        ended_at=excursion.ended_at,
        decided=tuple(queries.decided(row, excursion) for row in decided),
        peak_centi=excursion.peak_centi,
    )


def _locked_excursion(session: Session, excursion_id: int, actor: Actor) -> ExcursionRow:
    """Lock it, so that two decisions at once come one after the other."""
    query = (
        select(ExcursionRow, StorageUnit.site_id)
        .join(StorageUnit, StorageUnit.id == ExcursionRow.unit_id)
        .where(ExcursionRow.id == excursion_id)
        .with_for_update(of=ExcursionRow)
        .execution_options(populate_existing=True)
    )
    row = session.execute(query).one_or_none()
    if row is None or not actor.may(Permission.LOT_DISPOSE, row.site_id):
        raise NotFound
    excursion: ExcursionRow = row[0]
    return excursion


def _known_or_new_lot(session: Session, product_id: int, number: str, expires_on: date) -> Lot:
    if session.get(Product, product_id) is None:
        raise NotFound
    lot = session.scalar(select(Lot).where(Lot.product_id == product_id, Lot.number == number))
    if lot is None:
        lot = Lot(product_id=product_id, number=number, expires_on=expires_on)
        session.add(lot)
        session.flush()
    if lot.expires_on != expires_on:
        raise _refusal(
            StockReason.EXPIRY_DIFFERS, lot=number, scanned=expires_on, recorded=lot.expires_on
        )
    return lot


def _add_to_unit(session: Session, lot_id: int, unit_id: int, vials: int, now: datetime) -> None:
    added = session.execute(
        update(LotPlacement)
        .where(
            LotPlacement.lot_id == lot_id,
            LotPlacement.unit_id == unit_id,
            LotPlacement.removed_at.is_(None),
        )
        .values(vials=LotPlacement.vials + vials)
    )
    if added.rowcount == 0:  # type: ignore[attr-defined]  # A CursorResult.
        session.add(LotPlacement(lot_id=lot_id, unit_id=unit_id, placed_at=now, vials=vials))


def _open_at_site(session: Session, lot_id: int, site_id: int) -> list[LotPlacement]:
    query = (
        select(LotPlacement)
        .join(StorageUnit, StorageUnit.id == LotPlacement.unit_id)
        .where(
            LotPlacement.lot_id == lot_id,
            LotPlacement.removed_at.is_(None),
            StorageUnit.site_id == site_id,
        )
    )
    return list(session.scalars(query))


def _locked_lot(session: Session, lot_id: int) -> Lot:
    lot = session.scalar(select(Lot).where(Lot.id == lot_id).with_for_update())
    if lot is None:
        raise NotFound
    return lot


def _unit(session: Session, unit_id: int) -> StorageUnit:
    unit = session.get(StorageUnit, unit_id)
    if unit is None:
        raise NotFound
    if unit.retired_at is not None:
        raise OutOfUse
    return unit


def _check_may_write(actor: Actor, site_id: int | None) -> None:
    if actor.kind is not ActorKind.SYSTEM and not actor.may(Permission.STOCK_WRITE, site_id):
        raise NotFound


def _refusal(reason: StockReason, **detail: str | date) -> RefusedAct:
    return RefusedAct(Refused(reason, "stock:receive", detail=detail), SENTENCES)


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    now: datetime,
    detail: Mapping[str, object],
) -> None:
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
