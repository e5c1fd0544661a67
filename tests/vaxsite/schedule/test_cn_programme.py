"""The Chinese programme: every minimum age and interval, the day before, the day, the day after."""

from datetime import date, timedelta

import pytest

from tests.vaxsite.schedule import people
from vaxsite.schedule.history import Observation
from vaxsite.schedule.rules import DoseStatus, Due, Reason, SeriesStatus

ONE_DAY = timedelta(days=1)
LIN = date(2025, 3, 10)  # Born under the rules in force since 2025.
MEI = date(2021, 1, 10)  # Born under the edition of 2021.
HAO = date(2017, 1, 10)  # Six years old while DT was the dose at six years.
POLIO_3 = ("10@2025-05-10", "10@2025-06-10", "178@2025-07-10")
DTAP_4 = ("20@2025-05-10", "20@2025-07-10", "20@2025-09-10", "20@2026-09-10")
OLD_DTAP_4 = ("20@2017-04-10", "20@2017-05-10", "20@2017-06-10", "20@2018-07-10")
MPSV_A = ("191@2025-09-10", "191@2025-12-10")
YOUNG, SOON = Reason.TOO_YOUNG, Reason.TOO_SOON

# Group, birth, doses before, the dose, its first day, why not the day before.
FIRST_DAYS = [
    ("HepB", LIN, ("08@2025-03-10",), "08", date(2025, 4, 10), YOUNG),
    ("HepB", LIN, ("08@2025-03-10", "08@2025-04-10"), "08", date(2025, 9, 10), YOUNG),
    ("HepB", LIN, ("08@2025-06-01",), "08", date(2025, 6, 29), SOON),
    ("HepB", LIN, ("08@2025-06-01", "08@2025-09-01"), "08", date(2025, 10, 31), SOON),
    ("Polio", LIN, (), "10", date(2025, 5, 10), YOUNG),
    ("Polio", LIN, POLIO_3[:1], "10", date(2025, 6, 10), YOUNG),
    ("Polio", LIN, POLIO_3[:2], "178", date(2025, 7, 10), YOUNG),
    ("Polio", LIN, POLIO_3, "178", date(2029, 3, 10), YOUNG),
    ("Polio", LIN, ("10@2025-07-01",), "10", date(2025, 7, 29), SOON),
    ("Polio", LIN, ("10@2025-07-01", "10@2025-07-29"), "178", date(2025, 8, 26), SOON),
    ("Polio", LIN, (*POLIO_3[:2], "178@2029-03-05"), "178", date(2029, 4, 2), SOON),
    ("DTaP", LIN, (), "20", date(2025, 5, 10), YOUNG),
    ("DTaP", LIN, DTAP_4[:1], "20", date(2025, 7, 10), YOUNG),
    ("DTaP", LIN, DTAP_4[:2], "20", date(2025, 9, 10), YOUNG),
    ("DTaP", LIN, DTAP_4[:3], "20", date(2026, 9, 10), YOUNG),
    ("DTaP", LIN, DTAP_4, "20", date(2031, 3, 10), YOUNG),
    ("DTaP", LIN, ("20@2025-08-01",), "20", date(2025, 8, 29), SOON),
    ("DTaP", LIN, (DTAP_4[0], "20@2025-09-01"), "20", date(2025, 9, 29), SOON),
    ("DTaP", LIN, (*DTAP_4[:2], "20@2026-06-01"), "20", date(2026, 12, 1), SOON),
    ("DTaP", LIN, (*DTAP_4[:3], "20@2030-06-01"), "20", date(2031, 6, 1), SOON),
    ("DTaP", MEI, (), "20", date(2021, 4, 10), YOUNG),
    ("DTaP", MEI, ("20@2021-04-10",), "20", date(2021, 5, 10), YOUNG),
    ("DTaP", MEI, ("20@2021-04-10", "20@2021-05-10"), "20", date(2021, 6, 10), YOUNG),
    ("DTaP", HAO, OLD_DTAP_4, "28", date(2023, 1, 10), YOUNG),
    ("DTaP", date(2024, 10, 20), (), "20", date(2025, 1, 1), YOUNG),  # The day of the new rule.
    ("MMR", LIN, (), "03", date(2025, 11, 10), YOUNG),
    ("MMR", LIN, ("03@2025-11-10",), "03", date(2026, 9, 10), YOUNG),
    ("MMR", LIN, ("03@2026-08-25",), "03", date(2026, 9, 22), SOON),
    ("JE", LIN, (), "JE-L", date(2025, 11, 10), YOUNG),
    ("JE", LIN, ("JE-L@2025-11-10",), "JE-L", date(2027, 3, 10), YOUNG),
    ("JE", LIN, ("JE-L@2026-06-01",), "JE-L", date(2027, 6, 1), SOON),
    ("JE", LIN, (), "JE-I", date(2025, 11, 10), YOUNG),
    ("JE", LIN, ("JE-I@2025-11-10",), "JE-I", date(2025, 11, 17), SOON),
    ("JE", LIN, ("JE-I@2025-11-10", "JE-I@2025-11-17"), "JE-I", date(2027, 3, 10), YOUNG),
    ("JE", LIN, ("JE-I@2025-11-10", "JE-I@2027-03-01"), "JE-I", date(2027, 4, 1), SOON),
    (
        "JE",
        LIN,
        ("JE-I@2025-11-10", "JE-I@2025-11-17", "JE-I@2027-03-10"),
        "JE-I",
        date(2031, 3, 10),
        YOUNG,
    ),
    (
        "JE",
        LIN,
        ("JE-I@2025-11-10", "JE-I@2025-11-17", "JE-I@2028-06-01"),
        "JE-I",
        date(2031, 6, 1),
        SOON,
    ),
    ("Meningococcal", LIN, (), "191", date(2025, 9, 10), YOUNG),
    ("Meningococcal", LIN, MPSV_A[:1], "191", date(2025, 12, 10), YOUNG),
    ("Meningococcal", LIN, ("191@2025-11-01",), "191", date(2026, 2, 1), SOON),
    ("Meningococcal", LIN, MPSV_A, "192", date(2028, 3, 10), YOUNG),
    ("Meningococcal", LIN, ("191@2026-12-20",), "192", date(2027, 3, 20), SOON),
    ("Meningococcal", LIN, (), "192", date(2027, 3, 10), Reason.WRONG_VACCINE),
    ("Meningococcal", LIN, (*MPSV_A, "192@2028-03-10"), "192", date(2031, 3, 10), YOUNG),
    ("Meningococcal", LIN, (*MPSV_A, "192@2028-06-01"), "192", date(2031, 6, 1), SOON),
    ("HepA", LIN, (), "HepA-L", date(2026, 9, 10), YOUNG),
    ("HepA", LIN, (), "83", date(2026, 9, 10), YOUNG),
    ("HepA", LIN, ("83@2026-09-10",), "83", date(2027, 3, 10), YOUNG),
    ("HepA", LIN, ("83@2026-12-01",), "83", date(2027, 6, 1), SOON),
    ("HepA", LIN, ("83@2026-12-01",), "HepA-L", date(2027, 6, 1), SOON),
    ("HPV", LIN, (), "HPV2", date(2038, 3, 10), YOUNG),
    ("HPV", LIN, ("HPV2@2038-03-10",), "HPV2", date(2038, 9, 10), SOON),
]


