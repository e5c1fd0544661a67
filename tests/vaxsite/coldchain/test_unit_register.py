"""Pages on which a storage unit is added, changed, taken out of use, and filled with a probe."""

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.places import Site, StorageUnit
from tests.build import clinic as build
from tests.build import places
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.core.audit import AuditEntry
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
NEW = {
    "code": "B1",
    "name_zh": "1号冷藏箱",
    "name_en": "Cold box 1",
    "profile": "cold_box",
    "maker": "Maker",
    "pqs_code": "E004/002",
    "made_in": "2021",
}


@dataclass
class Units:
    """A fridge with a probe and a lot, and one with neither."""

    site_id: int
    full_id: int
    empty_id: int
    probe_id: int


@pytest.fixture
def stock_of(app: Flask, clock: FrozenClock) -> Units:
    """Return them at nine in the morning."""
    clock.now = build.OPENED
    with app.app_context(), Session(db.engine) as store:
        clinic = build.a_stocked_clinic(store)
        empty = places.a_fridge(store, site=clinic.site, code="F2")
        store.commit()
        return Units(clinic.site.id, clinic.fridge.id, empty.id, clinic.probe.id)


def last_act(app: Flask) -> str | None:
    with app.app_context():
        return (
            db.session()
            .scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(1))
            .first()
        )


@LANGUAGES
def test_every_page_opens(client: PageClient, stock_of: Units, language: str) -> None:
    """The form of a new one, what is known of one, and the question before it leaves."""
    client.sign_in(Role.MANAGER, site=stock_of.site_id)
    one = f"/coldchain/units/{stock_of.empty_id}"
    for address in ("/coldchain/units/new", f"{one}/facts", f"{one}/retire", one):
        assert client.get(address, language=language).status_code == 200, address


def test_added_unit_is_blind_until_a_probe_hangs_there(
    client: PageClient, app: Flask, stock_of: Units
) -> None:
    """Its page says so and leads to the next step, as does what is blind."""
    client.sign_in(Role.PHARMACIST, site=stock_of.site_id)

    response = client.submit("/coldchain/units/new", site=str(stock_of.site_id), **NEW)

    assert last_act(app) == "unit:add"
    with app.app_context():
        row = db.session().scalars(select(StorageUnit).where(StorageUnit.code == "B1")).one()
        assert (row.profile, row.rule_set, row.made_in) == ("cold_box", "cn-transport", 2021)
        assert (row.maker, row.pqs_code, row.serial_number) == ("Maker", "E004/002", None)
    client.get(response.location)
    assert "nobody knows its temperature" in client.page.text
    client.get("/coldchain/coverage")
    assert "Adopt a new device into Cold box 1" in client.page.text
    assert "Enter a certificate of probe-riverside" in client.page.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"code": "F1"}, "There is one with this name already."),
        ({"name_en": "fridge F1"}, "Unit F1 of this site is in use and has this name, too."),
        ({"name_zh": "冰箱F2"}, "Unit F2 of this site is in use and has this name, too."),
        ({"code": "F 1"}, "Use letters, digits"),
        ({"profile": ""}, "Choose what kind it is."),
        ({"made_in": "21"}, "Enter the year, such as 2021."),
        ({"name_zh": ""}, "Enter the Chinese name."),
    ],
)
def test_unit_that_cannot_be_is_refused_in_a_sentence(
    client: PageClient, app: Flask, stock_of: Units, typed: dict[str, str], sentence: str
) -> None:
    """Nothing is added."""
    client.sign_in(Role.PHARMACIST, site=stock_of.site_id)

    fields = {"site": str(stock_of.site_id), **NEW, **typed}
    response = client.submit("/coldchain/units/new", **fields)

    assert response.status_code == 422
    assert sentence in client.page.text
    with app.app_context():
        assert len(db.session().scalars(select(StorageUnit)).all()) == 2


