"""Sparkplug B: `spBv1.0/<group>/<type>/<node>[/<device>]`, metrics in protocol buffers.

A device is `<group>/<node>[/<device>]`, a channel the name of the metric. A metric is a temperature
where its unit (property engUnit) says so, or where its name holds "temp" and it has no unit. Births
carry current values and are read like data; deaths, commands and states hold no reading. Metrics
that are historical come from the device's memory.

After a birth a node may send an alias in place of a name, and leave out type and unit. What they
are stood in the birth. A decoder remembers nothing, so what a birth told is an argument (`Born`);
`sensors.services.births` keeps it. An alias that no birth told of is refused as `UnknownAlias`.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sensors.domain.readings import Decoded, Source
from sensors.payloads import parsing, protobuf
from sensors.payloads.parsing import UndecodablePayload
from sensors.payloads.protobuf import Value

MAX_BYTES = 262_144
BIRTHS, DEATHS = {"NBIRTH", "DBIRTH"}, {"NDEATH", "DDEATH"}
READ = {"NDATA", "DDATA"} | BIRTHS
SILENT = {"NCMD", "DCMD"} | DEATHS
SESSION = "bdSeq"  # The metric that says which session a birth and a death of a node are of.
CELSIUS, FAHRENHEIT = {"°c", "c", "degc", "celsius"}, {"°f", "f", "degf", "fahrenheit"}

NO_BIRTH = "an alias without its birth, of "  # Then the name of the sender.

# Numbers of fields: Sparkplug 3.0.0, section 6.4.
_PAYLOAD_TIME, _METRIC = 1, 2
_INT, _LONG, _FLOAT, _DOUBLE = 10, 11, 12, 13
_KEYS, _VALUES, _PROPERTY_TEXT = 1, 2, 8
_WHOLE = {2: "alias", 3: "time_ms", 4: "datatype"}  # Of a metric.
_SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}  # By data type: Int8 to Int64.


@dataclass
class _Metric:
    name: str | None = None
    time_ms: int | None = None
    datatype: int = 0
    historical: bool = False
    null: bool = False
    alias: int | None = None
    unit: str = ""
    value: int | float | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a message of which kind; `name` is the node itself or a device behind it."""

    kind: str
    node: str
    name: str


@dataclass(frozen=True, slots=True)
class Born:
    """What a birth tells of a metric, and what data after it may leave out."""

    name: str
    alias: int | None
    datatype: int
    unit: str


class UnknownAlias(UndecodablePayload):
    """A metric has an alias that no birth told of: the node is to be asked for its births."""


def decode(topic: str, payload: bytes, born: Sequence[Born] = ()) -> list[Decoded]:
    """Return the readings of the temperatures in one message; *born* is what its birth told."""
    sender = sender_of(topic)
    if sender is None or sender.kind in SILENT:
        return []
    sent_ms, metrics = _message(payload)
    for metric in metrics:
        _complete(metric, born, sender)
    return [_reading(sender.name, metric, sent_ms) for metric in metrics if _is_temperature(metric)]


def sender_of(topic: str) -> Sender | None:
    """Return who sends on *topic*; None is the state of a host, which no node sends."""
    parts = topic.split("/")
    if len(parts) >= 2 and "STATE" in parts[1:3]:
        return None
    if len(parts) not in {4, 5} or parts[0] != "spBv1.0" or parts[2] not in READ | SILENT:
        raise UndecodablePayload("the topic is not spBv1.0/<group>/<type>/<node>[/<device>]")
    name = parsing.name_of("/".join([parts[1], *parts[3:]]), "the device in the topic")
    return Sender(parts[2], f"{parts[1]}/{parts[3]}", name)


def told_by_birth(payload: bytes) -> tuple[list[Born], int | None]:
    """Return the metrics of a birth, and the number of the node's session where it has one."""
    _, metrics = _message(payload)
    born = [
        Born(metric.name, metric.alias, metric.datatype, metric.unit)
        for metric in metrics
        if metric.name is not None and len(metric.name) <= parsing.NAME_AT_MOST
    ]
    return born, _session(metrics)


def session_of(payload: bytes) -> int | None:
    """Return the number of the session that a death of a node ends."""
    return _session(_message(payload)[1])


def _session(metrics: Sequence[_Metric]) -> int | None:
    numbers = [metric.value for metric in metrics if metric.name == SESSION]
    return parsing.seq_or_none(numbers[0]) if numbers else None