@pytest.mark.parametrize(("group", "born_on", "before", "code", "first", "reason"), FIRST_DAYS)
def test_a_dose_counts_from_its_first_day_on(
    group: str, born_on: date, before: tuple[str, ...], code: str, first: date, reason: Reason
) -> None:
    """A day earlier it does not, and the reason says whether age or interval was short."""
    verdicts = [
        people.last_dose(group, people.assessed(born_on, *before, f"{code}@{day}"))
        for day in (first - ONE_DAY, first, first + ONE_DAY)
    ]

    assert verdicts == [
        (DoseStatus.NOT_VALID, reason),
        (DoseStatus.VALID, Reason.VALID),
        (DoseStatus.VALID, Reason.VALID),
    ]


@pytest.mark.parametrize(("group", "born_on", "before", "code", "first", "reason"), FIRST_DAYS)
def test_the_next_dose_is_planned_for_its_first_day(
    group: str, born_on: date, before: tuple[str, ...], code: str, first: date, reason: Reason
) -> None:
    """Where the product in the table is the one that the programme offers, on the day before."""
    group_then = people.due(group, born_on, *before, on=first - ONE_DAY)

    if code in {row.code for row in group_then.vaccines} and born_on == LIN:
        assert group_then.earliest == first


# The last day on which a dose is in time.
@pytest.mark.parametrize(
    ("group", "before", "on", "last"),
    [
        ("HepB", (), date(2025, 3, 10), date(2025, 3, 11)),
        ("HepB", ("08@2025-03-10", "08@2025-04-10"), date(2025, 5, 1), date(2026, 3, 9)),
        ("BCG", (), date(2025, 3, 10), date(2025, 6, 9)),
        ("Polio", POLIO_3[:2], date(2025, 7, 1), date(2026, 3, 9)),
        ("Polio", POLIO_3, date(2025, 8, 1), date(2030, 3, 9)),
        ("DTaP", DTAP_4[:2], date(2025, 8, 1), date(2026, 3, 9)),
        ("DTaP", DTAP_4[:3], date(2025, 10, 1), date(2027, 3, 9)),
        ("DTaP", DTAP_4, date(2026, 10, 1), date(2032, 3, 9)),
        ("MMR", (), date(2025, 3, 10), date(2026, 3, 9)),
        ("MMR", ("03@2025-11-10",), date(2026, 1, 1), date(2027, 3, 9)),
        ("JE", (), date(2025, 3, 10), date(2026, 3, 9)),
        ("JE", ("JE-L@2025-11-10",), date(2026, 1, 1), date(2028, 3, 9)),
        ("JE", ("JE-I@2025-11-10",), date(2025, 11, 12), date(2025, 11, 20)),
        ("Meningococcal", (), date(2025, 3, 10), date(2026, 3, 9)),
        ("Meningococcal", MPSV_A[:1], date(2026, 6, 16), date(2026, 9, 9)),
        ("Meningococcal", MPSV_A[:1], date(2026, 6, 17), date(2027, 3, 9)),
        ("Meningococcal", MPSV_A, date(2026, 6, 17), date(2029, 3, 9)),
        ("HepA", (), date(2025, 3, 10), date(2027, 3, 9)),
        ("HepA", ("83@2026-09-10",), date(2026, 10, 1), date(2028, 3, 9)),
        ("HPV", (), date(2038, 3, 10), date(2039, 3, 9)),
        ("HPV", ("HPV2@2038-03-10",), date(2038, 4, 1), date(2039, 3, 10)),
    ],
)
def test_a_dose_is_in_time_until_its_last_day(
    group: str, before: tuple[str, ...], on: date, last: date
) -> None:
    """The day after it is overdue; the second dose of MPSV-A changed with the edition of 2026."""
    assert people.due(group, LIN, *before, on=on).past_due == last


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, (DoseStatus.VALID, Reason.VALID)),
        (1, (DoseStatus.NOT_VALID, Reason.CONFLICT)),
        (27, (DoseStatus.NOT_VALID, Reason.CONFLICT)),
        (28, (DoseStatus.VALID, Reason.VALID)),
        (29, (DoseStatus.VALID, Reason.VALID)),
    ],
)
def test_two_injected_live_vaccines_stand_28_days_apart(
    days: int, expected: tuple[DoseStatus, Reason]
) -> None:
    """On one day both count; 27 days after MMR the live hepatitis A vaccine does not."""
    day = date(2026, 9, 10) + timedelta(days=days)

    assessment = people.assessed(LIN, "03@2026-09-10", f"HepA-L@{day}")

    assert people.last_dose("HepA", assessment) == expected


