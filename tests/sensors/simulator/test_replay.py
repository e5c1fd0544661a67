"""A recording is published line by line; what is not a reading is named and costs nothing else."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sensors.settings import broker
from sensors.simulator.link import BrokerUnusable, Link
from sensors.simulator.recording import NotAReading, Recorded, read_lines
from sensors.simulator.replay import publish, read_recording, shift_to
from tests.sensors.simulator.conftest import Listener
from tests.servers import Broker, free_port

GOOD = (
    b"at,c\n2022-05-02T10:36:00Z,27.5\n2022-05-02T10:41:00Z,26.8\n2022-05-02T10:46:00+00:00,-0.1\n"
)
BAD = (
    b"\xef\xbb\xbfat,c\r\n"
    b"2022-05-02T10:36:00Z,5.1\r\n"
    b"2022-05-02T10:41:00,5.2\r\n"
    b"2022-05-02T10:46:00Z,n/a\r\n"
    b"\r\n"
    b"2022-05-02T10:51:00Z,5.3\r\n"
    b"\xff\xfe,1\r\n"
    b"2022-13-02T10:51:00Z,5.3\r\n"
    b"2022-05-02T10:56:00Z,nan\r\n"
    b"2022-05-02T10:56:00Z,5.4,extra\r\n"
    b"2022-05-02T11:01:00Z,5.5"
)


def run_replay(url: str, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does."""
    command = [sys.executable, "-m", "sensors", "replay", str(file), "--device", "ward", *options]
    return subprocess.run(
        command,
        env={**os.environ, "VAXSITE_MQTT_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_lines_that_are_no_readings_are_named_with_their_number() -> None:
    """Each bad line gives its number and a reason; the good ones around it are read."""
    items = list(read_lines(BAD.splitlines()))

    assert [item.line for item in items if isinstance(item, Recorded)] == [2, 6, 11]
    assert [(item.line, item.reason) for item in items if isinstance(item, NotAReading)] == [
        (3, "the time has no zone; end it with Z or +08:00"),
        (4, "the temperature is not a number"),
        (7, "the time is not ISO 8601, such as 2026-01-12T03:04:05Z"),
        (8, "the time is not ISO 8601, such as 2026-01-12T03:04:05Z"),
        (9, "the temperature is not a finite number"),
        (10, "2 columns (at,c) are expected, 3 found"),
    ]


def test_times_with_another_zone_are_read_as_the_same_instant() -> None:
    """10:36 at +08:00 is 02:36 UTC."""
    items = list(read_lines([b"2022-05-02T10:36:00+08:00,5"]))

    assert items == [Recorded(1, datetime(2022, 5, 2, 2, 36, tzinfo=UTC), 5.0)]


def test_shift_moves_the_newest_reading_to_now() -> None:
    """A recording shifted to now ends now, whatever the order of its lines."""
    recording = read_recording(GOOD.splitlines())
    now = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

    assert shift_to(recording.readings, now) + datetime(2022, 5, 2, 10, 46, tzinfo=UTC) == now
    assert shift_to([], now) == timedelta()


@pytest.mark.mosquitto
def test_good_file_is_published_whole(broker_url: str, listener: Listener, tmp_path: Path) -> None:
    """Every reading of a good file arrives in order, and the exit code is 0."""
    file = tmp_path / "good.csv"
    file.write_bytes(GOOD)

    done = run_replay(broker_url, file)

    assert (done.returncode, done.stdout) == (0, "3 published, 0 lines set aside\n")
    listener.wait_for(3)
    assert [(r["at"], r["c"], r["seq"]) for r in listener.readings()] == [
        ("2022-05-02T10:36:00Z", 27.5, 2),
        ("2022-05-02T10:41:00Z", 26.8, 3),
        ("2022-05-02T10:46:00Z", -0.1, 4),
    ]
    assert {topic for topic, _ in listener.messages} == {"vaxsite/ward/reading"}


@pytest.mark.mosquitto
def test_bad_lines_are_reported_and_the_rest_is_replayed(
    broker_url: str, listener: Listener, tmp_path: Path
) -> None:
    """A file with six bad lines publishes its three good ones, says so, and exits with 1."""
    file = tmp_path / "bad.csv"
    file.write_bytes(BAD)

    done = run_replay(broker_url, file)

    assert (done.returncode, done.stdout) == (1, "3 published, 6 lines set aside\n")
    assert done.stderr.splitlines()[:2] == [
        "bad.csv:3: the time has no zone; end it with Z or +08:00",
        "bad.csv:4: the temperature is not a number",
    ]
    listener.wait_for(3)
    assert [reading["c"] for reading in listener.readings()] == [5.1, 5.3, 5.5]


@pytest.mark.mosquitto
def test_repeated_replay_has_the_same_numbering(
    broker_url: str, listener: Listener, tmp_path: Path
) -> None:
    """A file replayed twice carries the same boot and seq, so that it is stored once."""
    file = tmp_path / "good.csv"
    file.write_bytes(GOOD)

    run_replay(broker_url, file)
    run_replay(broker_url, file)

    listener.wait_for(6)
    keys = [(reading["boot"], reading["seq"]) for reading in listener.readings()]
    assert keys[:3] == keys[3:]


def test_replay_without_a_broker_says_so(tmp_path: Path) -> None:
    """With nothing listening the command fails with one sentence and no traceback."""
    file = tmp_path / "good.csv"
    file.write_bytes(GOOD)
    port = free_port()

    done = run_replay(f"mqtt://127.0.0.1:{port}", file)

    assert done.returncode == 2
    assert f"no broker at 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.mosquitto
@pytest.mark.parametrize(("speed", "pauses"), [(100.0, [3.0, 3.0]), (300.0, [1.0, 1.0])])
def test_speed_shortens_the_pauses(broker_url: str, speed: float, pauses: list[float]) -> None:
    """At speed 100 five minutes of the recording take three seconds."""
    link = Link(broker(broker_url), client_id="replay", credentials=None)
    link.open()
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return False

    publish(
        read_recording(GOOD.splitlines()),
        link,
        device="ward",
        shift=timedelta(),
        speed=speed,
        stop=threading.Event(),
        waited=wait,
    )
    link.close()

    assert waited == pauses


@pytest.mark.mosquitto
def test_link_speaks_the_version_that_the_address_names(broker_url: str) -> None:
    """Both MQTT 5 and MQTT 3.1.1 reach the broker."""
    for address in (broker_url, f"{broker_url}?version=3"):
        link = Link(broker(address), client_id="replay", credentials=None)
        link.open()
        link.publish("vaxsite/ward/reading", b"{}")
        link.drain()
        link.close()
        assert (link.published, link.refused) == (1, 0)


def test_link_without_a_broker_is_refused() -> None:
    """A port that nobody listens on is named in the refusal."""
    port = free_port()
    link = Link(broker(f"mqtt://127.0.0.1:{port}"), client_id="replay", credentials=None)

    with pytest.raises(BrokerUnusable, match=str(port)):
        link.open()


@pytest.mark.mosquitto
def test_link_waits_for_a_broker_that_starts_with_it(
    start_broker: Callable[[], Broker],
) -> None:
    """A broker that is a moment late is found; the caller says how long it may take."""
    late = start_broker()
    late.stop()
    link = Link(broker(late.url), client_id="simulator", credentials=None)
    opening = threading.Thread(target=link.open, kwargs={"patience_s": 10})
    opening.start()

    time.sleep(0.5)
    late.start()
    opening.join(10)

    assert link.connected
    link.close()
