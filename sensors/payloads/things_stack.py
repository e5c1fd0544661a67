"""The Things Stack v3: `v3/<application>@<tenant>/devices/<device id>/up`.

A device is its devEui in small letters, or its id where it has none. Zero is left out of the
server's JSON, so a missing frame counter is 0. What the console simulates is no reading.
"""

from typing import Any

from sensors.payloads import parsing
from sensors.payloads.lorawan import MAX_BYTES, Uplink, data_of, port_of
from sensors.payloads.parsing import UndecodablePayload


def uplink(topic: str, payload: bytes) -> Uplink | None:
    """Return the uplink of one message, or None where it is a join, a downlink or simulated."""
    parts = topic.split("/")
    if len(parts) < 5 or parts[0] != "v3" or parts[2] != "devices":
        raise UndecodablePayload("the topic is not v3/<application>/devices/<device>/<event>")
    if parts[4:] != ["up"]:
        return None
    message = parsing.object_of(parsing.json_of(payload, MAX_BYTES), "the message")
    ids = parsing.object_of(message.get("end_device_ids"), "end_device_ids")
    if parsing.name_of(ids.get("device_id"), "device_id") != parts[3]:
        raise UndecodablePayload("the payload names another device than its topic")
    sent = parsing.object_of(message.get("uplink_message"), "uplink_message")
    if message.get("simulated") is True:
        return None
    return Uplink(
        device=(parsing.name_or_none(ids.get("dev_eui")) or parts[3]).lower(),
        at=parsing.iso_instant(sent.get("received_at", message.get("received_at"))),
        boot=_session(ids, sent),
        seq=parsing.seq_or_none(sent.get("f_cnt", 0)),
        port=port_of(sent.get("f_port")),
        data=data_of(sent.get("frm_payload"), "frm_payload"),
    )


def _session(ids: dict[str, Any], sent: dict[str, Any]) -> str | None:  # Any: JSON as it came.
    key = parsing.name_or_none(sent.get("session_key_id"))
    return key or parsing.name_or_none(ids.get("dev_addr"))
