"""The words of the dose engine: statuses, reasons, and the sentence a person reads for each.

The values of statuses are those of the CDSi logic specification. Every verdict carries its reason,
the rule that gave it, the days on which that rule is in force, and the dates it compared.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from vaxsite.core.decisions import N_


class DoseStatus(StrEnum):
    """What a dose counts for."""

    VALID = "Valid"
    NOT_VALID = "Not Valid"
    EXTRANEOUS = "Extraneous"
    SUBSTANDARD = "Sub-standard"
    NOT_EVALUATED = "Not Evaluated"


class SeriesStatus(StrEnum):
    """How far a series, or a vaccine group, is."""

    NOT_COMPLETE = "Not Complete"
    COMPLETE = "Complete"
    IMMUNE = "Immune"
    CONTRAINDICATED = "Contraindicated"
    NOT_RECOMMENDED = "Not Recommended"
    AGED_OUT = "Aged Out"


class Reason(StrEnum):
    """Why a dose has its status."""

    VALID = "Valid"
    AGE_GRACE = "Age: Grace Period"
    INTERVAL_GRACE = "Interval: Grace Period"
    SERIES_COMPLETE = "Series Already Complete"
    SUBSTANDARD = "Dose: Sub-standard"
    INADVERTENT = "Inadvertent Vaccine"
    TOO_YOUNG = "Age: Too Young"
    TOO_OLD = "Age: Too Old"
    TOO_SOON = "Interval: Too Soon"
    CONFLICT = "Live Virus Conflict"
    WRONG_VACCINE = "Vaccine: Not Accepted"
    BEFORE_BIRTH = "Date: Before Birth"
    FUTURE = "Date: In the Future"
    UNKNOWN_CODE = "Vaccine: Unknown Code"
    DUPLICATE = "Recorded Twice"
    NO_ANTIGEN = "Vaccine: No Rule Counts It"


class Due(StrEnum):
    """What sets the earliest day of the next dose, or why there is none."""

    AGE = "minimum age"
    INTERVAL = "minimum interval"
    CONFLICT = "other live vaccine"
    SEASON = "start of the season"
    INADVERTENT = "after a wrong vaccine"
    LAST_DOSE = "last dose"
    COMPLETE = "complete"
    NOTHING_NEEDED = "nothing needed"
    IMMUNE = "immune"
    CONTRAINDICATED = "contraindicated"
    SEASON_OVER = "season over"
    TOO_OLD = "too old"
    TOO_OLD_THEN = "too old by then"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.VALID: N_("This dose counts as dose %(number)s."),
    Reason.AGE_GRACE: N_(
        "This dose counts as dose %(number)s. It was given a little early, within what is allowed."
    ),
    Reason.INTERVAL_GRACE: N_(
        "This dose counts as dose %(number)s. It was given sooner than advised, within what is "
        "allowed, and need not be repeated."
    ),
    Reason.SERIES_COMPLETE: N_("This dose was not needed: the vaccination was complete already."),
    Reason.SUBSTANDARD: N_("This dose does not count: the vaccine was expired or not in order."),
    Reason.INADVERTENT: N_("This dose does not count: this vaccine must not be used here."),
    Reason.TOO_YOUNG: N_("This dose does not count: it was given before %(limit)s, too young."),
    Reason.TOO_OLD: N_("This dose was not needed: it was given on or after %(limit)s, too old."),
    Reason.TOO_SOON: N_(
        "This dose does not count: it was given before %(limit)s, too soon after %(reference)s."
    ),
    Reason.CONFLICT: N_(
        "This dose does not count: it was given before %(limit)s, too soon after another live "
        "vaccine on %(reference)s."
    ),
    Reason.WRONG_VACCINE: N_(
        "This dose does not count: this vaccine is not one for dose %(number)s at this age."
    ),
    Reason.BEFORE_BIRTH: N_("The date of this dose is before the birth. Please check the record."),
    Reason.FUTURE: N_("The date of this dose is in the future. Please check the record."),
    Reason.UNKNOWN_CODE: N_("The code of this vaccine is unknown. Please check the record."),
    Reason.DUPLICATE: N_("This dose is recorded twice. It counts once."),
    Reason.NO_ANTIGEN: N_("No rule of this schedule counts this vaccine at this age."),
    Due.AGE: N_("Dose %(number)s can be given from %(earliest)s, because of the minimum age."),
    Due.INTERVAL: N_(
        "Dose %(number)s can be given from %(earliest)s, because of the time between doses."
    ),
    Due.CONFLICT: N_(
        "Dose %(number)s can be given from %(earliest)s, because of another live vaccine."
    ),
    Due.SEASON: N_("Dose %(number)s can be given from %(earliest)s, when the season starts."),
    Due.INADVERTENT: N_("Dose %(number)s can be given from %(earliest)s, after the wrong vaccine."),
    Due.LAST_DOSE: N_("Dose %(number)s can be given from %(earliest)s, the day of the last dose."),
    Due.COMPLETE: N_("The vaccination is complete."),
    Due.NOTHING_NEEDED: N_("No dose is needed."),
    Due.IMMUNE: N_("No dose is needed: this person counts as immune."),
    Due.CONTRAINDICATED: N_("No dose may be given: there is a contraindication."),
    Due.SEASON_OVER: N_("No dose is needed now: the season is over."),
    Due.TOO_OLD: N_("No further dose is given at this age."),
    Due.TOO_OLD_THEN: N_("No further dose is given: this person would be too old by then."),
}

Compared = Mapping[str, date | int | str]
