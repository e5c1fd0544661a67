"""Reads of plans, the calendars of their sites and the sessions that came of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from sensors.store.places import Site
from vaxsite.core.errors import NotFound
from vaxsite.plans.models import (
    Plan,
    PlannedSession,
    PlanPattern,
    PlanShortage,
    PlanSite,
    SiteDay,
)
from vaxsite.plans.rules.layout import WEEKDAYS, Pattern, Shape, SiteCalendar, Template
from vaxsite.slots.models import ClinicSession
from vaxsite.slots.queries import ClinicView, clinics
from vaxsite.slots.rules import Doses, SessionState
from vaxsite.slots.selects import SEATS_OF_SESSIONS
from vaxsite.stock.queries import ProductView, find_product


@dataclass(frozen=True, slots=True)
class ShortageView:
    """What a published plan lacks since *found_at*."""

    plan_id: int
    seats: int
    doses: int
    first_on: date
    found_at: datetime
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with its template, its vaccine, and what is short."""

    id: int
    template: Template
    product: ProductView
    clinics: tuple[ClinicView, ...]
    shortage: ShortageView | None


@dataclass(frozen=True, slots=True)
class PlanSession:
    """A session that a plan laid out, as it stands now."""

    id: int
    site_id: int
    doses: Doses
    state: SessionState
    starts_at: datetime
    ends_at: datetime
    day: date
    slots: int
    capacity: int
    taken: int
    kept: bool

    @property
    def shape(self) -> Shape:
        """Return what makes it the same session as one that the template wants."""
        seats = self.capacity // self.slots
        return (self.site_id, self.doses, self.starts_at, self.ends_at, self.slots, seats)


@dataclass(frozen=True, slots=True)
class SiteDayView:
    """A site's own word about one day."""

    id: int
    site_id: int
    day: date
    opened: bool
    reason: str


def plans(session: Session, *, site_ids: Collection[int]) -> list[PlanView]:
    """Return the plans of which every site is among *site_ids*, the newest first."""
    foreign = select(PlanSite.plan_id).where(PlanSite.site_id.not_in(site_ids))
    rows = session.scalars(
        select(Plan).where(Plan.id.not_in(foreign)).order_by(Plan.first_on.desc(), Plan.id.desc())
    )
    return [_view(session, row) for row in rows.all()]


def get_plan(session: Session, plan_id: int) -> PlanView:
    """Return the plan; raise `NotFound`."""
    row = session.get(Plan, plan_id, populate_existing=True)
    if row is None:
        raise NotFound
    return _view(session, row)


def _view(session: Session, row: Plan) -> PlanView:
    sites = select(PlanSite.site_id).where(PlanSite.plan_id == row.id).order_by(PlanSite.site_id)
    patterns = select(PlanPattern).where(PlanPattern.plan_id == row.id)
    ordered = patterns.order_by(PlanPattern.doses, PlanPattern.starts, PlanPattern.id)
    product = find_product(session, product_id=row.product_id)
    if product is None:
        raise NotFound
    template = Template(
        name=row.name,
        product_id=row.product_id,
        site_ids=tuple(session.scalars(sites)),
        first_on=row.first_on,
        last_on=row.last_on,
        slot_minutes=row.slot_minutes,
        person_minutes=row.person_minutes,
        overbook=row.overbook,
        holidays=row.holidays,
        together=row.together,
        patterns=tuple(_pattern(one) for one in session.scalars(ordered)),
    )
    places = tuple(clinics(session, site_ids=template.site_ids))
    short = session.get(PlanShortage, row.id, populate_existing=True)
    return PlanView(row.id, template, product, places, _shortage(short) if short else None)


def _pattern(row: PlanPattern) -> Pattern:
    return Pattern(
        weekdays=frozenset(one for one in WEEKDAYS if row.weekdays >> one & 1),
        starts=row.starts,
        ends=row.ends,
        stations=row.stations,
        vaccinators=row.vaccinators,
        doses=Doses(row.doses),
        break_starts=row.break_starts,
        break_ends=row.break_ends,
        first_on=row.first_on,
        last_on=row.last_on,
        id=row.id,
    )


def _shortage(row: PlanShortage) -> ShortageView:
    return ShortageView(
        row.plan_id, row.seats, row.doses, row.first_on, row.found_at, row.checked_at
    )


def calendars(session: Session, site_ids: Collection[int]) -> dict[int, SiteCalendar]:
    """Return what each site says of single days."""
    said: dict[int, dict[date, bool]] = {site_id: {} for site_id in site_ids}
    for row in site_days(session, site_ids=site_ids):
        said[row.site_id][row.day] = row.opened
    zones = session.execute(select(Site.id, Site.timezone).where(Site.id.in_(site_ids)))
    return {site_id: SiteCalendar(site_id, zone, said[site_id]) for site_id, zone in zones}


def site_days(
    session: Session, *, site_ids: Collection[int], since: date | None = None
) -> list[SiteDayView]:
    """Return the days of which a site says that it is closed or open, by day."""
    query = select(SiteDay).where(SiteDay.site_id.in_(site_ids))
    if since is not None:
        query = query.where(SiteDay.day >= since)
    rows = session.scalars(query.order_by(SiteDay.day, SiteDay.site_id))
    return [SiteDayView(row.id, row.site_id, row.day, row.opened, row.reason) for row in rows]


def plan_sessions(session: Session, plan_id: int, *, since: datetime) -> list[PlanSession]:
    """Return the sessions of a plan that begin after *since* and were not called off."""
    query = _plan_sessions().where(
        PlannedSession.plan_id == plan_id,
        ClinicSession.starts_at > since,
        ClinicSession.state != SessionState.CANCELLED,
    )
    rows = session.execute(query.order_by(ClinicSession.starts_at, ClinicSession.id))
    return [
        PlanSession(
            row.id,
            row.site_id,
            Doses(row.doses),
            SessionState(row.state),
            row.starts_at,
            row.ends_at,
            zone_day(row.starts_at, zone),
            slots,
            int(capacity),
            int(taken),
            kept is not None,
        )
        for row, kept, zone, slots, capacity, taken in rows
    ]


def zone_day(at: datetime, timezone: str) -> date:
    """Return the day that the clock of a site shows at the instant."""
    return at.astimezone(ZoneInfo(timezone)).date()


def _plan_sessions() -> Select[ClinicSession, str | None, str, int, int, int]:
    counted = SEATS_OF_SESSIONS
    return (
        select(
            ClinicSession,
            PlannedSession.kept_by,
            Site.timezone,
            counted.c.slots,
            counted.c.capacity,
            counted.c.taken,
        )
        .join(PlannedSession, PlannedSession.session_id == ClinicSession.id)
        .join(Site, Site.id == ClinicSession.site_id)
        .join(counted, counted.c.session_id == ClinicSession.id)
        .execution_options(populate_existing=True)
    )