def test_oral_live_vaccine_keeps_nothing_away() -> None:
    """MMR the day after bOPV counts."""
    assessment = people.assessed(LIN, *POLIO_3[:2], "178@2025-11-09", "03@2025-11-10")

    assert people.last_dose("MMR", assessment) == (DoseStatus.VALID, Reason.VALID)


@pytest.mark.parametrize(
    ("code", "group", "day", "reason"),
    [
        ("03", "MMR", date(2026, 2, 27), Reason.TOO_SOON),
        ("03", "MMR", date(2026, 2, 28), Reason.TOO_SOON),
        ("03", "MMR", date(2026, 3, 1), Reason.VALID),
        ("JE-L", "JE", date(2026, 2, 28), Reason.TOO_SOON),
        ("JE-L", "JE", date(2026, 3, 1), Reason.VALID),
        ("JE-I", "JE", date(2025, 12, 29), Reason.TOO_SOON),
        ("JE-I", "JE", date(2025, 12, 30), Reason.VALID),
    ],
)
def test_live_vaccine_waits_after_immunoglobulin(
    code: str, group: str, day: date, reason: Reason
) -> None:
    """Three months after 30 November is 1 March; until 2026 one month for the inactivated JE."""
    given = [Observation("immunoglobulin", date(2025, 11, 30))]

    assessment = people.assessed(LIN, f"{code}@{day}", observed=given)

    assert people.last_dose(group, assessment)[1] is reason