@LANGUAGES
def test_a_unit_does_not_come_back_under_a_name_that_is_taken(
    client: PageClient, stock_of: Units, language: str
) -> None:
    """The page says which unit has it; renamed to a taken name is refused beside the name."""
    client.sign_in(Role.PHARMACIST, site=stock_of.site_id)
    one = f"/coldchain/units/{stock_of.empty_id}"
    client.submit(f"{one}/retire", language=language, reason="Repair")
    new = {"site": str(stock_of.site_id), **NEW, "name_en": "Fridge F2"}
    client.submit("/coldchain/units/new", language=language, **new)
    client.get(f"{one}/facts", language=language)
    refused = client.post(f"{one}/reopen", data={"csrf_token": client.token()}, language=language)

    said = {"en": "Unit B1 of this site is in use", "zh": "本站点在用的设备B1也叫这个名称"}
    assert refused.status_code == 409
    assert said[language] in refused.text
    full = f"/coldchain/units/{stock_of.full_id}/facts"
    typed = {"name_en": "Fridge F1", "name_zh": NEW["name_zh"], "profile": "fridge"}
    assert client.submit(full, language=language, **typed).status_code == 422
    assert said[language] in client.page.text


def test_names_change_and_the_kind_of_a_measured_unit_does_not(
    client: PageClient, app: Flask, stock_of: Units
) -> None:
    """The form holds what is known; the refusal stands at the kind."""
    client.sign_in(Role.PHARMACIST, site=stock_of.site_id)
    address = f"/coldchain/units/{stock_of.full_id}/facts"
    known = {"name_zh": "冰箱F1", "name_en": "Door fridge", "profile": "fridge", "model": "X"}

    client.submit(address, **known)
    client.get(address)
    assert "Door fridge" in client.page.text
    assert last_act(app) == "unit:change"
    refused = client.submit(address, **{**known, "profile": "freezer"})

    assert refused.status_code == 422
    assert "its kind stays" in client.page.text


def test_full_unit_stays_and_an_empty_one_leaves_and_comes_back(
    client: PageClient, app: Flask, stock_of: Units
) -> None:
    """Out of use it is off the wall, and its page says since when, by whom and why."""
    client.sign_in(Role.PHARMACIST, site=stock_of.site_id)
    refused = client.submit(f"/coldchain/units/{stock_of.full_id}/retire", reason="Old")
    assert refused.status_code == 422
    assert "A probe still hangs in this unit." in client.page.text

    client.submit(f"/coldchain/units/{stock_of.empty_id}/retire", reason="Compressor broken")

    client.get(f"/coldchain/units/{stock_of.empty_id}/facts")
    assert "by Paul Chen: Compressor broken" in client.page.text
    client.get("/coldchain/wall")
    assert "Fridge F2" not in client.page.text
    client.get(f"/coldchain/units/{stock_of.empty_id}")
    assert "This unit is out of use." in client.page.text
    client.get(f"/coldchain/probes/{stock_of.probe_id}/move")
    assert "Fridge F2" not in client.page.text
    client.submit(f"/coldchain/units/{stock_of.empty_id}/facts")
    assert last_act(app) == "unit:reopen"
    client.get("/coldchain/wall")
    assert "Fridge F2" in client.page.text


def test_unit_of_another_site_is_neither_added_nor_changed(
    client: PageClient, app: Flask, stock_of: Units
) -> None:
    """What a pharmacist may not see does not exist for them; a nurse sees and changes nothing."""
    with app.app_context(), Session(db.engine) as store:
        site = places.a_site(store, code="haidian")
        theirs = places.a_fridge(store, site=site).id
        store.commit()
        site_id = site.id
    client.sign_in(Role.PHARMACIST, site=stock_of.site_id)
    token = client.token()
    fields = {**NEW, "site": str(site_id), "reason": "Old", "csrf_token": token}
    for address in (
        "/coldchain/units/new",
        f"/coldchain/units/{theirs}/facts",
        f"/coldchain/units/{theirs}/retire",
        f"/coldchain/units/{theirs}/reopen",
    ):
        assert client.post(address, data=fields, check=False).status_code == 404, address
    with app.app_context():
        assert db.session().scalars(select(Site.code).join(StorageUnit)).all().count("haidian") == 1
    client.sign_in(Role.NURSE, site=stock_of.site_id)
    client.get(f"/coldchain/units/{stock_of.full_id}/facts")
    assert "Change what is known" not in client.page.text
