"""What becomes of a deferral. Pure."""

from enum import StrEnum

from sensors.domain.states import Move, StateMachine


class DeferralState(StrEnum):
    """It waits for its date; then the person is asked again, unless that became needless before."""

    OPEN = "open"
    ASKED = "asked"
    SETTLED = "settled"
    LIFTED = "lifted"
    REPLACED = "replaced"


DEFERRALS = StateMachine(
    name="deferral",
    initial=DeferralState.OPEN,
    owners={DeferralState.OPEN: "worker"},
    moves=(
        # On its date: a new invitation, by message or by call.
        Move(DeferralState.OPEN, DeferralState.ASKED, "deferral:ask-again"),
        # On its date the person has an appointment, or needs no dose any more.
        Move(DeferralState.OPEN, DeferralState.SETTLED, "deferral:settle"),
        # Staff end it before, with a reason; the invitation comes at once.
        Move(DeferralState.OPEN, DeferralState.LIFTED, "deferral:lift"),
        # Another one took its place.
        Move(DeferralState.OPEN, DeferralState.REPLACED, "deferral:replace"),
    ),
    labels={
        DeferralState.OPEN: ("Put off", "暂缓中"),
        DeferralState.ASKED: ("Asked again", "已再次邀请"),
        DeferralState.SETTLED: ("No longer needed", "无需再邀请"),
        DeferralState.LIFTED: ("Ended earlier", "已提前结束"),
        DeferralState.REPLACED: ("Replaced", "已被替代"),
    },
)