def test_inactivated_je_no_longer_waits_after_immunoglobulin() -> None:
    """The edition of 2026 names injected live vaccines only."""
    given = [Observation("immunoglobulin", date(2026, 6, 16))]

    assessment = people.assessed(LIN, "JE-I@2026-06-17", observed=given)

    assert people.last_dose("JE", assessment)[1] is Reason.VALID


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2029, 3, 9), (DoseStatus.VALID, Reason.VALID)),
        (date(2029, 3, 10), (DoseStatus.EXTRANEOUS, Reason.TOO_OLD)),
    ],
)
def test_bcg_is_not_given_from_four_years(day: date, expected: tuple[DoseStatus, Reason]) -> None:
    """At four years the dose is one too many."""
    assert people.last_dose("BCG", people.assessed(LIN, f"19@{day}")) == expected


def test_bcg_after_three_months_needs_a_skin_test() -> None:
    """The programme says so beside the dose."""
    group = people.due("BCG", LIN, on=date(2025, 6, 10))

    assert group.status is SeriesStatus.NOT_COMPLETE
    assert any("skin test" in note for note in group.notes)


@pytest.mark.parametrize(
    ("day", "status"),
    [(date(2027, 3, 9), DoseStatus.VALID), (date(2027, 3, 10), DoseStatus.NOT_VALID)],
)
def test_mpsv_a_is_not_given_from_24_months(day: date, status: DoseStatus) -> None:
    """From then on MPSV-AC takes its place."""
    assert people.last_dose("Meningococcal", people.assessed(LIN, f"191@{day}"))[0] is status


def test_a_late_child_gets_only_the_missing_doses() -> None:
    """Three years after the first dose the second is next: a series is never restarted."""
    group = people.due("HepB", LIN, "08@2025-03-10", on=date(2028, 3, 10))

    assert (group.number, group.earliest) == (2, date(2025, 4, 10))


def test_doses_count_whatever_the_order_of_entry() -> None:
    """A card typed in from the last line up gives the same answer."""
    forward = people.assessed(LIN, *DTAP_4, on=date(2027, 1, 1))
    backward = people.assessed(LIN, *reversed(DTAP_4), on=date(2027, 1, 1))

    assert forward.groups == backward.groups
    assert list(forward.doses) == list(reversed(backward.doses))


