"""Is this fridge well, in one word? Judged from what is known now; never green on stale data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sensors.domain import foresight
from sensors.domain.alerts import AlertKind, EventKind
from sensors.domain.readings import Fault
from sensors.domain.rules import Direction, RuleKind, Severity, Signal
from sensors.domain.units import Band, MaintenanceKind
from vaxsite.core.decisions import N_, Allowed, Decision, Refused
from vaxsite.stock import rules as stock_rules


class UnitState(StrEnum):
    """What the wall says about a unit, worst first."""

    EXCURSION = "excursion"
    OUT_OF_BAND = "out_of_band"
    FAULT = "fault"
    STALE = "stale"
    UNWATCHED = "unwatched"
    NO_SENSOR = "no_sensor"
    OK = "ok"
    BY_FILE = "by_file"  # Last: beside a probe that tells of now, a logger does not count.


# The word on the wall; a state is never shown by its colour alone.
LABELS: Mapping[UnitState, str] = {
    UnitState.EXCURSION: N_("Excursion"),
    UnitState.OUT_OF_BAND: N_("Out of range"),
    UnitState.FAULT: N_("Probe fault"),
    UnitState.STALE: N_("Silent"),
    UnitState.UNWATCHED: N_("Not known now"),
    UnitState.NO_SENSOR: N_("No sensor"),
    UnitState.BY_FILE: N_("Known by files only"),
    UnitState.OK: N_("In range"),
}


@dataclass(frozen=True)
class Probe:
    """What is known of one probe at an instant."""

    centi: int | None
    fault: str | None
    seen_at: datetime | None
    silent_after_s: int
    in_excursion: bool
    by_file: bool = False  # A USB logger: its file tells of the past, nothing of now.


def is_stale(probe: Probe, now: datetime) -> bool:
    """Tell whether the newest reading says nothing about now; a probe never heard is stale."""
    if probe.seen_at is None:
        return True
    return now - probe.seen_at > timedelta(seconds=probe.silent_after_s)


def judge_probe(probe: Probe, band: Band, now: datetime) -> UnitState:
    """Return the state that *probe* alone would give its unit at *now*.

    A confirmed excursion stays first while it lasts, even when its probe falls silent. Otherwise
    an old reading, in or out of the band, is only an old reading; that of a file always is one.
    """
    if probe.in_excursion:
        return UnitState.EXCURSION
    if is_stale(probe, now):
        return UnitState.STALE
    if probe.by_file:
        return UnitState.BY_FILE
    if probe.fault is not None or probe.centi is None:
        return UnitState.FAULT
    return UnitState.OK if band.contains(probe.centi) else UnitState.OUT_OF_BAND


def as_watched(state: UnitState, *, watched: bool) -> UnitState:
    """Return what may be said of a unit: while nobody watches, none is well."""
    return UnitState.UNWATCHED if state is UnitState.OK and not watched else state


class Trend(StrEnum):
    """Where a temperature goes."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


TREND_LABELS: Mapping[Trend, str] = {
    Trend.RISING: N_("rising"),
    Trend.STEADY: N_("steady"),
    Trend.FALLING: N_("falling"),
}
# Less in an hour, in centi-degrees, is the play of a compressor and of the probe's resolution.
TREND_CENTI = 50


def trend(line: foresight.Trend | foresight.Unclear | None) -> Trend | None:
    """Return where a temperature goes; None where that cannot be said."""
    if line is foresight.Unclear.NO_TREND:
        return Trend.STEADY
    if not isinstance(line, foresight.Trend):
        return None
    if not line.steady or abs(line.centi_per_h) < TREND_CENTI:
        return Trend.STEADY
    return Trend.RISING if line.centi_per_h > 0 else Trend.FALLING


def about_minutes(span: timedelta) -> int:
    """Return *span* in minutes as it is said: to five from ten on, never less than one."""
    minutes = max(1, round(span / timedelta(minutes=1)))
    return minutes if minutes < 10 else round(minutes / 5) * 5


def worst(states: Iterable[UnitState]) -> UnitState:
    """Return the worst of *states*; a unit without any probe has no sensor."""
    order = list(UnitState)
    return min(states, key=order.index, default=UnitState.NO_SENSOR)


class Window(StrEnum):
    """How far back a chart reaches."""

    HOURS_6 = "6h"
    HOURS_24 = "24h"
    DAYS_7 = "7d"
    DAYS_30 = "30d"
    YEAR = "365d"
    ALL = "all"


