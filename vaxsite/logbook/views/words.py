"""How facts of a log are written in words: labels of fields, and their values for a reader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sensors.domain.units import MaintenanceKind, Profile
from sensors.rulebook import RULES
from vaxsite.coldchain import daily_checks, follow_up
from vaxsite.coldchain import rules as coldchain
from vaxsite.coldchain.daily_checks import PartOfDay
from vaxsite.coldchain.follow_up import FOLLOW_UPS, Action, Cause, FollowUpState
from vaxsite.coldchain.profiles import PROFILES
from vaxsite.coldchain.rules import LotState
from vaxsite.coldchain.views.unit_rules import set_name
from vaxsite.core.decisions import N_
from vaxsite.logbook.content import Value
from vaxsite.web.filters import MINUS, celsius
from vaxsite.web.language import current_language, gettext

DIRECTIONS: Mapping[str, str] = {"hot": N_("too warm"), "cold": N_("too cold")}
END_REASONS: Mapping[str, str] = {
    "recovered": N_("back in range"),
    "unknown": N_("end unknown: readings stopped"),
    "rules_changed": N_("judged by other rules since"),
}
DECISIONS: Mapping[str, str] = {
    "release": coldchain.LOT_LABELS[LotState.RELEASED],
    "reject": coldchain.LOT_LABELS[LotState.REJECTED],
}
# The names of the fields of facts, as people read them where a month has changed.
FIELDS: Mapping[str, str] = {
    "action": N_("Action"),
    "at": N_("Written at"),
    "began_at": N_("Began"),
    "by": N_("By"),
    "calibrated_on": N_("Calibrated on"),
    "cause": N_("Root cause"),
    "code": N_("Unit"),
    "day": N_("Day"),
    "decision": N_("Decision"),
    "direction": N_("Direction"),
    "end_reason": N_("Why it ended"),
    "ended_at": N_("Ended"),
    "excursion_id": N_("Excursion"),
    "expires_on": N_("Runs out on"),
    "faults": N_("Faults"),
    "follow_up": N_("Follow-up"),
    "from_at": N_("From"),
    "held": N_("Waits for a decision"),
    "high_centi": N_("Highest"),
    "imported": N_("From files"),
    "kind": N_("What is done"),
    "laboratory": N_("Laboratory"),
    "lot": N_("Lot"),
    "low_centi": N_("Lowest"),
    "note": N_("Note"),
    "note_id": N_("Number"),
    "number": N_("Number"),
    "offset_centi": N_("Correction"),
    "part": N_("Part of the day"),
    "points": N_("Points of the certificate"),
    "peak_centi": N_("Furthest temperature"),
    "probe": N_("Probe"),
    "probe_centi": N_("Probe at that moment"),
    "profile": N_("Kind of unit"),
    "readings": N_("Readings"),
    "reason": N_("Reason"),
    "rule": N_("Alarm rule"),
    "rule_set": N_("Alarm rules"),
    "shown_centi": N_("Shown on the display"),
    "signed_at": N_("Signed at"),
    "signed_by": N_("Signed by"),
    "site": N_("Site"),
    "timezone": N_("Time zone"),
    "to_at": N_("Until"),
    "window_id": N_("Number"),
}
NOTHING = "–"


@dataclass(frozen=True)
class Words:
    """The words of one site: its clock, and the names of its people."""

    timezone: str
    named: Callable[[str | None], str]

    def when(self, at: datetime) -> str:
        """Return an instant on the clock of the site, short and sortable."""
        return f"{at.astimezone(ZoneInfo(self.timezone)):%Y-%m-%d %H:%M}"

    def clock(self, at: datetime) -> str:
        """Return the time of day on the clock of the site."""
        return f"{at.astimezone(ZoneInfo(self.timezone)):%H:%M}"

    def day(self, at: datetime) -> date:
        """Return the day on the clock of the site."""
        return at.astimezone(ZoneInfo(self.timezone)).date()

    def value(self, field: str, value: Value) -> str:
        """Return the *value* of a fact's *field* as a person reads it."""
        if value is None or value == "":
            return NOTHING
        if isinstance(value, bool):
            return gettext("Yes") if value else gettext("No")
        if field.endswith("_centi"):
            return celsius(int(value))
        text = str(value)
        if field == "at" or field.endswith("_at"):
            return self.when(datetime.fromisoformat(text))
        if field == "by" or field.endswith("_by"):
            return self.named(text)
        return coded(field, text)


def degrees(centi: int | None) -> str:
    """Return a temperature without its unit, for a column that names it; nothing for none."""
    return "" if centi is None else celsius(centi).removesuffix(" °C")


def points(told: str) -> str:
    """Return the points of a certificate: what the probe read, and what the reference showed."""
    pairs = [[int(one) for one in pair.split(":")] for pair in told.split()]
    return ", ".join(
        f"{_hundredths(reading)} → {_hundredths(reference)} °C" for reading, reference in pairs
    )


def _hundredths(centi: int) -> str:
    """Return a temperature as certificates give it."""
    return f"{centi / 100:.2f}".replace("-", MINUS)


def coded(field: str, code: str) -> str:
    """Return the word for a *code* that stands in *field*; the code where there is none."""
    words: Mapping[str, Callable[[str], str]] = {
        "part": lambda one: gettext(daily_checks.PART_LABELS[PartOfDay(one)]),
        "decision": lambda one: gettext(DECISIONS[one]),
        "kind": lambda one: gettext(coldchain.MAINTENANCE[MaintenanceKind(one)]),
        "direction": lambda one: gettext(DIRECTIONS[one]),
        "end_reason": lambda one: gettext(END_REASONS[one]),
        "cause": lambda one: gettext(follow_up.CAUSES[Cause(one)]),
        "action": lambda one: gettext(follow_up.ACTIONS[Action(one)]),
        "profile": lambda one: gettext(PROFILES[Profile(one)]),
        "follow_up": lambda one: FOLLOW_UPS.labels[FollowUpState(one)][_chinese()],
        "rule": lambda one: RULES[one].label[_chinese()],
        "rule_set": set_name,
        "points": points,
    }
    try:
        return words[field](code) if field in words else code
    except (KeyError, ValueError):  # A code of another version of the program.
        return code


def _chinese() -> bool:
    return current_language() == "zh"
