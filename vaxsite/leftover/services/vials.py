"""Opened vials: that one was opened, and how many doses were taken out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.ids import new_id
from vaxsite.core.permissions import Permission
from vaxsite.leftover import queries
from vaxsite.leftover.models import Callout, OpenVial
from vaxsite.leftover.rules.states import CalloutState, Reason
from vaxsite.leftover.rules.vials import discard_at
from vaxsite.leftover.services import checks
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock


def open_vial(session: Session, *, site_id: int, lot_id: int, actor: Actor, now: datetime) -> UUID:
    """Write down that a vial of the lot was opened; raise `RefusedAct` for a lot not to be used."""
    if not actor.may(Permission.VISIT_WRITE, site_id):
        raise NotFound
    placed = stock.lots_at_site(session, site_id=site_id, at=now)
    lot = next((one.lot for one in placed if one.lot.id == lot_id), None)
    if lot is None:
        raise checks.refused(Reason.UNKNOWN_LOT)
    if stock.held_lots(session, lot_ids=[lot_id], at=now).get(lot_id):
        raise checks.refused(Reason.LOT_HELD)
    if lot.expires_on < slots.get_clinic(session, site_id).local_day(now):
        raise checks.refused(Reason.LOT_EXPIRED)
    row = OpenVial(
        id=new_id(now),
        site_id=site_id,
        lot_id=lot_id,
        opened_at=now,
        discard_at=discard_at(now),
        doses=lot.product.doses_per_vial,
        used=0,
        opened_by=actor.id,
    )
    session.add(row)
    session.flush()
    checks.record(session, "open-vial:open", f"open_vial:{row.id}", actor, now, lot=lot_id)
    return row.id


def use_dose(session: Session, *, vial_id: UUID, actor: Actor, now: datetime) -> None:
    """Take one dose out, for whoever has come; what may be promised shrinks with it."""
    vial = session.get(OpenVial, vial_id)
    if vial is None or not actor.may(Permission.VISIT_WRITE, vial.site_id):
        raise NotFound
    statement = (
        update(OpenVial)
        .where(OpenVial.id == vial_id, OpenVial.used < OpenVial.doses, OpenVial.discard_at > now)
        .values(used=OpenVial.used + 1)
        .execution_options(synchronize_session="fetch")
    )
    if session.execute(statement).rowcount != 1:  # type: ignore[attr-defined]  # A CursorResult.
        raise checks.refused(Reason.VIAL_EMPTY)
    checks.record(session, "open-vial:use", f"open_vial:{vial_id}", actor, now)
    _offer_no_more_than_is_open(session, vial, now)


def _offer_no_more_than_is_open(session: Session, vial: OpenVial, now: datetime) -> None:
    product_id = queries.product_of_lot(session, vial.lot_id)
    found = queries.open_vials(session, site_id=vial.site_id, now=now)
    left = sum(one.left for one in found if one.lot.product.id == product_id)
    session.execute(
        update(Callout)
        .where(
            Callout.site_id == vial.site_id,
            Callout.product_id == product_id,
            Callout.state == CalloutState.OPEN,
            Callout.offered > left,
        )
        .values(offered=case((Callout.promised > left, Callout.promised), else_=left))
        .execution_options(synchronize_session=False)
    )


def use_next(session: Session, *, callout_id: UUID, actor: Actor, now: datetime) -> None:
    """Take a dose of the vial that ends first, for somebody who was promised one."""
    callout = queries.get_callout(session, callout_id)
    found = queries.open_vials(session, site_id=callout.site_id, now=now)
    mine = [one for one in found if one.lot.product.id == callout.product.id]
    if not mine:
        raise checks.refused(Reason.VIAL_EMPTY)
    use_dose(session, vial_id=mine[0].id, actor=actor, now=now)
