"""The values by which makers say "no value": in every decoder a fault, never a temperature."""

from collections.abc import Callable

import pytest

from sensors.domain.readings import Decoded
from sensors.payloads.registry import decode
from tests.sensors.payloads import examples

# 16 bits, signed or not, in hundredths and tenths; the library of the DS18B20; Ruuvi; JSON's own.
SENTINELS = [
    *("327.67", "-327.68", "3276.7", "-3276.8", "655.35", "6553.5", "65535", "32767", "-32768"),
    *("-127", "-127.0", "163.835", "-163.84", "NaN"),
]
POWER_ON = "85.0"


def in_json(kind: str, topic: str, before: str, after: str = "}") -> Callable[[str], list[Decoded]]:
    """Return what decodes a value written into the message of *kind*."""
    return lambda value: decode(kind, topic, f"{before}{value}{after}".encode())


WRITTEN = {
    "native_json": in_json("native_json", "vaxsite/f/reading", '{"c":'),
    "zigbee2mqtt": in_json("zigbee2mqtt", "zigbee2mqtt/f", '{"temperature":'),
    "tasmota": in_json(
        "tasmota", "tele/f/SENSOR", '{"DS18B20-1":{"Id":"A","Temperature":', '},"TempUnit":"C"}'
    ),
    "shelly": in_json("shelly", "f/status/temperature:100", '{"id":100,"tC":'),
    "esphome": in_json("esphome", "f/sensor/probe/state", "", ""),
    "theengs": in_json("theengs", "home/g/BTtoMQTT/x", '{"id":"x","tempc":'),
    "rtl_433": in_json("rtl_433", "rtl_433/h/events", '{"model":"m","id":1,"temperature_C":'),
}
CHIPS = ["tasmota", "shelly", "esphome"]  # Makes whose probes are DS18B20.

# The same in the bytes of LoRaWAN devices: port and hexadecimal, by codec.
IN_BYTES = [
    *(("lht65n", 2, f"CBF60B0D037601{probe}7FFF") for probe in ("7FFF", "8000", "CE64", "2134")),
    *(("em300", 85, f"0367{probe}") for probe in ("FF7F", "0080", "0AFB")),
    *(("elsys", 5, f"0C{probe}") for probe in ("7FFF", "8000", "FB0A", "0352")),
]


@pytest.mark.parametrize("value", SENTINELS)
@pytest.mark.parametrize("kind", WRITTEN)
def test_a_sentinel_is_a_fault_in_every_make(kind: str, value: str) -> None:
    """Stored as a fault, so that the wall says that the probe is blind."""
    (reading,) = WRITTEN[kind](value)

    assert reading.centi is None
    assert reading.fault is not None


@pytest.mark.parametrize("kind", WRITTEN)
def test_the_power_on_value_is_a_fault_of_its_chip_only(kind: str) -> None:
    """85 degrees: of a DS18B20 nothing measured yet, of another sensor a temperature."""
    (reading,) = WRITTEN[kind](POWER_ON)

    assert reading.centi == (None if kind in CHIPS else 8_500)


@pytest.mark.parametrize("kind", CHIPS)
@pytest.mark.parametrize(("value", "centi"), [("84.94", 8_494), ("85.06", 8_506)])
def test_what_lies_beside_the_power_on_value_is_a_temperature(
    kind: str, value: str, centi: int
) -> None:
    """The chip's steps of a sixteenth: only the very value is the sentinel."""
    (reading,) = WRITTEN[kind](value)

    assert reading.centi == centi


@pytest.mark.parametrize("server", examples.ENVELOPES)
@pytest.mark.parametrize(("codec", "port", "data"), IN_BYTES)
def test_a_sentinel_in_the_bytes_is_a_fault(server: str, codec: str, port: int, data: str) -> None:
    """Both ends of 16 bits, -127 and, where the probe is a DS18B20, 85 degrees."""
    topic, payload = examples.ENVELOPES[server](port, bytes.fromhex(data))

    (reading,) = decode(f"{server}_{codec}", topic, payload)

    assert reading.centi is None
    assert reading.fault is not None
