"""Is this fridge well, in one word? Judged from what is known now; never green on stale data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sensors.domain.alerts import EventKind
from sensors.domain.units import Band
from vaxsite.core.decisions import N_, Allowed, Decision, Refused


class UnitState(StrEnum):
    """What the wall says about a unit, worst first."""

    EXCURSION = "excursion"
    OUT_OF_BAND = "out_of_band"
    FAULT = "fault"
    STALE = "stale"
    NO_SENSOR = "no_sensor"
    OK = "ok"


# The word on the wall; a state is never shown by its colour alone.
LABELS: Mapping[UnitState, str] = {
    UnitState.EXCURSION: N_("Excursion"),
    UnitState.OUT_OF_BAND: N_("Out of range"),
    UnitState.FAULT: N_("Probe fault"),
    UnitState.STALE: N_("No current reading"),
    UnitState.NO_SENSOR: N_("No sensor"),
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


def is_stale(probe: Probe, now: datetime) -> bool:
    """Tell whether the newest reading says nothing about now; a probe never heard is stale."""
    if probe.seen_at is None:
        return True
    return now - probe.seen_at > timedelta(seconds=probe.silent_after_s)


def judge_probe(probe: Probe, band: Band, now: datetime) -> UnitState:
    """Return the state that *probe* alone would give its unit at *now*.

    A confirmed excursion stays first while it lasts, even when its probe falls silent. Otherwise
    an old reading, in or out of the band, is only an old reading.
    """
    if probe.in_excursion:
        return UnitState.EXCURSION
    if is_stale(probe, now):
        return UnitState.STALE
    if probe.fault is not None or probe.centi is None:
        return UnitState.FAULT
    return UnitState.OK if band.contains(probe.centi) else UnitState.OUT_OF_BAND


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
    ALL = "all"


SPANS: Mapping[Window, timedelta | None] = {
    Window.HOURS_6: timedelta(hours=6),
    Window.HOURS_24: timedelta(hours=24),
    Window.DAYS_7: timedelta(days=7),
    Window.DAYS_30: timedelta(days=30),
    Window.ALL: None,
}
WINDOW_LABELS: Mapping[Window, str] = {
    Window.HOURS_6: N_("6 hours"),
    Window.HOURS_24: N_("24 hours"),
    Window.DAYS_7: N_("7 days"),
    Window.DAYS_30: N_("30 days"),
    Window.ALL: N_("All"),
}


class ColdchainReason(StrEnum):
    """Why an act on an alert is refused."""

    NOTE_MISSING = "note_missing"


SENTENCES: Mapping[StrEnum, str] = {
    ColdchainReason.NOTE_MISSING: N_("Write down what you found or did."),
}


def may_acknowledge(note: str) -> Decision:
    """Decide whether an alert may be acknowledged with *note*; it may while it lasts, too."""
    if not note.strip():
        return Refused(ColdchainReason.NOTE_MISSING, "coldchain:acknowledge")
    return Allowed("coldchain:acknowledge")


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
