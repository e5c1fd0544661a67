"""An alert is what a person must answer: its states, its notices, and why each one is sent.

One cause opens one alert. Acknowledging says "I have it": notices stop for a while, the alert
stays until it is resolved, however long the condition lasts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sensors.domain.escalation import EVERYBODY_AT_ONCE, Chain
from sensors.domain.rules import Severity as Severity
from sensors.domain.states import Move, StateMachine

# How long an answer holds while the condition stands; then the alert is open again and says so.
# PagerDuty lets one lapse after 10 minutes by default, too short for a fridge that must cool:
# own choice, the longest bucket of the reports on handling, and a day.
ACKNOWLEDGED_FOR: Mapping[Severity, timedelta] = {
    Severity.CRITICAL: timedelta(hours=2),
    Severity.WARNING: timedelta(hours=24),
}
# Nothing is quiet for ever: a snooze lasts a shift or a night, a shelving until a spare part.
SNOOZED_AT_MOST = timedelta(hours=24)
SHELVED_AT_MOST = timedelta(days=7)
# How soon a notice that is held back is looked at again.
LOOK_AGAIN = timedelta(minutes=1)


class AlertState(StrEnum):
    """How far an alert has been answered."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    SHELVED = "shelved"
    RESOLVED = "resolved"


# States that a person chose and that end by themselves.
QUIET = (AlertState.ACKNOWLEDGED, AlertState.SNOOZED, AlertState.SHELVED)


class AlertKind(StrEnum):
    """What an alert is about."""

    EXCURSION = "excursion"
    SILENCE = "silence"
    FAULT = "fault"
    TEST = "test"  # A drill: a person pressed a button, and the whole chain is to answer.
    # What a rule warns of; as sensors.domain.rules.Signal.
    EARLY = "early"
    FORECAST = "forecast"
    CONTENTS = "contents"
    DOOR = "door"
    POWER = "power"


# Alerts of a condition: it ends by itself, and leaves nothing to decide.
CONDITIONS = (
    AlertKind.EARLY,
    AlertKind.FORECAST,
    AlertKind.CONTENTS,
    AlertKind.DOOR,
    AlertKind.POWER,
)
# What is told of the temperature before or beside an excursion: one story with it.
OF_EXCURSIONS = (AlertKind.FORECAST, AlertKind.CONTENTS)


class EventKind(StrEnum):
    """The facts that downstream reads with a cursor."""

    EXCURSION_CONFIRMED = "excursion:confirmed"
    EXCURSION_ENDED = "excursion:ended"
    EXCURSION_WITHDRAWN = "excursion:withdrawn"
    SENSOR_SILENT = "sensor:silent"
    SENSOR_HEARD = "sensor:heard"


ALERTS = StateMachine(
    name="alert",
    initial=AlertState.OPEN,
    owners={
        AlertState.OPEN: "pharmacist",
        AlertState.ACKNOWLEDGED: "pharmacist",
        AlertState.SNOOZED: "watch",
        AlertState.SHELVED: "watch",
    },
    moves=(
        Move(AlertState.OPEN, AlertState.ACKNOWLEDGED, "alert:acknowledge"),
        Move(AlertState.OPEN, AlertState.SNOOZED, "alert:snooze"),
        Move(AlertState.OPEN, AlertState.SHELVED, "alert:shelve"),
        Move(AlertState.OPEN, AlertState.RESOLVED, "alert:resolve"),
        Move(AlertState.ACKNOWLEDGED, AlertState.SNOOZED, "alert:snooze"),
        Move(AlertState.ACKNOWLEDGED, AlertState.SHELVED, "alert:shelve"),
        Move(AlertState.ACKNOWLEDGED, AlertState.OPEN, "alert:return"),
        Move(AlertState.ACKNOWLEDGED, AlertState.RESOLVED, "alert:resolve"),
        Move(AlertState.SNOOZED, AlertState.ACKNOWLEDGED, "alert:acknowledge"),
        Move(AlertState.SNOOZED, AlertState.SHELVED, "alert:shelve"),
        Move(AlertState.SNOOZED, AlertState.OPEN, "alert:return"),
        Move(AlertState.SNOOZED, AlertState.RESOLVED, "alert:resolve"),
        Move(AlertState.SHELVED, AlertState.ACKNOWLEDGED, "alert:acknowledge"),
        Move(AlertState.SHELVED, AlertState.SNOOZED, "alert:snooze"),
        Move(AlertState.SHELVED, AlertState.OPEN, "alert:return"),
        Move(AlertState.SHELVED, AlertState.RESOLVED, "alert:resolve"),
    ),
    labels={
        AlertState.OPEN: ("Open", "待处理"),
        AlertState.ACKNOWLEDGED: ("Acknowledged", "已确认"),
        AlertState.SNOOZED: ("Snoozed", "稍后提醒"),
        AlertState.SHELVED: ("Shelved", "暂时搁置"),
        AlertState.RESOLVED: ("Resolved", "已解决"),
    },
)


