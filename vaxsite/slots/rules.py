"""How a session becomes slots: local times to instants, without surprises when clocks change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_, Refused

RULE = "sessions"
SLOT_MINUTES_MAX = 240
SEATS_MAX = 1_000
PLAN_DAYS_AHEAD_MAX = 366
ADDED_MAX = 20  # Seats that staff may add to one slot: more is a plan of its own.


class SessionState(StrEnum):
    """A session is prepared, offered to the public, no longer offered, or called off."""

    PLANNED = "planned"
    PUBLISHED = "published"
    CLOSED = "closed"  # Offered to nobody any more; people who have seats are being moved.
    CANCELLED = "cancelled"


SESSIONS = StateMachine(
    name="session",
    initial=SessionState.PLANNED,
    owners={
        SessionState.PLANNED: "manager",
        SessionState.PUBLISHED: "manager",
        SessionState.CLOSED: "manager",
    },
    moves=(
        Move(SessionState.PLANNED, SessionState.PUBLISHED, "session:publish"),
        Move(SessionState.PLANNED, SessionState.CANCELLED, "session:cancel"),
        Move(SessionState.PUBLISHED, SessionState.CANCELLED, "session:cancel"),
        Move(SessionState.PUBLISHED, SessionState.CLOSED, "session:close"),
        Move(SessionState.CLOSED, SessionState.PUBLISHED, "session:reopen"),
        Move(SessionState.CLOSED, SessionState.CANCELLED, "session:cancel"),
    ),
    labels={
        SessionState.PLANNED: ("Planned", "计划中"),
        SessionState.PUBLISHED: ("Published", "已发布"),
        SessionState.CLOSED: ("No longer offered", "停止预约"),
        SessionState.CANCELLED: ("Cancelled", "已取消"),
    },
)


class Doses(StrEnum):
    """For which doses of a series the seats of a session are set aside."""

    ANY = "any"
    FIRST = "first"
    LATER = "later"

    def admits(self, number: int) -> bool:
        """Tell whether dose *number* may be booked here."""
        return self is Doses.ANY or (self is Doses.FIRST) == (number == 1)


DOSES_LABELS: Mapping[Doses, str] = {
    Doses.ANY: N_("Any dose"),
    Doses.FIRST: N_("First doses only"),
    Doses.LATER: N_("Second and later doses only"),
}


class Reason(StrEnum):
    """Why a session cannot be planned, published or cancelled."""

    ENDS_BEFORE_START = "ends_before_start"
    NO_SLOT_FITS = "no_slot_fits"
    MINUTES_RANGE = "minutes_range"
    SEATS_RANGE = "seats_range"
    IN_THE_PAST = "in_the_past"
    TOO_FAR = "too_far"
    CLOCK_SKIPS = "clock_skips"
    CLOCK_REPEATS = "clock_repeats"
    OVERLAPS = "overlaps"
    HAS_SEATS_TAKEN = "has_seats_taken"
    UNKNOWN_PRODUCT = "unknown_product"
    THROUGH_PLAN = "through_plan"
    ADDED_RANGE = "added_range"
    ADDED_ALREADY = "added_already"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.ENDS_BEFORE_START: N_("The session must end after it starts."),
    Reason.NO_SLOT_FITS: N_("The session is shorter than one slot of %(minutes)s minutes."),
    Reason.MINUTES_RANGE: N_("A slot lasts from 1 to %(most)s minutes."),
    Reason.SEATS_RANGE: N_("A slot has from 1 to %(most)s seats."),
    Reason.IN_THE_PAST: N_("This session would start in the past. Choose a later time."),
    Reason.TOO_FAR: N_("A session can be planned at most %(days)s days ahead."),
    Reason.CLOCK_SKIPS: N_(
        "The clocks go forward on that day and %(time)s does not exist. Choose another time."
    ),
    Reason.CLOCK_REPEATS: N_(
        "The clocks go back on that day and %(time)s comes twice. Choose another time."
    ),
    Reason.OVERLAPS: N_(
        "The clinic already has a session of this vaccine from %(from)s to %(to)s on that day."
    ),
    Reason.HAS_SEATS_TAKEN: N_(
        "%(seats)s seats of this session are booked or held. "
        "Move these people first; then the session can be cancelled."
    ),
    Reason.UNKNOWN_PRODUCT: N_("Choose one of the vaccines shown."),
    Reason.ADDED_RANGE: N_("To one time at most %(most)s seats can be added."),
    Reason.ADDED_ALREADY: N_("To one of these times %(seats)s seats are added already."),
    Reason.THROUGH_PLAN: N_(
        "This session is set aside for one dose of the series. It is published with its plan, "
        "which checks that second doses are covered."
    ),
}


class Door(StrEnum):
    """By which way somebody comes to a seat; each lets in a little more than the one before.

    The public takes free seats of times to come. Staff take free ones until the session ends: a
    walk-in stands at the desk. `overbook` takes a free one, else one beyond the capacity, as many
    as the session allows.
    """

    PUBLIC = "public"
    STAFF = "staff"
    OVERBOOK = "overbook"


class SeatReason(StrEnum):
    """Why a slot has no seat."""

    FULL = "full"
    PAST = "past"
    NOT_OFFERED = "not_offered"
    OVERBOOKED = "overbooked"
    OTHER_DOSE = "other_dose"
    SET_ASIDE = "set_aside"


SEAT_SENTENCES: Mapping[StrEnum, str] = {
    SeatReason.FULL: N_("No seat is free at this time. Choose another time."),
    SeatReason.PAST: N_("This time has already begun. Choose a later time."),
    SeatReason.SET_ASIDE: N_(
        "Seats at this time are set aside for another group. What it does not use is opened to "
        "everybody a day before. Choose another time."
    ),
    SeatReason.NOT_OFFERED: N_("The clinic no longer offers this time. Choose another time."),
    SeatReason.OVERBOOKED: N_(
        "All seats at this time are taken, and so are the %(limit)s that may be added. "
        "Choose another time."
    ),
    SeatReason.OTHER_DOSE: N_(
        "The seats at this time are set aside for another dose than dose %(number)s. "
        "Choose another time."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlan:
    """What a manager asks for: local times of the site's clock."""

    day: date
    starts: time
    ends: time
    minutes: int
    seats: int
    overbook: int = 0  # Seats that staff may add to each slot.
    doses: Doses = Doses.ANY


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """What it comes to: instants, and minutes at the end in which no further slot fits."""

    starts_at: datetime
    ends_at: datetime
    slots: tuple[datetime, ...]
    seats: int
    rest_minutes: int
    overbook: int = 0  # Seats that staff may add to each slot.

    @property
    def capacity(self) -> int:
        """Seats of all slots together."""
        return len(self.slots) * self.seats


