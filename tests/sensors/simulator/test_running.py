"""A fleet tells its history at once, then lives, and every reading arrives."""

import json
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sensors.settings import broker
from sensors.simulator.fleet import Device, Effect, Happening
from sensors.simulator.link import Link
from sensors.simulator.physics import CABINETS
from sensors.simulator.running import Fleet, run
from tests.sensors.simulator.conftest import Listener

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DEVICES = (
    Device("ward", CABINETS["small-fridge"], every_s=10, history_every_s=60),
    Device("store", CABINETS["freezer"], every_s=10, history_every_s=60),
    Device(
        "mute",
        CABINETS["freezer"],
        every_s=10,
        history_every_s=60,
        happenings=(Happening(Effect.SILENCE, begins_s=-600),),
    ),
)


class Running:
    """A fleet that runs on a thread against a clock of its own, which jumps to what is due."""

    def __init__(self, url: str, until_s: float) -> None:
        since = NOON - timedelta(hours=4)
        self.fleet = Fleet(DEVICES, seed=3, since=since, live_from=NOON)
        self.link = Link(
            broker(url),
            client_id="simulator",
            credentials=None,
            on_ack=lambda name, body: self.fleet.acknowledged(name, body, self.now),
        )
        self.now, self.until = NOON, NOON + timedelta(seconds=until_s)
        self.stop = _Jump(self)

    def run(self) -> None:
        """Run until the clock reaches its end."""
        self.link.open()
        run(self.fleet, self.link, speed=None, clock=lambda: self.now, stop=self.stop)
        self.link.drain()


class _Jump(threading.Event):
    """Waits by moving the clock on."""

    def __init__(self, running: Running) -> None:
        super().__init__()
        self.running = running

    def wait(self, timeout: float | None = None) -> bool:
        """Move the clock; tell whether its end is reached."""
        self.running.now += timedelta(seconds=timeout or 0)
        return self.running.now >= self.running.until


@pytest.mark.mosquitto
def test_history_and_live_readings_all_arrive_in_order(broker_url: str, listener: Listener) -> None:
    """Four hours of history and thirty live seconds arrive without a gap, device by device.

    Nobody answers here, so the first reading comes once for every knock.
    """
    running = Running(broker_url, until_s=30)

    running.run()

    # 240 history readings, of the mute device 230; live at 0, 10 and 20 seconds.
    listener.wait_for(20 + 5 + 5 + 3)  # Lists of a hundred, then live ones; 20 knocks.
    running.link.close()
    by_device: dict[str, list[int]] = {}
    for topic, body in listener.messages:
        items = json.loads(body)
        items = items if isinstance(items, list) else [items]
        by_device.setdefault(topic.split("/")[1], []).extend(item["seq"] for item in items)
    assert {name: len(set(seqs)) for name, seqs in by_device.items()} == {
        "ward": 243,
        "store": 243,
        "mute": 230,
    }
    assert all(seqs == sorted(seqs) for seqs in by_device.values())


@pytest.mark.mosquitto
def test_acknowledgement_over_the_broker_empties_the_memory(
    broker_url: str, listener: Listener
) -> None:
    """What the application says that it stored is forgotten by its device only."""
    running = Running(broker_url, until_s=30)
    running.run()
    ward = running.fleet.loggers["ward"]

    answer = json.dumps({"boot": ward.boot, "stored_to": 243}).encode()
    listener.client.publish("vaxsite/ward/ack", answer, qos=1)
    deadline = time.monotonic() + 5
    while ward.kept and time.monotonic() < deadline:
        time.sleep(0.02)
    running.link.close()

    assert not ward.kept
    assert len(running.fleet.loggers["store"].kept) == 243


@pytest.mark.mosquitto
def test_command_runs_a_fleet_file_until_it_is_told_to_stop(
    broker_url: str, listener: Listener, tmp_path: Path
) -> None:
    """The command publishes what the file describes and ends with 0 on SIGTERM."""
    file = tmp_path / "fleet.toml"
    file.write_text('[[device]]\nname = "ward"\ncabinet = "freezer"\nevery_s = 1\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "sensors", "simulate", "--fleet", str(file)],
        env={**os.environ, "VAXSITE_MQTT_URL": broker_url},
    )

    listener.wait_for(2)
    process.terminate()

    assert process.wait(10) == 0
    assert {topic for topic, _ in listener.messages} == {"vaxsite/ward/reading"}
    assert all(-30 < reading["c"] < -15 for reading in listener.readings())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--fleet", "nowhere.toml"), "nowhere.toml"),
        (("--scenario", "flood@xinwu-fridge-1"), "'flood' is not a valid Effect"),
        (("--history", "a day"), "a day is not a duration"),
        (("--speed", "0"), "0 is neither a number above 0 nor max"),
    ],
)
def test_command_with_wrong_options_says_what_is_wrong(
    options: tuple[str, str], sentence: str
) -> None:
    """A wrong option ends with 2 and one sentence before anything is connected."""
    done = subprocess.run(
        [sys.executable, "-m", "sensors", "simulate", *options],
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
