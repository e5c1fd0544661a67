"""Acts on the template of a plan and on the days of its sites."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.plans.models import Plan, PlanPattern, PlanSite, SiteDay
from vaxsite.plans.rules.layout import Pattern, Template, check_pattern, check_template
from vaxsite.plans.rules.texts import Reason
from vaxsite.plans.services import checks
from vaxsite.stock import queries as stock


def draft(session: Session, *, template: Template, actor: Actor, now: datetime) -> int:
    """Store a new template with its patterns; return the plan's id. Nothing is laid out yet."""
    checks.check_may_write(actor, template.site_ids)
    _check(session, template)
    row = Plan(product_id=template.product_id, created_by=actor.id, created_at=now)
    _fill(row, template)
    session.add(row)
    session.flush()
    session.add_all(PlanSite(plan_id=row.id, site_id=one) for one in template.site_ids)
    detail = {"sites": list(template.site_ids), "product": template.product_id}
    checks.record(session, "plan:draft", row.id, actor, now, detail)
    session.flush()
    for pattern in template.patterns:
        add_pattern(session, plan_id=row.id, pattern=pattern, actor=actor, now=now)
    return row.id


def change(
    session: Session, *, plan_id: int, template: Template, actor: Actor, now: datetime
) -> None:
    """Replace what the template says apart from vaccine and patterns; sessions follow later."""
    found = checks.own_plan(session, plan_id, actor)
    checks.check_may_write(actor, template.site_ids)
    template = replace(template, product_id=found.product.id)
    _check(session, template)
    row = session.get_one(Plan, plan_id)
    _fill(row, template)
    session.execute(delete(PlanSite).where(PlanSite.plan_id == plan_id))
    session.add_all(PlanSite(plan_id=plan_id, site_id=one) for one in template.site_ids)
    checks.record(session, "plan:change", plan_id, actor, now, {"sites": list(template.site_ids)})
    session.flush()


def add_pattern(
    session: Session, *, plan_id: int, pattern: Pattern, actor: Actor, now: datetime
) -> int:
    """Add hours of the week; return the pattern's id."""
    found = checks.own_plan(session, plan_id, actor)
    checks.raise_if(check_pattern(pattern, found.template.patterns))
    row = PlanPattern(
        plan_id=plan_id,
        weekdays=sum(1 << one for one in pattern.weekdays),
        starts=pattern.starts,
        ends=pattern.ends,
        break_starts=pattern.break_starts,
        break_ends=pattern.break_ends,
        stations=pattern.stations,
        vaccinators=pattern.vaccinators,
        doses=pattern.doses.value,
        first_on=pattern.first_on,
        last_on=pattern.last_on,
    )
    session.add(row)
    session.flush()
    detail = {"pattern": row.id, "stations": pattern.stations, "staff": pattern.vaccinators}
    checks.record(session, "plan:add-hours", plan_id, actor, now, detail)
    return row.id


def staff_pattern(
    session: Session,
    *,
    plan_id: int,
    pattern_id: int,
    stations: int,
    vaccinators: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say how many stations and vaccinators there are in hours of the week."""
    found = checks.own_plan(session, plan_id, actor)
    pattern = _pattern(found.template, pattern_id)
    changed = replace(pattern, stations=stations, vaccinators=vaccinators)
    checks.raise_if(check_pattern(changed, found.template.patterns))
    session.execute(
        update(PlanPattern)
        .where(PlanPattern.id == pattern_id)
        .values(stations=stations, vaccinators=vaccinators)
        .execution_options(synchronize_session="fetch")
    )
    detail = {"pattern": pattern_id, "stations": stations, "staff": vaccinators}
    checks.record(session, "plan:staff-hours", plan_id, actor, now, detail)


def remove_pattern(
    session: Session, *, plan_id: int, pattern_id: int, actor: Actor, now: datetime
) -> None:
    """Take hours of the week away; sessions follow later."""
    found = checks.own_plan(session, plan_id, actor)
    _pattern(found.template, pattern_id)
    session.execute(delete(PlanPattern).where(PlanPattern.id == pattern_id))
    checks.record(session, "plan:remove-hours", plan_id, actor, now, {"pattern": pattern_id})


def set_day(
    session: Session,
    *,
    site_id: int,
    day: date,
    opened: bool,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Say that a site is closed on a day, or open although it is a holiday; replaces what was."""
    checks.check_may_write(actor, [site_id])
    session.execute(delete(SiteDay).where(SiteDay.site_id == site_id, SiteDay.day == day))
    session.add(
        SiteDay(site_id=site_id, day=day, opened=opened, reason=reason, set_by=actor.id, set_at=now)
    )
    _record_day(session, site_id, day, "open" if opened else "close", actor, now)
    session.flush()


def clear_day(session: Session, *, day_id: int, actor: Actor, now: datetime) -> None:
    """Take back what a site said of a day."""
    row = session.scalar(select(SiteDay).where(SiteDay.id == day_id))
    if row is None or not actor.may(Permission.SESSION_WRITE, row.site_id):
        raise NotFound
    _record_day(session, row.site_id, row.day, "clear", actor, now)
    session.delete(row)
    session.flush()


def _check(session: Session, template: Template) -> None:
    checks.raise_if(check_template(template))
    if stock.find_product(session, product_id=template.product_id) is None:
        raise checks.refused(Reason.UNKNOWN_PRODUCT)


def _fill(row: Plan, template: Template) -> None:
    row.name = template.name
    row.first_on, row.last_on = template.first_on, template.last_on
    row.slot_minutes, row.person_minutes = template.slot_minutes, template.person_minutes
    row.overbook = template.overbook
    row.holidays, row.together = template.holidays, template.together


def _pattern(template: Template, pattern_id: int) -> Pattern:
    found = next((one for one in template.patterns if one.id == pattern_id), None)
    if found is None:
        raise NotFound
    return found


def _record_day(
    session: Session, site_id: int, day: date, what: str, actor: Actor, now: datetime
) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"site-day:{what}",
        subject=f"site:{site_id}",
        now=now,
        detail={"day": day.isoformat()},
    )
