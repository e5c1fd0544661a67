"""An alert is what a person must answer: its states, its notices, and why each one is sent.

One cause opens one alert. Acknowledging says "I have it": notices stop, the alert stays until it
is resolved, however long the condition lasts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sensors.domain.rules import Severity as Severity
from sensors.domain.states import Move, StateMachine

# Somebody who did not hear the first call is called again after this time.
REPEAT_EVERY = timedelta(minutes=30)


class AlertState(StrEnum):
    """How far an alert has been answered."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class AlertKind(StrEnum):
    """What an alert is about."""

    EXCURSION = "excursion"
    SILENCE = "silence"
    FAULT = "fault"


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
    owners={AlertState.OPEN: "pharmacist", AlertState.ACKNOWLEDGED: "pharmacist"},
    moves=(
        Move(AlertState.OPEN, AlertState.ACKNOWLEDGED, "alert:acknowledge"),
        Move(AlertState.OPEN, AlertState.RESOLVED, "alert:resolve"),
        Move(AlertState.ACKNOWLEDGED, AlertState.RESOLVED, "alert:resolve"),
    ),
    labels={
        AlertState.OPEN: ("Open", "待处理"),
        AlertState.ACKNOWLEDGED: ("Acknowledged", "已确认"),
        AlertState.RESOLVED: ("Resolved", "已解决"),
    },
)


class NoticeReason(StrEnum):
    """Why a notice is sent now, or why none is."""

    FIRST = "first"
    REPEAT = "repeat"
    RECOVERY = "recovery"
    NOT_DUE = "not_due"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"

    @property
    def sends(self) -> bool:
        """Tell whether this reason sends a notice."""
        return self in {NoticeReason.FIRST, NoticeReason.REPEAT, NoticeReason.RECOVERY}


@dataclass(frozen=True, slots=True)
class Alert:
    """What the decision about a notice needs to know of an alert."""

    state: AlertState
    notices: int  # How many have been sent or queued, the notice of recovery not counted.
    next_notice_at: datetime | None  # None: none is planned.
    cleared_at: datetime | None = None  # When the condition went away.
    recovery_told: bool = False


def next_notice(alert: Alert, now: datetime) -> NoticeReason:
    """Decide whether *alert* needs a notice at *now*, and why.

    | state                | condition went away, not told | no notice yet | due    | else    |
    |----------------------|-------------------------------|---------------|--------|---------|
    | open                 | RECOVERY, if one was sent     | FIRST         | REPEAT | NOT_DUE |
    | acknowledged         | RECOVERY, if one was sent     | ACKNOWLEDGED  | same   | same    |
    | resolved             | RESOLVED                      | RESOLVED      | same   | same    |

    An excursion that came and went unseen is still answered by a person, so a recovery does not
    stop the repeats; only an acknowledgement or a resolution does.
    """
    if alert.state is AlertState.RESOLVED:
        return NoticeReason.RESOLVED
    if alert.cleared_at is not None and alert.notices > 0 and not alert.recovery_told:
        return NoticeReason.RECOVERY
    if alert.state is AlertState.ACKNOWLEDGED:
        return NoticeReason.ACKNOWLEDGED
    if alert.notices == 0:
        return NoticeReason.FIRST
    if alert.next_notice_at is not None and now >= alert.next_notice_at:
        return NoticeReason.REPEAT
    return NoticeReason.NOT_DUE


def notice_after(reason: NoticeReason, now: datetime) -> datetime | None:
    """Return when the notice after one sent at *now* for *reason* is due, if it sets a time."""
    if reason in {NoticeReason.FIRST, NoticeReason.REPEAT}:
        return now + REPEAT_EVERY
    return None
