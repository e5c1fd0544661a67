"""How a call-out stands, what became of each invitation, and why something is refused."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_

AGAIN_AFTER = timedelta(minutes=5)  # The forecast is made anew so often.
SILENT_FOR = timedelta(minutes=45)  # By then hardly anybody answers an invitation any more.


class CalloutState(StrEnum):
    """People are invited for the doses left over, or it is over."""

    OPEN = "open"
    CLOSED = "closed"


CALLOUTS = StateMachine(
    name="callout",
    initial=CalloutState.OPEN,
    owners={CalloutState.OPEN: "nurse"},
    moves=(Move(CalloutState.OPEN, CalloutState.CLOSED, "callout:close"),),
    labels={CalloutState.OPEN: ("Inviting", "邀请中"), CalloutState.CLOSED: ("Over", "已结束")},
)


class InvitedState(StrEnum):
    """Somebody was invited, has a dose promised, came, or it came to nothing."""

    SENT = "sent"
    CLAIMED = "claimed"
    CAME = "came"
    MISSED = "missed"
    DECLINED = "declined"
    TOO_LATE = "too_late"
    OVER = "over"


CALLED_PEOPLE = StateMachine(
    name="callout_invitation",
    initial=InvitedState.SENT,
    owners={InvitedState.SENT: "resident", InvitedState.CLAIMED: "resident"},
    moves=(
        Move(InvitedState.SENT, InvitedState.CLAIMED, "callout-invitation:claim"),
        Move(InvitedState.SENT, InvitedState.DECLINED, "callout-invitation:decline"),
        Move(InvitedState.SENT, InvitedState.TOO_LATE, "callout-invitation:too-late"),
        Move(InvitedState.SENT, InvitedState.OVER, "callout-invitation:end"),
        Move(InvitedState.CLAIMED, InvitedState.CAME, "callout-invitation:come"),
        Move(InvitedState.CLAIMED, InvitedState.MISSED, "callout-invitation:miss"),
    ),
    labels={
        InvitedState.SENT: ("Invited", "已邀请"),
        InvitedState.CLAIMED: ("A dose is kept", "已留剂次"),
        InvitedState.CAME: ("Came", "已到"),
        InvitedState.MISSED: ("Did not come in time", "未按时到"),
        InvitedState.DECLINED: ("Said no", "已谢绝"),
        InvitedState.TOO_LATE: ("Answered when the doses had gone", "答复时已无剂次"),
        InvitedState.OVER: ("Not answered", "未答复"),
    },
)


class Reason(StrEnum):
    """Why an act on vials or a call-out is refused."""

    UNKNOWN_LOT = "unknown_lot"
    LOT_HELD = "lot_held"
    LOT_EXPIRED = "lot_expired"
    VIAL_EMPTY = "vial_empty"
    OPEN_ALREADY = "open_already"
    NO_TIME = "no_time"
    NO_REASON = "no_reason"
    CANNOT_PICK = "cannot_pick"
    NOT_INVITED = "not_invited"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.UNKNOWN_LOT: N_("This lot does not stand in a fridge of the clinic."),
    Reason.LOT_HELD: N_("This lot is held by the cold chain and must not be used."),
    Reason.LOT_EXPIRED: N_("This lot has expired and must not be used."),
    Reason.VIAL_EMPTY: N_("This vial has no dose left, or its time is over."),
    Reason.OPEN_ALREADY: N_("People are being invited for this vaccine already."),
    Reason.NO_TIME: N_("Choose an end that lies today and after now."),
    Reason.NO_REASON: N_("Say why. The reason is written down with your name."),
    Reason.CANNOT_PICK: N_(
        "This person cannot be picked now: not on the list for this vaccine, without a right to "
        "the dose, with another offer, or no dose is free."
    ),
    Reason.NOT_INVITED: N_("This invitation is over. Your place on the waiting list is kept."),
}
