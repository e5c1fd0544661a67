"""ChirpStack v4: `application/<id>/device/<devEui>/event/up`; other events are no uplink.

A device is its devEui in small letters.
"""

from sensors.payloads import parsing
from sensors.payloads.lorawan import MAX_BYTES, Uplink, data_of, port_of
from sensors.payloads.parsing import UndecodablePayload


def uplink(topic: str, payload: bytes) -> Uplink | None:
    """Return the uplink of one event, or None where the event is none."""
    parts = topic.split("/")
    if len(parts) < 4 or parts[-2] != "event" or parts[-4] != "device":
        raise UndecodablePayload("the topic is not .../device/<devEui>/event/<event>")
    if parts[-1] != "up":
        return None
    event = parsing.object_of(parsing.json_of(payload, MAX_BYTES), "the event")
    info = parsing.object_of(event.get("deviceInfo"), "deviceInfo")
    device = parsing.name_of(info.get("devEui"), "devEui").lower()
    if device != parts[-3].lower():
        raise UndecodablePayload("the payload names another device than its topic")
    return Uplink(
        device=device,
        at=parsing.iso_instant(event.get("time")),
        boot=parsing.name_or_none(event.get("devAddr")),
        seq=parsing.seq_or_none(event.get("fCnt")),
        port=port_of(event.get("fPort")),
        data=data_of(event.get("data"), "data"),
    )