def _message(payload: bytes) -> tuple[int | None, list[_Metric]]:
    """Return when a message was sent, in milliseconds since 1970, and its metrics."""
    if len(payload) > MAX_BYTES:
        raise UndecodablePayload(f"{len(payload)} bytes are more than the {MAX_BYTES} allowed")
    sent_ms: int | None = None
    metrics: list[_Metric] = []
    for number, value in protobuf.fields(payload):
        if number == _PAYLOAD_TIME and isinstance(value, int):
            sent_ms = value
        elif number == _METRIC:
            metrics.append(_metric(_bytes(value)))
    return sent_ms, metrics


def _metric(message: bytes) -> _Metric:
    metric = _Metric()
    for number, value in protobuf.fields(message):
        match number:  # The numbers of the fields of a metric.
            case 1:
                metric.name = _text(value)
            case 2 | 3 | 4:
                setattr(metric, _WHOLE[number], _int(value))
            case 5:
                metric.historical = bool(value)
            case 7:
                metric.null = bool(value)
            case 9:
                metric.unit = _unit(_bytes(value))
            case _:
                metric.value = _number(number, value, metric.value)
    return metric


def _number(number: int, value: Value, before: int | float | None) -> int | float | None:
    if number in {_INT, _LONG}:
        return _int(value)
    if number == _FLOAT:
        return _unpacked("<f", value)
    return _unpacked("<d", value) if number == _DOUBLE else before


def _unpacked(layout: str, value: Value) -> float:
    data = _bytes(value)
    if len(data) != struct.calcsize(layout):
        raise UndecodablePayload("a number of a metric has a wrong length")
    number: float = struct.unpack(layout, data)[0]
    return number


def _unit(properties: bytes) -> str:
    """Return the property engUnit in small letters, "" where it is not there."""
    keys: list[str] = []
    texts: list[str] = []
    for number, value in protobuf.fields(properties):
        if number == _KEYS:
            keys.append(_text(value))
        elif number == _VALUES:
            found = [v for n, v in protobuf.fields(_bytes(value)) if n == _PROPERTY_TEXT]
            texts.append(_text(found[0]) if found else "")
    return dict(zip(keys, texts, strict=False)).get("engUnit", "").lower()


def _complete(metric: _Metric, born: Sequence[Born], sender: Sender) -> None:
    """Give *metric* what it left out and its birth told; refuse one that stays without a name."""
    if metric.name is not None:
        told = next((one for one in born if one.name == metric.name), None)
    elif metric.alias is not None:
        told = next((one for one in born if one.alias == metric.alias), None)
        if told is None:
            raise UnknownAlias(f"{NO_BIRTH}{sender.name}")
    else:
        raise UndecodablePayload("a metric has neither a name nor an alias")
    if told is not None:
        metric.name = told.name
        metric.datatype = metric.datatype or told.datatype
        metric.unit = metric.unit or told.unit


def _is_temperature(metric: _Metric) -> bool:
    if metric.unit:
        return metric.unit in CELSIUS | FAHRENHEIT
    return "temp" in (metric.name or "").lower() and (metric.null or metric.value is not None)


def _reading(device: str, metric: _Metric, sent_ms: int | None) -> Decoded:
    value = None if metric.null else _signed(metric)
    if metric.unit in FAHRENHEIT and value is not None:
        value = (value - 32) / 1.8
    centi, fault = parsing.centi_of(value, "a metric")
    return Decoded(
        device=device,
        channel=parsing.name_of(metric.name, "the name of a metric"),
        at=_time(sent_ms if metric.time_ms is None else metric.time_ms),
        centi=centi,
        fault=fault,
        source=Source.STORED if metric.historical else Source.LIVE,
    )


def _signed(metric: _Metric) -> int | float | None:
    """Negative whole numbers come as the unsigned number of the same bits."""
    bits = _SIGNED_BITS.get(metric.datatype)
    if bits is None or not isinstance(metric.value, int):
        return metric.value
    low = metric.value & ((1 << bits) - 1)
    return low - (1 << bits) if low >> (bits - 1) else low


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else parsing.epoch_instant(milliseconds / 1000)


def _bytes(value: Value) -> bytes:
    if isinstance(value, int):
        raise UndecodablePayload("a field is a number where a part should be")
    return value


def _int(value: Value) -> int:
    if isinstance(value, int):
        return value
    raise UndecodablePayload("a field is a part where a number should be")


def _text(value: Value) -> str:
    try:
        return _bytes(value).decode()
    except UnicodeDecodeError as err:
        raise UndecodablePayload("a text is not UTF-8") from err
