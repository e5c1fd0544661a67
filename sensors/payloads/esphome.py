"""ESPHome: `<prefix>/sensor/<name>/state`, the value as bare text in the unit of the device.

A device is its prefix, a channel the name of the sensor. The payload has neither unit nor time:
bind the topics of sensors in degrees Celsius only. Names that end in what ESPHome's own components
call other quantities hold no reading. 85 degrees is the power-on value of a DS18B20.
"""

import re

from sensors.domain.readings import Decoded
from sensors.payloads import parsing
from sensors.payloads.parsing import UndecodablePayload

MAX_BYTES = 32
OTHER_QUANTITIES = ("battery", "humidity", "level", "pressure", "signal", "uptime", "voltage")
_NUMBER = re.compile(r"[+-]?(\d{1,12}(\.\d{1,12})?|inf|nan)", re.ASCII | re.IGNORECASE)


def decode(topic: str, payload: bytes) -> list[Decoded]:
    """Return the reading of one sensor; every other topic of the device holds none."""
    parts = topic.split("/")
    if len(parts) < 4 or parts[-3] != "sensor" or parts[-1] != "state":
        return []
    channel = parsing.name_of(parts[-2], "the sensor in the topic")
    if channel.endswith(OTHER_QUANTITIES):
        return []
    device = parsing.name_of("/".join(parts[:-3]), "the device in the topic")
    text = payload[:MAX_BYTES].decode("ascii", errors="replace")
    if len(payload) > MAX_BYTES or _NUMBER.fullmatch(text) is None:
        raise UndecodablePayload("the state is not a number")
    centi, fault = parsing.ds18b20(*parsing.centi_of(float(text), "the state"))
    return [Decoded(device=device, channel=channel, at=None, centi=centi, fault=fault)]
