"""Sensors heard by rtl_433: `<prefix>/<host>/events`, one JSON object a transmission.

Source: rtl_433, DATA_FORMAT. A device is `<model>/<id>`, whichever receiver heard it, a channel the
model's own where it has one: fridge thermometers send "1R" and "2F" for fridge and freezer. Weather
sensors repeat each transmission, and the id of many changes with the battery. `time` is local and
without an offset unless the receiver is told otherwise (-M time:utc:tz).
"""

from datetime import datetime
from typing import Any

from sensors.domain.readings import UNREADABLE_TIME, Decoded
from sensors.payloads import parsing

MAX_BYTES = 16_384


def decode(topic: str, payload: bytes) -> list[Decoded]:
    """Return the reading of one transmission; other topics and sensors hold none."""
    if topic.rpartition("/")[2] != "events":
        return []
    event = parsing.object_of(parsing.json_of(payload, MAX_BYTES), "the event")
    celsius = _celsius(event)
    if celsius is None:
        return []
    centi, fault = parsing.centi_of(celsius, "the temperature")
    channel = event.get("channel", "")
    return [
        Decoded(
            device=f"{parsing.name_of(event.get('model'), 'model')}/{_id(event.get('id'))}",
            channel=str(channel) if type(channel) is int else parsing.name_or_none(channel) or "",
            at=_time(event.get("time")),
            centi=centi,
            fault=fault,
            humidity_pct=parsing.percent_or_none(event.get("humidity")),
        )
    ]


def _celsius(event: dict[str, Any]) -> object:  # Any: JSON as it came.
    if "temperature_F" in event:
        return parsing.celsius_of(event["temperature_F"])
    return event.get("temperature_C")


def _id(value: object) -> str:
    return str(value) if type(value) is int and 0 <= value < 2**63 else parsing.name_of(value, "id")


def _time(value: object) -> datetime | None:
    at = parsing.iso_instant(value)
    return None if at is UNREADABLE_TIME else at
