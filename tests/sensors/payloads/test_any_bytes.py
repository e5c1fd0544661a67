"""Whatever arrives, a decoder returns readings or refuses with a reason; nothing else comes out."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.domain.readings import HIGHEST_CENTI, LOWEST_CENTI, Decoded, Fault
from sensors.payloads.registry import CODECS, KINDS, MAKES, UndecodablePayload, decode
from tests.sensors.payloads import examples

TOPICS = {kind: examples.of(kind)[0].topic for kind in KINDS}
MEGABYTE = b'{"c":4.6,"x":"' + b"x" * 1_000_000 + b'"}'

POISON = {
    "empty": b"",
    "truncated": b'{"c":4.',
    "null": b"null",
    "empty list": b"[]",
    "list of lists": b"[[]]",
    "NaN": b"NaN",
    "NUL in a string": b'{"c":"\\u0000"}',
    "NUL byte": b'{"c":4.6}\x00',
    "half a surrogate": b'{"c":"\\ud800"}',
    "invalid UTF-8": b'{"c":"\xff\xfe"}',
    "UTF-16": '{"c":4.6}'.encode("utf-16"),
    "2,000 deep": b"[" * 2_000 + b"]" * 2_000,
    "2,000 deep objects": b'{"c":' * 2_000 + b"1" + b"}" * 2_000,
    "2,000 deep, cut off": b"[" * 2_000,
    "5,000 digits": b'{"c":' + b"9" * 5_000 + b"}",
    "1 MB": MEGABYTE,
    "wrong types": b'{"c":{"c":[]}}',
    "true": b"true",
    "text": b"online",
}


def check(readings: list[Decoded]) -> None:
    """Check that *readings* can be stored on both databases."""
    for one in readings:
        assert (one.centi is None) is (one.fault is not None)
        assert one.centi is None or LOWEST_CENTI <= one.centi <= HIGHEST_CENTI
        assert one.ambient_centi is None or LOWEST_CENTI <= one.ambient_centi <= HIGHEST_CENTI
        assert one.at is None or one.at.utcoffset() is not None
        assert one.humidity_pct is None or 0 <= one.humidity_pct <= 100
        assert one.battery_pct is None or 0 <= one.battery_pct <= 100
        assert one.seq is None or 0 <= one.seq < 2**63
        for text in (one.device, one.channel, one.boot or "x"):
            assert "\0" not in text
            text.encode()


def survive(kind: str, topic: str, payload: bytes) -> None:
    """Decode, and check that only readings or a reason come out."""
    try:
        check(decode(kind, topic, payload))
    except UndecodablePayload as refused:
        reason = refused.reason
    else:
        return
    assert 0 < len(reason) < 500


# Where the temperature stands in a message; other kinds find none in the poison.
KEYS = {"zigbee2mqtt": b'"temperature"', "theengs": b'"tempc"', "shelly": b'"tC"'}
REFUSING = {"native_json", "zigbee2mqtt", "who_cce"} | {kind for kind in KINDS if kind not in MAKES}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_poison_is_refused_and_never_a_temperature(kind: str, poison: bytes) -> None:
    """The list of what has broken others, in the place of the message or of its temperature."""
    poison = poison.replace(b'"c"', KEYS.get(kind, b'"c"'))

    try:
        readings = decode(kind, TOPICS[kind], poison)
    except UndecodablePayload:
        return
    assert kind not in REFUSING
    assert [one.centi for one in readings if one.centi is not None] == []


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e400", "-1e400", "9" * 400, "327.67"])
@pytest.mark.parametrize(("kind", "key"), [("native_json", "c"), ("zigbee2mqtt", "temperature")])
def test_a_number_that_is_no_temperature_is_a_fault(kind: str, key: str, value: str) -> None:
    """The message is understood; its probe is not."""
    (reading,) = decode(kind, TOPICS[kind], f'{{"{key}":{value}}}'.encode())

    assert reading.centi is None
    assert reading.fault in {Fault.NOT_A_NUMBER, Fault.OUT_OF_RANGE}


@pytest.mark.parametrize(
    ("celsius", "centi"),
    [("150", 15_000), ("150.01", None), ("-100", -10_000), ("-100.01", None), ("85.0", 8_500)],
)
def test_the_range_of_a_temperature_is_exact(celsius: str, centi: int | None) -> None:
    """-100 to +150 degrees, both included; 85 is a sentinel of one chip only, not of ours."""
    (reading,) = decode("native_json", TOPICS["native_json"], f'{{"c":{celsius}}}'.encode())

    assert reading.centi == centi


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(2**63), 2**64, 1e308, -1e308])
    | st.floats()
    | st.text()
    | st.sampled_from(["\0", "\ud800", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, deadline=None)
@given(payload=st.binary(), topic=st.text())
def test_any_bytes_on_any_topic(kind: str, payload: bytes, topic: str) -> None:
    """Noise is refused or holds no reading."""
    survive(kind, topic, payload)
    survive(kind, TOPICS[kind], payload)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # Any: JSON.
    """Return the path to every value inside *value*, itself included."""
    children: list[Any] = []  # Any: keys or indices.
    if isinstance(value, dict):
        children = list(value)
    elif isinstance(value, list):
        children = list(range(len(value)))
    return [path, *(place for key in children for place in places(value[key], (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:  # Any: JSON.
    """Return a copy of *value* with what stands at *path* changed."""
    if not path:
        return change(value)
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], change)
    return copy


GOOD = [
    (example, json.loads(example.payload))
    for example in examples.every()
    if example.readings and example.payload.startswith(b"{")
]
BYTES = [example for example in examples.every() if example.readings]


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(GOOD), st.data())
def test_a_good_payload_with_one_value_replaced(
    good: tuple[examples.Example, Any],  # Any: JSON.
    data: st.DataObject,
) -> None:
    """Any JSON in any place of a real message is refused or understood, never a crash."""
    example, message = good
    path = data.draw(st.sampled_from(places(message)))
    value = data.draw(JSON_VALUES)

    survive(
        example.kind,
        example.topic,
        json.dumps(changed(message, path, lambda _: value)).encode(),
    )


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(GOOD), st.data())
def test_a_good_payload_with_one_field_taken_away(
    good: tuple[examples.Example, Any],  # Any: JSON.
    data: st.DataObject,
) -> None:
    """A missing field is refused or does not matter, never a crash."""
    example, message = good
    path = data.draw(st.sampled_from([place for place in places(message) if place]))

    def without(parent: Any) -> Any:  # Any: JSON.
        copy = parent.copy()
        del copy[path[-1]]
        return copy

    survive(example.kind, example.topic, json.dumps(changed(message, path[:-1], without)).encode())


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_good_payload_cut_off_or_damaged(kind: str, data: st.DataObject) -> None:
    """A message cut at any byte, or with one byte changed."""
    example = data.draw(st.sampled_from([one for one in BYTES if one.kind == kind]))
    place = data.draw(st.integers(0, len(example.payload) - 1))
    damaged = bytearray(example.payload)
    damaged[place] = data.draw(st.integers(0, 255))

    survive(kind, example.topic, example.payload[:place])
    survive(kind, example.topic, bytes(damaged))


@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=60), port=st.sampled_from([1, 2, 5, 85]))
def test_any_bytes_of_a_device_in_a_good_envelope(codec: str, data: bytes, port: int) -> None:
    """What a codec reads is never seen by random JSON; so its bytes are made up here."""
    topic, payload = examples.chirpstack(port, data)

    survive(f"chirpstack_{codec}", topic, payload)
