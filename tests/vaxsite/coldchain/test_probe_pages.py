"""Pages of the register of probes: where one is and was, moved, replaced and taken out."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.places import ProbePlacement, Sensor
from tests.build import clinic as build
from tests.build import places
from tests.conftest import FrozenClock
from tests.vaxsite.coldchain.registered import NOW, Register, a_register, acts
from tests.web_client import PageClient
from vaxsite.coldchain.queries import probes as queries
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
TODAY = {"on-year": "2026", "on-month": "1", "on-day": "13"}


@pytest.fixture
def register(app: Flask, clock: FrozenClock) -> Register:
    """Return two fridges of one clinic, and their probe."""
    return a_register(app, clock)


def stays(app: Flask, sensor_id: int) -> list[tuple[int, datetime | None]]:
    """Return the units of a probe with the end of each stay, the oldest first."""
    with app.app_context():
        rows = db.session().scalars(
            select(ProbePlacement)
            .where(ProbePlacement.sensor_id == sensor_id)
            .order_by(ProbePlacement.from_at)
        )
        return [(row.unit_id, row.to_at) for row in rows]


@LANGUAGES
def test_every_page_opens(client: PageClient, register: Register, language: str) -> None:
    """The register, one probe, one that hangs nowhere, and each form."""
    client.sign_in(Role.PHARMACIST, site=register.site_id)
    one = f"/coldchain/probes/{register.probe_id}"
    for address in (
        "/coldchain/probes",
        one,
        f"/coldchain/probes/{register.spare_id}",
        f"{one}/move",
        f"{one}/replace",
        f"{one}/take-out",
        f"{one}/certificates/new",
    ):
        assert client.get(address, language=language).status_code == 200, address


def test_register_lists_units_with_their_probes_and_the_spare_ones(
    client: PageClient, register: Register
) -> None:
    """Who looks for a probe finds it under its unit, or under none."""
    client.sign_in(Role.NURSE, site=register.site_id)

    client.get("/coldchain/probes")

    text = " ".join(client.page.text.split())
    assert "Fridge F1 F1 Vaccine refrigerator · About Fridge F1 probe-riverside 7.8 °C" in text
    assert "Fridge F2 F2 Vaccine refrigerator · About Fridge F2 No probe" in text
    assert text.index("In no unit") < text.index("spare-1")
    assert "Add a unit" not in text


def test_probe_is_moved_at_the_minute_that_was_typed_on_the_clock_of_the_site(
    client: PageClient, app: Flask, register: Register
) -> None:
    """08:30 in Shanghai is half past midnight UTC; the page says who moved it and why."""
    client.sign_in(Role.PHARMACIST, site=register.site_id)
    address = f"/coldchain/probes/{register.probe_id}"

    response = client.submit(
        f"{address}/move",
        unit=str(register.second_id),
        **TODAY,
        time="08:30",
        reason="Fridge 1 is repaired",
    )

    assert response.location.endswith(address)
    at = datetime(2026, 1, 13, 0, 30, tzinfo=UTC)
    assert stays(app, register.probe_id) == [(register.first_id, at), (register.second_id, None)]
    assert acts(app)[-1] == "sensor:move"
    client.get(address)
    text = " ".join(client.page.text.split())
    assert "13 January 2026 08:30 – now Fridge F2" in text
    assert "from the start – 13 January 2026 08:30 Fridge F1" in text
    assert "put in by Paul Chen: Fridge 1 is repaired" in text
    assert "taken away by Paul Chen: Fridge 1 is repaired" in text


def test_this_minute_is_now_so_that_a_slip_can_be_put_right_at_once(
    client: PageClient, app: Flask, register: Register, clock: FrozenClock
) -> None:
    """Moved to the wrong unit and back within one minute: both are written down."""
    client.sign_in(Role.PHARMACIST, site=register.site_id)
    address = f"/coldchain/probes/{register.probe_id}/move"
    for second, unit in ((10, register.second_id), (40, register.first_id)):
        clock.now = NOW + timedelta(seconds=second)
        client.submit(address, unit=str(unit), **TODAY, time="09:00", reason="Slip")

    assert [unit for unit, _ in stays(app, register.probe_id)] == [
        register.first_id,
        register.second_id,
        register.first_id,
    ]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"time": "09:30"}, "The time of the move lies in the future."),
        ({"time": "25:99"}, "Enter a time, such as 14:30."),
        ({"reason": ""}, "Write down why."),
        ({"unit": ""}, "Choose a unit."),
        ({"on-day": "32"}, "Enter a real date"),
    ],
)
def test_move_that_cannot_be_is_refused_in_a_sentence(
    client: PageClient, app: Flask, register: Register, typed: dict[str, str], sentence: str
) -> None:
    """Nothing is moved, and what was typed stays in the form."""
    client.sign_in(Role.PHARMACIST, site=register.site_id)
    fields = {**TODAY, "unit": str(register.second_id), "time": "08:30", "reason": "Why"}

    response = client.submit(f"/coldchain/probes/{register.probe_id}/move", **{**fields, **typed})

    assert response.status_code == 422
    assert sentence in client.page.text
    assert stays(app, register.probe_id) == [(register.first_id, None)]


def test_probe_is_replaced_by_the_spare_one(
    client: PageClient, app: Flask, register: Register
) -> None:
    """From one instant on the spare one hangs there, and the old one nowhere."""
    client.sign_in(Role.MANAGER, site=register.site_id)

    response = client.submit(
        f"/coldchain/probes/{register.probe_id}/replace",
        successor=str(register.spare_id),
        **TODAY,
        time="08:00",
        reason="Battery",
    )

    at = datetime(2026, 1, 13, 0, 0, tzinfo=UTC)
    assert response.location.endswith(f"/coldchain/probes/{register.spare_id}")
    assert stays(app, register.probe_id) == [(register.first_id, at)]
    assert stays(app, register.spare_id)[-1] == (register.first_id, None)
    assert acts(app)[-2:] == ["sensor:move", "sensor:move"]


def test_probe_is_taken_out_and_stays_in_the_register(
    client: PageClient, app: Flask, register: Register
) -> None:
    """It hangs nowhere, and can be hung into a unit again."""
    client.sign_in(Role.PHARMACIST, site=register.site_id)
    address = f"/coldchain/probes/{register.probe_id}"

    client.submit(f"{address}/take-out", **TODAY, time="09:00", reason="Sent to the laboratory")

    assert stays(app, register.probe_id) == [(register.first_id, NOW)]
    client.get(address)
    assert "in no unit" in client.page.text
    assert "Take out of the unit" not in client.page.text
    back = {**TODAY, "unit": str(register.first_id), "reason": "Back"}
    refused = client.submit(f"{address}/move", **back, time="08:00")
    assert refused.status_code == 422
    assert "put into its present place only after that time" in client.page.text
    client.submit(f"{address}/move", **back, time="09:00")
    assert stays(app, register.probe_id)[-1] == (register.first_id, None)


def test_nurse_sees_a_probe_and_may_change_nothing(client: PageClient, register: Register) -> None:
    """No form, no button."""
    client.sign_in(Role.NURSE, site=register.site_id)

    client.get(f"/coldchain/probes/{register.probe_id}")

    assert "Move to another unit" not in client.page.text
    assert "Enter a certificate" not in client.page.text


def test_probe_and_units_of_another_site_do_not_exist(
    client: PageClient, app: Flask, register: Register
) -> None:
    """Neither is a probe moved from there, nor to there, nor is its past there told."""
    with app.app_context(), Session(db.engine) as store:
        elsewhere = places.a_fridge(store, site=places.a_site(store, code="haidian"))
        theirs = places.a_probe(store, unit=elsewhere, device="theirs").id
        was = ProbePlacement(sensor_id=register.spare_id, unit_id=elsewhere.id)
        was.from_at, was.to_at = NOW - timedelta(days=2), NOW - timedelta(days=1)
        back = ProbePlacement(sensor_id=register.spare_id, unit_id=register.second_id)
        back.from_at, back.to_at = NOW - timedelta(days=1), NOW - timedelta(hours=1)
        store.add_all([was, back])
        store.commit()
        unit_id = elsewhere.id
    client.sign_in(Role.PHARMACIST, site=register.site_id)
    token = client.token()

    assert client.get(f"/coldchain/probes/{theirs}", check=False).status_code == 404
    assert client.get(f"/coldchain/probes/{theirs}/move", check=False).status_code == 404
    fields = {**TODAY, "time": "08:30", "reason": "Why", "csrf_token": token}
    for path, field, value in (("move", "unit", unit_id), ("replace", "successor", theirs)):
        address = f"/coldchain/probes/{register.probe_id}/{path}"
        response = client.post(address, data={**fields, field: str(value)}, check=False)
        assert response.status_code == 404, path
    client.get(f"/coldchain/probes/{register.spare_id}")
    assert "a unit of another site" in client.page.text
    assert stays(app, register.probe_id) == [(register.first_id, None)]


def test_probe_belongs_to_the_site_of_its_newest_place(session: Session) -> None:
    """Also while it hangs nowhere; the list is by site and unit, the spare ones last."""
    clinic = build.a_stocked_clinic(session)
    spare = places.a_probe(session, unit=clinic.fridge, device="a-spare")
    hung = session.scalars(select(ProbePlacement).where(ProbePlacement.sensor_id == spare.id)).one()
    spare.unit_id, hung.to_at = None, NOW
    other = places.a_fridge(session, site=places.a_site(session, code="haidian"))
    places.a_probe(session, unit=other, device="theirs")
    session.flush()

    found = queries.list_probes(session, actor=clinic.pharmacist, now=NOW)

    assert [(one.name, one.unit is None) for one in found] == [
        ("probe-riverside", False),
        ("a-spare", True),
    ]
    assert found[1].last.site_id == clinic.site.id
    assert session.get_one(Sensor, spare.id).unit_id is None
