"""The pages of moves: the manager's proposal, and the resident's answer, in both languages."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.build import moves as build
from tests.build.booking import NOW, URL, OpenClinic
from tests.vaxsite.moves.acts import Sessions, event, ids, later, states
from tests.web_client import PageClient
from vaxsite.booking.models import Appointment
from vaxsite.core.ids import show_reference
from vaxsite.core.permissions import Role
from vaxsite.moves import queries
from vaxsite.moves.rules.states import EventState, MoveState
from vaxsite.moves.services import accepting

DAY = {"first_day-year": "2026", "first_day-month": "1", "first_day-day": "13"}
BORN = {"born_on-year": "1985", "born_on-month": "5", "born_on-day": "5"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough for pages: what they call is tested on both."""
    return sqlite_url


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_manager_closes_a_day_and_accepts_the_proposal(
    client: PageClient, clinic: OpenClinic, sessions: Sessions, language: str
) -> None:
    """What happened, the proposal with who goes where, accepted; the session leads there."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    (bob,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=2))
    later(sessions, clinic, 3, seats=1)
    ids(sessions, lambda s: build.booked(s, clinic.slot_ids[1] + 1, index=3))
    client.sign_in(Role.MANAGER, site=clinic.site_id)

    shown = client.get(f"/manage/sessions/{clinic.session_id}", language=language).text
    assert f"/manage/moves/new?session={clinic.session_id}" in shown
    made = client.submit(
        "/manage/moves/new",
        language=language,
        site=clinic.site_id,
        kind="closed",
        cause="staff",
        **DAY,
    )
    address = made.headers["Location"]
    client.get(address, language=language)
    accepting.act_due(sessions, url=URL, now=NOW)
    shown = client.get(address, language=language).text
    assert show_reference(reference(sessions, ana)) in shown
    assert {"en": "No free seat", "zh": "没有空余号源"}[language] in shown
    assert client.submit(address, language=language, up_to="").status_code == 303
    accepting.act_due(sessions, url=URL, now=NOW)
    client.get(address, language=language)
    client.get("/manage/moves", language=language)

    assert states(sessions, ana) == [MoveState.AWAITING]
    assert states(sessions, bob) == [MoveState.UNPLACED]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_another_page_fills_in_what_it_knows(
    client: PageClient, clinic: OpenClinic, language: str
) -> None:
    """The clinic, the day, and that doses are short; the person adds how many."""
    client.sign_in(Role.MANAGER, site=clinic.site_id)

    asked = f"site={clinic.site_id}&kind=doses_short&day=2026-01-13"
    client.get(f"/manage/moves/new?{asked}", language=language)

    boxes = client.page.all("input")
    chosen = {one.attributes["value"] for one in boxes if "checked" in one.attributes}
    assert {str(clinic.site_id), "doses_short"} <= chosen
    typed = {
        one.attributes["id"]: one.attributes.get("value") for one in boxes if "id" in one.attributes
    }
    assert [typed[f"first_day-{part}"] for part in ("year", "month", "day")] == ["2026", "1", "13"]


def reference(sessions: Sessions, appointment_id: object) -> str:
    """The reference of an appointment."""
    with sessions() as session:
        found = select(Appointment.reference).where(Appointment.id == appointment_id)
        return session.scalars(found).one()


def test_what_is_missing_in_the_form_is_said(client: PageClient, clinic: OpenClinic) -> None:
    """Without a day, a number of doses and a cause nothing is closed."""
    client.sign_in(Role.MANAGER, site=clinic.site_id)

    shown = client.submit("/manage/moves/new?lang=en", site=clinic.site_id, kind="doses_short").text

    assert "Type the first day." in shown or "Choose what the people are to read." in shown
    assert (
        "No published session"
        in client.submit(
            "/manage/moves/new?lang=en",
            site=clinic.site_id,
            kind="closed",
            cause="staff",
            **{**DAY, "first_day-day": "20"},
        ).text
    )


def test_a_manager_takes_a_proposal_back(
    client: PageClient, clinic: OpenClinic, sessions: Sessions
) -> None:
    """Before it is accepted, with one button; another clinic's manager sees nothing."""
    ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    event_id = event(sessions, clinic)
    accepting.act_due(sessions, url=URL, now=NOW)
    client.sign_in(Role.MANAGER, site=clinic.site_id)

    token = {"csrf_token": client.token()}
    client.post(f"/manage/moves/{event_id}/withdraw", data=token)

    with sessions() as session:
        assert queries.get_event(session, event_id).state is EventState.WITHDRAWN


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_resident_sees_the_move_and_confirms(
    app: Flask, client: PageClient, clinic: OpenClinic, sessions: Sessions, language: str
) -> None:
    """Looking changes nothing; the button does; the earlier and the new time stand there."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    later(sessions, clinic, 3)
    build.accepted(sessions, clinic, event(sessions, clinic))
    assert client.get("/my-booking/moved").headers["Location"] == "/my-booking"
    client.submit("/my-booking", language=language, reference=reference(sessions, ana), **BORN)

    shown = client.get("/my-booking/show", language=language).text
    assert "/my-booking/moved" in shown
    text = client.get("/my-booking/moved", language=language).text
    assert {"en": "16 January 2026", "zh": "2026年1月16日"}[language] in text
    assert states(sessions, ana) == [MoveState.AWAITING]

    client.submit("/my-booking/moved", language=language)
    client.get("/my-booking/moved", language=language)

    assert states(sessions, ana) == [MoveState.CONFIRMED]
    assert "/my-booking/moved" not in client.get("/my-booking/show", language=language).text


def test_a_resident_without_a_place_is_told_honestly(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """Not to come, and that the place in line stays."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    build.accepted(sessions, clinic, event(sessions, clinic))
    client.submit("/my-booking", reference=reference(sessions, ana), **BORN)

    shown = client.get("/my-booking/moved?lang=en").text

    assert "Please do not come at the earlier time" in shown
    assert "Your place in line stays." in shown
