"""The examples beside the decoders, as tests and other tests read them."""

import base64
import json
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from sensors.domain.readings import Decoded, Fault, Source
from sensors.payloads.registry import KINDS, MAKES, SERVERS


@dataclass(frozen=True)
class Example:
    """One payload and what must come of it: readings, or a refusal that begins like this."""

    kind: str
    name: str
    topic: str
    payload: bytes
    readings: list[Decoded]
    refusal: str | None


# Made around the bytes of a codec's examples; with what the envelope adds to a live reading.
HEARD_AT = datetime(2026, 1, 12, 3, 4, 5, tzinfo=UTC)
LIVE = {"at": HEARD_AT, "boot": "00189440", "seq": 4}
DEV_EUI = "0101010101010101"


def chirpstack(port: int, data: bytes) -> tuple[str, bytes]:
    """Return topic and message of ChirpStack v4 around *data*."""
    event = {
        "time": HEARD_AT.isoformat(),
        "deviceInfo": {"devEui": DEV_EUI},
        "devAddr": LIVE["boot"],
        "fCnt": LIVE["seq"],
        "fPort": port,
        "data": base64.b64encode(data).decode(),
    }
    return f"application/7b2e/device/{DEV_EUI}/event/up", json.dumps(event).encode()


def things_stack(port: int, data: bytes) -> tuple[str, bytes]:
    """Return topic and message of The Things Stack v3 around *data*."""
    message = {
        "end_device_ids": {"device_id": "f3", "dev_eui": DEV_EUI, "dev_addr": LIVE["boot"]},
        "uplink_message": {
            "f_port": port,
            "f_cnt": LIVE["seq"],
            "frm_payload": base64.b64encode(data).decode(),
            "received_at": HEARD_AT.isoformat(),
        },
    }
    return "v3/clinic@ttn/devices/f3/up", json.dumps(message).encode()


ENVELOPES = {"chirpstack": chirpstack, "things_stack": things_stack}
AROUND = "lht65n"  # The codec in the examples of the envelopes themselves.


def of(kind: str) -> list[Example]:
    """Return the examples of one kind; behind a server those of the codec, in its envelope."""
    if kind in MAKES:
        return [_plain(kind, one) for one in _read(kind)]
    server = next(name for name in SERVERS if kind.startswith(name))
    codec = kind.removeprefix(server + "_")
    uplinks = [_uplink(kind, server, one) for one in _read(codec)]
    return uplinks + [_plain(kind, one) for one in (_read(server) if codec == AROUND else [])]


def _read(name: str) -> list[dict[str, Any]]:  # Any: as the example gives it.
    text = resources.files("sensors.payloads").joinpath(f"examples/{name}.toml").read_text()
    several: list[dict[str, Any]] = tomllib.loads(text)["example"]
    return several


def _plain(kind: str, one: dict[str, Any]) -> Example:  # Any: as the example gives it.
    binary = "payload_hex" in one
    payload = bytes.fromhex(one["payload_hex"]) if binary else one["payload"].encode()
    return _example(kind, one, one["topic"], payload, one.get("readings", []))


def _uplink(kind: str, server: str, one: dict[str, Any]) -> Example:  # Any: as it gives it.
    topic, payload = ENVELOPES[server](one["port"], bytes.fromhex(one["hex"]))
    readings = [
        {"device": DEV_EUI, **({} if fields.get("source") == "stored" else LIVE), **fields}
        for fields in one.get("readings", [])
    ]
    return _example(kind, one, topic, payload, readings)


def _example(
    kind: str,
    one: dict[str, Any],  # Any: as the example gives it.
    topic: str,
    payload: bytes,
    readings: list[dict[str, Any]],  # Any: the same.
) -> Example:
    return Example(
        kind=kind,
        name=one["name"],
        topic=topic,
        payload=payload,
        readings=[expected(fields) for fields in readings],
        refusal=one.get("refusal"),
    )


def expected(fields: dict[str, Any]) -> Decoded:  # Any: as the example gives it.
    """Return the reading of an example; what it leaves out must be absent."""
    given = {"channel": "", "at": None, "centi": None, **fields}
    if "fault" in given:
        given["fault"] = Fault(given["fault"])
    if "source" in given:
        given["source"] = Source(given["source"])
    return Decoded(**given)


def every() -> list[Example]:
    """Return the examples of all decoders."""
    return [example for kind in KINDS for example in of(kind)]
