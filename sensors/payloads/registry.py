"""The makes that can be understood: a name for each, used in topic bindings and commands.

A new make is a new file beside this one, with examples in `examples/<kind>.toml`, and one line
here. A decoder is pure, and raises `UndecodablePayload` whatever the bytes, nothing else.
"""

from collections.abc import Callable, Mapping

from sensors.domain.readings import Decoded
from sensors.payloads import chirpstack_lht65n, native_json, who_cce, zigbee2mqtt
from sensors.payloads.parsing import UndecodablePayload as UndecodablePayload

Decoder = Callable[[str, bytes], list[Decoded]]

KINDS: Mapping[str, Decoder] = {
    "native_json": native_json.decode,
    "who_cce": who_cce.decode,
    "zigbee2mqtt": zigbee2mqtt.decode,
    "chirpstack_lht65n": chirpstack_lht65n.decode,
}


def decode(kind: str, topic: str, payload: bytes) -> list[Decoded]:
    """Return the readings of *payload* as the decoder *kind* understands it, maybe none."""
    decoder = KINDS.get(kind)
    if decoder is None:
        raise UndecodablePayload(f"there is no decoder {kind!r}; there are: {', '.join(KINDS)}")
    return decoder(topic, payload)
