"""Transmissions of the standard's own makers, and the faults that suppliers really send."""

import json
from typing import Any

import jsonschema
import pytest

from sensors.payloads import parsing
from sensors.payloads.registry import UndecodablePayload, decode
from tests import groups
from tests.sensors.payloads import examples

FOLDER = groups.BESIDE / "cce-interop"
EMS_IDENTITY = {
    code: code.lower()
    for code in (
        *("CID", "ADOP", "AMFR", "AMOD", "APQS", "ASER", "LDOP", "LMFR", "LMOD", "LPQS", "LSER"),
        *("LSV", "EDOP", "EMFR", "EMOD", "EPQS", "ESER", "EMSV"),
    )
}


def transmission(records: list[dict[str, Any]], **report: Any) -> dict[str, Any]:  # Any: JSON.
    """Return *records* as the EMS transmission of one appliance."""
    return {
        "meta": {
            "schemaVersion": "0.8.1",
            "transferType": "ems",
            "transferId": "t-1",
            "transferSrc": "org.example",
            "transferredAt": "2026-01-12T03:15:04Z",
        },
        "data": [{**EMS_IDENTITY, "records": records, **report}],
    }


def record(**codes: Any) -> dict[str, Any]:  # Any: JSON.
    """Return a calm EMS record with *codes* changed."""
    return {
        "ABST": "20260112T030000Z",
        "TVC": 4.6,
        "TAMB": 21.3,
        "CMPR": 420,
        "DORV": 0,
        "SVA": 900,
        "BEMD": 210.0,
        "BLOG": 210.0,
        "ALRM": None,
        "EERR": None,
        "LERR": None,
        **codes,
    }


def read(message: dict[str, Any]) -> list[Any]:  # Any: JSON in, readings out.
    """Decode *message* as it would arrive."""
    return decode("who_cce", "cce/org.example", json.dumps(message).encode())


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:  # Any: JSON.
    """Return the schema of cce-interop 0.8.1."""
    loaded: dict[str, Any] = json.loads((FOLDER / "cce-interop-0.8.1.json").read_text())
    return loaded


@pytest.mark.shared
def test_the_standards_own_ems_example_is_read(schema: dict[str, Any]) -> None:
    """Six records of one appliance, named by its logger."""
    readings = read(schema["examples"][0])

    assert [one.centi for one in readings] == [470] * 6
    assert {one.device for one in readings} == {"d2aa4105c32147e5b37bf7dcf8d56777"}
    assert {one.power_on for one in readings} == {True}
    assert readings[0].ambient_centi == 2310


@pytest.mark.shared
def test_the_standards_own_rtm_example_joins_ambient_records(schema: dict[str, Any]) -> None:
    """Twelve records are six readings, each with the ambient temperature of its instant."""
    readings = read(schema["examples"][1])

    assert [one.centi for one in readings] == [650, 650, 650, 630, 630, 630]
    assert [one.ambient_centi for one in readings] == [2850, 2820, 2820, 2790, 2790, 2790]
    assert {one.device for one in readings} == {"4bb74045097e"}


@pytest.mark.shared
@pytest.mark.parametrize(("name", "power_on"), [("mains_normal", True), ("power_outage", False)])
def test_a_simulated_fridge_is_read_record_by_record(name: str, power_on: bool) -> None:
    """Six hours of quarters of an hour, with and without mains."""
    records = json.loads((FOLDER / f"{name}.json").read_text())["records"]

    readings = read(transmission(records))

    assert len(readings) == len(records) == 24
    assert [one.centi for one in readings] == [round(one["TVC"] * 100) for one in records]
    assert [one.door_open for one in readings] == [one["DORV"] > 0 for one in records]
    assert {one.power_on for one in readings} == {power_on}


@pytest.mark.shared
def test_our_good_examples_keep_to_the_standard(schema: dict[str, Any]) -> None:
    """The first example is valid by the schema itself; the others hold suppliers' faults."""
    first = next(one for one in examples.of("who_cce") if one.readings)

    jsonschema.validate(json.loads(first.payload), schema)
    jsonschema.validate(transmission([record()]), schema)


