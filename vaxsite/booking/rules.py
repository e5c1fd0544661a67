"""Who holds a seat, who has an appointment, and what may become of both."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_

HOLD_FOR = timedelta(minutes=10)  # Of one page: typing a name, a document and a phone.
# Of all pages together: six people, each with a page. Longer, and seats stand empty in a rush.
HOLD_AT_MOST = timedelta(minutes=30)
# Appointments to come that one phone can have online: two households, or both doses of one.
CONTACT_MOST = 12
# Of one network in 15 minutes: a carrier puts many phones behind one address, a script has
# thousands. Beyond the first number a question is asked, beyond the second nobody is served online.
HOLDS_ASKED, HOLDS_MOST = 60, 600
HOLDS_OF_STAFF = 600
BOOKINGS_OF_PERSON = 6  # And given up again, in 15 minutes.
HOUSEHOLD_MOST = 6  # Three generations; more are a community, which a clinic enters itself.


@dataclass(frozen=True, slots=True)
class Place:
    """A seat that is wanted: of a slot, for one of the people, for one of their doses."""

    slot_id: int
    member: int = 1
    part: int = 1

    def __lt__(self, other: "Place") -> bool:
        """Order by person, then dose."""
        return (self.member, self.part) < (other.member, other.part)


def renewed_until(held_since: datetime, now: datetime) -> datetime:
    """Return until when seats are kept after something was done at *now*."""
    return min(now + HOLD_FOR, held_since + HOLD_AT_MOST)


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
        # Gave a reason, or was marked by mistake: it no longer counts as missed.
        Move(AppointmentState.MISSED, AppointmentState.CANCELLED, "appointment:excuse"),
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

    HOLD_UNKNOWN = "hold_unknown"
    HOLD_REPLACED = "hold_replaced"
    HOLD_LOST = "hold_lost"
    ALREADY_BOOKED = "already_booked"
    SAME_PERSON = "same_person"
    PEOPLE_MISSING = "people_missing"
    PAIR_TOO_FAR = "pair_too_far"
    SAME_TIME = "same_time"
    OTHER_PRODUCT = "other_product"
    NOT_CHANGEABLE = "not_changeable"
    TOO_MANY_TRIES = "too_many_tries"
    MISSED_TOO_OFTEN = "missed_too_often"
    CONTACT_FULL = "contact_full"
    QUESTION = "question"
    NETWORK_BUSY = "network_busy"
    STAFF_BUSY = "staff_busy"
    PERSON_BUSY = "person_busy"


SENTENCES: Mapping[StrEnum, str] = {
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
    Reason.SAME_PERSON: N_(
        "Two of these people are the same person. Give each person their own details."
    ),
    Reason.PEOPLE_MISSING: N_("Give the details of every person before you book."),
    Reason.PAIR_TOO_FAR: N_(
        "Dose %(number)s would be too late: after a dose on %(last)s "
        "it should be given by %(date)s. Choose a day up to then."
    ),
    Reason.SAME_TIME: N_("This is the time that you already have."),
    Reason.OTHER_PRODUCT: N_(
        "Another vaccine is given at that time. Choose a time with the same vaccine."
    ),
    Reason.NOT_CHANGEABLE: N_(
        "This appointment can no longer be changed or cancelled here. Call the clinic."
    ),
    Reason.MISSED_TOO_OFTEN: N_(
        "Several appointments at this clinic were missed this year, so it cannot be booked online "
        "before %(date)s. Call %(phone)s: the clinic books for you, and puts right what is wrong."
    ),
    Reason.TOO_MANY_TRIES: N_("You tried very often in a short time. Wait 15 minutes."),
    Reason.CONTACT_FULL: N_(
        "This phone number has as many appointments as one can have online, %(most)s. "
        "Give another number, or call the clinic: they can book more."
    ),
    Reason.QUESTION: N_("Very many seats are chosen from your network. Answer the question first."),
    Reason.NETWORK_BUSY: N_(
        "Very many seats were chosen from your network. Wait 15 minutes, use another connection, "
        "or call the clinic: it books the same seats."
    ),
    Reason.STAFF_BUSY: N_(
        "You chose as many seats for people as one member of staff can within 15 minutes. Wait, "
        "or let a colleague who is signed in as themself go on with the next person."
    ),
    Reason.PERSON_BUSY: N_(
        "This person was booked very often in a short time. Wait 15 minutes, or call the clinic."
    ),
}


def holder_hash(secret: str) -> bytes:
    """Return what is stored of the random secret that a browser holds."""
    return hashlib.sha256(secret.encode()).digest()
