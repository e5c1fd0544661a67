"""Reads of clinics, sessions and free seats."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any, TypeVarTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from sensors.store import columns
from sensors.store.places import Site
from vaxsite.core.errors import NotFound
from vaxsite.slots import selects
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.slots.rules import Doses, SessionState
from vaxsite.stock.models import Product
from vaxsite.stock.queries import ProductView, product_view

Columns = TypeVarTuple("Columns")
WEEK_DAYS = 7  # Today is the first of them.


@dataclass(frozen=True, slots=True)
class ClinicView:
    """What the public knows of a clinic."""

    site_id: int
    code: str
    name_en: str
    name_zh: str
    address_en: str
    address_zh: str
    district_en: str
    district_zh: str
    phone: str
    timezone: str

    def name(self, language: str) -> str:
        """Return the name in *language*."""
        return self.name_zh if language == "zh" else self.name_en

    def address(self, language: str) -> str:
        """Return the address in *language*."""
        return self.address_zh if language == "zh" else self.address_en

    def district(self, language: str) -> str:
        """Return the district in *language*."""
        return self.district_zh if language == "zh" else self.district_en

    def local_day(self, at: datetime) -> date:
        """Return the day that the clinic's calendar shows at the instant."""
        return at.astimezone(ZoneInfo(self.timezone)).date()


@dataclass(frozen=True, slots=True)
class SlotView:
    """A time to come, with what is given then and how many seats are free."""

    id: int
    session_id: int
    site_id: int
    product: ProductView
    starts_at: datetime
    ends_at: datetime  # Of the session: nobody is sent away within it.
    capacity: int
    free: int  # For the public.
    published: bool
    timezone: str
    overbook_limit: int  # Seats that staff may add.
    overbooked: int  # Those that they have added.
    doses: Doses = Doses.ANY
    kept_for: str | None = None  # The group for which its seats are set aside.
    taken: int = 0  # Within the capacity.
    withheld: int = 0  # Not out yet.

    @property
    def owned(self) -> int:
        """Seats that somebody holds or has booked, added ones too."""
        return self.taken + self.overbooked

    @property
    def day(self) -> date:
        """The day on the clinic's calendar."""
        return self.starts_at.astimezone(ZoneInfo(self.timezone)).date()


