"""Our own devices: `vaxsite/<device>/reading`, one JSON object or a list from the device's memory.

    {"boot": "7f3a", "seq": 812, "at": "2026-01-12T03:04:05Z", "c": 4.61, "humidity": 48.0,
     "battery": 87, "door": false, "power": true, "ambient": 21.3, "compressor": true}

`c` must be there, as a number or null. `at` may be missing (no clock); a number is seconds since
1970. A message is decoded whole or refused whole, so that what is set aside is what was sent.
What a reading can do without is dropped where it makes no sense.
"""

from datetime import datetime

from sensors.domain.readings import Decoded, Source
from sensors.payloads import parsing
from sensors.payloads.parsing import UndecodablePayload

# Some 2,500 readings: a device with more of them in store sends several messages.
MAX_BYTES = 262_144


def decode(topic: str, payload: bytes) -> list[Decoded]:
    """Return the readings of one message in its own order."""
    device = _device(topic)
    message = parsing.json_of(payload, MAX_BYTES)
    if isinstance(message, list):
        readings = parsing.list_of(message, "the message")
        return [_reading(device, reading, Source.STORED) for reading in readings]
    return [_reading(device, message, Source.LIVE)]


def _device(topic: str) -> str:
    parts = topic.split("/")
    if len(parts) != 3 or parts[2] != "reading":
        raise UndecodablePayload("the topic is not <prefix>/<device>/reading")
    return parsing.name_of(parts[1], "the device in the topic")


def _reading(device: str, message: object, source: Source) -> Decoded:
    fields = parsing.object_of(message, "a reading")
    if "c" not in fields:
        raise UndecodablePayload("a reading has no c")
    if fields.get("device", device) != device:
        raise UndecodablePayload("the payload names another device than its topic")
    centi, fault = parsing.centi_of(fields["c"], "c")
    get = fields.get
    return Decoded(
        device,
        "",
        _at(get("at")),
        centi,
        fault,
        parsing.name_or_none(get("boot")),
        parsing.seq_or_none(get("seq")),
        parsing.centi_or_none(get("ambient")),
        parsing.percent_or_none(get("humidity")),
        parsing.percent_or_none(get("battery")),
        parsing.flag_or_none(get("door")),
        parsing.flag_or_none(get("power")),
        source,
        parsing.flag_or_none(get("compressor")),
    )


def _at(value: object) -> datetime | None:
    if type(value) is int or type(value) is float:
        return parsing.epoch_instant(value)
    return parsing.iso_instant(value)
