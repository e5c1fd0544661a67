"""Public holidays are data with a source; a year without data is told."""

from datetime import date, timedelta

from vaxsite.plans.rules.holidays import holiday_on, holidays, unknown_years


def test_every_holiday_has_names_a_source_and_days_in_order() -> None:
    """None overlaps another, none ends before it begins."""
    known = holidays()

    assert all(one.name("zh") and one.name("en") and one.source("zh") for one in known)
    assert all(one.first_on <= one.last_on for one in known)
    ends = [one.last_on for one in known]
    assert all(end < one.first_on for end, one in zip(ends[:-1], known[1:], strict=True))


def test_spring_festival_of_2026_lasts_nine_days() -> None:
    """From 15 to 23 February, as the State Council's notice of November 2025 says."""
    spring = holiday_on(date(2026, 2, 17))

    assert spring is not None
    assert len(list(spring.days())) == 9
    assert holiday_on(spring.first_on - timedelta(days=1)) is None
    assert holiday_on(spring.last_on + timedelta(days=1)) is None


def test_a_year_without_data_is_named() -> None:
    """A plan over the turn of the year says that 2027 is not known."""
    assert unknown_years(date(2026, 12, 1), date(2027, 1, 31)) == [2027]
