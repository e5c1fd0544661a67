"""What can happen to an excursion, in the words of its timeline."""

from collections.abc import Mapping
from enum import StrEnum

from vaxsite.core.decisions import N_


class Step(StrEnum):
    """What can happen to an excursion, in the words of its timeline."""

    BEGAN = "began"
    CONFIRMED = "confirmed"
    ACKNOWLEDGED = "acknowledged"
    ENDED = "ended"
    LOST = "lost"
    JUDGED_OTHERWISE = "judged_otherwise"
    WITHDRAWN = "withdrawn"
    RELEASED = "released"
    REJECTED = "rejected"
    RESOLVED = "resolved"
    DOOR = "door"
    POWER = "power"
    TOLD = "told"
    CHECKED = "checked"
    ACTED = "acted"
    SIGNED = "signed"
    WORSENED = "worsened"
    WARNED = "warned"


STEP_LABELS: Mapping[Step, str] = {
    Step.BEGAN: N_("Left the safe range."),
    Step.CONFIRMED: N_("Excursion confirmed, lots held."),
    Step.ACKNOWLEDGED: N_("Acknowledged."),
    Step.ENDED: N_("Back in the safe range."),
    Step.LOST: N_("Readings stopped: the end is unknown."),
    Step.JUDGED_OTHERWISE: N_("Other alarm rules were chosen: judged no further by this one."),
    Step.WITHDRAWN: N_("Withdrawn after late readings."),
    Step.RELEASED: N_("Released."),
    Step.REJECTED: N_("Rejected."),
    Step.RESOLVED: N_("Alert resolved."),
    Step.DOOR: N_("Door open."),
    Step.POWER: N_("Power off."),
    Step.TOLD: N_("Message handed to a channel."),
    Step.CHECKED: N_("First checks done."),
    Step.ACTED: N_("Cause and action written down."),
    Step.SIGNED: N_("Signed off."),
    Step.WORSENED: N_("Got worse:"),
    Step.WARNED: N_("Warned:"),
}