SPANS: Mapping[Window, timedelta | None] = {
    Window.HOURS_6: timedelta(hours=6),
    Window.HOURS_24: timedelta(hours=24),
    Window.DAYS_7: timedelta(days=7),
    Window.DAYS_30: timedelta(days=30),
    Window.YEAR: timedelta(days=365),
    Window.ALL: None,
}
WINDOW_LABELS: Mapping[Window, str] = {
    Window.HOURS_6: N_("6 hours"),
    Window.HOURS_24: N_("24 hours"),
    Window.DAYS_7: N_("7 days"),
    Window.DAYS_30: N_("30 days"),
    Window.YEAR: N_("One year"),
    Window.ALL: N_("All readings"),
}


class ColdchainReason(StrEnum):
    """Why an act on an alert is refused."""

    NOTE_MISSING = "note_missing"
    TOO_LONG = "too_long"


SENTENCES: Mapping[StrEnum, str] = {
    ColdchainReason.NOTE_MISSING: N_("Write down what you found or did."),
    ColdchainReason.TOO_LONG: N_(
        "An alert can be snoozed for at most 24 hours and set aside for at most 7 days."
    ),
}


def may_acknowledge(note: str) -> Decision:
    """Decide whether an alert may be acknowledged with *note*; it may while it lasts, too."""
    if not note.strip():
        return Refused(ColdchainReason.NOTE_MISSING, "coldchain:acknowledge")
    return Allowed("coldchain:acknowledge")


# Why a reading has no temperature.
FAULTS: Mapping[str, str] = {
    Fault.MISSING: N_("The sensor sends no temperature"),
    Fault.NOT_A_NUMBER: N_("The sensor sends no number"),
    Fault.OUT_OF_RANGE: N_("The sensor sends an impossible temperature"),
    Fault.DISCONNECTED: N_("The probe is unplugged"),
    Fault.REPORTED: N_("The sensor reports a fault"),
}
SEVERITIES: Mapping[str, str] = {
    Severity.CRITICAL: N_("Act now"),
    Severity.WARNING: N_("Look soon"),
}


SIGNALS: Mapping[Signal, str] = {
    Signal.TEMPERATURE: N_("Temperature"),
    Signal.EARLY: N_("Temperature, early"),
    Signal.FORECAST: N_("Temperature, foretold"),
    Signal.CONTENTS: N_("Temperature inside, estimated"),
    Signal.DOOR: N_("Door"),
    Signal.POWER: N_("Power"),
}
RULE_KINDS: Mapping[RuleKind, str] = {
    RuleKind.INSTANT: N_("At once"),
    RuleKind.CONSECUTIVE: N_("Without a break"),
    RuleKind.ACCUMULATIVE: N_("Added up"),
}


class Trouble(StrEnum):
    """What an alert is about, as far as the first steps differ."""

    TOO_WARM = "too_warm"
    TOO_COLD = "too_cold"
    SILENCE = "silence"
    FAULT = "fault"
    TEST = "test"
    EARLY = "early"
    FORECAST = "forecast"
    CONTENTS = "contents"
    DOOR = "door"
    POWER = "power"


def trouble(kind: str, direction: str | None) -> Trouble:
    """Return what an alert of *kind* is about; *direction* is that of its excursion."""
    about = AlertKind(kind)
    if about is AlertKind.EXCURSION:
        return Trouble.TOO_COLD if direction == Direction.COLD else Trouble.TOO_WARM
    return Trouble(about.value)


