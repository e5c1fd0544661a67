"""Theengs Gateway and OpenMQTTGateway: `<prefix>/<gateway>/BTtoMQTT/<MAC without colons>`.

A device is its `id`, whichever gateway heard it; several may, and there is neither a time nor a
count, so the same advertisement heard twice is two readings of one value. `tempc` is channel "",
second probes (`tempc2`, `tempc3`, ...) are "2", "3", ... Messages of presence hold no reading.
"""

import re
from typing import Any

from sensors.domain.readings import Decoded
from sensors.payloads import parsing
from sensors.payloads.parsing import UndecodablePayload

MAX_BYTES = 65_536
_PROBE = re.compile(r"temp([cf])([2-9]?)", re.ASCII)
_MAC = re.compile(r"[0-9A-F]{12}", re.ASCII)


def decode(topic: str, payload: bytes) -> list[Decoded]:
    """Return the readings of one advertisement; other topics of the gateway hold none."""
    parts = topic.split("/")
    if len(parts) < 2 or parts[-2] != "BTtoMQTT":
        return []
    message = parsing.object_of(parsing.json_of(payload, MAX_BYTES), "the message")
    probes = _probes(message)
    if not probes:
        return []
    device = parsing.name_of(message.get("id"), "id")
    heard = parts[-1].upper()
    if _MAC.fullmatch(heard) and device.replace(":", "").upper() != heard:
        raise UndecodablePayload("the payload names another device than its topic")
    return [_reading(device, channel, value, message) for channel, value in probes.items()]


def _probes(message: dict[str, Any]) -> dict[str, object]:  # Any: JSON as it came.
    """Return degrees Celsius by channel; Fahrenheit counts where nothing else is there."""
    found: dict[str, object] = {}
    for key, value in sorted(message.items(), reverse=True):  # tempf before tempc, which wins.
        probe = _PROBE.fullmatch(key)
        if probe is not None:
            found[probe[2]] = parsing.celsius_of(value) if probe[1] == "f" else value
    return dict(sorted(found.items()))


def _reading(
    device: str,
    channel: str,
    value: object,
    message: dict[str, Any],  # Any: JSON as it came.
) -> Decoded:
    centi, fault = parsing.centi_of(value, f"tempc{channel}")
    return Decoded(
        device=device,
        channel=channel,
        at=None,
        centi=centi,
        fault=fault,
        humidity_pct=parsing.percent_or_none(message.get("hum")),
        battery_pct=parsing.percent_or_none(message.get("batt")),
        door_open=parsing.flag_or_none(message.get("open")),
    )
