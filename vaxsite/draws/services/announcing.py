"""Announce a draw, and call one off. What was announced is never changed."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sensors.store.places import Site
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.draws.models import Draw, DrawSession
from vaxsite.draws.rules import files, limits
from vaxsite.draws.rules.limits import DrawPlan
from vaxsite.draws.rules.lottery import ALGORITHM, commitment
from vaxsite.draws.rules.states import DRAWS, SENTENCES, DrawState, Reason
from vaxsite.draws.services import checks
from vaxsite.eligibility import queries as eligibility
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock

SECRET_BYTES = 32


def check_plan(session: Session, *, plan: DrawPlan, actor: Actor, now: datetime) -> None:
    """Raise `RefusedAct` where the plan cannot be announced; `NotFound` for a foreign site."""
    if not actor.may(Permission.DRAW_WRITE, plan.site_id):
        raise NotFound
    if stock.find_product(session, product_id=plan.product_id) is None:
        raise checks.refused(Reason.UNKNOWN_PRODUCT)
    codes = [group for group, _ in plan.quotas]
    if len(set(codes)) != len(codes) or not all(map(eligibility.groups().find, codes)):
        raise checks.refused(Reason.UNKNOWN_GROUP)
    wrong = limits.check_plan(plan, now=now)
    if wrong is not None:
        raise RefusedAct(wrong, SENTENCES)
    _check_sessions(session, plan)


def _check_sessions(session: Session, plan: DrawPlan) -> None:
    for session_id in plan.session_ids:
        found = slots.get_session(session, session_id)
        if (found.site_id, found.product.id) != (plan.site_id, plan.product_id):
            raise checks.refused(Reason.OTHER_SESSION)
        if found.withheld:
            raise checks.refused(Reason.NOT_OUT)
        if session.get(DrawSession, session_id) is not None:
            raise checks.refused(Reason.RESERVED_ALREADY)


def announce(
    session: Session, *, plan: DrawPlan, signing_key: str, actor: Actor, now: datetime
) -> int:
    """Publish the draw with the commitment to a fresh secret; return its id."""
    check_plan(session, plan=plan, actor=actor, now=now)
    if not signing_key:
        raise checks.refused(Reason.NO_KEY)
    secret = secrets.token_hex(SECRET_BYTES)
    row = Draw(
        site_id=plan.site_id,
        product_id=plan.product_id,
        places=plan.places,
        opens_at=plan.opens_at,
        closes_at=plan.closes_at,
        randomness_at=plan.randomness_at,
        result_at=plan.result_at,
        days_to_book=plan.days_to_book,
        state=DRAWS.initial.value,
        announcement="",
        secret=secret,
        places_left={},
        announced_by=actor.id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    told = _announcement(session, row.id, plan, secret, signing_key, now)
    row.announcement = files.canonical(told)
    session.add_all(DrawSession(session_id=one, draw_id=row.id) for one in plan.session_ids)
    checks.record(
        session, "draw:announce", f"draw:{row.id}", actor, now, commitment=told["commitment"]
    )
    session.flush()
    return row.id


def _announcement(
    session: Session, draw_id: int, plan: DrawPlan, secret: str, signing_key: str, now: datetime
) -> dict[str, Any]:  # Any: JSON.
    """Return what is published before anybody can register: every rule, and the commitment."""
    site = session.get_one(Site, plan.site_id)
    product = stock.find_product(session, product_id=plan.product_id)
    assert product is not None, "the plan was checked"
    instants = {
        name: getattr(plan, name).isoformat()
        for name in ("opens_at", "closes_at", "randomness_at", "result_at")
    }
    return {
        "algorithm": ALGORITHM,
        "draw": draw_id,
        "announced_at": now.isoformat(),
        "site": site.code,
        "site_en": site.name_en,
        "site_zh": site.name_zh,
        "timezone": site.timezone,
        "product_en": product.name_en,
        "product_zh": product.name_zh,
        "places": plan.places,
        "quotas": [{"group": group, "places": most} for group, most in plan.quotas],
        "spill": plan.spill.value,
        "household_max": limits.HOUSEHOLD_MAX,
        "days_to_book": plan.days_to_book,
        "randomness_source": plan.randomness_source,
        "fallback_source": plan.fallback_source,
        "fallback_after": (plan.randomness_at + limits.FALLBACK_AFTER).isoformat(),
        "commitment": commitment(secret),
        "signing_key": files.public_key(signing_key),
        **instants,
    }


def withdraw_draw(
    session: Session, *, draw_id: int, reason: str, actor: Actor, now: datetime
) -> None:
    """Call the draw off before its result is public; everybody can read the reason."""
    row = checks.lock(session, draw_id, actor)
    checks.advance(
        session,
        row,
        DrawState.WITHDRAWN,
        actor=actor,
        now=now,
        told={"reason": reason},
        withdrawn_reason=reason,
    )
    _free_sessions(session, draw_id)


def open_to_all(session: Session, *, draw_id: int, actor: Actor, now: datetime) -> None:
    """Let everybody book the seats that the people drawn left: first come, first served."""
    row = checks.lock(session, draw_id, actor)
    _free_sessions(session, draw_id)
    checks.record(session, "draw:open-to-all", f"draw:{row.id}", actor, now)


def _free_sessions(session: Session, draw_id: int) -> None:
    session.execute(delete(DrawSession).where(DrawSession.draw_id == draw_id))


def any_due(session: Session, now: datetime) -> list[int]:
    """Return the draws whose registration is over and whose list is still open."""
    due = select(Draw.id).where(Draw.state == DrawState.ANNOUNCED, Draw.closes_at <= now)
    return list(session.scalars(due.order_by(Draw.closes_at)))
