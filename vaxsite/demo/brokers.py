"""The demonstration's own broker: mosquitto where the machine has it, else amqtt."""

import os
import re
import shutil
import socket
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

# What the shipped configuration says of places on the machine; everything else stays as shipped.
PLACES = re.compile(r"^(listener|persistence_location|user|log_dest)\b.*$", re.MULTILINE)
SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "mosquitto" / "vaxsite.conf"

AMQTT_CONFIG = """\
listeners:
  default:
    type: tcp
    bind: 127.0.0.1:{port}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
"""


class NoBroker(Exception):
    """Neither mosquitto nor amqtt is there."""


@dataclass(frozen=True)
class DemoBroker:
    """How to start the broker, and how to reach it."""

    argv: list[str]
    url: str
    note: str | None  # What a person must know about it.


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find(folder: Path) -> DemoBroker:
    """Write the configuration of a broker into *folder*; prefer mosquitto."""
    port = free_port()
    program = shutil.which("mosquitto") or shutil.which(
        "mosquitto", path="/usr/sbin:/usr/local/sbin"
    )
    if program is not None:
        return _mosquitto(program, folder, port)
    if find_spec("amqtt") is not None:
        return _amqtt(folder, port)
    raise NoBroker("No MQTT broker: install mosquitto, for example with `apt install mosquitto`.")


def _mosquitto(program: str, folder: Path, port: int) -> DemoBroker:
    store = folder / "mosquitto"
    store.mkdir(exist_ok=True)
    shipped = SHIPPED.read_text(encoding="utf-8") if SHIPPED.exists() else _minimal()
    lines = [
        PLACES.sub("", shipped),
        f"persistence_location {store}/",
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        f"log_dest file {store / 'log'}",
    ]
    if os.geteuid() == 0:
        lines.append("user root")  # Else it gives up its rights and cannot write into the folder.
    config = store / "mosquitto.conf"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return DemoBroker([program, "-c", str(config)], f"mqtt://127.0.0.1:{port}", None)


def _minimal() -> str:
    """Return the settings without which a queue would be cut, where the shipped file is absent."""
    return "persistence true\nautosave_interval 5\nmax_queued_messages 0"


def _amqtt(folder: Path, port: int) -> DemoBroker:
    config = folder / "amqtt.yaml"
    config.write_text(AMQTT_CONFIG.format(port=port), encoding="utf-8")
    return DemoBroker(
        [str(Path(sys.executable).with_name("amqtt")), "-c", str(config)],
        f"mqtt://127.0.0.1:{port}?version=3",
        "mosquitto is not installed, so amqtt is the broker. It is good for this demonstration "
        "only: it loses messages that wait for a process which is away.",
    )
