"""What the API asks for beside the rules of the pages, and with which status it refuses. Pure."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from vaxsite.booking.rules import Reason as BookingReason
from vaxsite.core.decisions import N_, Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.waiting_room.rules import Reason as RoomReason

RULE = "api"
# Random enough that no two clients share one by chance: a UUID has 36 characters.
KEY = re.compile(r"[\x21-\x7e]{16,128}")
KEPT_FOR = timedelta(hours=24)  # Then the same key may be used for something else.
# How old an answer about free seats may be, in seconds, here and in caches on its way: `Age` says
# how much of it is over already.
FRESH_S = 2
SLOTS_MOST = 5_000  # Of one answer; some 300 kB.
HEADER_HOLD, HEADER_QUEUE, HEADER_BORN = "Hold-Secret", "Queue-Token", "Birth-Date"
HEADER_KEY = "Idempotency-Key"
TOO_OFTEN_S = 900  # The window of the counted tries.


class Reason(StrEnum):
    """Why a request is not one that the API takes."""

    KEY_MISSING = "key_missing"
    KEY_SHAPE = "key_shape"
    KEY_REUSED = "key_reused"
    HOLD_BOOKED = "hold_booked"
    NO_APPOINTMENT = "no_appointment"
    NO_INVITATION = "no_invitation"
    NO_ENTRY = "no_entry"
    WAIT_FIRST = "wait_first"
    WRONG_ANSWER = "wrong_answer"
    TOO_WIDE = "too_wide"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.KEY_MISSING: N_(
        "Send an Idempotency-Key with this request, a new random one for everything new."
    ),
    Reason.KEY_SHAPE: N_("An Idempotency-Key has 16 to 128 characters without spaces, as a UUID."),
    Reason.KEY_REUSED: N_(
        "This Idempotency-Key was used for another request. Send a new one with a new request."
    ),
    Reason.HOLD_BOOKED: N_("These seats are booked. Cancel the appointments instead."),
    Reason.NO_APPOINTMENT: N_(
        "We find no appointment with this reference and birth date. Check both."
    ),
    Reason.NO_INVITATION: N_("We find no invitation with this code and birth date. Check both."),
    Reason.NO_ENTRY: N_("We find no entry with this number and birth date. Check both."),
    Reason.WAIT_FIRST: N_(
        "There is a waiting room before booking. Take a place there, and book when it is your turn."
    ),
    Reason.WRONG_ANSWER: N_("That is not the answer, or it was used before. Here is a new one."),
    Reason.TOO_WIDE: N_("Name a clinic or a day."),
}
# Whoever waits may ask again; everything else that rules refuse is a conflict.
STATUS: Mapping[StrEnum, int] = {
    Reason.KEY_MISSING: 400,
    Reason.KEY_SHAPE: 400,
    Reason.KEY_REUSED: 422,
    Reason.NO_APPOINTMENT: 404,
    Reason.NO_INVITATION: 404,
    Reason.NO_ENTRY: 404,
    Reason.WAIT_FIRST: 403,
    Reason.WRONG_ANSWER: 403,
    Reason.TOO_WIDE: 422,
    BookingReason.TOO_MANY_TRIES: 429,
    BookingReason.NETWORK_BUSY: 429,
    BookingReason.STAFF_BUSY: 429,
    BookingReason.PERSON_BUSY: 429,
    BookingReason.QUESTION: 429,
    RoomReason.NETWORK_FULL: 429,
}


def status_of(reason: StrEnum) -> int:
    """Return the status with which the API refuses for *reason*."""
    return STATUS.get(reason, RefusedAct.status)


def refused(reason: Reason) -> RefusedAct:
    """Return the refusal to raise."""
    return RefusedAct(Refused(reason, RULE), SENTENCES)
