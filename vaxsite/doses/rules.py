"""The stop-checks before the needle, and the verdict on a dose that was given. Pure.

The same checks answer twice: before the needle a refusal stops it; after it a dose that happened
is recorded all the same, and the first rule that it broke is written beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from vaxsite.core.decisions import N_, Allowed, Decision, Detail, Refused
from vaxsite.record.rules import HELD, Turn
from vaxsite.record.rules import SENTENCES as DOSE_SENTENCES
from vaxsite.record.rules import Reason as DoseReason
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
    NOT_IN_STOCK = "not_in_stock"
    EXPIRED = "expired"
    HELD = "held"
    HELD_STILL_LASTS = "held_still_lasts"
    REJECTED = "rejected"
    PACKAGE_USED = "package_used"


class RecordReason(StrEnum):
    """Why a dose cannot be written down or corrected as asked."""

    IN_THE_FUTURE = "in_the_future"
    NOT_THAT_DAY = "not_that_day"
    REASON_MISSING = "reason_missing"
    CORRECTED_BEFORE = "corrected_before"


SENTENCES: Mapping[StrEnum, str] = {
    **DOSE_SENTENCES,
    RecordReason.IN_THE_FUTURE: N_("The time given lies in the future."),
    RecordReason.NOT_THAT_DAY: N_("The time given lies on another day than the visit."),
    RecordReason.REASON_MISSING: N_("Give the reason for the correction."),
    RecordReason.CORRECTED_BEFORE: N_(
        "This dose was corrected already. Look at its newest record."
    ),
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
}
VALID = "valid"
VERDICT_LABELS: Mapping[str, str] = {
    VALID: N_("valid"),
    Stop.WRONG_VACCINE: N_("another vaccine than booked"),
    Stop.NOT_IN_STOCK: N_("lot without cold-chain record"),
    Stop.EXPIRED: N_("expired lot"),
    Stop.HELD: N_("held lot"),
    Stop.HELD_STILL_LASTS: N_("held lot"),
    Stop.REJECTED: N_("rejected lot"),
    Stop.PACKAGE_USED: N_("package used before"),
    DoseReason.TOO_SOON: N_("too early"),
    DoseReason.TOO_YOUNG: N_("too young"),
    DoseReason.OTHER_VACCINE: N_("too early after another vaccine"),
    DoseReason.SEASON: N_("before the season"),
    DoseReason.COMPLETE: N_("series was complete"),
    DoseReason.NOT_DUE: N_("not due at this age"),
    DoseReason.CONTRAINDICATED: N_("contraindicated"),
    DoseReason.WRONG_PRODUCT: N_("another kind of vaccine than before"),
    DoseReason.UNDECIDED: N_("before the lot of the dose before was decided"),
    # Verdicts of doses that were recorded before the schedule judged them.
    "too_early": N_("too early"),
    "had_this_dose": N_("dose given before"),
    "series_complete": N_("series was complete"),
    "other_vaccine_before": N_("another vaccine than before"),
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
    `turn` is what the schedule says of the scanned vaccine after all doses before.
    """

    timezone: str
    visit_state: VisitState | None
    person_id: UUID
    presented_id: UUID | None
    screened_at: datetime | None
    booked_product_id: int
    booked_product_name: str
    lot: LotFact
    turn: Turn | Refused

    def day(self, instant: datetime) -> date:
        """Return the day of *instant* on the clock of the clinic."""
        return instant.astimezone(ZoneInfo(self.timezone)).date()


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
        Check(code, _answer(_rule_of(code, facts), check(facts, now), facts.timezone))
        for code, check in CHECKS.items()
    )


def _rule_of(code: CheckCode, facts: Facts) -> str:
    """Return the rule that a check goes by; that of the schedule where it says the dose is due."""
    due = code is CheckCode.SERIES and isinstance(facts.turn, Turn) and facts.turn.rule
    return due or f"dose:{code}"


def _answer(rule: str, found: "Found", timezone: str) -> Decision:
    if found is None:
        return Allowed(rule)
    refused = found if isinstance(found, Refused) else Refused(found[0], rule, detail=found[1])
    return replace(refused, detail={"timezone": timezone, **refused.detail})


def judge(checks: tuple[Check, ...]) -> str:
    """Return the verdict on a dose: valid, or the first rule that it broke; a hold hides none."""
    judged = [check.decision for check in checks if check.code not in PROCEDURE]
    broken = [decision.reason.value for decision in judged if isinstance(decision, Refused)]
    return min(broken, key=lambda verdict: verdict in HELD, default=VALID)


Found = Refused | tuple[Stop, Detail] | None
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
    return _said(facts, CheckCode.VACCINE)


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


def _interval(facts: Facts, now: datetime) -> Found:  # noqa: ARG001 - every check has one shape
    return _said(facts, CheckCode.INTERVAL)


def _series(facts: Facts, now: datetime) -> Found:  # noqa: ARG001 - every check has one shape
    return _said(facts, CheckCode.SERIES)


# The check under which a nurse reads what the schedule says.
PLACES: Mapping[StrEnum, CheckCode] = {
    DoseReason.WRONG_PRODUCT: CheckCode.VACCINE,
    DoseReason.TOO_SOON: CheckCode.INTERVAL,
    DoseReason.TOO_YOUNG: CheckCode.INTERVAL,
    DoseReason.OTHER_VACCINE: CheckCode.INTERVAL,
    DoseReason.SEASON: CheckCode.INTERVAL,
    DoseReason.UNDECIDED: CheckCode.INTERVAL,
    DoseReason.COMPLETE: CheckCode.SERIES,
    DoseReason.NOT_DUE: CheckCode.SERIES,
    DoseReason.CONTRAINDICATED: CheckCode.SERIES,
}


def _said(facts: Facts, place: CheckCode) -> Refused | None:
    """Return what the schedule refuses, under the check that it belongs to."""
    turn = facts.turn
    return turn if isinstance(turn, Refused) and PLACES[turn.reason] is place else None


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
