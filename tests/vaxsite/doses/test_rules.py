"""The stop-checks at their edges, and the list of wrong situations that must all be stopped."""

import dataclasses
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from vaxsite.core.decisions import Refused
from vaxsite.doses import rules
from vaxsite.doses.rules import (
    CheckCode,
    Facts,
    GivenDose,
    HoldFact,
    LotFact,
    Stop,
    judge,
    stop_checks,
)
from vaxsite.visits.rules import VisitState

ANA, BO = uuid4(), uuid4()
NOW = datetime(2026, 1, 13, 1, 5, tzinfo=UTC)  # 09:05 in Shanghai.
TODAY = date(2026, 1, 13)
DAY = timedelta(days=1)
LAST_SECOND = datetime(2026, 1, 13, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shanghai.
HOLD = HoldFact("Fridge F1", NOW - timedelta(hours=2), NOW - timedelta(hours=1), 1340)
HOLD_NOW = HoldFact("Fridge F1", NOW - timedelta(seconds=10), None, 1340)
LOT = LotFact(
    number="L2026A",
    product_id=1,
    product_name="CoronaVac",
    expires_on=date(2026, 12, 31),
    in_stock=True,
)
ANA_FIRST_DOSE = Facts(
    timezone="Asia/Shanghai",
    visit_state=VisitState.SCREENED,
    person_id=ANA,
    presented_id=ANA,
    screened_at=NOW - timedelta(minutes=5),
    booked_product_id=1,
    booked_product_name="CoronaVac",
    dose_number=1,
    doses_in_series=2,
    interval_min_days=21,
    lot=LOT,
)


def dose(on: date, number: int = 1, product_id: int = 1, verdict: str = "valid") -> GivenDose:
    """An earlier dose."""
    name = {1: "CoronaVac", 2: "BIBP"}[product_id]
    return GivenDose(product_id, name, number, on, verdict)


ANA_SECOND_DOSE = dataclasses.replace(
    ANA_FIRST_DOSE, dose_number=2, history=(dose(TODAY - 21 * DAY),)
)


def lot(**changes: object) -> LotFact:
    """The lot with something wrong."""
    return dataclasses.replace(LOT, **changes)  # type: ignore[arg-type]  # Named fields of LotFact.


def stops(facts: Facts, now: datetime = NOW) -> list[Stop]:
    """The reasons for which the needle stops."""
    return [
        Stop(check.decision.reason)
        for check in stop_checks(facts, now)
        if isinstance(check.decision, Refused)
    ]


# Every wrong situation: what is wrong, the facts of it, the reason that must be among the stops.
first, second = ANA_FIRST_DOSE, ANA_SECOND_DOSE
replace = dataclasses.replace
WRONG: list[tuple[str, Facts, Stop]] = [
    ("not checked in", replace(first, visit_state=None), Stop.NOT_CHECKED_IN),
    (
        "vaccinated an hour ago",
        replace(first, visit_state=VisitState.VACCINATED),
        Stop.ALREADY_VACCINATED,
    ),
    ("deferred for fever", replace(first, visit_state=VisitState.DEFERRED), Stop.DEFERRED),
    ("has gone home", replace(first, visit_state=VisitState.LEFT), Stop.HAS_LEFT),
    ("the reference is Bo's", replace(first, presented_id=BO), Stop.WRONG_PERSON),
    ("her twin's reference", replace(second, presented_id=BO), Stop.WRONG_PERSON),
    ("no questions asked", replace(first, screened_at=None), Stop.NOT_SCREENED),
    (
        "arrived, not asked",
        replace(first, visit_state=VisitState.ARRIVED, screened_at=None),
        Stop.NOT_SCREENED,
    ),
    ("asked yesterday", replace(first, screened_at=NOW - DAY), Stop.SCREENED_BEFORE),
    (
        "asked at 23:59 last night",
        replace(first, screened_at=datetime(2026, 1, 12, 15, 59, tzinfo=UTC)),
        Stop.SCREENED_BEFORE,
    ),
    (
        "another maker",
        replace(first, lot=lot(product_id=2, product_name="BIBP")),
        Stop.WRONG_VACCINE,
    ),
    (
        "another maker for dose 2",
        replace(second, lot=lot(product_id=2, product_name="BIBP")),
        Stop.WRONG_VACCINE,
    ),
    (
        "booked otherwise than dose 1",
        replace(second, history=(dose(TODAY - 30 * DAY, product_id=2),)),
        Stop.OTHER_VACCINE_BEFORE,
    ),
    ("lot of another clinic", replace(first, lot=lot(in_stock=False)), Stop.NOT_IN_STOCK),
    ("expired at midnight", replace(first, lot=lot(expires_on=TODAY - DAY)), Stop.EXPIRED),
    ("expired last year", replace(first, lot=lot(expires_on=date(2025, 12, 31))), Stop.EXPIRED),
    ("held since this morning", replace(first, lot=lot(holds=(HOLD,))), Stop.HELD),
    ("held ten seconds ago", replace(first, lot=lot(holds=(HOLD_NOW,))), Stop.HELD_STILL_LASTS),
    (
        "held twice, once still",
        replace(first, lot=lot(holds=(HOLD, HOLD_NOW))),
        Stop.HELD_STILL_LASTS,
    ),
    ("rejected yesterday", replace(first, lot=lot(rejected_at=NOW - DAY)), Stop.REJECTED),
    ("rejected and held", replace(first, lot=lot(rejected_at=NOW, holds=(HOLD,))), Stop.REJECTED),
    ("package scanned again", replace(first, lot=lot(package_used=True)), Stop.PACKAGE_USED),
    ("20 days after dose 1", replace(second, history=(dose(TODAY - 20 * DAY),)), Stop.TOO_EARLY),
    ("day after dose 1", replace(second, history=(dose(TODAY - DAY),)), Stop.TOO_EARLY),
    ("dose 1 this morning elsewhere", replace(second, history=(dose(TODAY),)), Stop.TOO_EARLY),
    (
        "20 days after a dose that came too early",
        replace(
            second, history=(dose(TODAY - 40 * DAY), dose(TODAY - 20 * DAY, 2, verdict="too_early"))
        ),
        Stop.TOO_EARLY,
    ),
    (
        "day after a dose of a lot that nobody has decided about",
        replace(first, history=(dose(TODAY - DAY, verdict="held"),)),
        Stop.TOO_EARLY,
    ),
    ("dose 1 again", replace(first, history=(dose(TODAY - 30 * DAY),)), Stop.HAD_THIS_DOSE),
    (
        "dose 2 again",
        replace(second, history=(dose(TODAY - 60 * DAY), dose(TODAY - 30 * DAY, 2))),
        Stop.HAD_THIS_DOSE,
    ),
    (
        "a third dose",
        replace(second, dose_number=3, history=(dose(TODAY - 60 * DAY), dose(TODAY - 30 * DAY, 2))),
        Stop.SERIES_COMPLETE,
    ),
    (
        "doses entered in reverse order",
        replace(
            second, history=(dose(TODAY - 20 * DAY), dose(TODAY - 60 * DAY, verdict="expired"))
        ),
        Stop.TOO_EARLY,
    ),
    (
        "27 days where 28 are needed",
        replace(second, history=(dose(TODAY - 27 * DAY),), interval_min_days=28),
        Stop.TOO_EARLY,
    ),
]


@pytest.mark.parametrize(("what", "facts", "reason"), WRONG, ids=[case[0] for case in WRONG])
def test_every_wrong_situation_is_stopped(what: str, facts: Facts, reason: Stop) -> None:
    """The mutation list: each of these would have been a wrong injection."""
    assert reason in stops(facts), what


def test_mutation_list_is_long_enough_and_meets_every_reason() -> None:
    """At least 25 situations, and no reason that no situation reaches."""
    assert len(WRONG) >= 25
    assert {reason for _, _, reason in WRONG} == set(Stop)


def clean(rng: random.Random) -> tuple[Facts, datetime]:
    """Somebody whose injection is right, as different from the last one as the rules allow."""
    now = NOW + timedelta(minutes=rng.randrange(0, 14 * 60))
    interval = rng.choice([None, 14, 21, 28])
    number = rng.choice([1, 2]) if interval else 1
    today = ANA_FIRST_DOSE.day(now)
    late = rng.choice([0, 1, 7, 35, 400])
    history = (dose(today - ((interval or 0) + late) * DAY),) if number == 2 else ()
    spoilt = (dose(today - 500 * DAY, verdict="expired"),) if rng.random() < 0.3 else ()
    facts = replace(
        ANA_FIRST_DOSE,
        presented_id=rng.choice([ANA, None]),
        screened_at=now - timedelta(minutes=rng.choice([0, 1, 30])),
        dose_number=number,
        doses_in_series=rng.choice([number, number + 1]),
        interval_min_days=interval,
        lot=lot(expires_on=today + rng.choice([0, 1, 300]) * DAY, number=f"L{rng.random()}"),
        history=spoilt + history,
    )
    return facts, now


def test_two_hundred_clean_situations_are_not_stopped() -> None:
    """No false stop: last day of use, exact interval, very late second dose, spoilt first dose."""
    rng = random.Random(2026)

    assert [stops(*clean(rng)) for _ in range(200)] == [[]] * 200


@pytest.mark.parametrize("what", ["lot", "person", "state"])
def test_one_wrong_fact_stops_any_clean_situation(what: str) -> None:
    """Whatever else is right, a held lot, a wrong person or a missing check-in stops."""
    rng = random.Random(7)
    spoil: dict[str, Callable[[Facts], Facts]] = {
        "lot": lambda facts: replace(facts, lot=replace(facts.lot, holds=(HOLD_NOW,))),
        "person": lambda facts: replace(facts, presented_id=BO),
        "state": lambda facts: replace(facts, visit_state=None),
    }
    for _ in range(50):
        facts, now = clean(rng)
        assert len(stops(spoil[what](facts), now)) == 1


@pytest.mark.parametrize(
    ("days", "reasons"), [(20, [Stop.TOO_EARLY]), (21, []), (22, []), (56, []), (57, []), (400, [])]
)
def test_interval_is_counted_in_local_days(days: int, reasons: list[Stop]) -> None:
    """Twenty days is too early, twenty-one is not, and too late does not exist."""
    assert stops(replace(ANA_SECOND_DOSE, history=(dose(TODAY - days * DAY),))) == reasons


def test_too_early_says_from_when() -> None:
    """The sentence has the day of the last dose and the first possible day."""
    checks = stop_checks(replace(ANA_SECOND_DOSE, history=(dose(TODAY - 20 * DAY),)), NOW)

    (decision,) = [c.decision for c in checks if isinstance(c.decision, Refused)]
    assert decision.detail == {
        "timezone": "Asia/Shanghai",
        "last": date(2025, 12, 24),
        "due": date(2026, 1, 14),
    }


@pytest.mark.parametrize(
    ("now", "reasons"),
    [(LAST_SECOND, []), (LAST_SECOND + timedelta(seconds=1), [Stop.EXPIRED])],
    ids=["last second of the day", "midnight"],
)
def test_lot_may_be_used_until_midnight_of_the_clinic(now: datetime, reasons: list[Stop]) -> None:
    """The last day counts in the clinic's zone, not in UTC."""
    facts = replace(ANA_FIRST_DOSE, lot=lot(expires_on=TODAY), screened_at=now)

    assert stops(facts, now) == reasons


def test_hold_says_where_since_when_and_how_warm() -> None:
    """The nurse reads unit, start and peak."""
    checks = stop_checks(replace(ANA_FIRST_DOSE, lot=lot(holds=(HOLD_NOW,))), NOW)

    (decision,) = [c.decision for c in checks if isinstance(c.decision, Refused)]
    assert decision.detail == {
        "timezone": "Asia/Shanghai",
        "lot": "L2026A",
        "unit": "Fridge F1",
        "since": HOLD_NOW.began_at,
        "peak": "13.4 °C",
    }


@pytest.mark.parametrize(
    ("centi", "shown"),
    [
        (-50, "−0.5 °C"),
        (-4, "0.0 °C"),
        (-5, "−0.1 °C"),
        (0, "0.0 °C"),
        (804, "8.0 °C"),
        (805, "8.1 °C"),
    ],
)
def test_peak_is_shown_with_one_decimal(centi: int, shown: str) -> None:
    """Half a tenth goes away from zero, and there is no minus nought."""
    assert rules.degrees(centi) == shown


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (ANA_FIRST_DOSE, "valid"),
        (replace(ANA_FIRST_DOSE, visit_state=None, screened_at=None, presented_id=BO), "valid"),
        (replace(ANA_SECOND_DOSE, history=(dose(TODAY - 13 * DAY),)), "too_early"),
        (replace(ANA_FIRST_DOSE, lot=lot(expires_on=TODAY - DAY, holds=(HOLD,))), "expired"),
    ],
    ids=["right", "wrong procedure", "too early", "first of two faults"],
)
def test_dose_is_judged_by_the_first_rule_it_breaks(facts: Facts, verdict: str) -> None:
    """A fault of the procedure does not make a dose invalid."""
    assert judge(stop_checks(facts, NOW)) == verdict


def test_every_check_is_answered_and_has_words() -> None:
    """No check is left out, no reason is without a sentence, no verdict without a name."""
    assert [check.code for check in stop_checks(ANA_FIRST_DOSE, NOW)] == list(CheckCode)
    assert set(rules.CHECK_LABELS) == set(CheckCode)
    assert set(rules.SENTENCES) == set(Stop) | set(rules.DoseReason)
    judged = {reason for _, facts, _ in WRONG for reason in [judge(stop_checks(facts, NOW))]}
    assert judged <= set(rules.VERDICT_LABELS)
    assert set(rules.BODY_LABELS) == set(rules.BodySite)
