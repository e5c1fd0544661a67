"""The stop-checks at their edges, and the list of wrong situations that must all be stopped."""

import dataclasses
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from uuid import uuid4

import pytest

from vaxsite.core.decisions import Refused
from vaxsite.doses import rules
from vaxsite.doses.rules import (
    CheckCode,
    Facts,
    HoldFact,
    LotFact,
    Stop,
    judge,
    stop_checks,
)
from vaxsite.record.rules import History, Reason, Turn, next_dose
from vaxsite.releases.queries import local_release
from vaxsite.schedule.history import Dose, Observation, Person
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
ADULT = Person(date(1985, 5, 5), "female")


def turn(
    *doses: Dose,
    code: str = "511",
    on: date = TODAY,
    who: Person = ADULT,
    held: tuple[str, ...] = (),
) -> Turn | Refused:
    """What the schedule says of a vaccine today, after *doses*; lots of *held* are undecided."""
    return next_dose(History(who, local_release(), doses, frozenset(held)), code, day=on)


ANA_FIRST_DOSE = Facts(
    timezone="Asia/Shanghai",
    visit_state=VisitState.SCREENED,
    person_id=ANA,
    presented_id=ANA,
    screened_at=NOW - timedelta(minutes=5),
    booked_product_id=1,
    booked_product_name="CoronaVac",
    lot=LOT,
    turn=turn(),
)


def dose(on: date, code: str = "511", *, spoilt: bool = False, id: str = "") -> Dose:  # noqa: A002 - as the engine names it
    """An earlier dose."""
    return Dose(on, code, substandard=spoilt, id=id)


ANA_SECOND_DOSE = dataclasses.replace(ANA_FIRST_DOSE, turn=turn(dose(TODAY - 21 * DAY)))
CHILD = Person(date(2010, 1, 1), "female")
BABY = Person(date(2025, 1, 10), "male")
PREGNANT = Person(ADULT.born_on, "female", (Observation("pregnant", TODAY),))


def lot(**changes: object) -> LotFact:
    """The lot with something wrong."""
    return dataclasses.replace(LOT, **changes)  # type: ignore[arg-type]  # Named fields of LotFact.


def stops(facts: Facts, now: datetime = NOW) -> list[StrEnum]:
    """The reasons for which the needle stops."""
    return [
        check.decision.reason
        for check in stop_checks(facts, now)
        if isinstance(check.decision, Refused)
    ]


# Every wrong situation: what is wrong, the facts of it, the reason that must be among the stops.
first, second = ANA_FIRST_DOSE, ANA_SECOND_DOSE
replace = dataclasses.replace
WRONG: list[tuple[str, Facts, StrEnum]] = [
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
        "vector vaccine after an inactivated one",
        replace(first, turn=turn(dose(TODAY - 30 * DAY), code="506")),
        Reason.WRONG_PRODUCT,
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
    ("20 days after dose 1", replace(second, turn=turn(dose(TODAY - 20 * DAY))), Reason.TOO_SOON),
    ("day after dose 1", replace(second, turn=turn(dose(TODAY - 1 * DAY))), Reason.TOO_SOON),
    ("dose 1 this morning elsewhere", replace(second, turn=turn(dose(TODAY))), Reason.TOO_SOON),
    (
        "20 days after a dose that came too early",
        replace(second, turn=turn(dose(TODAY - 27 * DAY), dose(TODAY - 20 * DAY))),
        Reason.TOO_SOON,
    ),
    (
        "day after a dose of a lot that nobody has decided about",
        replace(second, turn=turn(dose(TODAY - 1 * DAY, id="x"), held=("x",))),
        Reason.TOO_SOON,
    ),
    (
        "complete if the lot of dose 2 is released",
        replace(
            second, turn=turn(dose(TODAY - 60 * DAY), dose(TODAY - 30 * DAY, id="x"), held=("x",))
        ),
        Reason.UNDECIDED,
    ),
    (
        "a third dose",
        replace(second, turn=turn(dose(TODAY - 60 * DAY), dose(TODAY - 30 * DAY))),
        Reason.COMPLETE,
    ),
    (
        "doses entered in reverse order",
        replace(second, turn=turn(dose(TODAY - 20 * DAY), dose(TODAY - 60 * DAY, spoilt=True))),
        Reason.TOO_SOON,
    ),
    (
        "27 days where 28 are needed",
        replace(second, turn=turn(dose(TODAY - 27 * DAY, "507"), code="507")),
        Reason.TOO_SOON,
    ),
    ("16 years old", replace(second, turn=turn(who=CHILD)), Reason.TOO_YOUNG),
    ("pregnant", replace(second, turn=turn(who=PREGNANT)), Reason.CONTRAINDICATED),
    (
        "14 days after another vaccine",
        replace(second, turn=turn(dose(TODAY - 14 * DAY, "08"))),
        Reason.OTHER_VACCINE,
    ),
    (
        "live vaccine 27 days after another",
        replace(second, turn=turn(dose(TODAY - 27 * DAY, "21"), code="03", who=BABY)),
        Reason.OTHER_VACCINE,
    ),
    ("vaccine for children to an adult", replace(second, turn=turn(code="03")), Reason.NOT_DUE),
]


