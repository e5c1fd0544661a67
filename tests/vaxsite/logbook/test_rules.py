"""Months on the clock of a place, and when one may be signed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxsite.core.decisions import Allowed, Refused
from vaxsite.logbook import months, rules
from vaxsite.logbook.months import Month
from vaxsite.logbook.rules import MonthReason, Standing

ENDS = datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
SETTLED = ENDS + timedelta(minutes=30)
SECOND = timedelta(seconds=1)
NEW, OLD = b"new", b"old"


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-01", Month(2026, 1)),
        ("2026-12", Month(2026, 12)),
        ("2026-13", None),
        ("2026-1", None),
        ("1999-01", None),
        ("2026-01-01", None),
        ("", None),
    ],
)
def test_month_is_read_as_addresses_write_it(text: str, month: Month | None) -> None:
    """Anything else is no month."""
    assert months.parse(text) == month


def test_month_begins_and_ends_on_the_clock_of_the_place() -> None:
    """January of Shanghai begins at four in the afternoon of UTC, and has 31 days."""
    assert Month(2026, 1).bounds("Asia/Shanghai") == (
        datetime(2025, 12, 31, 16, 0, tzinfo=UTC),
        ENDS,
    )
    assert len(Month(2026, 1).days) == 31
    assert len(Month(2028, 2).days) == 29


def test_month_with_a_change_of_summer_time_is_an_hour_shorter() -> None:
    """March of London has 743 hours."""
    since, until = Month(2026, 3).bounds("Europe/London")

    assert (until - since) == timedelta(hours=743)


@given(st.dates(min_value=date(2001, 1, 1), max_value=date(2099, 11, 30)))
def test_months_follow_each_other_without_a_hole(day: date) -> None:
    """The day is in its month; the month before the following one is the month itself."""
    month = months.of_day(day)

    assert day in month.days
    assert month.following.before == month
    assert month.bounds("Asia/Shanghai")[1] == month.following.bounds("Asia/Shanghai")[0]
    assert months.parse(str(month)) == month


@pytest.mark.parametrize(
    ("at", "signed", "seen", "reason"),
    [
        (SETTLED - SECOND, None, NEW, MonthReason.NOT_OVER),
        (SETTLED, None, NEW, None),
        (SETTLED + SECOND, None, NEW, None),
        (SETTLED, None, OLD, MonthReason.CHANGED_MEANWHILE),
        (SETTLED, None, b"", MonthReason.CHANGED_MEANWHILE),
        (SETTLED, NEW, NEW, MonthReason.SIGNED_ALREADY),
        (SETTLED, OLD, NEW, None),
        (SETTLED, OLD, OLD, MonthReason.CHANGED_MEANWHILE),
    ],
)
def test_month_is_signed_when_over_as_seen_and_not_twice(
    at: datetime, signed: bytes | None, seen: bytes, reason: MonthReason | None
) -> None:
    """Half an hour after its end no gap can begin in it any more."""
    standing = Standing(ends_at=ENDS, timezone="Asia/Shanghai", digest=NEW, signed=signed)

    verdict = rules.may_sign(standing, seen, at)

    assert (verdict.reason if isinstance(verdict, Refused) else None) == reason
    assert isinstance(verdict, Allowed) == (reason is None)