@pytest.mark.shared
@pytest.mark.parametrize("code", ["ABST", "ALRM", "BEMD", "BLOG", "CMPR", "DORV", "EERR", "LERR"])
def test_what_the_schema_requires_we_require(code: str, schema: dict[str, Any]) -> None:
    """A record without the code is invalid for both, and the refusal names the place."""
    without = record()
    del without[code]

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(transmission([record(), without]), schema)
    with pytest.raises(UndecodablePayload) as refused:
        read(transmission([record(), without]))
    assert refused.value.reason == f"data[0].records[1] lacks {code}"


def test_a_lower_case_z_and_a_stepping_back_clock_are_read() -> None:
    """The order of arrival does not matter, so a step back is just a time."""
    later, earlier = read(
        transmission([record(ABST="20260112T031500z"), record(ABST="20260112T030000z")])
    )

    assert (later.at - earlier.at).total_seconds() == 900


@pytest.mark.parametrize(
    "abst", ["2026-7-4", "20260230T000000Z", "20260112T030000", "20260112T250000Z", "", None, 7]
)
def test_a_time_that_cannot_be_read_is_doubtful_and_not_refused(abst: object) -> None:
    """The temperature counts; its time will be the receipt's."""
    (reading,) = read(transmission([record(ABST=abst)]))

    assert (reading.at, reading.centi) == (parsing.UNREADABLE_TIME, 460)


def test_compressor_time_in_minutes_or_longer_than_the_supply_changes_nothing() -> None:
    """Only whether it ran at all is read, so its two units cannot be mistaken."""
    minutes, longer = read(transmission([record(CMPR=15), record(CMPR=900, SVA=450)]))
    (rested,) = read(transmission([record(CMPR=0)]))

    assert minutes == longer
    assert (minutes.compressor_on, rested.compressor_on) == (True, False)


def test_a_block_repeated_at_the_end_gives_the_same_readings_again() -> None:
    """Storing them once is the store's work: they are equal in every field."""
    readings = read(transmission([record(), record(ABST="20260112T031500Z"), record()]))

    assert readings[0] == readings[2]


@pytest.mark.parametrize(
    ("identity", "device"),
    [
        ({}, "lser"),
        ({"LSER": None}, "eser"),
        ({"LSER": "", "ESER": None}, "aser"),
        ({"LSER": "log\x001"}, "eser"),
    ],
)
def test_an_identity_of_null_falls_back_to_the_next_serial(
    identity: dict[str, Any],  # Any: JSON.
    device: str,
) -> None:
    """The logger holds the probe; where its serial is missing, the monitor's, the appliance's."""
    (reading,) = read(transmission([record()], **identity))

    assert reading.device == device


def test_an_appliance_without_any_serial_is_refused() -> None:
    """A reading must belong to somebody."""
    nameless = transmission([record()], LSER=None, ESER=None, ASER=None)

    with pytest.raises(UndecodablePayload, match=r"data\[0\] has no name in LSER, ESER, ASER"):
        read(nameless)


@pytest.mark.parametrize(
    ("codes", "power_on"),
    [
        ({"SVA": 900}, True),
        ({"SVA": 1}, True),
        ({"SVA": 0, "ACSV": 230.0}, False),
        ({"SVA": None, "ACSV": 230.0}, True),
        ({"SVA": None, "ACSV": 0}, False),
        ({"SVA": None, "DCSV": 12.1, "DCCD": 3.0}, None),
    ],
)
def test_power_is_on_where_the_mains_gave_any(
    codes: dict[str, Any],  # Any: JSON.
    power_on: bool | None,
) -> None:
    """Supply time first, then voltage; of solar panels at night nothing is concluded."""
    (reading,) = read(transmission([record(**codes)]))

    assert reading.power_on is power_on
