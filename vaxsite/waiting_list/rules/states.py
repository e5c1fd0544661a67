"""How an entry of the waiting list stands, what became of each offer, and why one is refused."""

from collections.abc import Mapping
from enum import StrEnum

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_


class EntryState(StrEnum):
    """People wait, have an offer, have seats, did not answer several times, or left."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    PAUSED = "paused"
    LEFT = "left"


WAITING_ENTRIES = StateMachine(
    name="waiting_entry",
    initial=EntryState.WAITING,
    owners={
        EntryState.WAITING: "worker",
        EntryState.OFFERED: "resident",
        EntryState.BOOKED: "resident",
        EntryState.PAUSED: "resident",
    },
    moves=(
        Move(EntryState.WAITING, EntryState.OFFERED, "waiting-entry:offer"),
        Move(EntryState.OFFERED, EntryState.BOOKED, "waiting-entry:book"),
        Move(EntryState.OFFERED, EntryState.WAITING, "waiting-entry:return"),
        Move(EntryState.OFFERED, EntryState.PAUSED, "waiting-entry:pause"),
        Move(EntryState.PAUSED, EntryState.WAITING, "waiting-entry:resume"),
        # The appointment was cancelled or missed, and they want another one.
        Move(EntryState.BOOKED, EntryState.WAITING, "waiting-entry:rejoin"),
        Move(EntryState.WAITING, EntryState.LEFT, "waiting-entry:leave"),
        Move(EntryState.OFFERED, EntryState.LEFT, "waiting-entry:leave"),
        Move(EntryState.PAUSED, EntryState.LEFT, "waiting-entry:leave"),
    ),
    labels={
        EntryState.WAITING: ("Waiting", "候补中"),
        EntryState.OFFERED: ("Has an offer", "已有名额待确认"),
        EntryState.BOOKED: ("Booked", "已预约"),
        EntryState.PAUSED: ("Paused: offers stayed unanswered", "已暂停：多次未答复"),
        EntryState.LEFT: ("Left the list", "已退出"),
    },
)


class OfferState(StrEnum):
    """An offer can be answered, was accepted or declined, ran out, or was taken back."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


OFFERS = StateMachine(
    name="waiting_offer",
    initial=OfferState.OPEN,
    owners={OfferState.OPEN: "resident"},
    moves=(
        Move(OfferState.OPEN, OfferState.ACCEPTED, "waiting-offer:accept"),
        Move(OfferState.OPEN, OfferState.DECLINED, "waiting-offer:decline"),
        Move(OfferState.OPEN, OfferState.LAPSED, "waiting-offer:lapse"),
        Move(OfferState.OPEN, OfferState.WITHDRAWN, "waiting-offer:withdraw"),
    ),
    labels={
        OfferState.OPEN: ("To be answered", "待答复"),
        OfferState.ACCEPTED: ("Accepted", "已接受"),
        OfferState.DECLINED: ("Declined", "已谢绝"),
        OfferState.LAPSED: ("Not answered in time", "逾期未答复"),
        OfferState.WITHDRAWN: ("Taken back", "已撤回"),
    },
)


class Reason(StrEnum):
    """Why somebody cannot join, answer or come back."""

    NO_PEOPLE = "no_people"
    NO_CLINIC = "no_clinic"
    NO_DAY = "no_day"
    HOURS_ORDER = "hours_order"
    UNKNOWN_PRODUCT = "unknown_product"
    SAME_PERSON = "same_person"
    WAITS_ALREADY = "waits_already"
    NO_EMAIL = "no_email"
    OFFER_OVER = "offer_over"
    STILL_BOOKED = "still_booked"
    TOO_MANY_TRIES = "too_many_tries"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.NO_PEOPLE: N_("From 1 to 6 people of a household wait together."),
    Reason.NO_CLINIC: N_("Choose at least one clinic."),
    Reason.NO_DAY: N_("Choose at least one day of the week."),
    Reason.HOURS_ORDER: N_("Choose at least one part of the day."),
    Reason.UNKNOWN_PRODUCT: N_("Choose one of the vaccines shown."),
    Reason.SAME_PERSON: N_(
        "Two of these people are the same person. Give each person their own details."
    ),
    Reason.WAITS_ALREADY: N_(
        "One of these people is on the waiting list already. Everybody waits once at a time: "
        "leave the other list first, with the link or the number that you were given."
    ),
    Reason.NO_EMAIL: N_("Type an e-mail address, or choose to be called."),
    Reason.OFFER_OVER: N_(
        "This offer has been answered already, or its time is over. "
        "Your place on the list is not lost."
    ),
    Reason.STILL_BOOKED: N_(
        "You have an appointment from this list. Cancel it first if you want to wait again."
    ),
    Reason.TOO_MANY_TRIES: N_("You tried very often in a short time. Wait 15 minutes."),
}
