"""A logger's clock and the clock changes of a zone: which instants its local times mean."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from sensors.payloads.files.clock import place

BERLIN = ZoneInfo("Europe/Berlin")
EVERY = timedelta(minutes=15)
# Autumn 2025: at 03:00 summer time (01:00 UTC) the clocks went back to 02:00.
BEFORE_AUTUMN = datetime(2025, 10, 25, 22, 0, tzinfo=UTC)
# Spring 2026: at 02:00 winter time (01:00 UTC) the clocks went on to 03:00.
BEFORE_SPRING = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)


def instants(first: datetime) -> list[datetime]:
    return [first + number * EVERY for number in range(32)]


def shown(first: datetime, *, follows: bool) -> list[datetime]:
    """Return what a clock of Berlin shows that follows the change, or keeps its first offset."""
    offset = first.astimezone(BERLIN).utcoffset()
    assert offset is not None
    zone = BERLIN if follows else timezone(offset)
    return [one.astimezone(zone).replace(tzinfo=None, fold=0) for one in instants(first)]


def test_a_clock_that_never_changes_is_read_with_its_one_offset() -> None:
    """No change in the period: nothing to doubt."""
    first = datetime(2026, 1, 10, 0, 0, tzinfo=UTC)

    placed = place(shown(first, follows=True), BERLIN)

    assert list(placed.instants) == instants(first)
    assert not placed.clock_changed
    assert placed.midnight(date(2026, 1, 10)) == datetime(2026, 1, 9, 23, 0, tzinfo=UTC)


def test_times_that_follow_the_change_are_read_so_and_doubted() -> None:
    """Software that writes local times: an hour comes twice in autumn, is missing in spring."""
    for first in (BEFORE_AUTUMN, BEFORE_SPRING):
        placed = place(shown(first, follows=True), BERLIN)

        assert list(placed.instants) == instants(first)
        assert placed.clock_changed


def test_a_logger_that_keeps_its_offset_is_read_so_and_doubted() -> None:
    """A device without clock changes: its times run on evenly across the night."""
    for first in (BEFORE_AUTUMN, BEFORE_SPRING):
        placed = place(shown(first, follows=False), BERLIN)

        assert list(placed.instants) == instants(first)
        assert placed.clock_changed


def test_no_two_readings_fall_on_one_instant_in_the_hour_that_comes_twice() -> None:
    """Four readings show 02:xx twice; they are eight instants."""
    placed = place(shown(BEFORE_AUTUMN, follows=True), BERLIN)

    assert len(set(placed.instants)) == 32


def test_days_of_a_clock_that_follows_begin_at_the_local_midnight() -> None:
    """The day of the change is 25 hours long."""
    placed = place(shown(BEFORE_AUTUMN, follows=True), BERLIN)

    day = placed.midnight(date(2025, 10, 27)) - placed.midnight(date(2025, 10, 26))
    assert day == timedelta(hours=25)
