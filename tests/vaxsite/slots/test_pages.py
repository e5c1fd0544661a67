"""The manager's pages: plan a session with a preview, publish it, call it off."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    OpenClinic,
    a_clinic,
    a_published_session,
    an_open_clinic,
    holder,
)
from tests.build.pages import BORN, send
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.booking.services import holds
from vaxsite.core.permissions import Role
from vaxsite.slots import queries

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PLAN = {
    "day-year": "2026",
    "day-month": "1",
    "day-day": "14",
    "starts": "09:00",
    "ends": "11:10",
    "minutes": "30",
    "seats": "20",
}


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session)


@pytest.fixture
def manager(client: PageClient, clinic: OpenClinic) -> PageClient:
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    return client


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_manager_plans_checks_and_publishes_a_session(
    manager: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], language: str
) -> None:
    """The preview stores nothing; the stored plan is invisible until it is published."""
    plan = {**PLAN, "site": str(clinic.site_id), "product": str(clinic.product_id)}
    manager.get("/manage", language=language)
    manager.get("/manage/sessions", language=language)

    manager.submit("/manage/sessions/plan", language=language, **plan)
    assert "80" in manager.page.text
    preview = manager.page
    send(manager, "/manage/sessions/plan", language, edit="1")
    manager.page = preview
    stored = send(manager, "/manage/sessions/plan", language, save="1")
    address = stored.headers["Location"]
    manager.get(address, language=language)
    with sessions() as session:
        assert len(queries.free_days(session, now=NOW)) == 1
    send(manager, f"{address}/publish", language)
    manager.get(address, language=language)

    with sessions() as session:
        days = queries.free_days(session, now=NOW)
    assert [(f"{day.day}", day.free) for day in days] == [("2026-01-13", 10), ("2026-01-14", 80)]


@SQLITE
@pytest.mark.parametrize(
    ("language", "summary"),
    [("en", "2 sessions from 19 January 2026 on"), ("zh", "2026年1月19日起共2个场次")],
)
def test_the_coming_week_stands_open_and_the_rest_behind_one_line(
    manager: PageClient,
    clinic: OpenClinic,
    sessions: sessionmaker[Session],
    language: str,
    summary: str,
) -> None:
    """Today is the first of the seven days; the eighth is behind the line."""
    place = {"site_id": clinic.site_id, "product_id": clinic.product_id}
    with sessions() as session, transaction(session):
        for day in (18, 19, 20):
            a_published_session(session, **place, day=date(2026, 1, day))

    manager.get("/manage/sessions", language=language)

    (later,) = manager.page.all("details")
    behind = manager.page.within("h3", later)
    assert manager.page.within("summary", later)[0].text.strip() == summary
    assert manager.page.all("h3")[2:] == behind
    assert len(behind) == 2


@SQLITE
@pytest.mark.parametrize(
    ("language", "empty_week", "nothing"),
    [
        ("en", "No session in the coming 7 days.", "No session is planned."),
        ("zh", "今后7天没有接种场次。", "暂无接种场次。"),
    ],
)
def test_a_clinic_without_sessions_is_listed_and_says_so(
    client: PageClient,
    clinic: OpenClinic,
    clock: FrozenClock,
    language: str,
    empty_week: str,
    nothing: str,
) -> None:
    """The only session is over: an empty week, and what follows from it for residents."""
    clock.now = datetime(2026, 3, 1, tzinfo=UTC)
    client.sign_in(Role.MANAGER, site=clinic.site_id)

    client.get("/manage/sessions", language=language)

    assert empty_week in client.page.text
    assert nothing in client.page.text


@SQLITE
def test_each_clinic_has_a_list_of_its_own(
    clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """What one clinic plans does not stand under another."""
    with sessions() as session:
        empty = a_clinic(session, code="taihu")
        found = queries.sessions_by_clinic(session, site_ids=[clinic.site_id, empty.id], now=NOW)

    shown = {
        one.clinic.code: [(f"{day.day}", len(day.sessions)) for day in one.week] for one in found
    }
    assert shown == {"riverside": [("2026-01-13", 1)], "taihu": []}


@SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_plan_that_cannot_be_comes_back_with_the_reason(
    manager: PageClient, clinic: OpenClinic, language: str
) -> None:
    """Nothing typed is lost; the summary leads to the field."""
    plan = {**PLAN, "site": str(clinic.site_id), "product": str(clinic.product_id)}
    wrong = [
        ({"minutes": "0"}, "minutes"),
        ({"seats": "many"}, "seats"),
        ({"ends": "08:00"}, "ends"),
        ({"day-day": "12", "starts": "08:00"}, "starts"),
        ({"day-day": "13"}, "starts"),
        ({"day-month": "13"}, "day"),
        ({"starts": ""}, "starts"),
    ]
    for changed, field in wrong:
        response = manager.submit("/manage/sessions/plan", language=language, **{**plan, **changed})
        links = [one.attributes.get("href", "") for one in manager.page.all("a")]
        assert response.status_code == 422, changed
        assert any(link.startswith(f"#{field}") for link in links), changed


@SQLITE
def test_a_session_with_a_taken_seat_offers_no_button_and_refuses(
    manager: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """The page says why; a posted try is refused in words; without seats it is called off."""
    address = f"/manage/sessions/{clinic.session_id}"
    manager.get(address)
    before = manager.page
    with sessions() as session, transaction(session):
        holds.hold(session, slot_id=clinic.slot_ids[0], holder=holder("ana"), now=NOW)

    manager.get(address)
    assert "Whoever has one is offered another time first" in manager.page.text
    manager.page = before
    assert "/manage/moves/" in send(manager, f"{address}/cancel").location
    with sessions() as session, transaction(session):
        assert queries.get_session(session, clinic.session_id).state == "published"


@SQLITE
def test_another_sites_records_are_not_there(
    app: Flask, manager: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """A manager of another clinic gets 404 for a session; a nurse gets 403."""
    with sessions() as session, transaction(session):
        other_id = an_open_clinic(session, code="taihu", product_id=clinic.product_id).site_id
    foreign = app.test_client()
    assert isinstance(foreign, PageClient)
    foreign.sign_in(Role.MANAGER, site=other_id)
    nurse = app.test_client()
    assert isinstance(nurse, PageClient)
    nurse.sign_in(Role.NURSE, site=clinic.site_id)

    path = f"/manage/sessions/{clinic.session_id}"
    assert foreign.get(path).status_code == 404
    assert nurse.get(path).status_code == 403
    token = {"csrf_token": foreign.token()}
    address = f"/manage/sessions/{clinic.session_id}/cancel"
    assert foreign.post(address, data=token).status_code == 404


def test_a_number_too_large_for_the_database_is_nothing_of_ours(
    manager: PageClient, clinic: OpenClinic
) -> None:
    """Typed into the address or sent by a program: a clear answer and no fault of ours."""
    most = str(10**30)
    plan = {**PLAN, "site": str(clinic.site_id), "product": most}

    assert manager.get(f"/manage/sessions/{most}").status_code == 400
    manager.get("/manage/sessions/plan")
    assert manager.submit("/manage/sessions/plan", **plan).status_code == 400
    assert manager.submit("/book", **{**BORN, "born_on-year": "9999"}).status_code == 422


@pytest.mark.parametrize("language", ["en", "zh"])
def test_seats_come_out_in_portions_that_the_public_can_check_afterwards(
    manager: PageClient,
    clinic: OpenClinic,
    clock: FrozenClock,
    language: str,
) -> None:
    """Before the end only the digest is shown, then the text; a made-up window is not there."""
    plan = {**PLAN, "site": str(clinic.site_id), "product": str(clinic.product_id)}
    plan |= {"day-day": "20"}
    token = {"csrf_token": manager.token()}
    saved = manager.post("/manage/sessions/plan", data={**token, **plan, "save": "1"})
    address = saved.headers["Location"]
    wrong = {**token, "hours": "5"}
    assert manager.post(f"{address}/publish", data=wrong).status_code == 404

    manager.submit(address, language=language, hours="48")
    manager.get(address, language=language)
    assert {"en": "Seats not out yet", "zh": "尚未放出的名额"}[language] in manager.page.text
    public = address.replace("/manage/sessions/", "/released/")
    manager.get(public, language=language)
    assert "vaxsite-trickle-1" not in manager.page.text
    clock.now = NOW + timedelta(days=3)
    manager.get(public, language=language)
    assert "vaxsite-trickle-1" in manager.page.text
    assert manager.get(f"/released/{clinic.session_id}").status_code == 404
