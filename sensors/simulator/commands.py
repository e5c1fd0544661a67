"""The two commands of the simulator: `simulate` a fleet and `replay` a recording."""

import os
import signal
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from sensors import settings
from sensors.simulator import fleet as fleets
from sensors.simulator import replay as replaying
from sensors.simulator import running
from sensors.simulator.link import BrokerUnusable, Link, OnAck

BROKER_PATIENCE_S = 20.0  # Both may be started together.


@dataclass(frozen=True)
class SimulatorSettings:
    """What the simulator needs: only the broker."""

    mqtt_url: str = settings.setting(
        "VAXSITE_MQTT_URL",
        "the broker: mqtt://HOST:PORT or mqtts://HOST:PORT; ?version=3 for a broker without MQTT 5",
        parse=settings.broker_url,
        default="mqtt://127.0.0.1:1883",
    )
    mqtt_credentials: str | None = settings.setting(
        "VAXSITE_MQTT_CREDENTIALS_FILE",
        "a file with USER:PASSWORD for the broker",
        parse=settings.secret_file,
        default=None,
    )


class Unusable(click.ClickException):
    """Nothing can be published; exit code 2."""

    exit_code = 2


class Duration(click.ParamType[int]):
    """`90s`, `5m`, `24h` or `2d` on the command line, as seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Turn the text into seconds; fail with the sentence of the parser."""
        try:
            return fleets.duration_s(str(value))
        except ValueError as err:
            self.fail(str(err), param, ctx)


class Speed(click.ParamType[float | None]):
    """A factor above 0, or `max` for as fast as the broker takes it."""

    name = "speed"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        """Turn the text into a factor; None means as fast as possible."""
        if value == "max":
            return None
        try:
            speed = float(str(value))
        except ValueError:
            speed = 0.0
        if not 0 < speed < float("inf"):
            self.fail(f"{value} is neither a number above 0 nor max", param, ctx)
        return speed


@click.command()
@click.option("--fleet", "source", default="demo", help="A fleet file, or demo.")
@click.option("--scenario", multiple=True, help="EFFECT@DEVICE[:BEGIN[:LASTS]], repeatable.")
@click.option("--history", "history_s", type=Duration(), default="0", help="Time before now: 24h.")
@click.option("--speed", type=Speed(), default="max", help="How fast the history is told.")
@click.option("--seed", type=int, default=1, help="The same seed gives the same fleet.")
def simulate(
    source: str, scenario: tuple[str, ...], history_s: int, speed: float | None, seed: int
) -> None:
    """Run a fleet of simulated fridges against the broker until it is stopped."""
    try:
        devices = fleets.load(source)
        for text in scenario:
            devices = fleets.with_scenario(devices, text)
    except (fleets.FleetInvalid, OSError, UnicodeDecodeError) as err:
        raise Unusable(str(err)) from err
    live_from = datetime.now(UTC).replace(microsecond=0)
    since = live_from - timedelta(seconds=history_s)
    fleet = running.Fleet(devices, seed=seed, since=since, live_from=live_from)
    link = _link(
        "vaxsite-simulator",
        lambda name, body: fleet.acknowledged(name, body, datetime.now(UTC)),
        patience_s=BROKER_PATIENCE_S,
    )
    click.echo(f"{len(devices)} devices, history from {since.isoformat()}", err=True)
    try:
        running.run(fleet, link, speed=speed, clock=lambda: datetime.now(UTC), stop=_stop())
    except BrokerUnusable as err:
        raise Unusable(str(err)) from err
    finally:
        link.close()


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--device", required=True, help="The name under which the readings are published.")
@click.option("--speed", type=Speed(), default="max", help="Recorded seconds in one, or max.")
@click.option("--shift-to-now", is_flag=True, help="Move the recording so that it ends now.")
@click.pass_context
def replay(
    ctx: click.Context, file: Path, device: str, speed: float | None, *, shift_to_now: bool
) -> None:
    """Publish the recording FILE (`at,c` lines); lines that are no readings are reported.

    Exit code 0: all published. 1: lines were set aside. 2: stopped, or the broker failed.
    """
    if not fleets.DEVICE_NAME.fullmatch(device):
        raise click.BadParameter(f"{device!r} cannot stand in a topic", param_hint="--device")
    with file.open("rb") as lines:
        recording = replaying.read_recording(lines)
    for bad in recording.set_aside:
        click.echo(f"{file.name}:{bad.line}: {bad.reason}", err=True)
    shift = timedelta()
    if shift_to_now:
        shift = replaying.shift_to(recording.readings, datetime.now(UTC))
    link = _link(f"vaxsite-replay-{device}")
    try:
        replaying.publish(recording, link, device=device, shift=shift, speed=speed, stop=_stop())
    except BrokerUnusable as err:
        click.echo(f"Error: {err}", err=True)
    finally:
        link.close()
    click.echo(f"{link.published:,} published, {len(recording.set_aside):,} lines set aside")
    if link.published < len(recording.readings):
        missing = len(recording.readings) - link.published
        click.echo(f"Error: {missing:,} readings were not taken by the broker", err=True)
        ctx.exit(2)
    ctx.exit(1 if recording.set_aside else 0)


def _link(client_id: str, on_ack: OnAck | None = None, *, patience_s: float = 0.0) -> Link:
    try:
        read = settings.read(SimulatorSettings, os.environ)
        link = Link(
            settings.broker(read.mqtt_url),
            client_id=client_id,
            credentials=read.mqtt_credentials,
            on_ack=on_ack,
        )
        link.open(patience_s=patience_s)
    except (settings.SettingsInvalid, BrokerUnusable) as err:
        raise Unusable(str(err)) from err
    return link


def _stop() -> threading.Event:
    """Return an event that Ctrl-C and SIGTERM set, so that the connection is closed in order."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
