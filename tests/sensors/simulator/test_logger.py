"""A device keeps each reading until the application says that it is stored."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sensors.simulator.fleet import Device, Effect, Happening
from sensors.simulator.logger import POISON, Logger
from sensors.simulator.measuring import Sample
from sensors.simulator.physics import CABINETS

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def a_logger(*happenings: Happening) -> Logger:
    """Make a logger in its first run."""
    return Logger(Device("d", CABINETS["freezer"], happenings=happenings), boot="7f3a")


def a_sample(since_live_s: float = 0, c: float | None = 4.61) -> Sample:
    """Make a measurement *since_live_s* after noon."""
    at = NOON + timedelta(seconds=since_live_s)
    return Sample(at, since_live_s, c, 5.0, 21.3, 48.0, 87, door_open=False, power_on=True)


def sent(messages: list[bytes]) -> list[Any]:
    """Decode *messages*."""
    return [json.loads(message) for message in messages]


def test_reading_is_the_native_json_object() -> None:
    """A single reading is one object with every field of the native payload."""
    logger = a_logger()
    logger.take(a_sample())

    assert sent(logger.messages(NOON, 0)) == [
        {
            "boot": "7f3a",
            "seq": 1,
            "at": "2026-11-23T04:00:00Z",
            "c": 4.61,
            "humidity": 48.0,
            "battery": 87,
            "door": False,
            "power": True,
            "ambient": 21.3,
        }
    ]


def test_backlog_goes_out_as_lists_of_a_hundred() -> None:
    """250 waiting readings are three messages, numbered without a gap."""
    logger = a_logger()
    for second in range(250):
        logger.take(a_sample(second))

    messages = sent(logger.messages(NOON, 250))

    assert [len(message) for message in messages] == [100, 100, 50]
    assert [r["seq"] for message in messages for r in message] == list(range(1, 251))


def test_reading_is_sent_once_while_answers_are_in_time() -> None:
    """What was handed over is not sent again before patience ends."""
    logger = a_logger()
    logger.take(a_sample())

    assert len(logger.messages(NOON, 0)) == 1
    assert logger.messages(NOON + timedelta(seconds=44), 44) == []


def test_unanswered_readings_are_sent_again() -> None:
    """Without an acknowledgement everything kept is sent again after 45 seconds."""
    logger = a_logger()
    logger.take(a_sample())
    logger.messages(NOON, 0)

    again = sent(logger.messages(NOON + timedelta(seconds=46), 46))

    assert [reading["seq"] for reading in again] == [1]


def test_acknowledged_readings_are_forgotten() -> None:
    """An answer that says stored to 2 leaves only the third reading in the memory."""
    logger = a_logger()
    for second in range(3):
        logger.take(a_sample(second))
    logger.messages(NOON, 0)

    logger.acknowledged(b'{"boot":"7f3a","stored_to":2}', NOON)

    assert [reading["seq"] for reading in logger.kept] == [3]


@pytest.mark.parametrize(
    "answer",
    [b"", b"null", b"[]", b'{"boot":"7f3a"}', b'{"boot":"old1","stored_to":9}', b"[" * 5000],
)
def test_answer_for_another_run_or_without_sense_changes_nothing(answer: bytes) -> None:
    """An acknowledgement of another run, or an unreadable one, forgets no reading."""
    logger = a_logger()
    logger.take(a_sample())

    logger.acknowledged(answer, NOON)

    assert len(logger.kept) == 1


def test_offline_device_keeps_and_sends_later() -> None:
    """While nothing gets through the readings wait, then all go out."""
    logger = a_logger(Happening(Effect.OFFLINE, begins_s=0, lasts_s=60))
    logger.take(a_sample(0))
    logger.take(a_sample(30))

    assert logger.messages(NOON, 30) == []
    assert len(sent(logger.messages(NOON, 60))[0]) == 2


def test_dead_device_neither_notes_nor_repeats() -> None:
    """A dead device writes nothing down and does not send old readings again."""
    logger = a_logger(Happening(Effect.SILENCE, begins_s=10))
    logger.take(a_sample(0))
    logger.messages(NOON, 0)
    logger.take(a_sample(20, c=None))

    assert logger.seq == 1
    assert logger.messages(NOON + timedelta(seconds=100), 100) == []


@pytest.mark.parametrize(
    ("happening", "at"),
    [
        (Happening(Effect.WRONG_CLOCK), "2026-11-23T05:00:00Z"),
        (Happening(Effect.WRONG_CLOCK, skew_s=-86_400), "2026-11-22T04:00:00Z"),
        (Happening(Effect.NO_CLOCK), None),
    ],
)
def test_device_with_a_bad_clock_says_the_wrong_time(happening: Happening, at: str | None) -> None:
    """A skewed clock shifts the time, a missing one leaves it out."""
    logger = a_logger(happening)
    logger.take(a_sample())

    assert sent(logger.messages(NOON, 0))[0].get("at") == at


def test_duplicate_and_poison_accompany_a_message() -> None:
    """A faulty device repeats its message and adds one that cannot be read."""
    logger = a_logger(Happening(Effect.DUPLICATE), Happening(Effect.POISON))
    logger.take(a_sample())

    first, second, third = logger.messages(NOON, 0)

    assert first == second
    assert third == POISON
    with pytest.raises(json.JSONDecodeError):
        json.loads(third)
