"""The manager's pages: from a template to a published plan, without JavaScript."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, a_clinic, holder
from tests.build.pages import send
from tests.build.plans import FIRST, LATER, Planned, a_delivery, a_plan, publish, slot_of
from tests.build.stock import a_vaccine
from tests.web_client import PageClient
from vaxsite.booking.services import holds
from vaxsite.core.permissions import Role
from vaxsite.plans import queries
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import Doses, SessionState
from vaxsite.stock import deliveries

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
TEMPLATE = {
    "name": "Spring 春季",
    "first_on-year": "2026",
    "first_on-month": "3",
    "first_on-day": "2",
    "last_on-year": "2026",
    "last_on-month": "4",
    "last_on-day": "24",
    "slot_minutes": "30",
    "person_minutes": "6",
    "overbook": "2",
    "holidays": "true",
    "together": "false",
}
HOURS = {"starts": "09:00", "ends": "10:00", "stations": "1", "vaccinators": "1"}
UNTIL = {"last_on-year": "2026", "last_on-month": "3", "last_on-day": "13"}
WEEKDAYS = ["0", "1", "2", "3", "4"]


def leads_to(client: PageClient, address: str) -> bool:
    """Tell whether the page has a link to what begins with *address*."""
    links = [one.attributes.get("href") or "" for one in client.page.all("a")]
    return any(one.startswith(address) for one in links)


def planned(sessions: sessionmaker[Session], client: PageClient, *, doses: int = 0) -> Planned:
    """A laid-out plan, and its manager at the screen."""
    with sessions() as session, transaction(session):
        plan = a_plan(session, FIRST, LATER, doses=doses)
    client.sign_in(Role.MANAGER, site=plan.site_ids[0])
    return plan


@LANGUAGES
def test_a_manager_makes_checks_and_publishes_a_plan(
    client: PageClient, sessions: sessionmaker[Session], language: str
) -> None:
    """Template, hours, sessions, a refusal that names the week, a delivery, and it is published."""
    with sessions() as session, transaction(session):
        site_id, product_id = a_clinic(session).id, a_vaccine(session)
    client.sign_in(Role.MANAGER, site=site_id)
    client.get("/manage/plans", language=language)
    said = {"product": str(product_id), "sites": [str(site_id)]}
    created = client.submit("/manage/plans/new", language=language, **TEMPLATE, **said)
    hours = created.headers["Location"]
    address = hours.removesuffix("/hours")
    for doses, period in (("first", UNTIL), ("later", {})):
        more = {**HOURS, **period, "doses": doses, "weekdays": WEEKDAYS}
        assert client.submit(hours, language=language, **more).headers["Location"] == address

    client.get(address, language=language)
    assert {"en": "2 for each time", "zh": "每个时段2个"}[language] in client.page.text
    send(client, f"{address}/lay-out", language)
    client.get(address, language=language)
    refused = send(client, f"{address}/publish", language, part="all")
    assert refused.status_code == 409
    assert {"en": "2 March 2026", "zh": "2026年3月2日"}[language] in client.page.text
    with sessions() as session, transaction(session):
        assert slots.free_days(session, now=NOW) == []
        a_delivery(session, site_id=site_id, product_id=product_id, doses=200)
    client.get(address, language=language)
    assert send(client, f"{address}/publish", language, part="all").status_code == 302

    client.get(address, language=language)
    with sessions() as session:
        assert sum(one.free for one in slots.free_days(session, now=NOW, number=1)) == 100


@SQLITE
@LANGUAGES
def test_what_a_template_cannot_be_comes_back_beside_its_field(
    client: PageClient, sessions: sessionmaker[Session], language: str
) -> None:
    """Nothing typed is lost; the summary leads to the field."""
    plan = planned(sessions, client)
    said = {**TEMPLATE, "product": str(plan.product_id), "sites": [str(plan.site_ids[0])]}
    hours = {**HOURS, "doses": "first", "weekdays": WEEKDAYS}
    wrong = [
        ("/manage/plans/new", {**said, "last_on-month": "2"}, "last_on"),
        ("/manage/plans/new", {**said, "person_minutes": "40"}, "slot_minutes"),
        ("/manage/plans/new", {**said, "name": ""}, "name"),
        ("/manage/plans/new", {**said, "overbook": "21"}, "overbook"),
        (f"/manage/plans/{plan.plan_id}/hours", {**hours, "ends": "08:00"}, "ends"),
        (f"/manage/plans/{plan.plan_id}/hours", {**hours, "stations": "0"}, "stations"),
        (f"/manage/plans/{plan.plan_id}/hours", hours, "starts"),
        (f"/manage/plans/{plan.plan_id}/hours", {**hours, "break_starts": "09:10"}, "break_start"),
    ]
    for address, fields, field in wrong:
        response = client.submit(address, language=language, **fields)
        links = [one.attributes.get("href", "") for one in client.page.all("a")]
        assert response.status_code == 422, field
        assert any(link.startswith(f"#{field}") for link in links), field


@SQLITE
@LANGUAGES
def test_a_changed_plan_lists_what_a_person_must_decide(
    client: PageClient, sessions: sessionmaker[Session], language: str
) -> None:
    """More staff: unbooked sessions follow, the one with a held seat waits for an answer."""
    plan = planned(sessions, client, doses=400)
    with sessions() as session, transaction(session):
        publish(session, plan)
        slot = slot_of(session, plan, Doses.FIRST)
        holds.hold(session, slot_id=slot.id, holder=holder("ana"), now=NOW)
        pattern = next(
            one
            for one in queries.get_plan(session, plan.plan_id).template.patterns
            if one.doses is Doses.FIRST
        )
    address = f"/manage/plans/{plan.plan_id}"
    client.get(f"{address}/edit", language=language)
    client.submit(
        f"{address}/edit",
        language=language,
        **TEMPLATE,
        product=str(plan.product_id),
        sites=[str(plan.site_ids[0])],
    )
    client.submit(f"{address}/hours/{pattern.id}", language=language, stations="2", vaccinators="2")
    client.get(address, language=language)
    send(client, f"{address}/lay-out", language)
    client.get(address, language=language)
    assert send(client, f"{address}/withdraw", language, part="first").status_code == 409
    assert leads_to(client, f"/manage/moves/new?site={plan.site_ids[0]}")
    client.get(address, language=language)
    send(client, f"{address}/keep/{slot.session_id}", language)
    client.get(address, language=language)

    assert f"/keep/{slot.session_id}" not in client.page.text
    client.get(f"/manage/sessions/{slot.session_id}", language=language)
    with sessions() as session:
        held = queries.plan_sessions(session, plan.plan_id, since=NOW)
    first = [one for one in held if one.doses is Doses.FIRST]
    assert sum(one.state is SessionState.PLANNED for one in first) == 9


@SQLITE
@LANGUAGES
def test_deliveries_are_announced_moved_and_ended(
    client: PageClient, sessions: sessionmaker[Session], language: str
) -> None:
    """A pharmacist keeps the list too; a late one says that it is not counted."""
    plan = planned(sessions, client)
    client.sign_in(Role.PHARMACIST, site=plan.site_ids[0])
    day = {"arrives_on-year": "2026", "arrives_on-month": "3", "arrives_on-day": "1"}
    said = {"site": str(plan.site_ids[0]), "product": str(plan.product_id), "source": "7号"}
    client.get("/manage/deliveries", language=language)
    assert client.submit("/manage/deliveries/new", language=language).status_code == 422
    client.submit("/manage/deliveries/new", language=language, **day, **said, doses="300")
    with sessions() as session:
        (one,) = deliveries.expected(session, site_ids=plan.site_ids)

    address = f"/manage/deliveries/{one.id}"
    client.submit(address, language=language, **{**day, "arrives_on-month": "1"}, doses="200")
    client.get("/manage/deliveries", language=language)
    assert {"en": "Late: not counted", "zh": "逾期未到：不计入"}[language] in client.page.text
    client.get(address, language=language)
    send(client, f"{address}/end", language, target="received")

    client.get("/manage/deliveries", language=language)
    with sessions() as session:
        assert deliveries.expected(session, site_ids=plan.site_ids) == []


@SQLITE
@LANGUAGES
def test_a_clinic_closes_a_day_and_takes_it_back(
    client: PageClient, sessions: sessionmaker[Session], language: str
) -> None:
    """The list shows the holidays with their source, and the clinic's own days."""
    plan = planned(sessions, client)
    day = {"day-year": "2026", "day-month": "3", "day-day": "4", "opened": "false"}
    assert client.submit("/manage/days", language=language).status_code == 422
    client.submit(
        "/manage/days", language=language, site=str(plan.site_ids[0]), reason="盘点", **day
    )
    client.get("/manage/days", language=language)
    assert "国办发明电〔2025〕7号" in client.page.text
    with sessions() as session:
        (one,) = queries.site_days(session, site_ids=plan.site_ids)

    send(client, f"/manage/days/{one.id}/clear", language)

    with sessions() as session:
        assert queries.site_days(session, site_ids=plan.site_ids) == []


@SQLITE
def test_plans_and_deliveries_of_other_sites_are_not_there(
    app: Flask, client: PageClient, sessions: sessionmaker[Session]
) -> None:
    """A manager of another clinic gets 404 wherever an id leads."""
    plan = planned(sessions, client)
    with sessions() as session, transaction(session):
        delivery_id = a_delivery(session, site_id=plan.site_ids[0], product_id=plan.product_id)
        other = a_clinic(session, code="taihu").id
    foreign = app.test_client()
    assert isinstance(foreign, PageClient)
    foreign.sign_in(Role.MANAGER, site=other)

    for path in (
        f"/manage/plans/{plan.plan_id}",
        f"/manage/plans/{plan.plan_id}/edit",
        f"/manage/plans/{plan.plan_id}/hours",
        f"/manage/deliveries/{delivery_id}",
    ):
        assert foreign.get(path).status_code == 404
    foreign.get("/manage/plans")
    token = {"csrf_token": foreign.token()}
    for act in ("publish", "withdraw", "lay-out"):
        assert foreign.post(f"/manage/plans/{plan.plan_id}/{act}", data=token).status_code == 404
