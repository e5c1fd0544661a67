"""The manager's pages of phases: what would change is shown first; a district opens at once."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.pages import answer
from tests.build.stock import staff_of
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import Reach
from vaxsite.eligibility.services import open_phase

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FIRST = {"first_day-year": "2026", "first_day-month": "1", "first_day-day": "13"}
LAST = {"last_day-year": "2026", "last_day-month": "1", "last_day-day": "31"}
OPEN = "/manage/phases/open"


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session, group="key-occupations-1")


@pytest.fixture
def manager(client: PageClient, clinic: OpenClinic) -> PageClient:
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    return client


def groups_at(sessions: sessionmaker[Session], site_id: int) -> set[str]:
    with sessions() as session:
        return {one.group_code for one in eligibility.phases(session, site_ids=[site_id])}


def confirm(client: PageClient, address: str, language: str | None = None) -> str:
    """Press the button of the preview that is shown; return where it leads."""
    page = client.page
    form = next(one for one in page.all("form") if one.attributes.get("action") == address)
    hidden = {
        one.attributes["name"]: one.attributes.get("value", "")
        for one in page.within("input", form)
    }
    done = client.post(address, data={**hidden, "save": "1"}, language=language)
    return done.headers["Location"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_opening_would_do_is_shown_and_nothing_stored_before(
    manager: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], language: str
) -> None:
    """Ten free seats of one session, beside a group that has them already; then it is done."""
    where = f"site:{clinic.site_id}"
    manager.submit(OPEN, language=language, where=where, group="from-60", **FIRST)

    shown = manager.page.text
    counted = {"en": "10 free seats · 1 session", "zh": "剩余10个名额 · 1个接种场次"}
    assert counted[language] in shown
    assert {"en": "Key occupations, first step", "zh": "重点人群（第一步）"}[language] in shown
    assert groups_at(sessions, clinic.site_id) == {"key-occupations-1"}

    manager.get(confirm(manager, OPEN, language), language=language)
    assert groups_at(sessions, clinic.site_id) == {"key-occupations-1", "from-60"}
    assert {"en": "13 January 2026", "zh": "2026年1月13日"}[language] in manager.page.text


@SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
def test_taking_a_phase_back_shows_who_loses_what(
    manager: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], language: str
) -> None:
    """The seats that the group could no longer book; taken back only when that is confirmed."""
    with sessions() as session:
        phase_id = eligibility.phases(session, site_ids=[clinic.site_id])[0].id
    address = f"/manage/phases/{phase_id}/change"
    manager.submit(address, language=language, withdraw="1")

    loses = {"en": "This group could no longer book", "zh": "该人群将不能再预约"}[language]
    assert loses in manager.page.text
    assert groups_at(sessions, clinic.site_id) == {"key-occupations-1"}
    confirm(manager, address, language)
    assert groups_at(sessions, clinic.site_id) == set()


def test_the_days_of_a_phase_are_changed(
    manager: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """The form shows the days as they are; a new last day is stored after its preview."""
    with sessions() as session:
        phase_id = eligibility.phases(session, site_ids=[clinic.site_id])[0].id
    address = f"/manage/phases/{phase_id}/change"
    manager.submit(address, **FIRST, **LAST)
    confirm(manager, address)

    with sessions() as session:
        (phase,) = eligibility.phases(session, site_ids=[clinic.site_id])
    assert (phase.opens_on, phase.last_day) == (date(2026, 1, 13), date(2026, 1, 31))


@SQLITE
def test_a_district_is_offered_to_whoever_manages_all_its_clinics(
    manager: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """With a second clinic of the district that is somebody else's, only the own one is left."""
    manager.get(OPEN)
    assert "All clinics in Binhu" in manager.page.text
    with sessions() as session, transaction(session):
        an_open_clinic(session, code="taihu", product_id=clinic.product_id)

    manager.get(OPEN)
    assert "All clinics" not in manager.page.text
    token = {"csrf_token": manager.token()}
    fields = {"where": "district:Binhu", "group": "from-60", **FIRST}
    assert manager.post(OPEN, data={**token, **fields}).status_code == 404


@SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_phase_that_makes_no_sense_comes_back_with_the_reason(
    manager: PageClient, clinic: OpenClinic, language: str
) -> None:
    """Nothing chosen, a group that is open already, a last day before the first, no such day."""
    early = {"last_day-year": "2026", "last_day-month": "1", "last_day-day": "10"}
    never = {"last_day-year": "9999", "last_day-month": "12", "last_day-day": "31"}
    site = {"where": f"site:{clinic.site_id}"}
    wrong: list[tuple[dict[str, str], str]] = [
        ({}, "group"),
        ({**site, **FIRST, "group": "key-occupations-1"}, "first_day"),
        ({**site, **FIRST, **early, "group": "from-60"}, "last_day"),
        ({**site, **FIRST, **never, "group": "from-60"}, "last_day"),
    ]
    for fields, field in wrong:
        response = manager.submit(OPEN, language=language, **fields)
        links = [one.attributes.get("href", "") for one in manager.page.all("a")]
        assert response.status_code == 422, fields
        assert any(link.startswith(f"#{field}") for link in links), fields


@SQLITE
def test_another_sites_phases_are_not_there(
    app: Flask, manager: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """A manager of another clinic gets 404, and for a phase of everywhere too; a nurse gets 403."""
    with sessions() as session, transaction(session):
        own = eligibility.phases(session, site_ids=[clinic.site_id])[0].id
        wide = open_phase(
            session,
            reach=Reach(),
            group_code="from-60",
            opens_on=date(2026, 1, 13),
            closes_on=None,
            actor=staff_of(clinic.site_id, Role.MANAGER),
            now=NOW,
        )
        other_id = an_open_clinic(session, code="taihu", product_id=clinic.product_id).site_id
    foreign, nurse = app.test_client(), app.test_client()
    assert isinstance(foreign, PageClient)
    assert isinstance(nurse, PageClient)
    foreign.sign_in(Role.MANAGER, site=other_id)
    nurse.sign_in(Role.NURSE, site=clinic.site_id)

    for phase_id in (own, wide):
        path = f"/manage/phases/{phase_id}/change"
        assert foreign.get(path).status_code == 404
        assert nurse.get(path).status_code == 403


@SQLITE
def test_a_phase_is_open_from_midnight_at_the_clinic(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], clock: FrozenClock
) -> None:
    """One in the morning in Shanghai is still the day before in UTC."""
    with sessions() as session, transaction(session):
        open_phase(
            session,
            reach=Reach(site_id=clinic.site_id),
            group_code="adults-18-59",
            opens_on=date(2026, 1, 13),
            closes_on=date(2026, 1, 14),
            actor=staff_of(clinic.site_id, Role.MANAGER),
            now=NOW,
        )
    clock.now = datetime(2026, 1, 12, 17, 0, tzinfo=UTC)
    client.sign_in(Role.MANAGER, site=clinic.site_id)

    client.get("/manage/phases")

    assert "Opens later" not in client.page.text


@SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
def test_residents_read_where_it_is_open_and_since_when(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], language: str
) -> None:
    """The district is named; before its day the answer says when it opens."""
    with sessions() as session, transaction(session):
        open_phase(
            session,
            reach=Reach(district="Binhu"),
            group_code="adults-18-59",
            opens_on=date(2026, 1, 13),
            closes_on=date(2026, 2, 1),
            actor=staff_of(clinic.site_id, Role.MANAGER),
            now=NOW,
        )
    answer(client, language)
    client.get("/book/turn", language=language)

    said = {
        "en": "Open at all clinics in Binhu from 13 January 2026 until 31 January 2026.",
        "zh": "滨湖区所有门诊自2026年1月13日至2026年1月31日开放。",
    }
    assert said[language] in client.page.text
