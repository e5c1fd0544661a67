"""The makes that can be understood: a name for each, used in topic bindings and commands.

A new make is a new file beside this one, with examples in `examples/<kind>.toml`, and one line
here: in `MAKES`, or in `CODECS` for a LoRaWAN device, which then is a kind behind every server. A
decoder is pure, and raises `UndecodablePayload` whatever the bytes, nothing else.
"""

from collections.abc import Callable, Mapping

from sensors.domain.readings import Decoded
from sensors.payloads import (
    chirpstack,
    elsys,
    em300,
    esphome,
    lht65n,
    lorawan,
    ltc2,
    native_json,
    rtl_433,
    ruuvi,
    shelly,
    sparkplug,
    tasmota,
    theengs,
    things_stack,
    who_cce,
    zigbee2mqtt,
)
from sensors.payloads.lorawan import Codec, Server
from sensors.payloads.parsing import UndecodablePayload as UndecodablePayload

Decoder = Callable[[str, bytes], list[Decoded]]

MAKES: Mapping[str, Decoder] = {
    "native_json": native_json.decode,
    "who_cce": who_cce.decode,
    "zigbee2mqtt": zigbee2mqtt.decode,
    "tasmota": tasmota.decode,
    "shelly": shelly.decode,
    "esphome": esphome.decode,
    "ruuvi": ruuvi.decode,
    "theengs": theengs.decode,
    "sparkplug": sparkplug.decode,
    "rtl_433": rtl_433.decode,
}
SERVERS: Mapping[str, Server] = {
    "chirpstack": chirpstack.uplink,
    "things_stack": things_stack.uplink,
}
CODECS: Mapping[str, Codec] = {
    "lht65n": lht65n.readings,
    "ltc2": ltc2.readings,
    "em300": em300.readings,
    "em300_mcs": em300.door_readings,
    "elsys": elsys.readings,
    "elsys_door": elsys.door_readings,
    "elsys_door_low": elsys.door_low_readings,
}
KINDS: Mapping[str, Decoder] = {
    **MAKES,
    **{
        f"{server}_{codec}": lorawan.through(SERVERS[server], CODECS[codec])
        for server in SERVERS
        for codec in CODECS
    },
}


def decode(kind: str, topic: str, payload: bytes) -> list[Decoded]:
    """Return the readings of *payload* as the decoder *kind* understands it, maybe none."""
    decoder = KINDS.get(kind)
    if decoder is None:
        raise UndecodablePayload(f"there is no decoder {kind!r}; there are: {', '.join(KINDS)}")
    return decoder(topic, payload)
