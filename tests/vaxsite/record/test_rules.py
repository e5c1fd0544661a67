"""One verdict about one vaccine for one person: what it is planned by, what it is judged by."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from vaxsite.core.decisions import Refused
from vaxsite.record import rules
from vaxsite.record.rules import History, Leaflet, Reason, Turn, next_dose, verdict
from vaxsite.releases.queries import local_release
from vaxsite.schedule.history import Dose, Observation, Person

TODAY = date(2026, 1, 13)
DAY = timedelta(days=1)
ADULT = Person(date(1985, 5, 5), "female")
FLU = Leaflet("leaflet:FLU", "Flu vaccine", "流感疫苗", 1, None, None, "Leaflet of 2025")
PAIR = Leaflet("leaflet:PAIR", "Pair vaccine", "两剂疫苗", 2, 30, 60, "Leaflet of 2025")
RELEASE = rules.with_leaflets(local_release(), [FLU, PAIR])
TARGETS = {"leaflet:FLU": "flu", "leaflet:PAIR": "covid-19", "511": "covid-19", "506": "covid-19"}


def after(*doses: Dose, held: tuple[str, ...] = (), who: Person = ADULT) -> History:
    """The history of somebody who had *doses*."""
    return History(who, RELEASE, doses, frozenset(held), TARGETS)


def said(history: History, code: str = "511", day: date = TODAY) -> int | Reason:
    """The number of the dose that may be given, or why none."""
    turn = next_dose(history, code, day=day)
    return Reason(turn.reason) if isinstance(turn, Refused) else turn.number


@pytest.mark.parametrize(
    ("days", "planned", "judged"),
    [
        (13, Reason.TOO_SOON, Reason.TOO_SOON),
        (14, Reason.TOO_SOON, None),
        (20, Reason.TOO_SOON, None),
        (21, 2, None),
        (400, 2, None),
    ],
)
def test_what_is_planned_is_stricter_than_what_counts(
    days: int, planned: int | Reason, judged: Reason | None
) -> None:
    """Dose 2 is planned from 21 days on; one that came after 14 need not be repeated."""
    history = after(Dose(TODAY - days * DAY, "511"))

    assert said(history) == planned
    assert verdict(history, "511", day=TODAY) == judged


def test_a_first_dose_that_may_be_given_counts() -> None:
    """Every vaccine at every age, to the day around each birthday: what is said first is judged."""
    chance, given = random.Random(20261127), 0
    births = [TODAY - timedelta(days=chance.randrange(365 * 95)) for _ in range(150)]
    births += [TODAY - timedelta(days=days) for days in range(0, 800, 16)]
    births += [date(TODAY.year - age, 1, day) for age in range(1, 90, 3) for day in (12, 13, 14)]
    for code in (*RELEASE.associations, "leaflet:PAIR"):
        for born_on in births:
            history = after(who=Person(born_on, chance.choice(["female", "male"])))
            if isinstance(said(history, code), int):
                given += 1
                assert verdict(history, code, day=TODAY) is None, (code, born_on)
    assert given > 1_000


def test_a_turn_names_its_window_and_its_rule() -> None:
    """From 21 days, in time until 8 weeks, by a named series of a named version."""
    turn = next_dose(after(Dose(TODAY - 30 * DAY, "511")), "511", day=TODAY)

    assert turn == Turn(
        number=2,
        group="COVID-19",
        rule=f"COVID-19 inactivated, 2 doses ({RELEASE.version}) · "
        "新冠灭活疫苗，2剂（《国家免疫规划疫苗儿童免疫程序》（2026年版）；"
        "《新冠病毒疫苗接种技术指南（第一版）》（2021年3月29日））",
        earliest=TODAY - 9 * DAY,
        recommended=TODAY - 9 * DAY,
        last_in_time=TODAY + 26 * DAY,
    )


def test_another_maker_of_the_same_kind_completes_and_another_kind_does_not() -> None:
    """A product switch is no fault; a vector vaccine would undo the dose that counted."""
    history = after(Dose(TODAY - 30 * DAY, "511"))

    assert [said(history, code) for code in ("510", "506", "507")] == [
        2,
        Reason.WRONG_PRODUCT,
        Reason.WRONG_PRODUCT,
    ]


@pytest.mark.parametrize(
    ("days", "outcome"), [(27, Reason.OTHER_VACCINE), (28, 1)], ids=["27 days", "28 days"]
)
def test_two_live_vaccines_are_28_days_apart(days: int, outcome: int | Reason) -> None:
    """Varicella keeps MMR away, though no rule of the programme counts it."""
    baby = Person(TODAY - 400 * DAY, "male")

    assert said(after(Dose(TODAY - days * DAY, "21"), who=baby), "03") == outcome


def test_a_dose_of_a_held_lot_must_be_right_both_ways() -> None:
    """Too soon if it counts; waiting if the series may be complete; right once both agree."""
    one = after(Dose(TODAY - 20 * DAY, "511", id="x"), held=("x",))
    assert said(one) == Reason.TOO_SOON
    assert said(one, day=TODAY + DAY) == 1

    two = after(Dose(TODAY - 60 * DAY, "511"), Dose(TODAY - 30 * DAY, "511", id="x"), held=("x",))
    assert said(two) == Reason.UNDECIDED
    assert said(replace(two, undecided=frozenset())) == Reason.COMPLETE


@pytest.mark.parametrize(
    ("who", "code", "reason"),
    [
        (Person(TODAY - 5000 * DAY), "511", Reason.TOO_YOUNG),
        (replace(ADULT, observations=(Observation("pregnant"),)), "511", Reason.CONTRAINDICATED),
        (ADULT, "03", Reason.NOT_DUE),
        (ADULT, "never heard of", Reason.NOT_DUE),
    ],
)
def test_who_may_not_have_it_is_told_why(who: Person, code: str, reason: Reason) -> None:
    """Too young, contraindicated, not for this age, unknown to every rule."""
    assert said(after(who=who), code) == reason


def test_an_unknown_code_is_judged_by_its_leaflet() -> None:
    """One dose, then complete; two doses, 30 days apart; the rule says that it is the leaflet."""
    assert said(after(), "leaflet:FLU") == 1
    assert said(after(Dose(TODAY - DAY, "leaflet:FLU")), "leaflet:FLU") == Reason.COMPLETE
    begun = Dose(TODAY - 29 * DAY, "leaflet:PAIR")
    assert said(after(begun), "leaflet:PAIR") == Reason.TOO_SOON
    turn = next_dose(after(begun), "leaflet:PAIR", day=TODAY + DAY)
    assert isinstance(turn, Turn)
    assert (turn.number, turn.last_in_time) == (2, begun.given_on + 60 * DAY)
    assert turn.rule.startswith("Pair vaccine, leaflet")


def test_a_leaflet_says_nothing_about_other_vaccines_against_the_disease() -> None:
    """Nothing says how they go together, so neither completes the other; flu is another matter."""
    known, unknown = Dose(TODAY - 60 * DAY, "511"), Dose(TODAY - 60 * DAY, "leaflet:PAIR")

    assert said(after(known), "leaflet:PAIR") == Reason.WRONG_PRODUCT
    assert said(after(unknown), "511") == Reason.WRONG_PRODUCT
    assert said(after(known), "leaflet:FLU") == 1


def test_leaflets_leave_the_known_vaccines_as_they_are() -> None:
    """A product with a code of the schedule takes nothing from its leaflet."""
    local = local_release()
    code = rules.engine_code("ANY", " 511 ", local)

    assert code == "511"
    assert rules.with_leaflets(local, [replace(PAIR, code=code)]) == local
    assert rules.engine_code("ANY", None, local) == "leaflet:ANY"
    assert rules.engine_code("ANY", "9999", local) == "leaflet:ANY"


@pytest.mark.parametrize(
    "dose",
    [
        Dose(date(1900, 1, 1), "511"),
        Dose(TODAY + 900 * DAY, "511"),
        Dose(TODAY - DAY, "no such code"),
        Dose(TODAY - DAY, ""),
    ],
    ids=["before birth", "future", "unknown", "blank"],
)
def test_an_impossible_dose_changes_nothing_and_raises_nothing(dose: Dose) -> None:
    """It is kept and flagged; the person's turn is as if it were not there."""
    assert said(after(dose)) == 1
    assert verdict(after(dose), "511", day=TODAY) is None


def test_every_reason_has_a_sentence_whose_places_are_filled() -> None:
    """Whoever is refused reads numbers and dates, not blanks."""
    assert set(rules.SENTENCES) == set(Reason)
    refused = next_dose(after(Dose(TODAY - DAY, "511")), "511", day=TODAY)
    assert isinstance(refused, Refused)
    assert "2026-02-02" in rules.SENTENCES[refused.reason] % refused.detail
