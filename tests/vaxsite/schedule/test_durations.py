"""Ages and intervals: what they write and what they make of a date."""

from datetime import date

import pytest

from vaxsite.schedule import durations
from vaxsite.schedule.durations import Duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 months + 4 weeks", Duration(0, 5, 28)),
        ("2 years - 4 days", Duration(2, 0, -4)),
        ("16 years - 4 months", Duration(16, -4, 0)),
        (" 6 weeks", Duration(0, 0, 42)),
        ("1 Year", Duration(1, 0, 0)),
        ("0 days", Duration(0, 0, 0)),
    ],
)
def test_a_duration_is_read_as_rules_write_it(text: str, expected: Duration) -> None:
    """Sums and differences, singular and plural, a blank in front."""
    assert durations.parse(text) == expected


@pytest.mark.parametrize("text", ["", "  "])
def test_a_blank_is_no_duration(text: str) -> None:
    """A blank is not zero days."""
    assert durations.parse(text) is None


@pytest.mark.parametrize(
    "text", ["soon", "4", "4 fortnights", "4 weeks 3 days", "days", "4 weeks,"]
)
def test_a_text_that_is_no_duration_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(durations.NotADuration):
        durations.parse(text)


@pytest.mark.parametrize(
    ("day", "text", "expected"),
    [
        (date(2021, 8, 31), "6 months", date(2022, 3, 1)),
        (date(2023, 8, 31), "6 months", date(2024, 3, 1)),
        (date(2021, 3, 31), "6 months", date(2021, 10, 1)),
        (date(2021, 1, 31), "6 months - 4 days", date(2021, 7, 27)),
        (date(2020, 2, 29), "1 year", date(2021, 3, 1)),
        (date(2020, 2, 29), "4 years", date(2024, 2, 29)),
        (date(2020, 2, 29), "18 years", date(2038, 3, 1)),
        (date(2021, 12, 31), "2 months", date(2022, 3, 1)),
        (date(2021, 10, 31), "1 month", date(2021, 12, 1)),
        (date(2021, 5, 15), "16 years - 4 months", date(2037, 1, 15)),
        (date(2021, 12, 15), "4 weeks", date(2022, 1, 12)),
        (date(9990, 1, 1), "65 years", date(2999, 12, 31)),
    ],
)
def test_a_missing_day_becomes_the_first_of_the_next_month(
    day: date, text: str, expected: date
) -> None:
    """Years, then months, then days; never the last day of a shorter month."""
    duration = durations.parse(text)

    assert duration is not None
    assert durations.after(day, duration) == expected


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (Duration(2, 0, -4), "2 years - 4 days"),
        (Duration(0, 5, 28), "5 months + 4 weeks"),
        (Duration(0, 0, 1), "1 day"),
        (Duration(), "0 days"),
    ],
)
def test_a_duration_is_written_as_rules_write_it(duration: Duration, expected: str) -> None:
    """An explanation shows the words of the rule."""
    assert str(duration) == expected
