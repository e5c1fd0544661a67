"""When people are reminded, on the clock of their clinic."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxsite.booking import reminding
from vaxsite.booking.reminding import RULES, ReminderRule

TODAY = date(2026, 1, 12)
(RULE,) = RULES
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Urumqi"])


@given(st.integers(0, 400))
def test_a_day_belongs_to_one_reminder_at_most(ahead: int) -> None:
    """Three days before, and late until two; then one day before, and late on the day itself."""
    day = TODAY + timedelta(days=ahead)
    stages = []
    for stage in RULE.days_before:
        first, last = reminding.days_of(stage, TODAY, RULE)
        stages += [stage] if first <= day < last else []

    assert stages == ([] if ahead > 3 else [3] if ahead > 1 else [1])


@pytest.mark.parametrize(
    ("booked", "stage", "needless"),
    [(10, 3, False), (4, 3, False), (3, 3, True), (2, 1, False), (1, 1, True), (0, 1, True)],
)
def test_who_booked_lately_is_not_reminded(booked: int, stage: int, needless: bool) -> None:
    """Whoever got the confirmation on the day of the reminder, or later, knows it."""
    visit = TODAY + timedelta(days=20)

    assert reminding.needless(visit - timedelta(days=booked), visit, stage) is needless


@given(st.integers(0, 2 * 366 * 24 * 60), ZONES)
def test_nobody_is_written_to_at_night(minute: int, zone: str) -> None:
    """The next instant for a message lies within the hours, and no more than a night away."""
    now = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    then = reminding.write_from(now, zone, RULE)

    assert reminding.may_write(then.astimezone(ZoneInfo(zone)), RULE)
    assert timedelta() <= then - now <= timedelta(hours=14)


@pytest.mark.parametrize(
    ("at", "may"), [(time(8, 59), False), (time(9), True), (time(19, 59), True), (time(20), False)]
)
def test_the_hours_begin_and_end_as_the_rule_says(at: time, may: bool) -> None:
    """From nine, and no longer than before eight in the evening."""
    assert reminding.may_write(datetime.combine(TODAY, at), RULE) is may


def test_rules_are_dated() -> None:
    """A rule holds from its day until before its end; outside nobody is reminded."""
    old = ReminderRule(date(2025, 1, 1), (7,), time(8), time(22), "test", date(2026, 1, 1))
    new = ReminderRule(date(2026, 1, 1), (1,), time(9), time(20), "test")

    found = [
        reminding.rule_on(day, (old, new))
        for day in (date(2024, 12, 31), date(2025, 12, 31), date(2026, 1, 1))
    ]
    assert found == [None, old, new]
