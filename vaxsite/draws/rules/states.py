"""How far a draw came, what became of each entry, and why something is refused."""

from collections.abc import Mapping
from enum import StrEnum

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_


class DrawState(StrEnum):
    """A draw is announced, its list is closed, it is drawn, its result is public, or it is off."""

    ANNOUNCED = "announced"
    CLOSED = "closed"
    DRAWN = "drawn"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


DRAWS = StateMachine(
    name="draw",
    initial=DrawState.ANNOUNCED,
    owners={
        DrawState.ANNOUNCED: "worker",
        DrawState.CLOSED: "manager",
        DrawState.DRAWN: "manager",
    },
    moves=(
        Move(DrawState.ANNOUNCED, DrawState.CLOSED, "draw:close"),
        Move(DrawState.CLOSED, DrawState.DRAWN, "draw:draw"),
        Move(DrawState.DRAWN, DrawState.PUBLISHED, "draw:publish"),
        Move(DrawState.ANNOUNCED, DrawState.WITHDRAWN, "draw:withdraw"),
        Move(DrawState.CLOSED, DrawState.WITHDRAWN, "draw:withdraw"),
        Move(DrawState.DRAWN, DrawState.WITHDRAWN, "draw:withdraw"),
    ),
    labels={
        DrawState.ANNOUNCED: ("Announced", "已公告"),
        DrawState.CLOSED: ("List closed", "名单已封存"),
        DrawState.DRAWN: ("Drawn, not yet published", "已抽签，待公布"),
        DrawState.PUBLISHED: ("Result published", "结果已公布"),
        DrawState.WITHDRAWN: ("Called off", "已取消"),
    },
)


class EntryState(StrEnum):
    """An entry takes part, or was withdrawn before the list closed."""

    LIVE = "live"
    WITHDRAWN = "withdrawn"


ENTRIES = StateMachine(
    name="draw_entry",
    initial=EntryState.LIVE,
    owners={EntryState.LIVE: "resident"},
    moves=(Move(EntryState.LIVE, EntryState.WITHDRAWN, "draw-entry:withdraw"),),
    labels={
        EntryState.LIVE: ("Registered", "已登记"),
        EntryState.WITHDRAWN: ("Withdrawn", "已撤回"),
    },
)


class RightState(StrEnum):
    """What the draw came to for one entry, and what became of its right to book."""

    WAITING = "waiting"
    DRAWN = "drawn"
    INVITED = "invited"
    BOOKED = "booked"
    LAPSED = "lapsed"


RIGHTS = StateMachine(
    name="draw_right",
    initial=RightState.WAITING,
    owners={
        RightState.WAITING: "worker",
        RightState.DRAWN: "manager",
        RightState.INVITED: "resident",
    },
    moves=(
        Move(RightState.WAITING, RightState.DRAWN, "draw-right:draw"),
        Move(RightState.DRAWN, RightState.INVITED, "draw-right:invite"),
        Move(RightState.WAITING, RightState.INVITED, "draw-right:move-up"),
        Move(RightState.INVITED, RightState.BOOKED, "draw-right:use"),
        Move(RightState.INVITED, RightState.LAPSED, "draw-right:lapse"),
    ),
    labels={
        RightState.WAITING: ("Not drawn, in line", "未中签，候补中"),
        RightState.DRAWN: ("Drawn", "已中签"),
        RightState.INVITED: ("May book", "可预约"),
        RightState.BOOKED: ("Booked", "已预约"),
        RightState.LAPSED: ("Right to book is over", "预约资格已失效"),
    },
)