HEADLINES: Mapping[Trouble, str] = {
    Trouble.TOO_WARM: N_("%(unit)s is too warm"),
    Trouble.TOO_COLD: N_("%(unit)s is too cold"),
    Trouble.SILENCE: N_("%(unit)s: the sensor is silent"),
    Trouble.FAULT: N_("%(unit)s: the sensor is at fault"),
    Trouble.TEST: N_("TEST: alarm of %(unit)s"),
    Trouble.EARLY: N_("%(unit)s is at the edge of its range"),
    Trouble.FORECAST: N_("%(unit)s is about to leave its range"),
    Trouble.CONTENTS: N_("%(unit)s: the vaccines are likely too warm"),
    Trouble.DOOR: N_("%(unit)s: the door is open"),
    Trouble.POWER: N_("%(unit)s has no power"),
}
# After the US CDC Vaccine Storage and Handling Toolkit, "temperature excursions": keep the vaccine
# apart and cold, find the cause, ask before anything is thrown away. To be checked by a qualified
# person against the official text and the rules of the place.
FIRST_STEPS: Mapping[Trouble, tuple[str, ...]] = {
    Trouble.TOO_WARM: (
        N_("Do not use vaccine from this unit. Its lots are held already."),
        N_("Close the door. See whether the power and the thermostat are on."),
        N_("If it does not cool within 15 minutes, move the vaccine to a unit that is in range."),
        N_("Do not throw anything away. Write down the cause and what you did."),
    ),
    Trouble.TOO_COLD: (
        N_("Do not use vaccine from this unit. Its lots are held already."),
        N_("Move the vaccine to a unit that is in range now: freezing gives no second chance."),
        N_("Look for ice and a thermostat that was turned."),
        N_("Do not throw anything away. Write down the cause and what you did."),
    ),
    Trouble.SILENCE: (
        N_("Nobody knows the temperature now. Go and read the thermometer of the unit."),
        N_("Write down the temperature and the time until the sensor is back."),
        N_("See whether the sensor has power and the network is up."),
    ),
    Trouble.FAULT: (
        N_("Nobody knows the temperature now. Go and read the thermometer of the unit."),
        N_("See whether the probe and its cable are in place."),
        N_("If it stays so, put in a spare sensor."),
    ),
    Trouble.TEST: (
        N_("This is a test. Nothing is wrong with the unit."),
        N_("Acknowledge it as you would acknowledge a real alert."),
    ),
    Trouble.EARLY: (
        N_("See whether the door is shut and the unit cools."),
        N_("No vaccine is held yet. Prepare to move it if the temperature goes on."),
    ),
    Trouble.FORECAST: (
        N_("See whether the door is shut, the power is on and the unit cools."),
        N_("No vaccine is held yet. Prepare to move it before the unit leaves its range."),
    ),
    Trouble.CONTENTS: (
        N_("Shut the door and see that the unit cools."),
        N_("Read a thermometer that stands among the vaccines, and write it down."),
        N_(
            "No vaccine is held. Ask about what is small or stands near the door before it is used."
        ),
    ),
    Trouble.DOOR: (N_("Shut the door. See whether something keeps it open."),),
    Trouble.POWER: (
        N_("See whether the plug and the fuse are in place."),
        N_("Keep the door shut. Read the thermometer and write it down until the power is back."),
        N_("Move the vaccine before the unit leaves its range."),
    ),
}


@dataclass(frozen=True)
class Notice:
    """What the people of a site are told about the lots of an excursion."""

    subject: str
    body: str


NOTICES: Mapping[EventKind, Notice] = {
    EventKind.EXCURSION_CONFIRMED: Notice(
        subject=N_("Vaccine held: %(unit)s, %(site)s"),
        body=N_(
            "Excursion since %(began)s. Lots held: %(lots)s. Appointments in the next 7 days that "
            "depend on them: %(seats)s. Do not use these lots, keep them cold, do not throw them "
            "away."
        ),
    ),
    EventKind.EXCURSION_ENDED: Notice(
        subject=N_("Decide about vaccine: %(unit)s, %(site)s"),
        body=N_(
            "The excursion since %(began)s is over. Lots that wait for a decision: %(lots)s. "
            "Appointments in the next 7 days that depend on them: %(seats)s. Release or reject "
            "each lot on the page of the excursion."
        ),
    ),
    EventKind.EXCURSION_WITHDRAWN: Notice(
        subject=N_("Excursion withdrawn: %(unit)s, %(site)s"),
        body=N_(
            "Late readings show that the excursion since %(began)s never was. Lots that only it "
            "held are free again."
        ),
    ),
}


class LotState(StrEnum):
    """Where a lot stands after an excursion."""

    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"
    FREE = "free"


LOT_LABELS: Mapping[LotState, str] = {
    LotState.HELD: N_("Held, waits for a decision"),
    LotState.RELEASED: N_("Released"),
    LotState.REJECTED: N_("Rejected"),
    LotState.FREE: N_("Not held"),
}


def lot_state(*, held: bool, decisions: Sequence[stock_rules.Decision]) -> LotState:
    """Return where a lot stands; a rejection is for good, a new stretch holds it again."""
    if stock_rules.Decision.REJECT in decisions:
        return LotState.REJECTED
    if held:
        return LotState.HELD
    return LotState.RELEASED if decisions else LotState.FREE


MAINTENANCE: Mapping[MaintenanceKind, str] = {
    MaintenanceKind.DEFROST: N_("Defrosting"),
    MaintenanceKind.CLEANING: N_("Cleaning"),
    MaintenanceKind.REPAIR: N_("Repair"),
}