def test_a_series_goes_on_with_the_product_it_began_with() -> None:
    """After the inactivated JE vaccine its third dose is planned, not a live one."""
    group = people.due("JE", LIN, "JE-I@2025-11-10", "JE-I@2025-11-17", on=date(2026, 1, 1))

    assert group.series == ("JE inactivated, 4 doses",)
    assert group.number == 3


def test_boys_have_no_hpv_in_the_programme() -> None:
    """Nothing is due, and the group is not shown."""
    assert "HPV" not in people.assessed(LIN, on=date(2038, 5, 1), sex="M").groups


@pytest.mark.parametrize(("on", "shown"), [(date(2026, 6, 16), False), (date(2026, 6, 17), True)])
def test_hpv_came_with_the_edition_of_2026(on: date, shown: bool) -> None:
    """The day before it, no girl had it due."""
    assert ("HPV" in people.assessed(date(2013, 1, 1), on=on).groups) is shown


def test_months_end_on_the_first_of_the_next() -> None:
    """Born on 31 August, six months old on 1 March."""
    born_on = date(2025, 8, 31)

    group = people.due("HepB", born_on, "08@2025-08-31", "08@2025-10-01", on=date(2025, 11, 1))

    assert group.earliest == date(2026, 3, 1)


def test_a_child_of_29_february_is_older_on_1_march() -> None:
    """Two years old on 1 March 2026, 18 months on 29 August 2025."""
    born_on = date(2024, 2, 29)

    assert people.due("HepA", born_on, on=born_on).earliest == date(2025, 8, 29)
    je = people.due("JE", born_on, "JE-L@2024-10-29", on=date(2025, 1, 1))
    assert je.earliest == date(2026, 3, 1)


def test_a_child_of_low_weight_and_positive_mother_has_three_doses_more() -> None:
    """At 1, 2 and 7 months; the dose at birth is the first of four."""
    observed = [Observation("hbsag-mother-low-weight")]

    group = people.assessed(
        LIN, "08@2025-03-10", "08@2025-04-10", on=date(2025, 4, 20), observed=observed
    ).groups["HepB"]

    assert (group.number, group.earliest) == (3, date(2025, 5, 10))


@pytest.mark.parametrize(
    ("group", "code", "status"),
    [
        ("BCG", "hiv-exposed", SeriesStatus.CONTRAINDICATED),
        ("MMR", "severe-immunosuppression", SeriesStatus.CONTRAINDICATED),
        ("MMR", "hiv-exposed", SeriesStatus.NOT_COMPLETE),
    ],
)
def test_a_contraindication_stops_its_vaccine(group: str, code: str, status: SeriesStatus) -> None:
    """And no other."""
    observed = [Observation(code)]

    found = people.assessed(LIN, on=date(2025, 12, 1), observed=observed).groups[group]

    assert found.status is status


def test_a_child_with_hiv_is_offered_the_inactivated_vaccines() -> None:
    """Neither the live JE nor the live hepatitis A vaccine."""
    observed = [Observation("hiv-exposed")]

    groups = people.assessed(LIN, on=date(2026, 12, 1), observed=observed).groups

    assert [row.code for row in groups["JE"].vaccines] == ["JE-I"]
    assert [row.code for row in groups["HepA"].vaccines] == ["83"]


def test_from_18_years_the_programme_ends() -> None:
    """An adult has no children's dose overdue."""
    group = people.due("HepB", date(2000, 1, 1), on=date(2026, 11, 23))

    assert (group.status, group.why) == (SeriesStatus.AGED_OUT, Due.TOO_OLD)


def test_every_series_names_its_source_and_asks_for_a_check() -> None:
    """No clinical number without where it is from."""
    for group in people.assessed(LIN, on=date(2038, 5, 1)).groups.values():
        assert group.sources
        assert all("To be checked by a qualified person" in each for each in group.sources)