class NoticeReason(StrEnum):
    """Why a notice is sent now, or why none is."""

    FIRST = "first"
    ESCALATION = "escalation"  # The step before had its time; the next one is called.
    REPEAT = "repeat"
    UNANSWERED = "unanswered"  # The whole chain had its time; its last step is called again.
    RETURNED = "returned"  # An acknowledgement lapsed, a snooze or a shelving ended.
    RECOVERY = "recovery"
    NOT_DUE = "not_due"
    INHIBITED = "inhibited"  # The outage of the site says it already.
    OUT_OF_HOURS = "out_of_hours"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    SHELVED = "shelved"
    RESOLVED = "resolved"

    @property
    def sends(self) -> bool:
        """Tell whether this reason sends a notice."""
        return self in _SENDS


_SENDS = frozenset(
    {
        NoticeReason.FIRST,
        NoticeReason.ESCALATION,
        NoticeReason.REPEAT,
        NoticeReason.UNANSWERED,
        NoticeReason.RETURNED,
        NoticeReason.RECOVERY,
    }
)
BEFORE_THE_FIRST = -1  # The step of an alert that has called nobody since it opened or returned.


@dataclass(frozen=True, slots=True)
class Alert:
    """What the decision about a notice needs to know of an alert."""

    state: AlertState
    notices: int  # How many have been sent or queued, the notice of recovery not counted.
    next_notice_at: datetime | None  # None: none is planned.
    cleared_at: datetime | None = None  # When the condition went away.
    recovery_told: bool = False
    step: int = BEFORE_THE_FIRST  # The step of the chain that was called last.
    inhibited: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A decision: why, and which step of the chain it calls."""

    reason: NoticeReason
    step: int


def next_notice(alert: Alert, chain: Chain = EVERYBODY_AT_ONCE, *, now: datetime) -> Notice:
    """Decide whether *alert* needs a notice at *now*, why, and which step of *chain* is called.

    | state        | over, and not told        | no call yet     | due                | else    |
    |--------------|---------------------------|-----------------|--------------------|---------|
    | open         | RECOVERY, if one was sent | FIRST, RETURNED | ESCALATION; at the | NOT_DUE |
    |              |                           |                 | end REPEAT or      |         |
    |              |                           |                 | UNANSWERED         |         |
    | acknowledged | RECOVERY, if one was sent | ACKNOWLEDGED    | same               | same    |
    | snoozed      | RECOVERY, if one was sent | SNOOZED         | same               | same    |
    | shelved      | RECOVERY, if one was sent | SHELVED         | same               | same    |
    | resolved     | RESOLVED                  | RESOLVED        | same               | same    |

    An excursion that came and went unseen is still answered by a person, so a recovery does not
    stop the calls; only an answer or a resolution does.
    """
    if alert.state is AlertState.RESOLVED:
        return Notice(NoticeReason.RESOLVED, alert.step)
    if alert.cleared_at is not None and alert.notices > 0 and not alert.recovery_told:
        return Notice(NoticeReason.RECOVERY, alert.step)
    if alert.state is not AlertState.OPEN:
        return Notice(NoticeReason(alert.state), alert.step)
    waits = alert.next_notice_at is not None and now < alert.next_notice_at
    if waits or (alert.next_notice_at is None and alert.notices > 0):
        return Notice(NoticeReason.NOT_DUE, alert.step)
    if alert.inhibited:
        return Notice(NoticeReason.INHIBITED, alert.step)
    if chain.hours is not None and not chain.hours.contain(now):
        return Notice(NoticeReason.OUT_OF_HOURS, alert.step)
    return _call(alert, chain)


def _call(alert: Alert, chain: Chain) -> Notice:
    if alert.step <= BEFORE_THE_FIRST:
        return Notice(NoticeReason.RETURNED if alert.notices else NoticeReason.FIRST, 0)
    last = len(chain.steps) - 1
    if alert.step < last:
        return Notice(NoticeReason.ESCALATION, alert.step + 1)
    return Notice(NoticeReason.UNANSWERED if last else NoticeReason.REPEAT, last)


def notice_after(
    notice: Notice, chain: Chain = EVERYBODY_AT_ONCE, *, now: datetime
) -> datetime | None:
    """Return when the alert is looked at after *notice* at *now*, if that sets a time."""
    match notice.reason:
        case NoticeReason.FIRST | NoticeReason.RETURNED | NoticeReason.ESCALATION:
            return now + chain.steps[notice.step].wait
        case NoticeReason.REPEAT | NoticeReason.UNANSWERED:
            return now + chain.repeat
        case NoticeReason.INHIBITED | NoticeReason.OUT_OF_HOURS:
            return now + LOOK_AGAIN
    return None
