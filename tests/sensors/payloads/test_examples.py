"""Every decoder has examples, and every example comes true."""

import pytest

from sensors.domain.readings import Clock, place_in_time
from sensors.payloads.registry import KINDS, UndecodablePayload, decode
from tests.sensors.domain.histories import MIDNIGHT
from tests.sensors.payloads import examples


def named(example: examples.Example) -> str:
    return f"{example.kind}: {example.name}"


@pytest.mark.parametrize("example", examples.every(), ids=named)
def test_an_example_comes_true(example: examples.Example) -> None:
    """Bytes in; exactly these readings out, or a refusal that begins like this."""
    if example.refusal is None:
        assert decode(example.kind, example.topic, example.payload) == example.readings
        return

    with pytest.raises(UndecodablePayload) as refused:
        decode(example.kind, example.topic, example.payload)
    assert refused.value.reason.startswith(example.refusal)


@pytest.mark.parametrize("kind", KINDS)
def test_a_decoder_has_a_normal_a_freezing_and_a_broken_example(kind: str) -> None:
    """The three without which nobody trusts a decoder."""
    several = examples.of(kind)
    temperatures = [one.centi for example in several for one in example.readings if one.centi]

    assert any(centi >= 200 for centi in temperatures)
    assert any(centi < 0 for centi in temperatures)
    assert any(example.refusal for example in several)


@pytest.mark.parametrize("example", examples.every(), ids=named)
def test_a_reading_without_a_temperature_has_a_fault(example: examples.Example) -> None:
    """Never both, never neither."""
    for reading in example.readings:
        assert (reading.centi is None) is (reading.fault is not None)


def test_a_time_that_cannot_be_read_is_doubted_when_it_is_placed() -> None:
    """Seconds sent as milliseconds: the decoder keeps them, placing doubts them."""
    (example,) = [one for one in examples.of("zigbee2mqtt") if "milliseconds are" in one.name]

    (reading,) = decode(example.kind, example.topic, example.payload)

    assert place_in_time(reading, 1, MIDNIGHT, 0).clock is Clock.DOUBTFUL


def test_an_unknown_make_is_refused_with_the_makes_there_are() -> None:
    """A typing error in a topic binding explains itself."""
    with pytest.raises(UndecodablePayload, match="no decoder 'zigbee'; there are: native_json"):
        decode("zigbee", "zigbee2mqtt/fridge-3", b"{}")
