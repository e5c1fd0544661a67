"""Placing a reading in time: the device's clock is believed only where it can be right."""

from datetime import UTC, datetime, timedelta

import pytest

from sensors.domain.readings import (
    UNREADABLE_TIME,
    Clock,
    Decoded,
    Fault,
    Reading,
    Source,
    place_in_time,
)

RECEIVED = datetime(2026, 1, 12, 3, 0, tzinfo=UTC)


def said(at: datetime | None) -> Decoded:
    """Return a reading of 4.61 degrees that the device says is of *at*."""
    return Decoded("fridge-3", "", at, 461)


@pytest.mark.parametrize(
    ("at", "clock"),
    [
        (RECEIVED, Clock.DEVICE),
        (RECEIVED - timedelta(days=7), Clock.DEVICE),
        (datetime(2022, 5, 2, 4, 44, tzinfo=UTC), Clock.DEVICE),
        (datetime(2015, 1, 1, tzinfo=UTC), Clock.DEVICE),
        (RECEIVED + timedelta(minutes=5), Clock.DEVICE),
    ],
)
def test_a_possible_time_is_the_time_of_the_reading(at: datetime, clock: Clock) -> None:
    """Late, replayed years later, or up to five minutes ahead: the device knows."""
    placed = place_in_time(said(at), 7, RECEIVED, 2)

    assert (placed.measured_at, placed.clock) == (at, clock)
    assert placed.received_at == RECEIVED


@pytest.mark.parametrize(
    "at",
    [
        RECEIVED + timedelta(minutes=5, seconds=1),
        RECEIVED + timedelta(hours=1),
        datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 21, 11, 9, 47, tzinfo=UTC),  # Seconds read as milliseconds.
        datetime(2000, 1, 1, tzinfo=UTC),
        datetime(2014, 12, 31, 23, 59, 59, tzinfo=UTC),
        UNREADABLE_TIME,
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
    ],
)
def test_an_impossible_time_is_doubted_and_replaced_by_the_receipt(at: datetime) -> None:
    """Nothing is refused: the reading stands where it was received, and says so."""
    placed = place_in_time(said(at), 7, RECEIVED, 2)

    assert placed.measured_at == RECEIVED + timedelta(microseconds=2)
    assert placed.clock is Clock.DOUBTFUL


def test_a_device_without_a_clock_is_placed_at_the_receipt() -> None:
    """No clock is no fault of the device."""
    placed = place_in_time(said(None), 7, RECEIVED)

    assert (placed.measured_at, placed.clock) == (RECEIVED, Clock.RECEIPT)


def test_readings_of_one_message_without_times_stay_apart_and_in_order() -> None:
    """The index in the message gives each its own microsecond."""
    placed = [place_in_time(said(None), 7, RECEIVED, index) for index in range(3)]

    assert [one.measured_at.microsecond for one in placed] == [0, 1, 2]


def test_everything_that_was_decoded_stays_with_the_reading() -> None:
    """Placing a reading loses nothing of it."""
    decoded = Decoded(
        device="fridge-3",
        channel="TVC",
        at=RECEIVED,
        centi=None,
        fault=Fault.REPORTED,
        boot="7f3a",
        seq=812,
        ambient_centi=2130,
        humidity_pct=48,
        battery_pct=87,
        door_open=True,
        power_on=False,
        source=Source.STORED,
    )

    assert place_in_time(decoded, 7, RECEIVED) == Reading(
        sensor_id=7,
        measured_at=RECEIVED,
        received_at=RECEIVED,
        centi=None,
        fault=Fault.REPORTED,
        clock=Clock.DEVICE,
        source=Source.STORED,
        boot="7f3a",
        seq=812,
        ambient_centi=2130,
        humidity_pct=48,
        battery_pct=87,
        door_open=True,
        power_on=False,
    )