class Reason(StrEnum):
    """Why a draw, an entry or a right is not to be had."""

    WINDOW_ORDER = "window_order"
    OPENS_IN_PAST = "opens_in_past"
    RANDOMNESS_EARLY = "randomness_early"
    RESULT_EARLY = "result_early"
    PLACES_RANGE = "places_range"
    QUOTAS_TOO_MANY = "quotas_too_many"
    UNKNOWN_PRODUCT = "unknown_product"
    UNKNOWN_GROUP = "unknown_group"
    DAYS_RANGE = "days_range"
    NOT_OPEN_YET = "not_open_yet"
    CLOSED = "closed"
    TWICE_IN_ENTRY = "twice_in_entry"
    ALREADY_ENTERED = "already_entered"
    CONTACT_LIMIT = "contact_limit"
    NETWORK_LIMIT = "network_limit"
    TOO_MANY_TRIES = "too_many_tries"
    STILL_OPEN = "still_open"
    RANDOMNESS_NOT_YET = "randomness_not_yet"
    FALLBACK_NOT_YET = "fallback_not_yet"
    RANDOMNESS_DIFFERS = "randomness_differs"
    RANDOMNESS_MISSING = "randomness_missing"
    LIST_CHANGED = "list_changed"
    NO_KEY = "no_key"
    ONLY_DRAWN = "only_drawn"
    RESERVED_ALREADY = "reserved_already"
    NOT_OUT = "not_out"
    OTHER_SESSION = "other_session"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.WINDOW_ORDER: N_("Registration must close after it opens."),
    Reason.OPENS_IN_PAST: N_(
        "Registration must open in the future: the commitment stands before the first entry."
    ),
    Reason.RANDOMNESS_EARLY: N_(
        "The public number must be published after registration has closed, "
        "so that nobody could know it."
    ),
    Reason.RESULT_EARLY: N_("The result can only come after the public number."),
    Reason.PLACES_RANGE: N_("A draw has from 1 to %(most)s places."),
    Reason.QUOTAS_TOO_MANY: N_("The quotas together are more than the %(places)s places."),
    Reason.UNKNOWN_PRODUCT: N_("Choose one of the vaccines shown."),
    Reason.UNKNOWN_GROUP: N_("Choose one of the groups shown."),
    Reason.DAYS_RANGE: N_("People have from 1 to %(most)s days to book."),
    Reason.NOT_OPEN_YET: N_("Registration for this draw opens on %(opens)s."),
    Reason.CLOSED: N_("Registration for this draw is closed. The list can no longer be changed."),
    Reason.TWICE_IN_ENTRY: N_("The same person stands twice in this entry."),
    Reason.ALREADY_ENTERED: N_(
        "A person of this entry takes part in this draw already. "
        "Everybody takes part once, alone or with their household."
    ),
    Reason.CONTACT_LIMIT: N_(
        "With this phone number %(most)s entries were made already. "
        "If you have no other number, register at the counter of the clinic."
    ),
    Reason.NETWORK_LIMIT: N_(
        "Very many entries came from your network in a short time. "
        "Wait 15 minutes, or register at the counter of the clinic. "
        "It makes no difference to your chances when you register."
    ),
    Reason.TOO_MANY_TRIES: N_("You tried very often in a short time. Wait 15 minutes."),
    Reason.STILL_OPEN: N_("Registration is still open until %(closes)s."),
    Reason.RANDOMNESS_NOT_YET: N_("The public number is published on %(at)s, not before."),
    Reason.FALLBACK_NOT_YET: N_(
        "The second source counts only when the first has published nothing by %(at)s."
    ),
    Reason.RANDOMNESS_DIFFERS: N_(
        "Another person typed another value. Compare both with the source; "
        "each can type theirs again."
    ),
    Reason.RANDOMNESS_MISSING: N_(
        "Two people must have typed the same public number, each by themselves."
    ),
    Reason.LIST_CHANGED: N_(
        "The stored list no longer has the digest that was published when it closed: "
        "something was changed afterwards. Nothing is drawn. Call the operator."
    ),
    Reason.NO_KEY: N_(
        "This installation has no key to sign the result. The operator makes one with: db init"
    ),
    Reason.ONLY_DRAWN: N_(
        "These seats are kept for people who were drawn. "
        "Were you drawn? Open your entry first; from there you can book."
    ),
    Reason.RESERVED_ALREADY: N_("A session that you chose is kept for another draw already."),
    Reason.OTHER_SESSION: N_("Keep only sessions of the clinic and the vaccine of the draw."),
    Reason.NOT_OUT: N_(
        "Seats of a session that you chose are not all out yet. Choose another one."
    ),
}
