"""Calls to residents: why somebody is to be rung up, what came of it, when it is tried again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_


class CallState(StrEnum):
    """A call waits, was made, led to a wish, or is no longer needed."""

    OPEN = "open"
    WANTS_TO_CANCEL = "wants_to_cancel"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    CLOSED = "closed"


CALLS = StateMachine(
    name="resident_call",
    initial=CallState.OPEN,
    owners={CallState.OPEN: "nurse", CallState.WANTS_TO_CANCEL: "nurse"},
    moves=(
        Move(CallState.OPEN, CallState.REACHED, "call:reach"),
        Move(CallState.OPEN, CallState.WANTS_TO_CANCEL, "call:want-to-cancel"),
        Move(CallState.OPEN, CallState.NOT_REACHED, "call:not-reach"),
        # What it was about is past, or settled by other means.
        Move(CallState.OPEN, CallState.CLOSED, "call:close"),
        Move(CallState.WANTS_TO_CANCEL, CallState.CLOSED, "call:close"),
    ),
    labels={
        CallState.OPEN: ("To call", "待致电"),
        CallState.WANTS_TO_CANCEL: ("Asks to cancel", "要求取消"),
        CallState.REACHED: ("Reached", "已联系上"),
        CallState.NOT_REACHED: ("Not reached", "未联系上"),
        CallState.CLOSED: ("No longer needed", "无需再致电"),
    },
)
# What somebody at the clinic still has to do something about.
PENDING = (CallState.OPEN, CallState.WANTS_TO_CANCEL)


class CallReason(StrEnum):
    """Why a person is called and not written to."""

    NO_CHANNEL = "no_channel"
    NOT_DELIVERED = "not_delivered"
    NO_ANSWER = "no_answer"
    ASKED = "asked"


REASONS: Mapping[CallReason, str] = {
    CallReason.NO_CHANNEL: N_("There is no address to which we can write."),
    CallReason.NOT_DELIVERED: N_("Our message did not arrive."),
    CallReason.NO_ANSWER: N_("The person has not answered our message."),
    CallReason.ASKED: N_("The person asked to be called."),
}


class CallResult(StrEnum):
    """What came of one try."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    ASKS_TO_CANCEL = "asks_to_cancel"


RESULTS: Mapping[CallResult, str] = {
    CallResult.REACHED: N_("Reached, and told"),
    CallResult.NO_ANSWER: N_("No answer"),
    CallResult.WRONG_NUMBER: N_("Wrong number"),
    CallResult.ASKS_TO_CANCEL: N_("Reached, and asks to cancel"),
}

# House rule: the wait after the first, second, ... try without an answer. After the last, nobody
# is rung up again: other people wait for that time of the nurse.
NEXT_TRY = (timedelta(hours=2), timedelta(hours=4), timedelta(hours=20), timedelta(hours=24))


def after(result: CallResult, *, tries: int, now: datetime) -> tuple[CallState, datetime | None]:
    """Return the state after try number *tries*, and when to try again where it stays open."""
    match result:
        case CallResult.REACHED:
            return CallState.REACHED, None
        case CallResult.ASKS_TO_CANCEL:
            return CallState.WANTS_TO_CANCEL, None
        case CallResult.WRONG_NUMBER:
            return CallState.NOT_REACHED, None
        case CallResult.NO_ANSWER:
            if tries > len(NEXT_TRY):
                return CallState.NOT_REACHED, None
            return CallState.OPEN, now + NEXT_TRY[tries - 1]


def show_phone(phone: str) -> str:
    """Return a number (E.164) as it is dialled from paper: a Chinese mobile in its groups."""
    if phone.startswith("+861") and len(phone) == len("+8613912345678"):
        return f"+86 {phone[3:6]} {phone[6:10]} {phone[10:]}"
    return phone
