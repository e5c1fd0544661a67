"""Deliveries that are announced to a site: what the plan of sessions may count on, and from when.

One that is late is not counted until somebody says when it will come.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sensors.domain.states import Move, StateMachine
from sensors.store.moves import move
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.stock.models import Delivery, Product
from vaxsite.stock.queries import ProductView, product_view

MAY_WRITE = (Permission.SESSION_WRITE, Permission.STOCK_WRITE)


class DeliveryState(StrEnum):
    """A delivery is awaited, came and is in the stock, or will not come."""

    EXPECTED = "expected"
    RECEIVED = "received"
    CANCELLED = "cancelled"


DELIVERIES = StateMachine(
    name="delivery",
    initial=DeliveryState.EXPECTED,
    owners={DeliveryState.EXPECTED: "pharmacist"},
    moves=(
        Move(DeliveryState.EXPECTED, DeliveryState.RECEIVED, "delivery:receive"),
        Move(DeliveryState.EXPECTED, DeliveryState.CANCELLED, "delivery:cancel"),
    ),
    labels={
        DeliveryState.EXPECTED: ("Expected", "待到货"),
        DeliveryState.RECEIVED: ("Received", "已到货"),
        DeliveryState.CANCELLED: ("Will not come", "不再到货"),
    },
)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery with its product; the days are on the calendar of the site."""

    id: int
    site_id: int
    product: ProductView
    arrives_on: date
    doses: int
    expires_on: date | None
    source: str
    state: DeliveryState

    def late(self, today: date) -> bool:
        """Tell whether it should have come before *today*."""
        return self.state is DeliveryState.EXPECTED and self.arrives_on < today


def expected(
    session: Session, *, site_ids: Collection[int], product_id: int | None = None
) -> list[DeliveryView]:
    """Return the deliveries that sites await, late ones too, soonest first."""
    query = (
        select(Delivery, Product)
        .join(Product, Product.id == Delivery.product_id)
        .where(Delivery.site_id.in_(site_ids), Delivery.state == DeliveryState.EXPECTED)
        .order_by(Delivery.arrives_on, Delivery.id)
        .execution_options(populate_existing=True)
    )
    if product_id is not None:
        query = query.where(Delivery.product_id == product_id)
    return [_view(*row) for row in session.execute(query)]


def get_delivery(session: Session, delivery_id: int) -> DeliveryView:
    """Return the delivery; raise `NotFound`."""
    query = (
        select(Delivery, Product)
        .join(Product, Product.id == Delivery.product_id)
        .where(Delivery.id == delivery_id)
        .execution_options(populate_existing=True)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return _view(*row)


def announce(
    session: Session,
    *,
    site_id: int,
    product_id: int,
    arrives_on: date,
    doses: int,
    expires_on: date | None,
    source: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Write down what will come; return the delivery's id. *doses* is at least 1."""
    _check_may_write(actor, site_id)
    if session.get(Product, product_id) is None:
        raise NotFound
    row = Delivery(
        site_id=site_id,
        product_id=product_id,
        arrives_on=arrives_on,
        doses=doses,
        expires_on=expires_on,
        source=source,
        state=DELIVERIES.initial.value,
        entered_by=actor.id,
        entered_at=now,
    )
    session.add(row)
    session.flush()
    detail = {"site": site_id, "product": product_id, "doses": doses, "on": arrives_on.isoformat()}
    _record(session, "delivery:announce", row.id, actor, now, detail)
    return row.id


def change(
    session: Session,
    *,
    delivery_id: int,
    arrives_on: date,
    doses: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say that it comes on another day, or with another number of doses."""
    found = get_delivery(session, delivery_id)
    _check_may_write(actor, found.site_id)
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.EXPECTED)
        .values(arrives_on=arrives_on, doses=doses)
        .execution_options(synchronize_session=False)
    )
    detail = {"doses": doses, "was": found.doses, "on": arrives_on.isoformat()}
    _record(session, "delivery:change", delivery_id, actor, now, detail)


def close(
    session: Session, *, delivery_id: int, target: DeliveryState, actor: Actor, now: datetime
) -> None:
    """Say that it came and stands in the stock, or that it will not come."""
    found = get_delivery(session, delivery_id)
    _check_may_write(actor, found.site_id)
    step = move(session, Delivery, delivery_id, DELIVERIES, source=found.state, target=target)
    _record(session, step.audit, delivery_id, actor, now, {"doses": found.doses})


def _view(row: Delivery, product: Product) -> DeliveryView:
    return DeliveryView(
        row.id,
        row.site_id,
        product_view(product),
        row.arrives_on,
        row.doses,
        row.expires_on,
        row.source,
        DeliveryState(row.state),
    )


def _check_may_write(actor: Actor, site_id: int) -> None:
    if not any(actor.may(one, site_id) for one in MAY_WRITE):
        raise NotFound


def _record(
    session: Session,
    action: str,
    delivery_id: int,
    actor: Actor,
    now: datetime,
    detail: dict[str, object],
) -> None:
    subject = f"delivery:{delivery_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
