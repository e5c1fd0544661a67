"""Why a plan, or a part of it, cannot be, and the sentence of each reason."""

from collections.abc import Mapping
from enum import StrEnum

from vaxsite.core.decisions import N_
from vaxsite.slots.rules import SENTENCES as SESSION_SENTENCES
from vaxsite.slots.rules import Reason as SessionReason

RULE = "plans"


class Reason(StrEnum):
    """Why a template cannot be, a day has no session, or nothing is published."""

    LAST_BEFORE_FIRST = "last_before_first"
    TOO_LONG = "too_long"
    MINUTES = "minutes"
    ADDED = "added"
    NO_SITE = "no_site"
    UNKNOWN_PRODUCT = "unknown_product"
    NO_WEEKDAY = "no_weekday"
    ENDS_BEFORE_START = "ends_before_start"
    BREAK_OUTSIDE = "break_outside"
    STATIONS = "stations"
    PATTERNS_MEET = "patterns_meet"
    CLOSED = "closed"
    NO_STAFF = "no_staff"
    OTHER_SESSION = "other_session"
    NOTHING_TO_PUBLISH = "nothing_to_publish"
    NOT_COVERED = "not_covered"
    NOT_COVERED_SEATS = "not_covered_seats"
    NOT_COVERED_DOSES = "not_covered_doses"
    SEATS_TAKEN = "seats_taken"


SENTENCES: Mapping[StrEnum, str] = {
    **SESSION_SENTENCES,
    Reason.LAST_BEFORE_FIRST: N_("The last day must not be before the first one."),
    Reason.TOO_LONG: N_("A plan covers at most %(days)s days."),
    Reason.MINUTES: N_(
        "A slot lasts at most %(most)s minutes, and at least as long as one person takes."
    ),
    Reason.ADDED: SESSION_SENTENCES[SessionReason.ADDED_RANGE],
    Reason.NO_SITE: N_("Choose at least one clinic."),
    Reason.UNKNOWN_PRODUCT: N_("Choose one of the vaccines shown."),
    Reason.NO_WEEKDAY: N_("Choose at least one day of the week."),
    Reason.ENDS_BEFORE_START: N_("The hours must end after they start."),
    Reason.BREAK_OUTSIDE: N_("The break needs a start and an end, both within the hours."),
    Reason.STATIONS: N_("Give from 1 to %(most)s stations, and 0 or more vaccinators."),
    Reason.PATTERNS_MEET: N_(
        "Other hours of this plan are for the same doses at the same time. Change one of them."
    ),
    Reason.CLOSED: N_("Closed on this day."),
    Reason.NO_STAFF: N_("No vaccinator is planned, so no station is."),
    Reason.OTHER_SESSION: N_("The clinic has another session for the same doses at this time."),
    Reason.NOTHING_TO_PUBLISH: N_("Nothing of this part is left to publish."),
    Reason.NOT_COVERED: N_(
        "Not published: %(seats)s second seats and %(doses)s doses are missing, "
        "the first in the week of %(week)s. %(possible)s of %(offered)s first seats are covered."
    ),
    Reason.NOT_COVERED_SEATS: N_(
        "Not published: %(seats)s second seats are missing, "
        "the first in the week of %(week)s. %(possible)s of %(offered)s first seats are covered."
    ),
    Reason.NOT_COVERED_DOSES: N_(
        "Not published: %(doses)s doses are missing, "
        "the first in the week of %(week)s. %(possible)s of %(offered)s first seats are covered."
    ),
    Reason.SEATS_TAKEN: N_(
        "%(seats)s seats are booked or held in %(sessions)s of these sessions. Move these people "
        "first; nothing was withdrawn."
    ),
}
