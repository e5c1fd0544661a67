"""Sensors behind Zigbee2MQTT: `<base topic>/<friendly name>`, the state of one device as JSON.

Updates are partial: a message without a temperature holds no reading and is no fault. The bridge,
the availability and the commands of a device have topics of their own and hold no reading either.
A friendly name may contain slashes, the base topic may not. `last_seen` is off, ISO 8601 or
milliseconds since 1970.
"""

from datetime import datetime
from typing import Any

from sensors.domain.readings import Decoded
from sensors.payloads import parsing
from sensors.payloads.parsing import UndecodablePayload

MAX_BYTES = 65_536
_NO_READING = {"availability", "set", "get"}


def decode(topic: str, payload: bytes) -> list[Decoded]:
    """Return the reading of one state message, or nothing where it holds none."""
    _, _, name = topic.partition("/")
    if name.startswith("bridge/") or name.rpartition("/")[2] in _NO_READING:
        return []
    device = parsing.name_of(name, "the device in the topic")
    state = parsing.object_of(parsing.json_of(payload, MAX_BYTES), "the message")
    _refuse_other_device(state, device)
    if "temperature" not in state:
        return []
    centi, fault = parsing.centi_of(state["temperature"], "temperature")
    return [
        Decoded(
            device=device,
            channel="",
            at=_last_seen(state.get("last_seen")),
            centi=centi,
            fault=fault,
            humidity_pct=parsing.percent_or_none(state.get("humidity")),
            battery_pct=parsing.percent_or_none(state.get("battery")),
            door_open=_door_open(state.get("contact")),
        )
    ]


def _refuse_other_device(state: dict[str, Any], device: str) -> None:  # Any: JSON as it came.
    """Compare with the device that Zigbee2MQTT adds where it is told to."""
    named = state.get("device")
    if isinstance(named, dict) and named.get("friendlyName", device) != device:
        raise UndecodablePayload("the payload names another device than its topic")


def _last_seen(value: object) -> datetime | None:
    if type(value) is int or type(value) is float:
        return parsing.epoch_instant(value / 1000 if abs(value) < 1e15 else float("inf"))
    return parsing.iso_instant(value)


def _door_open(contact: object) -> bool | None:
    """A door sensor's contact is closed while the door is."""
    return not contact if isinstance(contact, bool) else None
