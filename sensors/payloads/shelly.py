"""Shelly of the second generation and later, with temperature components (H&T, Plus Add-on).

`<prefix>/status/temperature:<id>` is one component, `<prefix>/events/rpc` a notification that may
hold several with their time. Bind one of the two, or each reading is stored twice. A device is its
prefix, a channel is the component. Probes of the add-on (ids from 100) are DS18B20 chips.
Components hold what changed only: without `tC` there is no reading.
"""

from datetime import datetime
from typing import Any

from sensors.domain.readings import Decoded, Fault
from sensors.payloads import parsing

Json = dict[str, Any]  # Any: JSON as it came.

MAX_BYTES = 65_536
NOTIFICATIONS = ["NotifyStatus", "NotifyFullStatus"]  # A list: anything may be looked for.
COMPONENT = "temperature:"


def decode(topic: str, payload: bytes) -> list[Decoded]:
    """Return the readings of one component or notification; other topics hold none."""
    prefix, _, rest = topic.rpartition("/status/")
    if prefix and rest.startswith(COMPONENT):
        component = parsing.object_of(parsing.json_of(payload, MAX_BYTES), "the component")
        return _readings(prefix, {rest: component}, None)
    prefix, _, rest = topic.rpartition("/events/")
    if prefix and rest == "rpc":
        message = parsing.object_of(parsing.json_of(payload, MAX_BYTES), "the notification")
        if message.get("method") not in NOTIFICATIONS:
            return []
        params = parsing.object_of(message.get("params"), "params")
        return _readings(prefix, params, _time(params.get("ts")))
    return []


def _readings(prefix: str, params: Json, at: datetime | None) -> list[Decoded]:
    device = parsing.name_of(prefix, "the device in the topic")
    humidity = _object(params, "humidity:0").get("rh")
    power = _object(params, "devicepower:0")
    return [
        _reading(device, name, component, at, humidity, power)
        for name, component in params.items()
        if name.startswith(COMPONENT) and isinstance(component, dict) and "tC" in component
    ]


def _reading(
    device: str, name: str, component: Json, at: datetime | None, humidity: object, power: Json
) -> Decoded:
    centi, fault = parsing.centi_of(component["tC"], f"tC of {name[:40]!r}")
    if not name.startswith(COMPONENT + "0"):
        centi, fault = parsing.ds18b20(centi, fault)
    if fault is Fault.MISSING and component.get("errors"):
        fault = Fault.REPORTED
    return Decoded(
        device=device,
        channel=parsing.name_of(name, "the component"),
        at=at,
        centi=centi,
        fault=fault,
        humidity_pct=parsing.percent_or_none(humidity),
        battery_pct=parsing.percent_or_none(_object(power, "battery").get("percent")),
        power_on=parsing.flag_or_none(_object(power, "external").get("present")),
    )


def _object(fields: Json, name: str) -> Json:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _time(value: object) -> datetime | None:
    """Read seconds since 1970; null while the device has no time."""
    is_number = type(value) is int or type(value) is float
    return parsing.epoch_instant(value) if is_number else None  # type: ignore[arg-type]  # Looked at above.
