"""Who holds a seat, who has an appointment, and what may become of both."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_

HOLD_FOR = timedelta(minutes=10)


class HoldState(StrEnum):
    """A seat is kept, became an appointment, ran out, or was given up for another."""

    LIVE = "live"
    USED = "used"
    EXPIRED = "expired"
    RELEASED = "released"


HOLDS = StateMachine(
    name="hold",
    initial=HoldState.LIVE,
    # A hold that ran out can still become an appointment while its seat is free.
    owners={HoldState.LIVE: "resident", HoldState.EXPIRED: "resident"},
    moves=(
        Move(HoldState.LIVE, HoldState.USED, "hold:use"),
        Move(HoldState.LIVE, HoldState.EXPIRED, "hold:expire"),
        Move(HoldState.LIVE, HoldState.RELEASED, "hold:release"),
        Move(HoldState.EXPIRED, HoldState.USED, "hold:reclaim"),
    ),
    labels={
        HoldState.LIVE: ("Held", "保留中"),
        HoldState.USED: ("Booked", "已预约"),
        HoldState.EXPIRED: ("Expired", "已过期"),
        HoldState.RELEASED: ("Given up", "已放弃"),
    },
)


class AppointmentState(StrEnum):
    """A person is expected, is here, has had the dose, called it off, or did not come."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    MISSED = "missed"


ACTIVE = (AppointmentState.BOOKED, AppointmentState.ARRIVED)
APPOINTMENTS = StateMachine(
    name="appointment",
    initial=AppointmentState.BOOKED,
    owners={
        AppointmentState.BOOKED: "resident",
        AppointmentState.ARRIVED: "nurse",
        AppointmentState.COMPLETED: "nurse",
        AppointmentState.MISSED: "nurse",
    },
    moves=(
        Move(AppointmentState.BOOKED, AppointmentState.ARRIVED, "appointment:arrive"),
        Move(AppointmentState.BOOKED, AppointmentState.CANCELLED, "appointment:cancel"),
        Move(AppointmentState.BOOKED, AppointmentState.MISSED, "appointment:miss"),
        Move(AppointmentState.ARRIVED, AppointmentState.COMPLETED, "appointment:complete"),
        # Checked in by mistake; sent home without a dose; came after being given up.
        Move(AppointmentState.ARRIVED, AppointmentState.BOOKED, "appointment:undo-arrival"),
        Move(AppointmentState.ARRIVED, AppointmentState.CANCELLED, "appointment:send-home"),
        Move(AppointmentState.MISSED, AppointmentState.ARRIVED, "appointment:arrive-late"),
        # The record said a dose that was not given.
        Move(AppointmentState.COMPLETED, AppointmentState.ARRIVED, "appointment:undo-completion"),
    ),
    labels={
        AppointmentState.BOOKED: ("Booked", "已预约"),
        AppointmentState.ARRIVED: ("Arrived", "已到达"),
        AppointmentState.COMPLETED: ("Vaccinated", "已接种"),
        AppointmentState.CANCELLED: ("Cancelled", "已取消"),
        AppointmentState.MISSED: ("Did not come", "未到"),
    },
)


class Reason(StrEnum):
    """Why a seat, an appointment or a change is not to be had."""

    FULL = "full"
    PAST = "past"
    NOT_OFFERED = "not_offered"
    HOLD_UNKNOWN = "hold_unknown"
    HOLD_REPLACED = "hold_replaced"
    HOLD_LOST = "hold_lost"
    ALREADY_BOOKED = "already_booked"
    SAME_TIME = "same_time"
    OTHER_PRODUCT = "other_product"
    NOT_CHANGEABLE = "not_changeable"
    TOO_MANY_TRIES = "too_many_tries"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.FULL: N_("All seats at this time are taken. Choose another time."),
    Reason.PAST: N_("This time has already begun. Choose a later time."),
    Reason.NOT_OFFERED: N_("The clinic no longer offers this time. Choose another time."),
    Reason.HOLD_UNKNOWN: N_(
        "We are not keeping a seat for you in this browser. Choose a time first."
    ),
    Reason.HOLD_REPLACED: N_(
        "You chose another time afterwards, perhaps in another window. "
        "Only the time chosen last is kept for you."
    ),
    Reason.HOLD_LOST: N_(
        "Your 10 minutes were over and somebody else took the seat. "
        "Nothing that you typed is lost: choose another time."
    ),
    Reason.ALREADY_BOOKED: N_(
        "This person already has an appointment for this dose. "
        "Use the reference of that appointment to change or cancel it."
    ),
    Reason.SAME_TIME: N_("This is the time that you already have."),
    Reason.OTHER_PRODUCT: N_(
        "Another vaccine is given at that time. Choose a time with the same vaccine."
    ),
    Reason.NOT_CHANGEABLE: N_(
        "This appointment can no longer be changed or cancelled here. Call the clinic."
    ),
    Reason.TOO_MANY_TRIES: N_("You tried very often in a short time. Wait 15 minutes."),
}


def holder_hash(secret: str) -> bytes:
    """Return what is stored of the random secret that a browser holds."""
    return hashlib.sha256(secret.encode()).digest()
