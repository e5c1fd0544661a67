"""What every act on a plan asks first: whose it is, and that one act at a time happens."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.places import Site
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Detail, Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.plans import queries
from vaxsite.plans.rules.texts import RULE, SENTENCES
from vaxsite.stock.models import Product


def check_may_write(actor: Actor, site_ids: Collection[int]) -> None:
    """Raise `NotFound` unless the actor plans sessions at every one of the sites."""
    if not all(actor.may(Permission.SESSION_WRITE, site_id) for site_id in site_ids):
        raise NotFound


def own_plan(session: Session, plan_id: int, actor: Actor) -> queries.PlanView:
    """Return the plan, if all its sites are the actor's; raise `NotFound`."""
    found = queries.get_plan(session, plan_id)
    check_may_write(actor, found.template.site_ids)
    return found


def lock(session: Session, plan: queries.PlanView) -> None:
    """Let one act at a time change what is offered of a vaccine, and the sessions of the sites.

    Always in this order: the product, then the sites by id, as `slots.services` locks one.
    """
    sites = select(Site.id).where(Site.id.in_(plan.template.site_ids)).order_by(Site.id)
    session.execute(select(Product.id).where(Product.id == plan.product.id).with_for_update())
    session.execute(sites.with_for_update())


def refused(reason: StrEnum, detail: Detail | None = None) -> RefusedAct:
    """Return the refusal to raise."""
    return RefusedAct(Refused(reason, RULE, detail=detail or {}), SENTENCES)


def raise_if(found: Refused | None) -> None:
    """Raise the refusal, if there is one."""
    if found is not None:
        raise RefusedAct(found, SENTENCES)


def record(
    session: Session,
    action: str,
    plan_id: int,
    actor: Actor,
    now: datetime,
    detail: Mapping[str, object],
) -> None:
    """Write the audit row of an act on a plan."""
    subject = f"plan:{plan_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