def to_instant(day: date, wall: time, zone: ZoneInfo) -> datetime | Refused:
    """Return the instant at which the clock of *zone* shows *wall* on *day*, if there is one."""
    first = datetime.combine(day, wall, zone)
    second = first.replace(fold=1)
    shown = f"{wall:%H:%M}"
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != first.replace(tzinfo=None):
        return Refused(Reason.CLOCK_SKIPS, RULE, detail={"time": shown})
    if first.utcoffset() != second.utcoffset():
        return Refused(Reason.CLOCK_REPEATS, RULE, detail={"time": shown})
    return first.astimezone(UTC)


def lay_out(plan: SessionPlan, *, timezone: str, now: datetime) -> PlannedSession | Refused:
    """Divide the session into slots of real minutes, or say why it cannot be."""
    refused = _check_numbers(plan)
    if refused:
        return refused
    zone = ZoneInfo(timezone)
    starts_at = to_instant(plan.day, plan.starts, zone)
    if isinstance(starts_at, Refused):
        return starts_at
    ends_at = to_instant(plan.day, plan.ends, zone)
    if isinstance(ends_at, Refused):
        return ends_at
    refused = _check_times(starts_at, ends_at, now)
    if refused:
        return refused
    length = timedelta(minutes=plan.minutes)
    count, rest = divmod(ends_at - starts_at, length)
    if count == 0:
        return Refused(Reason.NO_SLOT_FITS, RULE, detail={"minutes": plan.minutes})
    slots = tuple(starts_at + index * length for index in range(count))
    rest_minutes = int(rest.total_seconds()) // 60
    return PlannedSession(starts_at, ends_at, slots, plan.seats, rest_minutes, plan.overbook)


def _check_numbers(plan: SessionPlan) -> Refused | None:
    if not 1 <= plan.minutes <= SLOT_MINUTES_MAX:
        return Refused(Reason.MINUTES_RANGE, RULE, detail={"most": SLOT_MINUTES_MAX})
    if not 1 <= plan.seats <= SEATS_MAX:
        return Refused(Reason.SEATS_RANGE, RULE, detail={"most": SEATS_MAX})
    return None


def _check_times(starts_at: datetime, ends_at: datetime, now: datetime) -> Refused | None:
    if ends_at <= starts_at:
        return Refused(Reason.ENDS_BEFORE_START, RULE)
    if starts_at <= now:
        return Refused(Reason.IN_THE_PAST, RULE)
    if starts_at > now + timedelta(days=PLAN_DAYS_AHEAD_MAX):
        return Refused(Reason.TOO_FAR, RULE, detail={"days": PLAN_DAYS_AHEAD_MAX})
    return None
