"""What a person owes an excursion: first checks, an action with its root cause, a signature.

Every confirmed excursion owes them from its confirmation on: the task is derived, so none can be
forgotten, also where the end is unknown or the excursion was found afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_, Allowed, Decision, Refused

RULE = "coldchain:follow-up"


class FollowUpState(StrEnum):
    """How far people have come with an excursion."""

    OPEN = "open"
    CHECKED = "checked"
    ACTED = "acted"
    SIGNED = "signed"


FOLLOW_UPS = StateMachine(
    name="excursion follow-up",
    initial=FollowUpState.OPEN,
    owners={
        FollowUpState.OPEN: "pharmacist",
        FollowUpState.CHECKED: "pharmacist",
        FollowUpState.ACTED: "pharmacist",
    },
    moves=(
        Move(FollowUpState.OPEN, FollowUpState.CHECKED, "excursion:check"),
        Move(FollowUpState.CHECKED, FollowUpState.ACTED, "excursion:act"),
        Move(FollowUpState.ACTED, FollowUpState.SIGNED, "excursion:sign"),
    ),
    labels={
        FollowUpState.OPEN: ("First checks due", "待初步检查"),
        FollowUpState.CHECKED: ("Action due", "待采取措施"),
        FollowUpState.ACTED: ("Signature due", "待签字"),
        FollowUpState.SIGNED: ("Signed", "已签字"),
    },
)

# The house's own deadlines, counted from when the excursion was found; no standard names any.
# To be checked by a qualified person against the rules of the place.
DEADLINES: Mapping[FollowUpState, timedelta] = {
    FollowUpState.OPEN: timedelta(hours=1),
    FollowUpState.CHECKED: timedelta(hours=24),
    FollowUpState.ACTED: timedelta(days=7),
}


def due_at(state: FollowUpState, found_at: datetime) -> datetime | None:
    """Return until when the next step is due; None where nothing is owed any more."""
    allowed = DEADLINES.get(state)
    return found_at + allowed if allowed else None


class Check(StrEnum):
    """What is looked at first."""

    DOOR = "door"
    POWER = "power"
    THERMOSTAT = "thermostat"
    PROBE = "probe"
    MOVED = "moved"
    # Asked where they may matter; each may stay without an answer.
    BATTERY = "battery"
    ICE = "ice"
    LOADING = "loading"
    ROOM = "room"


# Without an answer to these the first checks are not done.
ALWAYS_ASKED = (Check.DOOR, Check.POWER, Check.THERMOSTAT, Check.PROBE, Check.MOVED)


# After the US CDC Vaccine Storage and Handling Toolkit, "temperature excursions". To be checked by
# a qualified person against the official text.
CHECK_LABELS: Mapping[Check, str] = {
    Check.DOOR: N_("Is the door shut and its seal whole?"),
    Check.POWER: N_("Is the plug in and the power on?"),
    Check.THERMOSTAT: N_("Is the thermostat set as it should be?"),
    Check.PROBE: N_("Is the probe in its place and whole?"),
    Check.MOVED: N_("Was the vaccine moved to a unit that is in range?"),
    Check.BATTERY: N_("Is the battery of the probe charged? (if it has one)"),
    Check.ICE: N_("Is the unit free of thick ice, and not being defrosted?"),
    Check.LOADING: N_("Is there room for air around the boxes, and was nothing just loaded?"),
    Check.ROOM: N_("Is the room as warm as usual, and can the unit give off its heat?"),
}


class Finding(StrEnum):
    """What a check found."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


FINDINGS: Mapping[Finding, str] = {
    Finding.YES: N_("Yes"),
    Finding.NO: N_("No"),
    Finding.UNKNOWN: N_("Could not be checked"),
}


class Action(StrEnum):
    """What was done so that it does not happen again."""

    THERMOSTAT_SET = "thermostat_set"
    DOOR_OR_SEAL = "door_or_seal"
    POWER_RESTORED = "power_restored"
    REPAIRED = "repaired"
    REPLACED = "replaced"
    PROBE_SET = "probe_set"
    INSTRUCTED = "instructed"
    NONE_NEEDED = "none_needed"


ACTIONS: Mapping[Action, str] = {
    Action.THERMOSTAT_SET: N_("Thermostat set"),
    Action.DOOR_OR_SEAL: N_("Door shut or seal mended"),
    Action.POWER_RESTORED: N_("Power restored or secured"),
    Action.REPAIRED: N_("Unit repaired or serviced"),
    Action.REPLACED: N_("Unit taken out of use or replaced"),
    Action.PROBE_SET: N_("Probe put right or replaced"),
    Action.INSTRUCTED: N_("Staff instructed or way of work changed"),
    Action.NONE_NEEDED: N_("No action needed"),
}


class Cause(StrEnum):
    """Why it came about, as far as people found out."""

    DOOR = "door"
    LOADING = "loading"
    POWER = "power"
    THERMOSTAT = "thermostat"
    UNIT = "unit"
    PROBE = "probe"
    SURROUNDINGS = "surroundings"
    UNKNOWN = "unknown"


CAUSES: Mapping[Cause, str] = {
    Cause.DOOR: N_("Door open or leaking"),
    Cause.LOADING: N_("Loading, cleaning or defrosting"),
    Cause.POWER: N_("Power failed"),
    Cause.THERMOSTAT: N_("Thermostat set wrongly"),
    Cause.UNIT: N_("Unit failed"),
    Cause.PROBE: N_("Probe at fault or misplaced"),
    Cause.SURROUNDINGS: N_("Room too hot or too cold"),
    Cause.UNKNOWN: N_("Not found"),
}


class FollowUpReason(StrEnum):
    """Why a step is refused."""

    WITHDRAWN = "withdrawn"
    LASTS = "lasts"
    LOTS_UNDECIDED = "lots_undecided"


SENTENCES: Mapping[StrEnum, str] = {
    FollowUpReason.WITHDRAWN: N_("The excursion was withdrawn: nothing is owed."),
    FollowUpReason.LASTS: N_("The excursion lasts. Sign when it is over."),
    FollowUpReason.LOTS_UNDECIDED: N_(
        "Lots that wait for a decision: %(count)s. Decide about each, then sign."
    ),
}


@dataclass(frozen=True)
class Standing:
    """What the decision about a signature needs to know of an excursion."""

    withdrawn: bool
    ended: bool
    undecided: int


def may_step(standing: Standing) -> Decision:
    """Decide whether checks or an action may be written down; they may while it lasts, too."""
    if standing.withdrawn:
        return Refused(FollowUpReason.WITHDRAWN, RULE)
    return Allowed(RULE)


def may_sign(standing: Standing) -> Decision:
    """Decide whether an excursion may be signed off: it is over, and every lot is decided."""
    if standing.withdrawn:
        return Refused(FollowUpReason.WITHDRAWN, RULE)
    if not standing.ended:
        return Refused(FollowUpReason.LASTS, RULE)
    if standing.undecided:
        return Refused(FollowUpReason.LOTS_UNDECIDED, RULE, detail={"count": standing.undecided})
    return Allowed(RULE)
