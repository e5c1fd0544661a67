"""The composition root of the cold chain: `python -m sensors subscribe | watch | ...`."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import BinaryIO

import click
from apscheduler.schedulers.base import SchedulerNotRunningError  # type: ignore[import-untyped]  # APScheduler 3 ships no types.

from sensors import logging, settings, watch
from sensors.channels.apprise import Apprise
from sensors.channels.cce_push import CcePush
from sensors.channels.console import Console
from sensors.channels.email import Email
from sensors.channels.message import Channel
from sensors.channels.outbound import Outbound
from sensors.channels.text import TextMessages
from sensors.channels.voice import Voice
from sensors.channels.webhook import Webhook
from sensors.domain.readings import Decoded
from sensors.mqtt.publishing import CceMqtt
from sensors.mqtt.siren import MqttSiren
from sensors.mqtt.subscriber import Subscriber
from sensors.payloads import registry
from sensors.payloads.parsing import UndecodablePayload
from sensors.settings import SensorSettings, SettingsInvalid
from sensors.simulator import commands
from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory


@click.group()
def main() -> None:
    """Take readings in, watch the fridges, and try both out."""


@main.command()
def subscribe() -> None:
    """Take readings in from the broker until stopped."""
    read = _settings()
    subscriber = Subscriber(
        session_factory(open_engine(read.database_url, pool_size=2)),
        settings.broker(read.mqtt_url),
        read.mqtt_client_id,
        credentials=read.mqtt_credentials,
        clock=_now,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: subscriber.stop())
    subscriber.run()


@main.command(name="watch")
def watch_() -> None:
    """Notice silence and send notices until stopped."""
    read = _settings()
    engine = open_engine(read.database_url, pool_size=8)
    siren = MqttSiren(settings.broker(read.mqtt_url), read.mqtt_credentials)
    watching = watch.Watch(session_factory(engine), _channels(read), _now, siren, read.public_url)
    scheduler = watch.scheduler(watching)

    def shut_down() -> None:
        while True:
            try:
                scheduler.shutdown(wait=False)
                break
            except SchedulerNotRunningError:  # Asked to stop before it had begun.
                time.sleep(0.05)

    for number in (signal.SIGINT, signal.SIGTERM):
        # In a thread of its own: the one that the signal interrupts may hold the scheduler's lock.
        signal.signal(number, lambda *_: threading.Thread(target=shut_down).start())
    scheduler.start()
    watching.leave()
    siren.close()


@main.command()
@click.argument("kind", type=click.Choice(sorted(registry.KINDS)))
@click.argument("file", type=click.File("rb"))
@click.option("--topic", default="vaxsite/device/reading", help="The topic it came on.")
@click.pass_context
def decode(ctx: click.Context, kind: str, file: BinaryIO, topic: str) -> None:
    """Print the readings of the payload FILE (- is standard input), one JSON object a line."""
    try:
        readings = registry.decode(kind, topic, file.read())
    except UndecodablePayload as err:
        click.echo(f"Error: {err.reason}", err=True)
        ctx.exit(1)
    for reading in readings:
        click.echo(json.dumps(_printable(reading), ensure_ascii=False))


main.add_command(commands.simulate)
main.add_command(commands.replay)


def _settings() -> SensorSettings:
    """Read the environment; every fault is told at once, with exit code 2."""
    try:
        read = settings.read(SensorSettings, os.environ)
        encrypted.load_keys(read.data_keys)
    except (SettingsInvalid, ValueError) as err:
        click.echo(str(err), err=True)
        raise SystemExit(2) from err
    logging.configure()
    return read


def _channels(read: SensorSettings) -> Mapping[str, Channel]:
    outbound = Outbound(read.outbound_hosts)
    apprise, webhook = Apprise(), Webhook(outbound)
    channels: dict[str, Channel] = {
        "console": Console(sys.stdout),
        "apprise": apprise,
        "webhook": webhook,
        "text": TextMessages(webhook, apprise),
        "cce_http": CcePush(outbound),
        "cce_mqtt": CceMqtt(settings.broker(read.mqtt_url), read.mqtt_credentials),
    }
    if read.voice_url:
        channels["voice"] = Voice(read.voice_url, outbound)
    if read.smtp_url:
        channels["email"] = Email(read.smtp_url, read.mail_from)
    return channels


def _printable(reading: Decoded) -> dict[str, object]:
    fields = reading._asdict()
    fields["at"] = None if reading.at is None else reading.at.isoformat()
    return {name: value for name, value in fields.items() if value is not None}


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
