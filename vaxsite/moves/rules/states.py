"""What happens that people must be moved, and what becomes of each of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_

RULE = "moves"
# House rules. Nobody is moved to a time that they may hear of too late.
LEAD = timedelta(hours=12)
# Whoever has not answered by then is called: three days, and two days before the new time.
ANSWER_WITHIN = timedelta(days=3)
ANSWER_BEFORE = timedelta(days=2)
ANSWER_AT_LEAST = timedelta(hours=6)


def answer_by(starts_at: datetime, now: datetime) -> datetime:
    """Return when somebody is called who was told at *now* of a time at *starts_at*."""
    wished = min(now + ANSWER_WITHIN, starts_at - ANSWER_BEFORE)
    return max(wished, now + ANSWER_AT_LEAST)


class EventKind(StrEnum):
    """Why seats cannot be kept."""

    CLOSED = "closed"
    DOSES_SHORT = "doses_short"


KINDS: Mapping[EventKind, str] = {
    EventKind.CLOSED: N_("Nobody can be vaccinated then"),
    EventKind.DOSES_SHORT: N_("Too few doses"),
}


class EventState(StrEnum):
    """How far the moves of one event are."""

    OPEN = "open"
    PROPOSED = "proposed"
    RUNNING = "running"
    DONE = "done"
    WITHDRAWN = "withdrawn"


EVENTS = StateMachine(
    name="move event",
    initial=EventState.OPEN,
    owners={
        EventState.OPEN: "worker",
        EventState.PROPOSED: "manager",
        EventState.RUNNING: "worker",
        EventState.DONE: "worker",
    },
    moves=(
        Move(EventState.OPEN, EventState.PROPOSED, "move-event:propose"),
        Move(EventState.OPEN, EventState.WITHDRAWN, "move-event:withdraw"),
        Move(EventState.PROPOSED, EventState.WITHDRAWN, "move-event:withdraw"),
        Move(EventState.PROPOSED, EventState.RUNNING, "move-event:accept"),
        Move(EventState.RUNNING, EventState.DONE, "move-event:finish"),
        # Somebody was found afterwards: a seat that was confirmed while the session closed.
        Move(EventState.DONE, EventState.RUNNING, "move-event:resume"),
    ),
    labels={
        EventState.OPEN: ("Being planned", "正在安排"),
        EventState.PROPOSED: ("Proposed", "待确认方案"),
        EventState.RUNNING: ("Under way", "进行中"),
        EventState.DONE: ("Finished", "已完成"),
        EventState.WITHDRAWN: ("Withdrawn", "已撤回"),
    },
)


class MoveState(StrEnum):
    """What becomes of one appointment that cannot stay."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    UNPLACED = "unplaced"
    AWAITING = "awaiting"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    DECLINED = "declined"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


MOVES = StateMachine(
    name="move",
    initial=MoveState.PROPOSED,
    owners={
        MoveState.PROPOSED: "manager",
        MoveState.ACCEPTED: "worker",
        MoveState.UNPLACED: "worker",
        MoveState.AWAITING: "resident",
    },
    moves=(
        Move(MoveState.PROPOSED, MoveState.ACCEPTED, "move:accept"),
        Move(MoveState.PROPOSED, MoveState.WITHDRAWN, "move:withdraw"),
        Move(MoveState.ACCEPTED, MoveState.AWAITING, "move:carry-out"),
        Move(MoveState.ACCEPTED, MoveState.UNPLACED, "move:find-none"),
        Move(MoveState.UNPLACED, MoveState.ACCEPTED, "move:find-place"),
        Move(MoveState.AWAITING, MoveState.CONFIRMED, "move:confirm"),
        # The person chose another time, or called the appointment off.
        Move(MoveState.PROPOSED, MoveState.CHANGED, "move:change"),
        Move(MoveState.ACCEPTED, MoveState.CHANGED, "move:change"),
        Move(MoveState.UNPLACED, MoveState.CHANGED, "move:change"),
        Move(MoveState.AWAITING, MoveState.CHANGED, "move:change"),
        Move(MoveState.PROPOSED, MoveState.DECLINED, "move:decline"),
        Move(MoveState.ACCEPTED, MoveState.DECLINED, "move:decline"),
        Move(MoveState.UNPLACED, MoveState.DECLINED, "move:decline"),
        Move(MoveState.AWAITING, MoveState.DECLINED, "move:decline"),
        # A later event moves the person again.
        Move(MoveState.PROPOSED, MoveState.REPLACED, "move:replace"),
        Move(MoveState.ACCEPTED, MoveState.REPLACED, "move:replace"),
        Move(MoveState.UNPLACED, MoveState.REPLACED, "move:replace"),
        Move(MoveState.AWAITING, MoveState.REPLACED, "move:replace"),
    ),
    labels={
        MoveState.PROPOSED: ("Proposed", "拟改期"),
        MoveState.ACCEPTED: ("Accepted, to be told", "已确认方案，待通知"),
        MoveState.UNPLACED: ("No place yet", "暂无号源"),
        MoveState.AWAITING: ("Told, not confirmed", "已通知，待本人确认"),
        MoveState.CONFIRMED: ("Confirmed", "本人已确认"),
        MoveState.CHANGED: ("Chose another time", "本人另选时间"),
        MoveState.DECLINED: ("Cancelled by the person", "本人已取消"),
        MoveState.REPLACED: ("Moved again later", "之后再次改期"),
        MoveState.WITHDRAWN: ("Withdrawn, nothing changed", "已撤回，未改期"),
    },
)
# Not carried out yet: the person still stands where they cannot stay.
PENDING = (MoveState.PROPOSED, MoveState.ACCEPTED, MoveState.UNPLACED)
OPEN = (*PENDING, MoveState.AWAITING)


class Why(StrEnum):
    """Why somebody cannot be placed."""

    NO_SEAT = "no_seat"
    NOT_GIVEN = "not_given"


WHYS: Mapping[Why, str] = {
    Why.NO_SEAT: N_("No free seat within the days on which the dose may be given."),
    Why.NOT_GIVEN: N_("The schedule gives this person no such dose now."),
}


class Reason(StrEnum):
    """Why an act on moves is refused."""

    NO_SESSION = "no_session"
    ENOUGH_DOSES = "enough_doses"
    BEGUN = "begun"
    NOT_PROPOSED = "not_proposed"
    NOT_AWAITED = "not_awaited"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.NO_SESSION: N_(
        "No published session lies in these days. Check the clinic and the days."
    ),
    Reason.ENOUGH_DOSES: N_("Nobody has to be moved: no seat is booked in these sessions."),
    Reason.BEGUN: N_("People were told already. What was begun cannot be withdrawn."),
    Reason.NOT_PROPOSED: N_("There is no proposal to accept. Look at the page again."),
    Reason.NOT_AWAITED: N_("There is nothing to confirm: this appointment stands as shown."),
}
