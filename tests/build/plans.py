"""Builders of plans: a clinic with a template for first and second doses."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from tests.build.booking import NOW, a_clinic
from tests.build.stock import a_vaccine, staff_of
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.core.permissions import ROLES, Role
from vaxsite.eligibility.rules import Reach
from vaxsite.eligibility.services import open_phase
from vaxsite.plans import queries
from vaxsite.plans.rules.layout import Pattern, Template
from vaxsite.plans.services import drafting, laying, publishing
from vaxsite.plans.services.publishing import Choice, everything
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import Doses
from vaxsite.stock import deliveries

FIRST_ON = date(2026, 3, 2)  # A Monday, seven weeks after `NOW`.
LAST_ON = date(2026, 4, 24)
WORKDAYS = frozenset(range(5))
NINE, TEN = time(9), time(10)


@dataclass(frozen=True)
class Planned:
    """A plan with what it is about."""

    plan_id: int
    product_id: int
    site_ids: tuple[int, ...]
    manager: Actor


def a_manager(*site_ids: int) -> Actor:
    """A manager of several sites."""
    return Actor(ActorKind.STAFF, "manager", dict.fromkeys(site_ids, ROLES[Role.MANAGER]))


def hours(
    doses: Doses,
    *,
    starts: time = NINE,
    ends: time = TEN,
    stations: int = 1,
    vaccinators: int | None = None,
    weekdays: frozenset[int] = WORKDAYS,
    pause: tuple[time, time] | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Pattern:
    """Hours of every week in which every station is staffed unless told otherwise."""
    return Pattern(
        weekdays=weekdays,
        starts=starts,
        ends=ends,
        stations=stations,
        vaccinators=stations if vaccinators is None else vaccinators,
        doses=doses,
        break_starts=pause[0] if pause else None,
        break_ends=pause[1] if pause else None,
        first_on=since,
        last_on=until,
    )


def a_template(product_id: int, site_ids: tuple[int, ...], *patterns: Pattern) -> Template:
    """Eight weeks of slots of half an hour; a person takes six minutes: five seats a station."""
    return Template(
        name="Spring",
        product_id=product_id,
        site_ids=site_ids,
        first_on=FIRST_ON,
        last_on=LAST_ON,
        slot_minutes=30,
        person_minutes=6,
        patterns=patterns,
    )


def a_plan(
    session: Session,
    *patterns: Pattern,
    codes: tuple[str, ...] = ("riverside",),
    doses: int = 0,
    together: bool = False,
    now: datetime = NOW,
) -> Planned:
    """A plan that is laid out, with *doses* to be delivered to each clinic on its first day."""
    sites = tuple(a_clinic(session, code=code).id for code in codes)
    product_id = a_vaccine(session)
    manager = a_manager(*sites)
    template = replace(a_template(product_id, sites, *patterns), together=together)
    plan_id = drafting.draft(session, template=template, actor=manager, now=now)
    laying.lay_out(session, plan_id=plan_id, actor=manager, now=now)
    for site_id in sites if doses else ():
        a_delivery(session, site_id=site_id, product_id=product_id, doses=doses)
    return Planned(plan_id, product_id, sites, manager)


def a_delivery(
    session: Session,
    *,
    site_id: int,
    product_id: int,
    doses: int = 100,
    on: date = FIRST_ON,
) -> int:
    """Doses that the maker has announced to a site."""
    return deliveries.announce(
        session,
        site_id=site_id,
        product_id=product_id,
        arrives_on=on,
        doses=doses,
        expires_on=None,
        source="Order 7 of the district",
        actor=staff_of(site_id, Role.PHARMACIST),
        now=NOW,
    )


TWO_WEEKS = date(2026, 3, 13)
# Ten seats each day: 100 first ones in two weeks; second ones in all eight.
FIRST = hours(Doses.FIRST, until=TWO_WEEKS)
LATER = hours(Doses.LATER)


def sessions_of(session: Session, plan: Planned) -> list[queries.PlanSession]:
    """Its sessions to come."""
    return queries.plan_sessions(session, plan.plan_id, since=NOW)


def publish(
    session: Session, plan: Planned, *, choice: Choice = everything, only_covered: bool = False
) -> int:
    """Its manager publishes it, or a part."""
    return publishing.publish(
        session,
        plan_id=plan.plan_id,
        choice=choice,
        only_covered=only_covered,
        actor=plan.manager,
        now=NOW,
    )


def open_to_adults(session: Session, plan: Planned) -> None:
    """Let every adult book what the plan publishes."""
    open_phase(
        session,
        reach=Reach(site_id=plan.site_ids[0]),
        group_code="everyone-from-18",
        opens_on=NOW.date(),
        closes_on=None,
        actor=plan.manager,
        now=NOW,
    )


def an_open_plan(session: Session, *, doses: int = 200) -> Planned:
    """A published plan where every adult may book."""
    plan = a_plan(session, FIRST, LATER, doses=doses)
    open_to_adults(session, plan)
    publish(session, plan)
    return plan


def slot_of(session: Session, plan: Planned, doses: Doses, *, after: int = 0) -> slots.SlotView:
    """The first slot of a session for these doses, so many days after the plan begins."""
    found = [one for one in sessions_of(session, plan) if one.doses is doses]
    day = FIRST_ON + timedelta(days=after)
    one = next(one for one in found if one.day >= day)
    return slots.slots_of_session(session, one.id)[0]
