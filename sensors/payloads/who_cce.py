"""The WHO/UNICEF transmission: cce-interop 0.8.1, objects of WHO PQS E006/DS01.

One transmission carries many appliances, each with many records. It is refused whole where a code
is missing that the standard requires, with the place named. Values that suppliers really get
wrong are tolerated where no temperature is invented: a lower-case z, a time that cannot be read
(doubtful), unknown fields padded with null, an identity of null, compressor time in minutes (of
which only is read whether there was any). A transmission is what a device stored until now, so its
readings are `stored`.

Channels are the standard's codes, "TVC" and "TFRZ". An RTM appliance is known by its AMID, an EMS
one by its logger's serial, which is unique within its supplier: bind one topic to each supplier.
"""

import re
from datetime import datetime
from typing import Any

from sensors.domain.readings import UNREADABLE_TIME, Decoded, Fault, Source
from sensors.payloads import parsing
from sensors.payloads.parsing import UndecodablePayload

Json = dict[str, Any]  # Any: JSON as it came.

# DS01 clause 5: at most 1 MB a transmission after gzip, which packs such records about 16 times.
MAX_BYTES = 16_777_216

# What must be present, by the schema cce-interop 0.8.1; null is present.
META = ("schemaVersion", "transferType", "transferId", "transferSrc", "transferredAt")
REPORT = {
    "rtm": ("AMID", "CID", "DLST", "EDOP", "EMFR", "EMOD", "EPQS", "ESER", "records"),
    "ems": (
        *("CID", "ADOP", "AMFR", "AMOD", "APQS", "ASER", "LDOP", "LMFR", "LMOD", "LPQS", "LSER"),
        *("EDOP", "EMFR", "EMOD", "EPQS", "ESER", "records"),
    ),
}
RECORD = {
    "rtm": ("ABST", "ALRM", "BEMD", "EERR"),
    "ems": ("ABST", "ALRM", "BEMD", "BLOG", "CMPR", "DORV", "EERR", "LERR", "TAMB", "TVC"),
}
# Who the readings are from: the first of these that is a name.
DEVICE = {"rtm": ("AMID",), "ems": ("LSER", "ESER", "ASER")}
# Codes that are probes, with the range of the schema in centi-degrees.
PROBES = {"TVC": (-5_500, 6_000), "TFRZ": (-9_990, 6_000)}

_ABST = re.compile(r"(\d{8}T\d{6})(\.\d{1,9})?[Zz]", re.ASCII)


def decode(topic: str, payload: bytes) -> list[Decoded]:  # noqa: ARG001 - every decoder's signature
    """Return the readings of every appliance and record, in the transmission's order."""
    message = parsing.object_of(parsing.json_of(payload, MAX_BYTES), "the transmission")
    meta = parsing.object_of(message.get("meta"), "meta")
    _require(meta, META, "meta")
    kind = meta["transferType"]
    if not isinstance(kind, str) or kind not in REPORT:
        raise UndecodablePayload("meta.transferType is neither ems nor rtm")
    reports = parsing.list_of(message.get("data"), "data")
    readings: list[Decoded] = []
    for number, report in enumerate(reports):
        readings += _report(parsing.object_of(report, f"data[{number}]"), kind, f"data[{number}]")
    return readings


def _require(fields: Json, codes: tuple[str, ...], where: str) -> None:
    missing = [code for code in codes if code not in fields]
    if missing:
        raise UndecodablePayload(f"{where} lacks {', '.join(missing)}")


def _report(report: Json, kind: str, where: str) -> list[Decoded]:
    _require(report, REPORT[kind], where)
    device = _device(report, kind, where)
    probes = _probes(report, kind, where)
    records = []
    for number, record in enumerate(parsing.list_of(report["records"], f"{where}.records")):
        place = f"{where}.records[{number}]"
        records.append((_record(record, kind, place), place))
    ambient = {_time(record): record["TAMB"] for record, _ in records if _is_number(record, "TAMB")}
    return [
        _reading(device, code, record, ambient, place)
        for record, place in records
        for code in PROBES
        if _speaks(record, code, probes)
    ]


def _device(report: Json, kind: str, where: str) -> str:
    for code in DEVICE[kind]:
        name = parsing.name_or_none(report[code])
        if name is not None:
            return name
    raise UndecodablePayload(f"{where} has no name in {', '.join(DEVICE[kind])}")


def _probes(report: Json, kind: str, where: str) -> frozenset[str]:
    """Return the codes of which a null is news: the probe is there and gives no value."""
    if kind == "ems":
        return frozenset({"TVC"})
    return frozenset(parsing.object_of(report["DLST"], f"{where}.DLST"))


def _record(value: object, kind: str, where: str) -> Json:
    record = parsing.object_of(value, where)
    _require(record, RECORD[kind], where)
    if not record.keys() & {"TVC", "TFRZ", "TAMB"}:
        raise UndecodablePayload(f"{where} has neither TVC, TFRZ nor TAMB")
    if kind == "ems" and record["TVC"] is None and not record["LERR"]:
        raise UndecodablePayload(f"{where} has TVC null without an LERR")
    if record.get("SVA") is not None and record.get("DCSV") is not None:
        raise UndecodablePayload(f"{where} is of mains (SVA) and of solar (DCSV) at once")
    return record


def _speaks(record: Json, code: str, probes: frozenset[str]) -> bool:
    """Tell whether *record* says something of the probe *code*, a padded null apart."""
    return record.get(code) is not None or (code in record and code in probes)


def _reading(device: str, code: str, record: Json, ambient: Json, where: str) -> Decoded:
    centi, fault = parsing.centi_of(record[code], f"{where}.{code}", *PROBES[code])
    if fault is Fault.MISSING and record.get("LERR"):
        fault = Fault.REPORTED
    door = "DORF" if code == "TFRZ" else "DORV"
    return Decoded(
        device=device,
        channel=code,
        at=_abst(record["ABST"]),
        centi=centi,
        fault=fault,
        ambient_centi=parsing.centi_or_none(record.get("TAMB", ambient.get(_time(record)))),
        humidity_pct=parsing.percent_or_none(record.get("HCOM")),
        door_open=_more_than_none(record, door),
        power_on=_power_on(record),
        source=Source.STORED,
        compressor_on=_more_than_none(record, "CMPR"),
    )


def _time(record: Json) -> str:
    """Return ABST as text: RTM systems send the ambient temperature in a record of its own."""
    return record["ABST"] if isinstance(record["ABST"], str) else ""


def _abst(value: object) -> datetime:
    found = _ABST.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return UNREADABLE_TIME
    at = parsing.iso_instant(f"{found[1]}{found[2] or ''}Z")
    return UNREADABLE_TIME if at is None else at


def _power_on(record: Json) -> bool | None:
    """Seconds of good supply in the period, else the mains voltage; solar cells say nothing."""
    by_supply = _more_than_none(record, "SVA")
    return _more_than_none(record, "ACSV") if by_supply is None else by_supply


def _more_than_none(record: Json, code: str) -> bool | None:
    return record[code] > 0 if _is_number(record, code) else None


def _is_number(record: Json, code: str) -> bool:
    value = record.get(code)
    return type(value) is int or (type(value) is float and value == value)
