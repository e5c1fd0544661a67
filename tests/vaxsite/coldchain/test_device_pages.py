"""Pages of new devices and of bindings: see, adopt, ignore, try, add and remove."""

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services import ingest, known
from sensors.store.found import FoundDevice
from sensors.store.places import Sensor, Site, TopicBinding
from sensors.store.readings import ReadingRow
from tests.build import places
from tests.build.messages import NOON, a_reading
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


@dataclass
class Clinic:
    """A fridge without a probe, and a device that somebody has switched on."""

    site_id: int
    fridge_id: int
    found_id: int


@pytest.fixture
def clinic(app: Flask, clock: FrozenClock) -> Clinic:
    """Return the clinic just after the device has sent five readings."""
    clock.now = NOON.replace(hour=13)
    sent = [a_reading(minute=minute, celsius=4.5, device="stranger") for minute in range(5)]
    with app.app_context(), Session(db.engine) as store:
        site = places.a_site(store)
        fridge = places.a_fridge(store, site=site)
        ids = site.id, fridge.id
        ingest.ingest_batch(store, sent, known=known.load(store), now=clock.now)
        found_id = store.scalars(select(FoundDevice.id)).one()
        store.commit()
    return Clinic(*ids, found_id)


def sign_in(client: PageClient, clinic: Clinic, role: Role = Role.PHARMACIST) -> None:
    client.sign_in(role, site=clinic.site_id)


@LANGUAGES
def test_every_page_opens(client: PageClient, clinic: Clinic, language: str) -> None:
    """The list, one device with its message, and the bindings."""
    sign_in(client, clinic)
    for address in (
        "/coldchain/devices",
        f"/coldchain/devices/{clinic.found_id}",
        "/coldchain/bindings",
    ):
        assert client.get(address, language=language).status_code == 200, address


def test_pharmacist_adopts_a_device_and_sees_its_readings(
    client: PageClient, clinic: Clinic, app: Flask
) -> None:
    """The unit is chosen, the readings of before are there, and the list is empty."""
    sign_in(client, clinic)
    client.get(f"/coldchain/devices/{clinic.found_id}")
    assert "4.5 °C" in client.page.text

    address = f"/coldchain/devices/{clinic.found_id}"
    response = client.submit(address, unit=str(clinic.fridge_id), every="60", past="yes")

    assert response.location.endswith(f"/coldchain/units/{clinic.fridge_id}")
    with app.app_context():
        assert db.session().scalars(select(Sensor.unit_id)).one() == clinic.fridge_id
        assert len(db.session().scalars(select(ReadingRow.centi)).all()) == 5
    client.get("/coldchain/devices")
    assert "There is none" in client.page.text


def test_form_without_a_unit_says_so(client: PageClient, clinic: Clinic) -> None:
    """Nothing is guessed."""
    sign_in(client, clinic)

    address = f"/coldchain/devices/{clinic.found_id}"
    response = client.submit(address, unit="", every="60", past="yes")

    assert response.status_code == 422
    assert "Choose a unit." in client.page.text


def test_unit_of_another_site_cannot_be_adopted_into(
    client: PageClient, clinic: Clinic, app: Flask
) -> None:
    """What a pharmacist may not see does not exist for them."""
    with app.app_context(), Session(db.engine) as store:
        elsewhere = places.a_fridge(store, site=places.a_site(store, code="haidian")).id
        store.commit()
    sign_in(client, clinic)

    address = f"/coldchain/devices/{clinic.found_id}/adopt"
    client.get(f"/coldchain/devices/{clinic.found_id}")
    token = client.token()
    fields = {"unit": str(elsewhere), "every": "60", "past": "yes", "csrf_token": token}
    response = client.post(address, data=fields, check=False)

    assert response.status_code == 404
    with app.app_context():
        assert db.session().scalars(select(Sensor)).all() == []


def test_ignored_device_shows_who_said_so_and_why(client: PageClient, clinic: Clinic) -> None:
    """It stays in the list, after those that wait."""
    sign_in(client, clinic)

    client.submit(f"/coldchain/devices/{clinic.found_id}", reason="The canteen's fridge")
    client.get("/coldchain/devices")

    assert "The canteen's fridge" in client.page.text


def test_nurse_sees_devices_and_may_not_adopt(client: PageClient, clinic: Clinic) -> None:
    """The forms are not there for those who may not use them."""
    sign_in(client, clinic, Role.NURSE)

    client.get(f"/coldchain/devices/{clinic.found_id}")

    assert "Adopt into this unit" not in client.page.text


def test_binding_is_tried_saved_and_removed(client: PageClient, clinic: Clinic, app: Flask) -> None:
    """Trying shows readings and saves nothing; saving twice is refused in a sentence."""
    sign_in(client, clinic)
    bind = {"topic_filter": "vaxsite/stranger/#", "decoder": "native_json"}

    client.submit("/coldchain/bindings", **bind)
    assert "stranger: 4.5 °C" in " ".join(client.page.text.split())
    client.submit("/coldchain/bindings", **bind, save="1")
    again = client.submit("/coldchain/bindings", **bind, save="1")

    assert again.status_code == 422
    with app.app_context():
        filters = db.session().scalars(select(TopicBinding.topic_filter)).all()
        assert "vaxsite/stranger/#" in filters
        assert db.session().scalars(select(Site.id)).one() == clinic.site_id
    client.submit("/coldchain/bindings", filter="vaxsite/stranger/#")
    with app.app_context():
        filters = db.session().scalars(select(TopicBinding.topic_filter)).all()
        assert "vaxsite/stranger/#" not in filters