@dataclass(frozen=True, slots=True)
class DaySeats:
    """Free seats of one clinic on one local day."""

    site_id: int
    day: date
    free: int
    first: int = 0  # Of them, those for first doses only.
    later: int = 0  # Of them, those for second and later doses only.


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its manager sees it."""

    id: int
    site_id: int
    product: ProductView
    starts_at: datetime
    ends_at: datetime
    state: SessionState
    slots: int
    capacity: int
    taken: int
    doses: Doses = Doses.ANY
    withheld: int = 0  # Seats that are not out yet.


@dataclass(frozen=True, slots=True)
class DaySessions:
    """The sessions of one clinic on one day of its calendar."""

    day: date
    sessions: list[SessionView]


@dataclass(frozen=True, slots=True)
class ClinicSessions:
    """What a clinic has before it: the days of the coming week, then those after it."""

    clinic: ClinicView
    week: list[DaySessions]
    later: list[DaySessions]

    @property
    def later_count(self) -> int:
        """How many sessions come after the week."""
        return sum(len(day.sessions) for day in self.later)


def clinics(session: Session, *, site_ids: Collection[int] | None = None) -> list[ClinicView]:
    """Return the clinics of *site_ids*, or all of them, by district and name."""
    if site_ids is None:
        return [ClinicView(*row) for row in selects.CLINICS.rows(session)]
    return [ClinicView(*row) for row in selects.CLINICS_OF.rows(session, sites=site_ids)]


def get_clinic(session: Session, site_id: int) -> ClinicView:
    """Return the clinic; raise `NotFound`."""
    found = clinics(session, site_ids=[site_id])
    if not found:
        raise NotFound
    return found[0]


def get_slot(session: Session, slot_id: int) -> SlotView:
    """Return the slot, offered or not; raise `NotFound`."""
    found = get_slots(session, [slot_id])
    if not found:
        raise NotFound
    return found[slot_id]


def get_slots(session: Session, slot_ids: Collection[int]) -> dict[int, SlotView]:
    """Return the slots by id, offered or not."""
    rows = selects.SLOTS_BY_ID.rows(session, slots=slot_ids)
    return {row[0]: slot_view(row) for row in rows}


def slots_of_day(
    session: Session,
    *,
    site_id: int,
    day: date,
    now: datetime,
    product_id: int | None = None,
    number: int | None = None,
    groups: Collection[str] = (),
) -> list[SlotView]:
    """Return the offered slots to come of a clinic's local day, full ones too, soonest first.

    With *number* only those for that dose; none set aside for a group that is not of *groups*.
    """
    zone = ZoneInfo(get_clinic(session, site_id).timezone)
    begin = datetime(day.year, day.month, day.day, tzinfo=zone)
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=zone)
    query = _offered(selects.SLOTS, now).where(
        _open_to(groups),
        ClinicSession.site_id == site_id,
        Slot.starts_at >= begin,
        Slot.starts_at < end,
    )
    if product_id is not None:
        query = query.where(ClinicSession.product_id == product_id)
    rows = columns.read(session, _for_dose(query, number).order_by(Slot.starts_at, Slot.id))
    return [slot_view(row) for row in rows]


def free_slots(
    session: Session,
    *,
    now: datetime,
    product_id: int | None = None,
    site_id: int | None = None,
    set_aside: bool = False,
) -> list[SlotView]:
    """Return the offered slots to come that have a free seat, soonest first.

    Those set aside for a group only with *set_aside*: whoever asks then judges who is of it.

    Whoever has a use for seats that were let go of asks here: cancelled, expired and changed seats
    are free from the commit that freed them, and nothing else announces them.
    """
    query = _offered(selects.SLOTS, now).where(Slot.taken + Slot.withheld < Slot.capacity)
    if not set_aside:
        query = query.where(Slot.kept_for.is_(None))
    if product_id is not None:
        query = query.where(ClinicSession.product_id == product_id)
    if site_id is not None:
        query = query.where(ClinicSession.site_id == site_id)
    rows = columns.read(session, query.order_by(Slot.starts_at, Slot.id))
    return [slot_view(row) for row in rows]


def offered_slots(
    session: Session, *, site_ids: Collection[int], since: datetime, until: datetime
) -> list[SlotView]:
    """Return the offered slots of the sites that start in (since, until), full ones too."""
    query = _offered(selects.SLOTS, since).where(
        ClinicSession.site_id.in_(site_ids), Slot.starts_at < until
    )
    rows = columns.read(session, query.order_by(Slot.starts_at, Slot.id))
    return [slot_view(row) for row in rows]


def offered_products(session: Session, *, now: datetime) -> list[ProductView]:
    """Return the vaccines of which some clinic offers times to come, by their code."""
    offered = _offered(
        select(ClinicSession.product_id).join(Slot, Slot.session_id == ClinicSession.id), now
    )
    query = select(Product).where(Product.id.in_(offered)).order_by(Product.code)
    return [product_view(row) for row in session.scalars(query)]


def free_days(
    session: Session,
    *,
    now: datetime,
    product_id: int | None = None,
    site_id: int | None = None,
    number: int | None = None,
    groups: Collection[str] = (),
) -> list[DaySeats]:
    """Return for each clinic and local day with offered slots how many seats are free.

    With *number* only seats for that dose; none set aside for a group that is not of *groups*.
    """
    query = _offered(
        select(
            ClinicSession.site_id,
            Site.timezone,
            ClinicSession.starts_at,
            ClinicSession.doses,
            func.sum(selects.OPEN_SEATS),
        )
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .join(Site, Site.id == ClinicSession.site_id)
        .group_by(ClinicSession.id, Site.timezone),
        now,
    ).where(_open_to(groups))
    if product_id is not None:
        query = query.where(ClinicSession.product_id == product_id)
    if site_id is not None:
        query = query.where(ClinicSession.site_id == site_id)
    free: dict[tuple[int, date], Counter[str]] = defaultdict(Counter)
    # A session lies within one local day: it is planned from one time of a day to another.
    for site, timezone, starts_at, doses, seats in session.execute(_for_dose(query, number)):
        day = starts_at.astimezone(ZoneInfo(timezone)).date()
        free[site, day][doses] += int(seats)
    return [
        DaySeats(site, day, seats.total(), seats[Doses.FIRST], seats[Doses.LATER])
        for (site, day), seats in sorted(free.items(), key=itemgetter(0))
    ]


def sessions(
    session: Session, *, site_ids: Collection[int], since: datetime | None = None
) -> list[SessionView]:
    """Return the sessions of the sites that end after *since*, soonest first."""
    query = _sessions().where(ClinicSession.site_id.in_(site_ids))
    if since is not None:
        query = query.where(ClinicSession.ends_at > since)
    rows = session.execute(query.order_by(ClinicSession.starts_at, ClinicSession.id))
    return [_session_view(*row) for row in rows]


def sessions_by_clinic(
    session: Session, *, site_ids: Collection[int], now: datetime
) -> list[ClinicSessions]:
    """Return for each clinic, also one without any, its sessions to come, day by day."""
    found = sessions(session, site_ids=site_ids, since=now)
    return [
        _by_day(clinic, [one for one in found if one.site_id == clinic.site_id], now)
        for clinic in clinics(session, site_ids=site_ids)
    ]


def get_session(session: Session, session_id: int) -> SessionView:
    """Return the session; raise `NotFound`."""
    row = session.execute(_sessions().where(ClinicSession.id == session_id)).one_or_none()
    if row is None:
        raise NotFound
    return _session_view(*row)


def slots_of_session(session: Session, session_id: int) -> list[SlotView]:
    """Return every slot of the session, soonest first."""
    query = selects.SLOTS.where(Slot.session_id == session_id).order_by(Slot.starts_at, Slot.id)
    return [slot_view(row) for row in columns.read(session, query)]


def _for_dose(query: Select[*Columns], number: int | None) -> Select[*Columns]:
    if number is None:
        return query
    return query.where(ClinicSession.doses.in_([one.value for one in Doses if one.admits(number)]))


def _open_to(groups: Collection[str]) -> ColumnElement[bool]:
    return or_(Slot.kept_for.is_(None), Slot.kept_for.in_(groups))


def _offered(query: Select[*Columns], now: datetime) -> Select[*Columns]:
    return query.where(ClinicSession.state == SessionState.PUBLISHED, Slot.starts_at > now)


def _sessions() -> Select[ClinicSession, Product, int, int, int, int]:
    counted = selects.SEATS_OF_SESSIONS.c
    return (
        select(
            ClinicSession,
            Product,
            counted.slots,
            counted.capacity,
            counted.taken,
            counted.withheld,
        )
        .join(Product, Product.id == ClinicSession.product_id)
        .join(selects.SEATS_OF_SESSIONS, counted.session_id == ClinicSession.id)
        .execution_options(populate_existing=True)
    )


def _by_day(clinic: ClinicView, found: list[SessionView], now: datetime) -> ClinicSessions:
    days: dict[date, list[SessionView]] = {}
    for one in found:
        days.setdefault(clinic.local_day(one.starts_at), []).append(one)
    following = clinic.local_day(now) + timedelta(days=WEEK_DAYS)
    grouped = [DaySessions(day, held) for day, held in days.items()]
    return ClinicSessions(
        clinic,
        [one for one in grouped if one.day < following],
        [one for one in grouped if one.day >= following],
    )


def slot_view(row: Sequence[Any]) -> SlotView:
    """Return the slot of a row that begins with the columns of `selects.SLOTS`."""  # Any: these.
    slot_id, session_id, site_id, *rest, doses, kept_for, taken, withheld = row[
        : selects.SLOT_COLUMNS
    ]
    product = ProductView(*row[selects.SLOT_COLUMNS : selects.SLOT_WIDTH])
    return SlotView(
        *(slot_id, session_id, site_id, product, *rest, Doses(doses), kept_for, taken, withheld)
    )


def _session_view(
    row: ClinicSession, product: Product, slots: int, capacity: int, taken: int, withheld: int
) -> SessionView:
    return SessionView(
        row.id,
        row.site_id,
        product_view(product),
        row.starts_at,
        row.ends_at,
        SessionState(row.state),
        slots,
        int(capacity),
        int(taken),
        Doses(row.doses),
        int(withheld),
    )
