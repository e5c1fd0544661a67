"""Sessions divided into slots, also on the days when clocks change."""

from datetime import UTC, date, datetime, time

import pytest

from vaxsite.core.decisions import Refused
from vaxsite.slots import rules
from vaxsite.slots.rules import PlannedSession, Reason, SessionPlan

NOW = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)
SHANGHAI = "Asia/Shanghai"
LONDON = "Europe/London"


def plan(
    day: date = date(2026, 1, 13),
    starts: time = time(9, 0),
    ends: time = time(11, 0),
    minutes: int = 30,
    seats: int = 5,
) -> SessionPlan:
    return SessionPlan(day=day, starts=starts, ends=ends, minutes=minutes, seats=seats)


def test_a_morning_becomes_slots_of_real_time() -> None:
    """09:00 to 11:00 in Shanghai are four half hours from 01:00 UTC."""
    laid = rules.lay_out(plan(), timezone=SHANGHAI, now=NOW)

    assert laid == PlannedSession(
        datetime(2026, 1, 13, 1, 0, tzinfo=UTC),
        datetime(2026, 1, 13, 3, 0, tzinfo=UTC),
        (
            datetime(2026, 1, 13, 1, 0, tzinfo=UTC),
            datetime(2026, 1, 13, 1, 30, tzinfo=UTC),
            datetime(2026, 1, 13, 2, 0, tzinfo=UTC),
            datetime(2026, 1, 13, 2, 30, tzinfo=UTC),
        ),
        5,
        0,
    )
    assert laid.capacity == 20


def test_minutes_that_make_no_slot_are_told() -> None:
    """Two hours in slots of 25 minutes leave 20 minutes over."""
    laid = rules.lay_out(plan(minutes=25), timezone=SHANGHAI, now=NOW)

    assert isinstance(laid, PlannedSession)
    assert len(laid.slots) == 4
    assert laid.rest_minutes == 20


@pytest.mark.parametrize(
    ("wanted", "timezone", "reason"),
    [
        (plan(ends=time(9, 0)), SHANGHAI, Reason.ENDS_BEFORE_START),
        (plan(ends=time(8, 0)), SHANGHAI, Reason.ENDS_BEFORE_START),
        (plan(ends=time(9, 29)), SHANGHAI, Reason.NO_SLOT_FITS),
        (plan(minutes=0), SHANGHAI, Reason.MINUTES_RANGE),
        (plan(minutes=241), SHANGHAI, Reason.MINUTES_RANGE),
        (plan(seats=0), SHANGHAI, Reason.SEATS_RANGE),
        (plan(seats=1001), SHANGHAI, Reason.SEATS_RANGE),
        (plan(day=date(2026, 1, 12)), SHANGHAI, Reason.IN_THE_PAST),
        (plan(day=date(2027, 1, 14)), SHANGHAI, Reason.TOO_FAR),
        (plan(date(2026, 3, 29), time(1, 30), time(4, 0)), LONDON, Reason.CLOCK_SKIPS),
        (plan(date(2026, 10, 25), time(1, 30), time(4, 0)), LONDON, Reason.CLOCK_REPEATS),
    ],
)
def test_a_session_that_cannot_be_is_refused_with_the_reason(
    wanted: SessionPlan, timezone: str, reason: Reason
) -> None:
    """The manager reads what to change."""
    laid = rules.lay_out(wanted, timezone=timezone, now=NOW)

    assert isinstance(laid, Refused)
    assert laid.reason == reason


def test_a_session_over_the_change_of_clocks_keeps_real_minutes() -> None:
    """From 00:00 to 04:00 on the day when London goes forward are only three hours."""
    wanted = plan(date(2026, 3, 29), time(0, 0), time(4, 0), minutes=60)

    laid = rules.lay_out(wanted, timezone=LONDON, now=NOW)

    assert isinstance(laid, PlannedSession)
    assert len(laid.slots) == 3
    assert laid.slots[1] == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_every_reason_has_a_sentence() -> None:
    """No refusal is a bare code."""
    assert set(rules.SENTENCES) == set(Reason)
