"""What devices announce about themselves, as Home Assistant's discovery defines it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.payloads.discovery import Announced, announced
from sensors.payloads.registry import KINDS, UndecodablePayload
from tests.sensors.payloads.test_any_bytes import JSON_VALUES, changed, places

TOPIC = "homeassistant/sensor/0x01/temperature/config"

ZIGBEE = {
    "name": "Temperature",
    "state_topic": "zigbee2mqtt/fridge 3",
    "unit_of_measurement": "°C",
    "device_class": "temperature",
    "value_template": "{{ value_json.temperature }}",
    "unique_id": "0x01_temperature_zigbee2mqtt",
    "availability": [{"topic": "zigbee2mqtt/bridge/state"}],
    "device": {"identifiers": ["zigbee2mqtt_0x01"], "name": "fridge 3"},
}
CASES: dict[str, tuple[dict[str, Any], Announced]] = {
    "Zigbee2MQTT": (
        ZIGBEE,
        Announced("fridge 3", "", "fridge 3 Temperature", "zigbee2mqtt/fridge 3", "zigbee2mqtt"),
    ),
    "short keys, base topic, another notation": (
        {
            "~": "home/OMG_1",
            "stat_t": "~/BTtoMQTT/A4C138010203",
            "unit_of_meas": "°C",
            "dev_cla": "temperature",
            "val_tpl": "{{ value_json['tempc2'] | is_defined }}",
            "uniq_id": "A4C138010203-tempc2",
            "dev": {"ids": ["A4C138010203"], "name": "H5075"},
        },
        Announced("A4:C1:38:01:02:03", "2", "H5075", "home/OMG_1/BTtoMQTT/A4C138010203", "theengs"),
    ),
    "Tasmota": (
        {
            "state_topic": "tele/fridge-3/SENSOR",
            "unit_of_measurement": "°C",
            "value_template": "{{value_json['DS18B20-1'].Temperature}}",
        },
        Announced("fridge-3", "DS18B20-1", "fridge-3", "tele/fridge-3/SENSOR", "tasmota"),
    ),
    "Shelly": (
        {
            "name": "probe",
            "state_topic": "shellyplus1-1/status/temperature:100",
            "device_class": "temperature",
            "value_template": "{{ value_json.tC }}",
        },
        Announced(
            "shellyplus1-1",
            "temperature:100",
            "probe",
            "shellyplus1-1/status/temperature:100",
            "shelly",
        ),
    ),
    "ESPHome": (
        {"state_topic": "site/f3/sensor/probe/state", "dev_cla": "temperature", "name": "Probe"},
        Announced("site/f3", "probe", "Probe", "site/f3/sensor/probe/state", "esphome"),
    ),
    "a make that no decoder reads": (
        {
            "name": None,
            "state_topic": "odd/1",
            "device_class": "temperature",
            "value_template": "{{ states('x') | float + 1 }}",
            "device": {"identifiers": "odd-1"},
        },
        Announced("odd-1", "", "odd-1", "odd/1", None),
    ),
}


def read(config: object, topic: str = TOPIC) -> list[Announced]:
    """Return what *config* announces as it would arrive."""
    return announced(topic, json.dumps(config).encode())


@pytest.mark.parametrize(("config", "expected"), CASES.values(), ids=CASES)
def test_a_temperature_is_announced_with_the_decoder_that_reads_it(
    config: dict[str, Any],  # Any: JSON.
    expected: Announced,
) -> None:
    """Device and channel are those that the decoder will give."""
    assert read(config) == [expected]
    assert expected.kind is None or expected.kind in KINDS


def test_several_sensors_of_one_device_are_announced_together() -> None:
    """The newer form: what they share stands once."""
    config = {
        "dev": {"ids": "shellyplus1-1"},
        "state_topic": "shellyplus1-1/events/rpc",
        "cmps": {
            "a": {
                "p": "sensor",
                "dev_cla": "temperature",
                "val_tpl": "{{ value_json.params['temperature:100'].tC }}",
            },
            "b": {"p": "sensor", "dev_cla": "humidity"},
            "c": {"p": "switch", "dev_cla": "temperature"},
        },
    }

    (one,) = read(config, "homeassistant/device/shellyplus1-1/config")

    assert (one.device, one.channel, one.kind) == ("shellyplus1-1", "temperature:100", "shelly")


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (TOPIC, b""),
        (TOPIC, json.dumps({**ZIGBEE, "device_class": "humidity"}).encode()),
        ("homeassistant/binary_sensor/0x01/door/config", json.dumps(ZIGBEE).encode()),
    ],
    ids=["withdrawn", "humidity", "a door"],
)
def test_what_is_no_temperature_announces_nothing(topic: str, payload: bytes) -> None:
    """Neither a withdrawal nor another quantity is offered."""
    assert announced(topic, payload) == []


@pytest.mark.parametrize(
    ("topic", "config", "reason"),
    [
        ("homeassistant/sensor/state", ZIGBEE, "the topic is not"),
        (TOPIC, [ZIGBEE], "the configuration is not an object"),
        (TOPIC, {"device_class": "temperature"}, "state_topic is not a name"),
    ],
)
def test_a_configuration_that_says_too_little_is_refused(
    topic: str, config: object, reason: str
) -> None:
    """With the reason, for the person who looks at what was set aside."""
    with pytest.raises(UndecodablePayload, match=reason):
        read(config, topic)


@settings(max_examples=300, deadline=None)
@given(case=st.sampled_from(list(CASES.values())), data=st.data())
def test_any_value_in_any_place_is_read_or_refused(
    case: tuple[dict[str, Any], Announced],  # Any: JSON.
    data: st.DataObject,
) -> None:
    """A configuration comes from anybody."""
    path = data.draw(st.sampled_from(places(case[0])))
    value = data.draw(JSON_VALUES)

    try:
        found = read(changed(case[0], path, lambda _: value))
    except UndecodablePayload:
        return
    for one in found:
        for text in (one.device, one.channel, one.name, one.topic):
            assert "\0" not in text
            assert len(text) < 1_000
            text.encode()
