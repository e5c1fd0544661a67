"""The composition root of the cold chain: `python -m sensors subscribe | watch | ...`."""

import argparse
import dataclasses
import json
import logging as stdlib_logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.schedulers.base import SchedulerNotRunningError

from sensors import logging, settings, watch
from sensors.channels.apprise import Apprise
from sensors.channels.console import Console
from sensors.channels.email import Email
from sensors.channels.message import Channel
from sensors.domain.readings import Decoded
from sensors.mqtt.subscriber import Subscriber
from sensors.payloads import registry
from sensors.payloads.parsing import UndecodablePayload
from sensors.settings import SensorSettings, SettingsInvalid
from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sensors", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("subscribe", help="take readings in from the broker")
    commands.add_parser("watch", help="notice silence, send notices")
    for name, about in (
        ("simulate", "publish the readings of made-up fridges"),
        ("replay", "publish a recorded CSV at a chosen speed"),
    ):
        commands.add_parser(name, help=about, add_help=False)
    decode = commands.add_parser("decode", help="print the readings of a payload")
    decode.add_argument("kind", choices=sorted(registry.KINDS), help="the make of the payload")
    decode.add_argument("file", type=Path, help="the payload, - for standard input")
    decode.add_argument("--topic", default="vaxsite/device/reading", help="where it came from")
    arguments, rest = parser.parse_known_args(argv)
    if rest and arguments.command not in ("simulate", "replay"):
        parser.error(f"unrecognised arguments: {' '.join(rest)}")
    match arguments.command:
        case "subscribe":
            return _with_settings(_subscribe)
        case "watch":
            return _with_settings(_watch)
        case "decode":
            return _decode(arguments.kind, arguments.file, arguments.topic)
        case _:
            return _simulate(arguments.command, rest)


def _with_settings(command: "Command") -> int:
    try:
        read = settings.read(SensorSettings, os.environ)
        encrypted.load_keys(read.data_keys)
    except SettingsInvalid as err:
        print(err, file=sys.stderr)  # noqa: T201 - for the person who started it
        return 2
    logging.configure()
    return command(read)
