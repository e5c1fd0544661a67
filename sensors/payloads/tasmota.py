"""Tasmota: `tele/<device>/SENSOR`, one JSON object with every sensor of the device.

A probe that has an id is known by it, since the numbers of "DS18B20-1", "DS18B20-2" change with
the wiring; others are known by their name. `Time` is local: without an offset (SetOption52) nobody
knows which instant it means, and the receipt counts. State, info and last will hold no reading.
"""

from datetime import datetime
from typing import Any

from sensors.domain.readings import UNREADABLE_TIME, Decoded, Fault
from sensors.payloads import parsing

MAX_BYTES = 65_536


def decode(topic: str, payload: bytes) -> list[Decoded]:
    """Return one reading for each sensor that has a temperature."""
    parts = topic.split("/")
    if parts[-1] != "SENSOR":
        return []
    # The prefix stands before or after the name, as FullTopic says.
    name = "/".join(part for part in parts[:-1] if part != "tele")
    device = parsing.name_of(name, "the device in the topic")
    message = parsing.object_of(parsing.json_of(payload, MAX_BYTES), "the message")
    fahrenheit = message.get("TempUnit") == "F"
    at = _time(message.get("Time"))
    return [
        _reading(device, name, sensor, fahrenheit, at)
        for name, sensor in message.items()
        if isinstance(sensor, dict) and "Temperature" in sensor
    ]


def _reading(
    device: str,
    name: str,
    sensor: dict[str, Any],  # Any: JSON as it came.
    fahrenheit: bool,
    at: datetime | None,
) -> Decoded:
    centi, fault = _centi(sensor["Temperature"], name, fahrenheit)
    return Decoded(
        device=device,
        channel=parsing.name_of(sensor.get("Id", name), f"the id of {name[:40]!r}"),
        at=at,
        centi=centi,
        fault=fault,
        humidity_pct=parsing.percent_or_none(sensor.get("Humidity")),
    )


def _centi(value: object, name: str, fahrenheit: bool) -> tuple[int | None, Fault | None]:
    celsius = parsing.celsius_of(value) if fahrenheit else value
    centi, fault = parsing.centi_of(celsius, f"the temperature of {name[:40]!r}")
    return parsing.ds18b20(centi, fault) if name.startswith("DS18") else (centi, fault)


def _time(value: object) -> datetime | None:
    """Return the time where it has an offset; a clock that was never set begins at 1970."""
    if isinstance(value, str) and value.startswith("1970-"):
        return UNREADABLE_TIME
    at = parsing.iso_instant(value)
    return None if at is UNREADABLE_TIME else at
