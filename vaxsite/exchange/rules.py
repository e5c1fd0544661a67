"""Transmissions of WHO/UNICEF cce-interop 0.8.1: the limits of one, and ours made from readings.

Our units are of transfer type rtm: the standard's ems asks for compressor, supply and door as
seconds of each quarter of an hour, which a probe does not tell. What is not known is left out or
null, never made up: a door seen open at one instant is no duration.

Temperatures are as the probe's certificate corrects them. The standard has no field for that, but
allows further ones: a record whose reading was corrected says in `calibrationOffset` how many
degrees were added, so that the reading itself can be told.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sensors.domain.units import Profile
from sensors.payloads.who_cce import MAX_BYTES as MAX_UNPACKED_BYTES
from sensors.payloads.who_cce import PROBES

SCHEMA_VERSION = "0.8.1"
# WHO PQS E006/DS01 clause 5: at most 1 MB a transmission, as it travels.
MAX_SENT_BYTES = 1_048_576
# Keeps an export well below that: a record is some 120 bytes before gzip.
MAX_RECORDS = 50_000
# Codes of a temperature by what the unit is for; others are vaccine compartments.
FREEZERS = {Profile.FREEZER, Profile.ULTRA_COLD}


class TooMuchUnpacked(Exception):
    """The body unpacks to more than a transmission can be."""


class NotPacked(Exception):
    """The body is not what gzip writes."""


@dataclass(frozen=True)
class Record:
    """One reading of one probe, with the alarms that stood: HEAT, FRZE, POWR."""

    at: datetime
    centi: int | None
    fault: str | None
    ambient_centi: int | None
    humidity_pct: int | None
    alarms: tuple[str, ...] = ()
    offset_centi: int = 0  # Of the certificate; `centi` holds it already.


@dataclass(frozen=True)
class Appliance:
    """One unit as one of its probes knows it; `amid` names it for ever."""

    amid: str
    facility: str
    facility_name: str
    profile: Profile
    probe: str
    records: Sequence[Record]


def unpacked(body: bytes) -> bytes:
    """Return what gzip packed into *body*; raise `NotPacked` or `TooMuchUnpacked`."""
    reader = zlib.decompressobj(wbits=31)  # 31: gzip's own header, no other.
    try:
        whole = reader.decompress(body, MAX_UNPACKED_BYTES + 1)
    except zlib.error as err:
        raise NotPacked from err
    if len(whole) > MAX_UNPACKED_BYTES:
        raise TooMuchUnpacked
    if not reader.eof or reader.unused_data:
        raise NotPacked
    return whole


def transmission(
    appliances: Sequence[Appliance], *, transfer_id: str, source: str, sent_at: datetime
) -> dict[str, Any]:  # Any: JSON values.
    """Return the transmission of *appliances* that have records, in the form of the schema."""
    return {
        "meta": {
            "schemaVersion": SCHEMA_VERSION,
            "transferType": "rtm",
            "transferId": transfer_id,
            "transferSrc": source,
            "transferredAt": sent_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "data": [_report(one) for one in appliances if one.records],
    }


def _report(appliance: Appliance) -> dict[str, Any]:  # Any: JSON values.
    sensor = {"SID": appliance.probe, "SMFR": "", "SMOD": ""}
    # The schema asks for TVC in the list of probes even where only a freezer's is read.
    probes = {"TVC": sensor}
    code = "TVC"
    if appliance.profile in FREEZERS:
        code, probes = "TFRZ", {"TVC": sensor, "TFRZ": sensor}
    return {
        "AMID": appliance.amid,
        "CID": None,
        "FID": appliance.facility,
        "FNAM": appliance.facility_name,
        "DLST": probes,
        **dict.fromkeys(("EDOP", "EMFR", "EMOD", "EPQS", "EMSV")),
        "ESER": appliance.probe,
        "records": [_record(one, code) for one in appliance.records],
    }


def _record(record: Record, code: str) -> dict[str, Any]:  # Any: JSON values.
    low, high = PROBES[code]
    known = record.centi is not None and low <= record.centi <= high
    fields: dict[str, Any] = {  # Any: JSON values.
        "ABST": _instant(record.at),
        code: record.centi / 100 if known and record.centi is not None else None,
        "BEMD": None,  # Days of battery; a probe tells per cent.
        "ALRM": " ".join(record.alarms) or None,
        "EERR": None,
    }
    if not known:
        fields["LERR"] = record.fault or "out_of_range"
    elif record.offset_centi:
        fields["calibrationOffset"] = record.offset_centi / 100
    if record.ambient_centi is not None and PROBES["TVC"][0] <= record.ambient_centi <= 6_000:
        fields["TAMB"] = record.ambient_centi / 100
    if record.humidity_pct is not None:
        fields["HCOM"] = record.humidity_pct
    return fields


def _instant(at: datetime) -> str:
    at = at.astimezone(UTC)
    fraction = f".{at.microsecond:06}" if at.microsecond else ""
    return f"{at:%Y%m%dT%H%M%S}{fraction}Z"