@pytest.mark.parametrize(("what", "facts", "reason"), WRONG, ids=[case[0] for case in WRONG])
def test_every_wrong_situation_is_stopped(what: str, facts: Facts, reason: Stop) -> None:
    """The mutation list: each of these would have been a wrong injection."""
    assert reason in stops(facts), what


def test_mutation_list_is_long_enough_and_meets_every_reason() -> None:
    """At least 25 situations, and no reason that no situation reaches."""
    assert len(WRONG) >= 25
    assert {reason for _, _, reason in WRONG} == set(Stop) | set(Reason) - {Reason.SEASON}


def clean(rng: random.Random) -> tuple[Facts, datetime]:
    """Somebody whose injection is right, as different from the last one as the rules allow."""
    now = NOW + timedelta(minutes=rng.randrange(0, 14 * 60))
    code, interval = rng.choice([("511", 21), ("510", 21), ("507", 28)])
    today = ANA_FIRST_DOSE.day(now)
    late = rng.choice([0, 1, 7, 35, 400])
    history = (dose(today - (interval + late) * DAY, code),) if rng.random() < 0.5 else ()
    spoilt = (dose(today - 500 * DAY, code, spoilt=True),) if rng.random() < 0.3 else ()
    facts = replace(
        ANA_FIRST_DOSE,
        presented_id=rng.choice([ANA, None]),
        screened_at=now - timedelta(minutes=rng.choice([0, 1, 30])),
        lot=lot(expires_on=today + rng.choice([0, 1, 300]) * DAY, number=f"L{rng.random()}"),
        turn=turn(*spoilt, *history, code=code, on=today),
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
    ("days", "reasons"),
    [(20, [Reason.TOO_SOON]), (21, []), (22, []), (56, []), (57, []), (400, [])],
)
def test_interval_is_counted_in_local_days(days: int, reasons: list[Reason]) -> None:
    """Twenty days is too early, twenty-one is not, and too late does not exist."""
    assert stops(replace(ANA_SECOND_DOSE, turn=turn(dose(TODAY - days * DAY)))) == reasons


def test_too_early_says_from_when() -> None:
    """The sentence has the day of the last dose and the first possible day."""
    checks = stop_checks(replace(ANA_SECOND_DOSE, turn=turn(dose(TODAY - 20 * DAY))), NOW)

    (decision,) = [c.decision for c in checks if isinstance(c.decision, Refused)]
    assert decision.detail == {
        "timezone": "Asia/Shanghai",
        "number": 2,
        "last": date(2025, 12, 24),
        "date": date(2026, 1, 14),
    }
    assert decision.rule.startswith(f"COVID-19 inactivated, 2 doses ({local_release().version})")
    due = {check.code: check.decision.rule for check in stop_checks(ANA_SECOND_DOSE, NOW)}
    assert due[CheckCode.SERIES] == decision.rule


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
        (replace(ANA_SECOND_DOSE, turn=turn(dose(TODAY - 13 * DAY))), "too_soon"),
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
    assert set(rules.SENTENCES) == set(Stop) | set(rules.RecordReason) | set(Reason)
    judged = {reason for _, facts, _ in WRONG for reason in [judge(stop_checks(facts, NOW))]}
    assert judged <= set(rules.VERDICT_LABELS)
    assert set(rules.BODY_LABELS) == set(rules.BodySite)
