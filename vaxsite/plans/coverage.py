"""Reads what the check before publishing weighs: what is promised, offered, and there.

Safe where it cannot know: a seat that is only held counts as one still on offer; a delivery that
is late, a lot that is held, rejected or expired, counts as nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from sensors.store.places import Site, StorageUnit
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import ACTIVE
from vaxsite.plans.queries import calendars, zone_day
from vaxsite.plans.rules.check import Need, Place, Situation, Supply
from vaxsite.record import queries as record
from vaxsite.record.models import Dose, EarlierDose
from vaxsite.record.queries import is_corrected
from vaxsite.record.rules import NOT_GIVEN, window_after
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.slots.rules import Doses, SessionState
from vaxsite.stock import deliveries
from vaxsite.stock import queries as stock
from vaxsite.stock.models import Lot, LotPlacement
from vaxsite.stock.queries import ProductView

# A schedule may ask for the age; most of those who are planned for are neither child nor old.
TYPICAL_AGE = timedelta(days=40 * 365)
# Who has not come back for so long after the last day in time is reminded, but no seat waits.
# The project's own figure, to be checked by those who run the clinic.
WAITED_FOR = timedelta(days=180)
CALENDAR_DAYS = 200  # Ahead; windows of the second dose lie within.


@dataclass(frozen=True, slots=True)
class Scope:
    """One vaccine at sites that are judged together, and sessions that are about to be offered."""

    product: ProductView
    site_ids: tuple[int, ...]
    together: bool
    holidays: bool = False
    adding: frozenset[int] = frozenset()


def situation(session: Session, scope: Scope, *, now: datetime) -> Situation:
    """Return everything that the check needs, as it stands at *now*."""
    reading = _Reading(session, scope, now)
    return Situation(
        needs=(*reading.owed(), *reading.offered()),
        seats=reading.second_seats(),
        booked=reading.booked(),
        supplies=tuple(reading.supplies()),
        closed=reading.closed(),
        together=scope.together,
    )


class _Reading:
    """The reads of one check; each day's window is asked of the engine once."""

    def __init__(self, session: Session, scope: Scope, now: datetime) -> None:
        self.session, self.scope, self.now = session, scope, now
        rows = session.execute(select(Site.id, Site.timezone).where(Site.id.in_(scope.site_ids)))
        self.zones = {site_id: ZoneInfo(zone) for site_id, zone in rows}
        self.window = cache(self._window)

    def today(self, site_id: int) -> date:
        return self.now.astimezone(self.zones[site_id]).date()

    def _window(self, day: date) -> tuple[date, date] | None:
        """Return the first and last day of the dose after one of *day*; None where none follows."""
        if self.scope.product.doses_in_series < 2:
            return None
        typical = record.newcomer(self.session, born_on=day - TYPICAL_AGE)
        return window_after(typical, record.engine_code(self.scope.product), on=day)

    def owed(self) -> Iterator[Need]:
        """Give those who had or have booked a first dose and have no seat for the second one."""
        counted: Counter[Place] = Counter()
        for site_id, at in (*self._given(), *self._first_only()):
            counted[(site_id, at.astimezone(self.zones[site_id]).date())] += 1
        for (site_id, day), count in sorted(counted.items()):
            window, today = self.window(day), self.today(site_id)
            if window is None or window[1] + WAITED_FOR < today:
                continue
            latest = window[1] if window[1] >= today else today + WAITED_FOR
            yield Need(site_id, day, count, max(window[0], today), latest)

    def offered(self) -> Iterator[Need]:
        """Give the first seats that somebody may still book, by day."""
        first = [Doses.FIRST]
        if self.scope.product.doses_in_series < 2:
            first.append(Doses.ANY)
        booked = (
            select(func.count())
            .where(Appointment.slot_id == Slot.id, Appointment.state.in_(ACTIVE))
            .scalar_subquery()
        )
        for (site_id, day), count in self._by_day(first, Slot.capacity - booked):
            earliest, latest = self.window(day) or (None, None)
            yield Need(site_id, day, count, earliest, latest, offered=True)

    def second_seats(self) -> dict[Place, int]:
        """Return the seats set aside for second doses that nobody has."""
        return dict(self._by_day([Doses.LATER], Slot.capacity - Slot.taken))

    def booked(self) -> dict[Place, int]:
        """Return the doses for which somebody is expected from today on, whatever their number."""
        counted: Counter[Place] = Counter()
        for site_id, at in self.session.execute(self._expected()):
            day = at.astimezone(self.zones[site_id]).date()
            if day >= self.today(site_id):
                counted[(site_id, day)] += 1
        return dict(counted)

    def supplies(self) -> Iterator[Supply]:
        """Give the doses on hand that may be given, and those that are expected in time."""
        yield from self._on_hand()
        awaited = deliveries.expected(
            self.session, site_ids=self.scope.site_ids, product_id=self.scope.product.id
        )
        for one in awaited:
            if not one.late(self.today(one.site_id)):
                yield Supply(one.site_id, one.arrives_on, one.expires_on, one.doses)

    def closed(self) -> frozenset[Place]:
        """Return the days on which a site is closed, for the proposal of further seats."""
        return frozenset(
            (site_id, day)
            for site_id, calendar in calendars(self.session, self.scope.site_ids).items()
            for number in range(CALENDAR_DAYS)
            if calendar.closed(
                day := self.today(site_id) + timedelta(days=number), self.scope.holidays
            )
        )

    def _by_day(self, doses: Iterable[Doses], seats: ColumnElement[int]) -> list[tuple[Place, int]]:
        """Sum *seats* over the slots to come that are offered, or about to be."""
        offered = or_(
            ClinicSession.state == SessionState.PUBLISHED,
            ClinicSession.id.in_(self.scope.adding),
        )
        query = (
            select(ClinicSession.site_id, ClinicSession.starts_at, Site.timezone, func.sum(seats))
            .join(Slot, Slot.session_id == ClinicSession.id)
            .join(Site, Site.id == ClinicSession.site_id)
            .where(
                ClinicSession.site_id.in_(self.scope.site_ids),
                ClinicSession.product_id == self.scope.product.id,
                ClinicSession.doses.in_([one.value for one in doses]),
                ClinicSession.state != SessionState.CANCELLED,
                Slot.starts_at > self.now,
                offered,
            )
            .group_by(ClinicSession.id, Site.timezone)
        )
        counted: Counter[Place] = Counter()
        for site_id, at, zone, count in self.session.execute(query):
            counted[(site_id, zone_day(at, zone))] += int(count)
        return sorted((place, count) for place, count in counted.items() if count > 0)

    def _given(self) -> list[tuple[int, datetime]]:
        """Return site and time of each first dose whose person has no second one, nor a seat."""
        elsewhere = (
            select(func.count())
            .where(
                EarlierDose.person_id == Dose.person_id,
                EarlierDose.withdrawn_at.is_(None),
                EarlierDose.code == record.engine_code(self.scope.product),
            )
            .correlate(Dose)
            .scalar_subquery()
        )
        query = (
            select(func.min(Dose.site_id), func.min(Dose.given_at))
            .where(
                Dose.product_id == self.scope.product.id,
                Dose.judged != NOT_GIVEN,
                ~is_corrected(),
                elsewhere == 0,
                ~_has_seat(Dose.person_id, self.scope.product.id),
            )
            .group_by(Dose.person_id)
            .having(
                func.max(Dose.dose_number) == 1, func.min(Dose.site_id).in_(self.scope.site_ids)
            )
        )
        return [(site_id, at) for site_id, at in self.session.execute(query)]

    def _first_only(self) -> list[tuple[int, datetime]]:
        """Return site and time of each first dose that is booked without a second one."""
        query = self._expected().where(
            Appointment.dose_number == 1,
            ~_has_seat(Appointment.person_id, self.scope.product.id),
        )
        return [(site_id, at) for site_id, at in self.session.execute(query)]

    def _expected(self) -> Select[int, datetime]:
        """Select site and time of everybody who is expected from yesterday on."""
        return (
            select(ClinicSession.site_id, Slot.starts_at)
            .select_from(Appointment)
            .join(Slot, Slot.id == Appointment.slot_id)
            .join(ClinicSession, ClinicSession.id == Slot.session_id)
            .where(
                ClinicSession.site_id.in_(self.scope.site_ids),
                Appointment.product_id == self.scope.product.id,
                Appointment.state.in_(ACTIVE),
                Slot.starts_at > self.now - timedelta(days=1),
            )
        )

    def _on_hand(self) -> Iterator[Supply]:
        rows = self._placed()
        lots = {lot.id for lot, _, _ in rows}
        barred = set(stock.held_lots(self.session, lot_ids=lots, at=self.now))
        barred |= set(stock.rejected_lots(self.session, lot_ids=lots))
        used = self._used(lots)
        for lot, site_id, vials in rows:
            left = vials * self.scope.product.doses_per_vial - used[(lot.id, site_id)]
            today = self.today(site_id)
            if left > 0 and lot.id not in barred and lot.expires_on >= today:
                yield Supply(site_id, today, lot.expires_on, left)

    def _placed(self) -> list[tuple[Lot, int, int]]:
        query = (
            select(Lot, StorageUnit.site_id, func.sum(LotPlacement.vials))
            .join(LotPlacement, LotPlacement.lot_id == Lot.id)
            .join(StorageUnit, StorageUnit.id == LotPlacement.unit_id)
            .where(
                Lot.product_id == self.scope.product.id,
                LotPlacement.removed_at.is_(None),
                StorageUnit.site_id.in_(self.scope.site_ids),
            )
            .group_by(Lot.id, StorageUnit.site_id)
            .order_by(Lot.expires_on, Lot.id, StorageUnit.site_id)
        )
        return [(lot, site_id, int(vials)) for lot, site_id, vials in self.session.execute(query)]

    def _used(self, lots: Collection[int]) -> Counter[tuple[int, int]]:
        """Count the doses of each lot that were given at each site."""
        query = (
            select(Dose.lot_id, Dose.site_id, func.count())
            .where(Dose.lot_id.in_(lots), Dose.judged != NOT_GIVEN, ~is_corrected())
            .group_by(Dose.lot_id, Dose.site_id)
        )
        return Counter({(lot, site): count for lot, site, count in self.session.execute(query)})


def _has_seat(person: InstrumentedAttribute[UUID], product_id: int) -> ColumnElement[bool]:
    """The person is expected for a second or later dose."""
    later = aliased(Appointment)
    return exists().where(
        later.person_id == person,
        later.product_id == product_id,
        later.dose_number >= 2,
        later.state.in_(ACTIVE),
    )
