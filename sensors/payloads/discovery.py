"""Devices that announce themselves: configurations as Home Assistant's MQTT discovery defines them.

`<prefix>/sensor/[<node>/]<object>/config`, retained, one sensor each, or
`<prefix>/device/.../config` with several. Only temperatures are of interest. A template is never
run: what it points at is read where it is as simple as `value_json.a.b`. An announcement is no
reading and proves nothing; it is offered to a person, who decides. An empty payload withdraws, and
announces nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sensors.payloads import parsing
from sensors.payloads.parsing import UndecodablePayload

Json = dict[str, Any]  # Any: JSON as it came.

MAX_BYTES = 65_536
# The short forms of the keys used here: Home Assistant, MQTT, "Supported abbreviations".
LONG = {
    "cmps": "components",
    "dev": "device",
    "dev_cla": "device_class",
    "ids": "identifiers",
    "o": "origin",
    "p": "platform",
    "stat_t": "state_topic",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}
UNITS = ("°C", "°F", "C", "F")

_STEP = re.compile(r"\.(\w+)|\['([^']+)'\]|\[\"([^\"]+)\"\]")
_TEMPLATE = re.compile(
    r"\{\{\s*value_json((?:\.\w+|\['[^']+'\]|\[\"[^\"]+\"\])+)\s*(?:\|\s*\w+(?:\(\d\))?\s*)?\}\}"
)


@dataclass(frozen=True, slots=True)
class Announced:
    """A temperature that a device says it will send.

    `topic` is where it will come; `kind`, `device` and `channel` are the decoder that reads it
    there and the names that it will give. `kind` is None where no decoder of ours does.
    """

    device: str
    channel: str
    name: str
    topic: str
    kind: str | None


def announced(topic: str, payload: bytes) -> list[Announced]:
    """Return the temperatures that one configuration announces, in its own order."""
    parts = topic.split("/")
    if len(parts) < 4 or parts[-1] != "config":
        raise UndecodablePayload("the topic is not <prefix>/<component>/<object>/config")
    if not payload:
        return []
    config = _long(parsing.object_of(parsing.json_of(payload, MAX_BYTES), "the configuration"))
    several = config.get("components")
    if isinstance(several, dict):
        components = [_long(one) for one in several.values() if isinstance(one, dict)]
        return [
            _announced({**config, **one})
            for one in components
            if one.get("platform") == "sensor" and _is_temperature(one)
        ]
    is_sensor = "sensor" in parts[:-2]
    return [_announced(config)] if is_sensor and _is_temperature(config) else []


def _long(config: Json) -> Json:
    return {LONG.get(key, key): value for key, value in config.items()}


def _is_temperature(config: Json) -> bool:
    unit, kind = config.get("unit_of_measurement"), config.get("device_class")
    return kind == "temperature" or (kind is None and unit in UNITS)


def _announced(config: Json) -> Announced:
    base = config.get("~")
    where = config.get("state_topic")
    if isinstance(where, str) and isinstance(base, str):
        where = re.sub(r"^~|~$", lambda _: base, where)
    topic = parsing.name_of(where, "state_topic")
    device = config.get("device")
    about = _long(device) if isinstance(device, dict) else {}
    kind, name, channel = _read_by(topic, _path(config), _maker(config, about)) or (
        None,
        _first(about.get("identifiers"), config.get("unique_id"), topic),
        "",
    )
    return Announced(
        device=parsing.name_of(name, "the device"),
        channel=parsing.name_or_none(channel) or "",
        name=_called(about.get("name"), config.get("name")) or name,
        topic=topic,
        kind=kind,
    )


def _read_by(topic: str, path: tuple[str, ...], maker: str) -> tuple[str, str, str] | None:
    """Return the decoder that reads *topic*, with the names of device and channel it will give."""
    parts = topic.split("/")
    head = "/".join(parts[:-1])
    last = path[-1] if path else ""
    if len(parts) > 1 and parts[-2] == "BTtoMQTT" and last.startswith("tempc"):
        return "theengs", _with_colons(parts[-1]), last.removeprefix("tempc")
    if parts[-1] == "SENSOR" and last == "Temperature":
        return "tasmota", "/".join(part for part in parts[:-1] if part != "tele"), path[0]
    if last == "tC" and parts[-1].startswith("temperature:"):
        return "shelly", head.removesuffix("/status"), parts[-1]
    if len(path) > 1 and last == "tC" and topic.endswith("/events/rpc"):
        return "shelly", topic.removesuffix("/events/rpc"), path[-2]
    if not path and len(parts) > 3 and parts[-3] == "sensor" and parts[-1] == "state":
        return "esphome", "/".join(parts[:-3]), parts[-2]
    if path == ("temperature",) and len(parts) > 1 and "zigbee2mqtt" in maker:
        return "zigbee2mqtt", "/".join(parts[1:]), ""
    return None


def _path(config: Json) -> tuple[str, ...]:
    """Return the names that a simple template goes along; none where there is no simple one."""
    template = config.get("value_template")
    found = _TEMPLATE.fullmatch(template.strip()) if isinstance(template, str) else None
    return () if found is None else tuple("".join(step) for step in _STEP.findall(found[1]))


def _maker(config: Json, about: Mapping[str, object]) -> str:
    """Return in small letters what tells who wrote the configuration."""
    origin = config.get("origin")
    name = origin.get("name") if isinstance(origin, dict) else None
    return f"{name} {about.get('identifiers')}".lower()


def _first(identifiers: object, unique_id: object, topic: str) -> str:
    """Return the first name of a device that is one."""
    several = identifiers if isinstance(identifiers, list) else [identifiers]
    names = (parsing.name_or_none(one) for one in [*several, unique_id])
    return next((name for name in names if name is not None), topic)


def _called(*names: object) -> str:
    """Return the names of device and sensor that are there, in one line."""
    given = (parsing.name_or_none(name) for name in names)
    return " ".join(dict.fromkeys(name for name in given if name is not None))


def _with_colons(mac: str) -> str:
    if re.fullmatch(r"[0-9A-Fa-f]{12}", mac) is None:
        return mac
    return ":".join(mac[place : place + 2] for place in range(0, 12, 2)).upper()
