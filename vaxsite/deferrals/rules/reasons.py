"""Why a vaccination is put off until a date: dated data, its words, and what it means. Pure.

What concerns health is to be checked by a qualified person against the official text.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from vaxsite.core.decisions import N_, Refused

RULE = "deferrals"


class Why(StrEnum):
    """The reasons; also the code of a refusal to book before the date."""

    RECENT_ILLNESS = "recent_illness"
    PREGNANCY = "pregnancy"
    RECENTLY_VACCINATED = "recently_vaccinated"
    PAST_INFECTION = "past_infection"
    DOCTOR_FIRST = "doctor_first"
    OWN_WISH = "own_wish"


LABELS: Mapping[Why, str] = {
    Why.RECENT_ILLNESS: N_("Ill lately, or ill now"),
    Why.PREGNANCY: N_("Pregnant, and asked to wait"),
    Why.RECENTLY_VACCINATED: N_("Another vaccine was given lately"),
    Why.PAST_INFECTION: N_("Had the illness itself, and waits some months"),
    Why.DOCTOR_FIRST: N_("A doctor looks at it first"),
    Why.OWN_WISH: N_("Own wish: not now"),
}


class Reason(StrEnum):
    """Why a deferral cannot be set or ended so, and what strangers read of one."""

    DAY = "deferral_day"
    UNKNOWN = "deferral_unknown"
    BECAUSE_MISSING = "deferral_because_missing"
    PUT_OFF = "deferral_put_off"


SENTENCES: Mapping[StrEnum, str] = {
    Why.RECENT_ILLNESS: N_(
        "This vaccination is put off until %(date)s, because of an illness. Choose that day or a "
        "later one. If the person is well earlier, call the clinic: it can end the waiting."
    ),
    Why.PREGNANCY: N_(
        "This vaccination is put off until %(date)s, because of a pregnancy. Choose that day or a "
        "later one. If something has changed, call the clinic: it can end the waiting."
    ),
    Why.RECENTLY_VACCINATED: N_(
        "This vaccination is put off until %(date)s, because another vaccine was given lately. "
        "Choose that day or a later one."
    ),
    Why.PAST_INFECTION: N_(
        "This vaccination is put off until %(date)s, because the person had the illness itself. "
        "Choose that day or a later one."
    ),
    Why.DOCTOR_FIRST: N_(
        "This vaccination is put off until %(date)s, because a doctor looks at it first. "
        "Choose that day or a later one, or call the clinic."
    ),
    Why.OWN_WISH: N_("The person asked to be asked again on %(date)s."),
    # Names no illness: a name and a number of a document are known to others too.
    Reason.PUT_OFF: N_(
        "The clinic has put this vaccination off until %(date)s. Choose that day or a later one. "
        "Why, you see with the reference of the last appointment, or ask the clinic."
    ),
    Reason.DAY: N_("Choose a day after today and at most %(days)s days from now."),
    Reason.UNKNOWN: N_("Choose one of the reasons."),
    Reason.BECAUSE_MISSING: N_("Type why the waiting ends earlier."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRule:
    """One reason as the data gives it."""

    code: Why
    clinical: bool
    refuses: bool
    resident: bool
    days: int
    most_days: int
    valid_from: date
    source: str
    valid_to: date | None = None

    def valid_on(self, day: date) -> bool:
        """Tell whether it can be chosen on *day*."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def read_reasons(text: str) -> dict[Why, ReasonRule]:
    """Read `reasons.toml`; raise `ValueError` or `TypeError` where it does not describe reasons."""
    entries = tomllib.loads(text)["reason"]
    found = [ReasonRule(**{**entry, "code": Why(entry["code"])}) for entry in entries]
    if {one.code for one in found} != set(Why) or len(found) != len(set(Why)):
        raise ValueError("each reason is described once")
    return {one.code: one for one in found}


def check_until(rule: ReasonRule, until: date, *, today: date) -> Refused | None:
    """Refuse a date that is not to come, or further than the reason allows."""
    if not rule.valid_on(today):
        return Refused(Reason.UNKNOWN, RULE)
    if today < until <= today + timedelta(days=rule.most_days):
        return None
    return Refused(Reason.DAY, RULE, detail={"days": rule.most_days})


def check_day(why: Why, until: date, day: date, *, refuses: bool) -> Refused | None:
    """Refuse a vaccination on *day* where it is put off beyond it."""
    if not refuses or until <= day:
        return None
    return Refused(why, RULE, since=until, detail={"date": until})
