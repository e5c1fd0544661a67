"""What becomes of a roster, how far its people are, and why an act on it is refused. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_

RULE = "rosters"
# A list that nobody accepts is forgotten after this: it is personal data without a purpose.
FORGET_AFTER = timedelta(days=7)


class RosterState(StrEnum):
    """Looked at, being entered, in force, being taken back, undone; or never accepted."""

    PREVIEWED = "previewed"
    ENTERING = "entering"
    IN_FORCE = "in_force"
    UNDOING = "undoing"
    UNDONE = "undone"
    DISCARDED = "discarded"


ROSTERS = StateMachine(
    name="roster",
    initial=RosterState.PREVIEWED,
    owners={
        RosterState.PREVIEWED: "manager",
        RosterState.ENTERING: "worker",
        RosterState.IN_FORCE: "manager",
        RosterState.UNDOING: "worker",
    },
    moves=(
        Move(RosterState.PREVIEWED, RosterState.ENTERING, "roster:accept"),
        Move(RosterState.PREVIEWED, RosterState.DISCARDED, "roster:discard"),
        Move(RosterState.ENTERING, RosterState.IN_FORCE, "roster:complete"),
        # At once nobody is in a group by it any more; its invitations are taken back bit by bit.
        Move(RosterState.ENTERING, RosterState.UNDOING, "roster:undo"),
        Move(RosterState.IN_FORCE, RosterState.UNDOING, "roster:undo"),
        Move(RosterState.UNDOING, RosterState.UNDONE, "roster:end-undoing"),
    ),
    labels={
        RosterState.PREVIEWED: ("To be checked", "待核对"),
        RosterState.ENTERING: ("Being entered", "录入中"),
        RosterState.IN_FORCE: ("In force", "生效中"),
        RosterState.UNDOING: ("Being undone", "撤销中"),
        RosterState.UNDONE: ("Undone", "已撤销"),
        RosterState.DISCARDED: ("Discarded", "已弃用"),
    },
)
# Of these the same file cannot come again.
LIVE = (
    RosterState.PREVIEWED,
    RosterState.ENTERING,
    RosterState.IN_FORCE,
    RosterState.UNDOING,
)


class Stage(StrEnum):
    """How far a person of a roster is."""

    VACCINATED = "vaccinated"
    BOOKED = "booked"
    NOT_REACHED = "not_reached"
    INVITED = "invited"
    ENTERED = "entered"


STAGES: Mapping[Stage, str] = {
    Stage.ENTERED: N_("Not invited"),
    Stage.INVITED: N_("Invited"),
    Stage.NOT_REACHED: N_("Not reached"),
    Stage.BOOKED: N_("Booked"),
    Stage.VACCINATED: N_("Vaccinated"),
}


class Take(StrEnum):
    """What is done with rows that have a problem."""

    GOOD = "good"
    ALL = "all"


class Reason(StrEnum):
    """Why an act on a roster is refused."""

    NOT_ALL_GOOD = "roster_not_all_good"
    NOBODY_GOOD = "roster_nobody_good"
    PERIOD = "roster_period"
    GROUP = "roster_group"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.NOT_ALL_GOOD: N_(
        "%(faulty)s rows have a problem, so nobody was entered. "
        "Correct the file and upload it again, or enter the good rows only."
    ),
    Reason.NOBODY_GOOD: N_("No row is good, so nobody can be entered. Correct the file."),
    Reason.PERIOD: N_("The last day must not be before the first day, %(date)s."),
    Reason.GROUP: N_("There is no such group on that day."),
}
