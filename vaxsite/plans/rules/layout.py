"""From the template of a plan to its sessions: which days, which hours, how many seats. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from vaxsite.core.decisions import Refused
from vaxsite.plans.rules.holidays import holiday_on
from vaxsite.plans.rules.texts import RULE, Reason
from vaxsite.slots.rules import (
    ADDED_MAX,
    PLAN_DAYS_AHEAD_MAX,
    SLOT_MINUTES_MAX,
    Doses,
    PlannedSession,
    SessionPlan,
    lay_out,
)

STATIONS_MAX = 200
WEEKDAYS = range(7)  # Monday is 0.


@dataclass(frozen=True, slots=True)
class Pattern:
    """Hours of every week, local times, with the stations and those who work at them."""

    weekdays: frozenset[int]
    starts: time
    ends: time
    stations: int
    vaccinators: int
    doses: Doses
    break_starts: time | None = None
    break_ends: time | None = None
    first_on: date | None = None  # Null: as long as the plan.
    last_on: date | None = None
    id: int = 0

    @property
    def staffed(self) -> int:
        """Stations at which somebody vaccinates; the others are not planned."""
        return min(self.stations, self.vaccinators)

    def parts(self) -> tuple[tuple[time, time], ...]:
        """Return the hours before and after the break."""
        if self.break_starts is None or self.break_ends is None:
            return ((self.starts, self.ends),)
        return ((self.starts, self.break_starts), (self.break_ends, self.ends))

    def on(self, day: date) -> bool:
        """Tell whether these hours are held on *day*."""
        begun = self.first_on is None or self.first_on <= day
        return (
            begun
            and (self.last_on is None or day <= self.last_on)
            and (day.weekday() in self.weekdays)
        )

    def meets(self, other: "Pattern") -> bool:
        """Tell whether both want a session for the same doses at the same time."""
        at_once = self.starts < other.ends and other.starts < self.ends
        same = self.doses is other.doses and bool(self.weekdays & other.weekdays)
        apart = _before(self.last_on, other.first_on) or _before(other.last_on, self.first_on)
        return at_once and same and not apart


@dataclass(frozen=True, slots=True)
class Template:
    """What a plan wants; days are included at both ends."""

    name: str
    product_id: int
    site_ids: tuple[int, ...]
    first_on: date
    last_on: date
    slot_minutes: int
    person_minutes: int
    holidays: bool = True
    together: bool = False
    patterns: tuple[Pattern, ...] = ()
    overbook: int = 0  # Seats that staff may add to each slot of the sessions to be made.

    def seats(self, pattern: Pattern) -> int:
        """Return the seats of one slot: people whom the staffed stations can serve in it."""
        return pattern.staffed * (self.slot_minutes // self.person_minutes)

    def days(self) -> Iterator[date]:
        """Give every day of the plan."""
        for number in range((self.last_on - self.first_on).days + 1):
            yield self.first_on + timedelta(days=number)


@dataclass(frozen=True, slots=True)
class SiteCalendar:
    """What a site says of single days: open (True) or closed."""

    site_id: int
    timezone: str
    days: Mapping[date, bool]

    def closed(self, day: date, holidays: bool) -> bool:
        """Tell whether no session is held on *day*; the site's own word comes first."""
        said = self.days.get(day)
        if said is not None:
            return not said
        return holidays and holiday_on(day) is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A session that the plan wants at a site."""

    site_id: int
    doses: Doses
    plan: SessionPlan
    planned: PlannedSession

    @property
    def shape(self) -> "Shape":
        """Return what makes it the same session again."""
        return (
            self.site_id,
            self.doses,
            self.planned.starts_at,
            self.planned.ends_at,
            len(self.planned.slots),
            self.planned.seats,
        )


Shape = tuple[int, Doses, datetime, datetime, int, int]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day on which a site holds no session that the template names, and why."""

    site_id: int
    day: date
    why: Refused


def wanted(
    template: Template, calendar: SiteCalendar, *, now: datetime
) -> tuple[list[Wanted], list[Skipped]]:
    """Return the sessions of a site, and what of the template cannot be held."""
    found: list[Wanted] = []
    skipped: list[Skipped] = []
    for day in template.days():
        today = [one for one in template.patterns if one.on(day)]
        if today and calendar.closed(day, template.holidays):
            skipped.append(Skipped(calendar.site_id, day, Refused(Reason.CLOSED, RULE)))
            continue
        for pattern in today:
            for outcome in _sessions(template, pattern, calendar, day, now):
                if isinstance(outcome, Refused):
                    skipped.append(Skipped(calendar.site_id, day, outcome))
                else:
                    found.append(outcome)
    return found, skipped


def _sessions(
    template: Template, pattern: Pattern, calendar: SiteCalendar, day: date, now: datetime
) -> Iterator[Wanted | Refused]:
    if not pattern.staffed:
        yield Refused(Reason.NO_STAFF, RULE)
        return
    for starts, ends in pattern.parts():
        plan = SessionPlan(
            day=day,
            starts=starts,
            ends=ends,
            minutes=template.slot_minutes,
            seats=template.seats(pattern),
            overbook=template.overbook,
            doses=pattern.doses,
        )
        laid = lay_out(plan, timezone=calendar.timezone, now=now)
        if isinstance(laid, Refused):
            yield laid
        else:
            yield Wanted(calendar.site_id, pattern.doses, plan, laid)


def check_template(template: Template) -> Refused | None:
    """Return why the template cannot be, apart from its patterns."""
    if template.last_on < template.first_on:
        return Refused(Reason.LAST_BEFORE_FIRST, RULE)
    if template.last_on - template.first_on > timedelta(days=PLAN_DAYS_AHEAD_MAX):
        return Refused(Reason.TOO_LONG, RULE, detail={"days": PLAN_DAYS_AHEAD_MAX})
    if not 1 <= template.person_minutes <= template.slot_minutes <= SLOT_MINUTES_MAX:
        return Refused(Reason.MINUTES, RULE, detail={"most": SLOT_MINUTES_MAX})
    if not 0 <= template.overbook <= ADDED_MAX:
        return Refused(Reason.ADDED, RULE, detail={"most": ADDED_MAX})
    if not template.site_ids:
        return Refused(Reason.NO_SITE, RULE)
    return None


def check_pattern(pattern: Pattern, others: tuple[Pattern, ...]) -> Refused | None:
    """Return why the pattern cannot stand beside *others*."""
    if not pattern.weekdays:
        return Refused(Reason.NO_WEEKDAY, RULE)
    if pattern.ends <= pattern.starts:
        return Refused(Reason.ENDS_BEFORE_START, RULE)
    if _before(pattern.last_on, pattern.first_on):
        return Refused(Reason.LAST_BEFORE_FIRST, RULE)
    if not _break_fits(pattern):
        return Refused(Reason.BREAK_OUTSIDE, RULE)
    if not 1 <= pattern.stations <= STATIONS_MAX or pattern.vaccinators < 0:
        return Refused(Reason.STATIONS, RULE, detail={"most": STATIONS_MAX})
    if any(pattern.meets(other) for other in others if other.id != pattern.id):
        return Refused(Reason.PATTERNS_MEET, RULE)
    return None


def _before(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one < other


def _break_fits(pattern: Pattern) -> bool:
    begin, end = pattern.break_starts, pattern.break_ends
    if begin is None or end is None:
        return begin is end
    return pattern.starts < begin < end < pattern.ends
