"""Our own units as transmissions: valid by the standard's schema, and read back as they were."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
from sqlalchemy.orm import Session

from sensors.domain.units import Profile
from sensors.payloads.registry import decode
from sensors.store.places import StorageUnit
from tests import groups
from tests.build import places as build
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.exchange import queries, rules
from vaxsite.exchange.rules import Appliance, Record

NOON = datetime(2026, 1, 12, 4, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def made(*records: Record, profile: Profile = Profile.FRIDGE) -> dict[str, Any]:  # Any: JSON.
    """Return *records* of one unit as a transmission."""
    unit = Appliance("chaoyang/F1", "chaoyang", "Chaoyang clinic", profile, "probe-1", records)
    return rules.transmission([unit], transfer_id="t", source="https://example.org", sent_at=NOON)


def valid(transmission: dict[str, Any]) -> None:  # Any: JSON.
    """Check *transmission* by the schema of cce-interop 0.8.1."""
    schema = json.loads(
        (groups.BESIDE / "cce-interop" / "cce-interop-0.8.1.json").read_text(encoding="utf-8")
    )
    jsonschema.validate(transmission, schema)


RECORDS = (
    Record(NOON, 461, None, 2130, 48, ("FRZE", "HEAT", "POWR")),
    Record(NOON + QUARTER, -60, None, None, None),
    Record(NOON + 2 * QUARTER, None, "disconnected", 9_000, None),
    Record(NOON + timedelta(microseconds=5), 9_000, None, None, None),
)


@pytest.mark.shared
@pytest.mark.parametrize("profile", Profile)
def test_a_transmission_of_ours_is_valid_by_the_schema(profile: Profile) -> None:
    """With alarms, below zero, a broken probe, a value beyond the standard's range."""
    valid(made(*RECORDS, profile=profile))


def test_what_we_send_is_read_back_as_it_was() -> None:
    """Temperature, instant, ambient and humidity; a fault stays a fault."""
    payload = json.dumps(made(*RECORDS)).encode()

    back = decode("who_cce", "cce/x/transmission", payload)

    assert {(one.device, one.channel) for one in back} == {("chaoyang/F1", "TVC")}
    assert [(one.at, one.centi) for one in back] == [
        (NOON, 461),
        (NOON + QUARTER, -60),
        (NOON + 2 * QUARTER, None),
        (NOON + timedelta(microseconds=5), None),
    ]
    assert (back[0].ambient_centi, back[0].humidity_pct) == (2130, 48)


def test_a_freezer_is_a_freezer_in_the_transmission() -> None:
    """-70 is within the range of TFRZ and not of TVC."""
    report = made(Record(NOON, -7_000, None, None, None), profile=Profile.ULTRA_COLD)["data"][0]

    assert report["records"] == [
        {"ABST": "20260112T040000Z", "TFRZ": -70.0, "BEMD": None, "ALRM": None, "EERR": None}
    ]
    assert set(report["DLST"]) == {"TVC", "TFRZ"}


@pytest.fixture
def fridge(session: Session) -> StorageUnit:
    """Return a fridge that was hot for two readings of four, the last one without mains."""
    unit = build.a_fridge(session, site=build.a_site(session))
    probe = build.a_probe(session, unit=unit)
    build.readings(
        session,
        sensor=probe,
        first_at=NOON,
        centis=[500, 900, 950, None],
        every_s=900,
        power_on=False,
    )
    build.an_excursion(session, sensor=probe, began_at=NOON + QUARTER, ended_at=NOON + 3 * QUARTER)
    session.commit()
    return unit


def test_alarms_are_those_of_the_confirmed_excursions(
    session: Session, fridge: StorageUnit
) -> None:
    """HEAT during [began, ended), POWR while the device told of no mains."""
    (unit,) = queries.appliances(session, fridge.id, since=NOON, until=NOON + 4 * QUARTER)

    assert unit.amid == "chaoyang/F1"
    assert [one.alarms for one in unit.records] == [
        ("POWR",),
        ("HEAT", "POWR"),
        ("HEAT", "POWR"),
        ("POWR",),
    ]


def test_a_period_begins_with_since_and_ends_before_until(
    session: Session, fridge: StorageUnit
) -> None:
    """So that two periods one after the other hold each reading once."""
    (unit,) = queries.appliances(session, fridge.id, since=NOON, until=NOON + QUARTER)

    assert [one.centi for one in unit.records] == [500]


def test_a_second_probe_of_a_unit_is_an_appliance_of_its_own(
    session: Session, fridge: StorageUnit
) -> None:
    """One name never has two values for one instant."""
    second = build.a_probe(session, unit=fridge, device="probe-2")
    build.readings(session, sensor=second, first_at=NOON, centis=[510])
    session.commit()

    found = queries.appliances(session, fridge.id, since=NOON, until=NOON + QUARTER)

    assert [one.amid for one in found] == ["chaoyang/F1", "chaoyang/F1/probe-2"]


def test_too_many_readings_are_refused(
    session: Session, fridge: StorageUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transmission has at most 1 MB."""
    monkeypatch.setattr(queries, "MAX_RECORDS", 3)

    with pytest.raises(queries.TooManyReadings):
        queries.appliances(session, fridge.id, since=NOON, until=NOON + 4 * QUARTER)


def address(unit: StorageUnit, since: str = "2026-01-12T04:00Z") -> str:
    """Return the address of the transmission of *unit* over an hour."""
    return f"/api/v1/cce/units/{unit.id}?since={since}&until=2026-01-12T05:00Z"


@pytest.mark.shared
def test_a_pharmacist_gets_the_transmission_of_a_unit(
    client: PageClient, fridge: StorageUnit
) -> None:
    """Valid by the schema; a second request makes the same one but for its time of sending."""
    client.sign_in(Role.PHARMACIST)

    answer = client.get(address(fridge))

    assert answer.json is not None
    valid(answer.json)
    assert [one.get("TVC") for one in answer.json["data"][0]["records"]] == [5.0, 9.0, 9.5, None]


def test_nobody_gets_the_transmission_of_a_unit_elsewhere(
    client: PageClient, fridge: StorageUnit, session: Session
) -> None:
    """Signed out 401, of another site 404."""
    other = build.a_site(session, code="haidian")
    session.commit()

    assert client.get(address(fridge), headers={"Accept": "application/json"}).status_code == 401
    client.sign_in(Role.PHARMACIST, site=other)
    assert client.get(address(fridge)).status_code == 404


@pytest.mark.parametrize("since", ["", "yesterday", "2026-01-12T04:00", "2026-01-12T05:00Z"])
def test_a_period_that_is_none_is_refused(
    client: PageClient, fridge: StorageUnit, since: str
) -> None:
    """With the sentence that says what to give."""
    client.sign_in(Role.PHARMACIST)

    answer = client.get(address(fridge, since))

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_an_empty_period_is_no_transmission(client: PageClient, fridge: StorageUnit) -> None:
    """The schema knows no transmission without records."""
    client.sign_in(Role.PHARMACIST)

    assert client.get(address(fridge, "2026-01-12T04:55Z")).status_code == 204
