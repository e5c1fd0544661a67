"""The stop-checks before the needle, and the verdict on a dose that was given. Pure.

The same checks answer twice: before the needle a refusal stops it; after it a dose that happened
is recorded all the same, and the first rule that it broke is written beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from vaxsite.core.decisions import N_, Allowed, Decision, Detail, Refused
from vaxsite.visits.rules import VisitState


class CheckCode(StrEnum):
    """What is checked before the needle, in the order in which a nurse reads it.

    The verifications of the Chinese rule of three checks, seven verifications and one confirmation
    (Vaccine Administration Law 2019, Art. 45) that a computer can make; the others have room here.
    """

    CHECKED_IN = "checked_in"
    PERSON = "person"
    SCREENING = "screening"
    VACCINE = "vaccine"
    STOCK = "stock"
    EXPIRY = "expiry"
    COLD_CHAIN = "cold_chain"
    PACKAGE = "package"
    INTERVAL = "interval"
    SERIES = "series"


CHECK_LABELS: Mapping[CheckCode, str] = {
    CheckCode.CHECKED_IN: N_("Checked in today"),
    CheckCode.PERSON: N_("No reference of somebody else"),
    CheckCode.SCREENING: N_("Health questions"),
    CheckCode.VACCINE: N_("Right vaccine"),
    CheckCode.STOCK: N_("In this clinic's stock"),
    CheckCode.EXPIRY: N_("Not expired"),
    CheckCode.COLD_CHAIN: N_("Kept cold"),
    CheckCode.PACKAGE: N_("Package not used before"),
    CheckCode.INTERVAL: N_("Not too early"),
    CheckCode.SERIES: N_("Dose still due"),
}
# Checks of the procedure, not of the dose: they stop the needle and do not judge what was given.
PROCEDURE = frozenset({CheckCode.CHECKED_IN, CheckCode.PERSON, CheckCode.SCREENING})


class Stop(StrEnum):
    """Why the needle stops. The codes are also the verdicts on doses that were given."""

    NOT_CHECKED_IN = "not_checked_in"
    ALREADY_VACCINATED = "already_vaccinated"
    DEFERRED = "deferred"
    HAS_LEFT = "has_left"
    WRONG_PERSON = "wrong_person"
    NOT_SCREENED = "not_screened"
    SCREENED_BEFORE = "screened_before"
    WRONG_VACCINE = "wrong_vaccine"
    OTHER_VACCINE_BEFORE = "other_vaccine_before"
    NOT_IN_STOCK = "not_in_stock"
    EXPIRED = "expired"
    HELD = "held"
    HELD_STILL_LASTS = "held_still_lasts"
    REJECTED = "rejected"
    PACKAGE_USED = "package_used"
    TOO_EARLY = "too_early"
    HAD_THIS_DOSE = "had_this_dose"
    SERIES_COMPLETE = "series_complete"


class DoseReason(StrEnum):
    """Why a dose cannot be written down or corrected as asked."""

    IN_THE_FUTURE = "in_the_future"
    NOT_THAT_DAY = "not_that_day"
    REASON_MISSING = "reason_missing"
    CORRECTED_BEFORE = "corrected_before"


SENTENCES: Mapping[StrEnum, str] = {
    DoseReason.IN_THE_FUTURE: N_("The time given lies in the future."),
    DoseReason.NOT_THAT_DAY: N_("The time given lies on another day than the visit."),
    DoseReason.REASON_MISSING: N_("Give the reason for the correction."),
    DoseReason.CORRECTED_BEFORE: N_("This dose was corrected already. Look at its newest record."),
    Stop.NOT_CHECKED_IN: N_("This person is not checked in. Check them in first."),
    Stop.ALREADY_VACCINATED: N_("This person has had the dose of this visit already."),
    Stop.DEFERRED: N_("This person was deferred today. Do not vaccinate."),
    Stop.HAS_LEFT: N_("This visit is over: the person has left."),
    Stop.WRONG_PERSON: N_(
        "The reference belongs to somebody else. Ask for the name and call the right person."
    ),
    Stop.NOT_SCREENED: N_("The health questions are not answered. Ask them first."),
    Stop.SCREENED_BEFORE: N_("The health questions were answered on %(date)s. Ask them again."),
    Stop.WRONG_VACCINE: N_("This is %(scanned)s. %(booked)s is booked. Take the other vaccine."),
    Stop.OTHER_VACCINE_BEFORE: N_(
        "This is %(scanned)s. The dose before was %(before)s on %(date)s. "
        "Complete with the same vaccine."
    ),
    Stop.NOT_IN_STOCK: N_(
        "Lot %(lot)s stands in no fridge of this clinic, so nothing shows that it stayed cold. "
        "Set it aside and tell the pharmacist."
    ),
    Stop.EXPIRED: N_("Lot %(lot)s could be used until %(date)s. Set it aside and take another."),
    Stop.HELD: N_(
        "Lot %(lot)s is held: %(unit)s was out of range from %(since)s to %(until)s, at worst "
        "%(peak)s. Take another lot; the pharmacist decides about this one."
    ),
    Stop.HELD_STILL_LASTS: N_(
        "Lot %(lot)s is held: %(unit)s has been out of range since %(since)s, at worst %(peak)s. "
        "Take another lot; the pharmacist decides about this one."
    ),
    Stop.REJECTED: N_(
        "The pharmacist rejected lot %(lot)s on %(date)s. Take another lot and hand this one in."
    ),
    Stop.PACKAGE_USED: N_("A dose from this package is recorded already. Take a new package."),
    Stop.TOO_EARLY: N_(
        "Too early: the last dose was on %(last)s, the next may be given from %(due)s."
    ),
    Stop.HAD_THIS_DOSE: N_("Dose %(number)s was given on %(date)s. Check the record."),
    Stop.SERIES_COMPLETE: N_("All %(count)s doses of this vaccine are given. Check the record."),
}
VALID = "valid"
HOLD_VERDICTS = frozenset({Stop.HELD.value, Stop.HELD_STILL_LASTS.value})
# A correction that says: this dose was not given. It hides the row that it corrects.
NOT_GIVEN = "not_given"
VERDICT_LABELS: Mapping[str, str] = {
    VALID: N_("valid"),
    Stop.WRONG_VACCINE: N_("another vaccine than booked"),
    Stop.OTHER_VACCINE_BEFORE: N_("another vaccine than before"),
    Stop.NOT_IN_STOCK: N_("lot without cold-chain record"),
    Stop.EXPIRED: N_("expired lot"),
    Stop.HELD: N_("held lot"),
    Stop.HELD_STILL_LASTS: N_("held lot"),
    Stop.REJECTED: N_("rejected lot"),
    Stop.PACKAGE_USED: N_("package used before"),
    Stop.TOO_EARLY: N_("too early"),
    Stop.HAD_THIS_DOSE: N_("dose given before"),
    Stop.SERIES_COMPLETE: N_("series was complete"),
}


class BodySite(StrEnum):
    """Where the needle went in."""

    LEFT_ARM = "left_arm"
    RIGHT_ARM = "right_arm"
    LEFT_THIGH = "left_thigh"
    RIGHT_THIGH = "right_thigh"


BODY_LABELS: Mapping[BodySite, str] = {
    BodySite.LEFT_ARM: N_("Left upper arm"),
    BodySite.RIGHT_ARM: N_("Right upper arm"),
    BodySite.LEFT_THIGH: N_("Left thigh"),
    BodySite.RIGHT_THIGH: N_("Right thigh"),
}


class Afterwards(StrEnum):
    """Why a dose is recorded after the needle and not before it."""

    GIVEN_BEFORE_SCAN = "given_before_scan"
    NO_CONNECTION = "no_connection"


AFTERWARDS_LABELS: Mapping[Afterwards, str] = {
    Afterwards.GIVEN_BEFORE_SCAN: N_("The dose was given before the package was scanned"),
    Afterwards.NO_CONNECTION: N_("There was no connection, it was written on paper"),
}


@dataclass(frozen=True)
class GivenDose:
    """An earlier dose as the checks need it; the day is that of the place where it was given."""

    product_id: int
    product_name: str
    dose_number: int
    given_on: date
    verdict: str = VALID

    @property
    def valid(self) -> bool:
        """Tell whether the dose counts."""
        return self.verdict == VALID


@dataclass(frozen=True)
class HoldFact:
    """An undecided excursion that the scanned lot was in."""

    unit_name: str
    began_at: datetime
    ended_at: datetime | None
    peak_centi: int


@dataclass(frozen=True)
class LotFact:
    """The scanned lot, as the stock knows it in this second."""

    number: str
    product_id: int
    product_name: str
    expires_on: date
    in_stock: bool
    holds: tuple[HoldFact, ...] = ()
    rejected_at: datetime | None = None
    package_used: bool = False


@dataclass(frozen=True)
class Facts:
    """Everything that the checks look at. `visit_state` is null before the check-in.

    `presented_id` is the person whose reference was scanned beside the needle, if any was.
    `history` holds the doses against the same disease, in any order.
    """

    timezone: str
    visit_state: VisitState | None
    person_id: UUID
    presented_id: UUID | None
    screened_at: datetime | None
    booked_product_id: int
    booked_product_name: str
    dose_number: int
    doses_in_series: int
    interval_min_days: int | None
    lot: LotFact
    history: tuple[GivenDose, ...] = ()

    def day(self, instant: datetime) -> date:
        """Return the day of *instant* on the clock of the clinic."""
        return instant.astimezone(ZoneInfo(self.timezone)).date()

    @property
    def valid_doses(self) -> tuple[GivenDose, ...]:
        """The doses that count, oldest first."""
        return tuple(
            sorted((dose for dose in self.history if dose.valid), key=lambda dose: dose.given_on)
        )


@dataclass(frozen=True)
class Check:
    """One check with its answer."""

    code: CheckCode
    decision: Decision

    @property
    def stops(self) -> bool:
        """Tell whether this check stops the needle."""
        return isinstance(self.decision, Refused)


def stop_checks(facts: Facts, now: datetime) -> tuple[Check, ...]:
    """Answer every check, in order. One refusal is enough to stop the needle."""
    return tuple(
        Check(
            code,
            Allowed(f"dose:{code}")
            if found is None
            else Refused(found[0], f"dose:{code}", detail={"timezone": facts.timezone, **found[1]}),
        )
        for code, check in CHECKS.items()
        for found in [check(facts, now)]
    )


def judge(checks: tuple[Check, ...]) -> str:
    """Return the verdict on a dose: valid, or the first rule that it broke; a hold hides none."""
    judged = [check.decision for check in checks if check.code not in PROCEDURE]
    broken = [decision.reason.value for decision in judged if isinstance(decision, Refused)]
    return min(broken, key=lambda verdict: verdict in HOLD_VERDICTS, default=VALID)


Found = tuple[Stop, Detail] | None
STATE_STOPS: Mapping[VisitState | None, Stop] = {
    None: Stop.NOT_CHECKED_IN,
    VisitState.VACCINATED: Stop.ALREADY_VACCINATED,
    VisitState.DEFERRED: Stop.DEFERRED,
    VisitState.LEFT: Stop.HAS_LEFT,
}


def _checked_in(facts: Facts, now: datetime) -> Found:  # noqa: ARG001 - every check has one shape
    stop = STATE_STOPS.get(facts.visit_state)
    return (stop, {}) if stop else None


def _person(facts: Facts, now: datetime) -> Found:  # noqa: ARG001 - every check has one shape
    if facts.presented_id in (None, facts.person_id):
        return None
    return Stop.WRONG_PERSON, {}


def _screening(facts: Facts, now: datetime) -> Found:
    if facts.screened_at is None:
        return Stop.NOT_SCREENED, {}
    day = facts.day(facts.screened_at)
    return (Stop.SCREENED_BEFORE, {"date": day}) if day != facts.day(now) else None


def _vaccine(facts: Facts, now: datetime) -> Found:  # noqa: ARG001 - every check has one shape
    scanned = facts.lot.product_name
    if facts.lot.product_id != facts.booked_product_id:
        return Stop.WRONG_VACCINE, {"scanned": scanned, "booked": facts.booked_product_name}
    before = facts.valid_doses[-1:]
    if before and before[0].product_id != facts.lot.product_id:
        return Stop.OTHER_VACCINE_BEFORE, {
            "scanned": scanned,
            "before": before[0].product_name,
            "date": before[0].given_on,
        }
    return None


def _stock(facts: Facts, now: datetime) -> Found:  # noqa: ARG001 - every check has one shape
    return None if facts.lot.in_stock else (Stop.NOT_IN_STOCK, {"lot": facts.lot.number})


def _expiry(facts: Facts, now: datetime) -> Found:
    if facts.day(now) <= facts.lot.expires_on:
        return None
    return Stop.EXPIRED, {"lot": facts.lot.number, "date": facts.lot.expires_on}


def _cold_chain(facts: Facts, now: datetime) -> Found:  # noqa: ARG001 - every check has one shape
    lot = facts.lot
    if lot.rejected_at is not None:
        return Stop.REJECTED, {"lot": lot.number, "date": facts.day(lot.rejected_at)}
    if not lot.holds:
        return None
    hold = next((hold for hold in lot.holds if hold.ended_at is None), lot.holds[0])
    detail: dict[str, str | datetime] = {
        "lot": lot.number,
        "unit": hold.unit_name,
        "since": hold.began_at,
        "peak": degrees(hold.peak_centi),
    }
    if hold.ended_at is None:
        return Stop.HELD_STILL_LASTS, detail
    return Stop.HELD, {**detail, "until": hold.ended_at}


def degrees(centi: int) -> str:
    """Return centi-degrees as degrees with one decimal; half a tenth goes away from zero."""
    tenths = (abs(centi) + 5) // 10
    sign = "\N{MINUS SIGN}" if centi < 0 and tenths else ""
    return f"{sign}{tenths // 10}.{tenths % 10} °C"


def _package(facts: Facts, now: datetime) -> Found:  # noqa: ARG001 - every check has one shape
    return (Stop.PACKAGE_USED, {}) if facts.lot.package_used else None


def _interval(facts: Facts, now: datetime) -> Found:
    """Count from the last dose that counts, came too early, or may count: its lot is undecided.

    Too late is never a stop: complete, never restart. A dose that came too early is repeated after
    a whole interval (technical guidance of 2021: one more dose, 3 weeks after the second).
    """
    counted = {VALID, Stop.TOO_EARLY, Stop.HELD, Stop.HELD_STILL_LASTS}
    days = [dose.given_on for dose in facts.history if dose.verdict in counted]
    if not days or facts.interval_min_days is None:
        return None
    last = max(days)
    due = last + timedelta(days=facts.interval_min_days)
    return None if facts.day(now) >= due else (Stop.TOO_EARLY, {"last": last, "due": due})


def _series(facts: Facts, now: datetime) -> Found:  # noqa: ARG001 - every check has one shape
    for dose in facts.valid_doses:
        if dose.product_id == facts.booked_product_id and dose.dose_number == facts.dose_number:
            return Stop.HAD_THIS_DOSE, {"number": dose.dose_number, "date": dose.given_on}
    if len(facts.valid_doses) >= facts.doses_in_series:
        return Stop.SERIES_COMPLETE, {"count": facts.doses_in_series}
    return None


CHECKS: Mapping[CheckCode, Callable[[Facts, datetime], Found]] = {
    CheckCode.CHECKED_IN: _checked_in,
    CheckCode.PERSON: _person,
    CheckCode.SCREENING: _screening,
    CheckCode.VACCINE: _vaccine,
    CheckCode.STOCK: _stock,
    CheckCode.EXPIRY: _expiry,
    CheckCode.COLD_CHAIN: _cold_chain,
    CheckCode.PACKAGE: _package,
    CheckCode.INTERVAL: _interval,
    CheckCode.SERIES: _series,
}
