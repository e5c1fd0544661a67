"""Pages of the cold chain in both languages: what a pharmacist sees and does, and who may not."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.episodes import AlertRow
from sensors.store.readings import SetAside
from tests.build import booking, places
from tests.build import clinic as build
from tests.build.clinic import Clinic
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain.live import Viewers
from vaxsite.coldchain.views import blueprint
from vaxsite.core.audit import AuditEntry
from vaxsite.core.permissions import Role
from vaxsite.stock.models import Disposition
from vaxsite.web.db import db

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


@dataclass
class Night:
    """A clinic whose fridge was too warm, and is well again; its alert waits."""

    clinic: Clinic
    excursion_id: int
    alert_id: int


@pytest.fixture
def night(app: Flask, clock: FrozenClock) -> Night:
    """Return the clinic at nine in the morning, an hour after its excursion ended."""
    clock.now = build.OPENED
    with app.app_context(), Session(db.engine) as store:
        clinic = build.a_stocked_clinic(store)
        began_at = clock.now - 3 * HOUR
        places.readings(
            store,
            sensor=clinic.probe,
            first_at=clock.now - 5 * HOUR,
            centis=[480] * 24 + [1090] * 24 + [470] * 12,
            door_open=False,
            power_on=True,
        )
        places.heard(store, sensor=clinic.probe, at=clock.now - 2 * MINUTE, centi=470)
        excursion = places.an_excursion(
            store, sensor=clinic.probe, began_at=began_at, ended_at=clock.now - HOUR
        )
        alert = places.an_alert(
            store, sensor=clinic.probe, opened_at=began_at + 30 * MINUTE, excursion=excursion
        )
        alert.cleared_at = clock.now - HOUR
        build.booked(store, clinic)
        store.commit()
        # Loaded once, so that a test can read it after the session has gone.
        for row in (clinic.site, clinic.fridge, clinic.probe, excursion, alert):
            store.refresh(row)
        found = Night(clinic, excursion.id, alert.id)
        store.expunge_all()
    return found


def rows(app: Flask, kind: type) -> list[object]:
    """Return every row of a table."""
    with app.app_context():
        return list(db.session().scalars(select(kind)))


@LANGUAGES
def test_every_page_opens_for_a_pharmacist(client: PageClient, night: Night, language: str) -> None:
    """No page of the cold chain is broken or half translated."""
    client.sign_in(Role.PHARMACIST)
    fridge = f"/coldchain/units/{night.clinic.fridge.id}"
    for address in (
        "/coldchain",
        "/coldchain/units",
        "/coldchain/wall",
        "/coldchain/wall/units",
        fridge,
        f"{fridge}?window=6h",
        f"{fridge}?window=all",
        f"{fridge}?window=nonsense",
        f"{fridge}/rules",
        "/coldchain/alerts",
        "/coldchain/alerts?state=acknowledged",
        "/coldchain/alerts?state=resolved",
        f"/coldchain/alerts/{night.alert_id}",
        f"/coldchain/excursions/{night.excursion_id}",
        "/coldchain/set-aside",
    ):
        assert client.get(address, language=language).status_code == 200, address


def test_wall_says_in_words_what_is_wrong(client: PageClient, night: Night) -> None:
    """State, temperature, age, alert and held lots can be read without colours."""
    client.sign_in(Role.PHARMACIST)

    client.get("/coldchain/wall")

    text = client.page.text
    for words in (
        "In range",
        "4.7 °C",
        "Read 2 min ago",
        "1 alert without an answer",
        "1 lot held",
    ):
        assert words in text


def test_wall_shouts_when_the_probe_is_silent(
    client: PageClient, night: Night, clock: FrozenClock
) -> None:
    """Twenty minutes later the same number is no longer shown as the temperature."""
    clock.advance(minutes=20)
    client.sign_in(Role.PHARMACIST)

    client.get("/coldchain/wall/units")

    assert "Silent" in client.page.text
    assert "No reading for 22 min" in client.page.text
    assert "Last reading 4.7 °C" in client.page.text


def test_wall_without_javascript_renews_itself(client: PageClient, night: Night) -> None:
    """The page asks the browser to load it again every 30 seconds."""
    client.sign_in(Role.PHARMACIST)

    client.get("/coldchain/wall")

    refresh = [one for one in client.page.all("meta") if "http-equiv" in one.attributes]
    assert [one.attributes["content"] for one in refresh] == ["30"]
    assert [up.tag for up in refresh[0].parents][-1] == "noscript"


def test_chart_is_said_in_a_sentence_too(client: PageClient, night: Night) -> None:
    """Extremes and time out of range, for who cannot see the canvas."""
    client.sign_in(Role.PHARMACIST)

    client.get(f"/coldchain/units/{night.clinic.fridge.id}")

    assert "Highest 10.9 °C. Lowest 4.7 °C. Mean 7.2 °C. Above 8.0 °C for 2 h." in client.page.text


def test_alert_is_acknowledged_with_a_note(client: PageClient, app: Flask, night: Night) -> None:
    """Who answered, when and how stand on the record; being over, the alert is resolved."""
    staff_id = client.sign_in(Role.PHARMACIST)

    address = f"/coldchain/alerts/{night.alert_id}"
    response = client.submit(address, note="Door had stood open.")
    client.get(address)

    assert response.status_code == 303
    assert "Paul Chen" in client.page.text
    assert "Door had stood open." in client.page.text
    (alert,) = rows(app, AlertRow)
    assert isinstance(alert, AlertRow)
    assert (alert.state, alert.acknowledged_by) == ("resolved", str(staff_id))
    acts = [one.action for one in rows(app, AuditEntry) if isinstance(one, AuditEntry)]
    assert acts[-2:] == ["alert:acknowledge", "alert:resolve"]


def test_note_with_a_null_byte_is_kept_without_it(
    client: PageClient, app: Flask, night: Night
) -> None:
    """PostgreSQL stores none; what was written around it is not lost."""
    client.sign_in(Role.PHARMACIST)

    client.submit(f"/coldchain/alerts/{night.alert_id}", note="Door\0 open.")

    (alert,) = rows(app, AlertRow)
    assert isinstance(alert, AlertRow)
    assert alert.note == "Door open."


@LANGUAGES
def test_alert_is_not_acknowledged_without_a_note(
    client: PageClient, app: Flask, night: Night, language: str
) -> None:
    """An empty answer is no answer."""
    client.sign_in(Role.PHARMACIST)

    response = client.submit(f"/coldchain/alerts/{night.alert_id}", note=" ", language=language)

    assert response.status_code == 422
    (alert,) = rows(app, AlertRow)
    assert isinstance(alert, AlertRow)
    assert alert.state == "open"


def test_second_answer_is_told_that_somebody_was_first(client: PageClient, night: Night) -> None:
    """Two people on the phone at night: one of them reads that the other has it."""
    client.sign_in(Role.PHARMACIST)
    address = f"/coldchain/alerts/{night.alert_id}"
    client.submit(address, note="Mine.")

    response = client.post(address, data={"note": "Mine too.", "csrf_token": client.token()})

    assert response.status_code == 409


def test_excursion_shows_who_depends_on_its_lots(client: PageClient, night: Night) -> None:
    """One person is booked today for the vaccine that is held."""
    client.sign_in(Role.PHARMACIST)

    client.get(f"/coldchain/excursions/{night.excursion_id}")

    assert "Lot L2026A" in client.page.text
    assert "Held, waits for a decision" in client.page.text
    assert "Appointments today that need a held lot: 1" in client.page.text
    assert "Doses given from these lots since it began: 0" in client.page.text
    assert "move people" not in client.page.text  # That is for who plans sessions:
    client.sign_in(Role.MANAGER)
    client.get(f"/coldchain/excursions/{night.excursion_id}")
    links = [one.attributes.get("href") or "" for one in client.page.all("a")]
    asked = f"/manage/moves/new?site={night.clinic.site.id}&kind=doses_short&day="
    assert any(one.startswith(asked) for one in links)


@LANGUAGES
def test_lot_is_released_on_the_page_of_its_excursion(
    client: PageClient, app: Flask, night: Night, language: str
) -> None:
    """One note, one button; the decision and its writer stand on the page afterwards."""
    client.sign_in(Role.PHARMACIST)
    address = f"/coldchain/excursions/{night.excursion_id}"
    note = f"note-{night.clinic.lot_id}"

    response = client.submit(
        address, **{note: "Maker: stable at 11 °C.", "decision": "release"}, language=language
    )
    client.get(address)

    assert response.status_code == 303
    assert "Released" in client.page.text
    assert "Maker: stable at 11 °C." in client.page.text
    (decision,) = rows(app, Disposition)
    assert isinstance(decision, Disposition)
    assert decision.decision == "release"


@LANGUAGES
def test_lot_is_not_decided_without_a_note(
    client: PageClient, app: Flask, night: Night, language: str
) -> None:
    """The fault leads to the field of that lot."""
    client.sign_in(Role.PHARMACIST)
    note = f"note-{night.clinic.lot_id}"

    response = client.submit(
        f"/coldchain/excursions/{night.excursion_id}",
        **{note: "", "decision": "reject"},
        language=language,
    )

    assert response.status_code == 422
    assert any(one.attributes.get("href") == f"#{note}" for one in client.page.all("a"))
    assert rows(app, Disposition) == []


def test_excursion_that_moved_on_is_not_released_by_an_old_page(
    client: PageClient, app: Flask, night: Night
) -> None:
    """The page said that it ended at eight; a release by that page does not cover more."""
    client.sign_in(Role.PHARMACIST)
    data = {
        f"note-{night.clinic.lot_id}": "Stable.",
        "decision": "release",
        "seen_until": (build.OPENED - 2 * HOUR).isoformat(),
        "csrf_token": client.token(),
    }

    address = f"/coldchain/excursions/{night.excursion_id}/lots/{night.clinic.lot_id}"
    response = client.post(address, data=data)

    assert response.status_code == 409
    assert rows(app, Disposition) == []


def test_payload_set_aside_is_shown_harmlessly(
    client: PageClient, app: Flask, night: Night
) -> None:
    """Markup, control bytes and reversing characters of a payload are letters on the page."""
    with app.app_context(), Session(db.engine) as store:
        store.add(
            SetAside(
                received_at=build.OPENED,
                topic="vaxsite/probe-x/reading",
                reason="not JSON",
                payload=b"<script>alert(1)</script>\x00\xff\xe2\x80\xae",
                size=31,
                fingerprint=b"x",
            )
        )
        store.commit()
    client.sign_in(Role.PHARMACIST)

    client.get("/coldchain/set-aside")

    assert "<script>alert(1)</script>\\x00\\xff\\u202e" in client.page.text
    assert "not JSON" in client.page.text


def test_nurse_reads_the_wall_and_answers_nothing(client: PageClient, night: Night) -> None:
    """A nurse sees what is wrong; the answer is the pharmacist's."""
    client.sign_in(Role.NURSE)
    token = client.token()
    alert = f"/coldchain/alerts/{night.alert_id}"
    lot = f"/coldchain/excursions/{night.excursion_id}/lots/{night.clinic.lot_id}"

    assert client.get("/coldchain/wall").status_code == 200
    assert client.get(alert).status_code == 200
    assert "What did you find or do?" not in client.page.text
    assert client.post(alert, data={"note": "Mine.", "csrf_token": token}).status_code == 403
    assert client.post(lot, data={"csrf_token": token}).status_code == 403


def test_pharmacist_of_another_site_finds_nothing(
    client: PageClient, app: Flask, night: Night
) -> None:
    """What is not theirs does not exist, for reading as for acting."""
    with app.app_context(), Session(db.engine) as store:
        other = booking.a_clinic(store, code="lakeside").id
        store.commit()
    client.sign_in(Role.PHARMACIST, site=other)
    token = client.token()
    lot, note = night.clinic.lot_id, f"note-{night.clinic.lot_id}"
    alert = f"/coldchain/alerts/{night.alert_id}"
    excursion = f"/coldchain/excursions/{night.excursion_id}"

    for address in (f"/coldchain/units/{night.clinic.fridge.id}", alert, excursion):
        assert client.get(address).status_code == 404, address
    answer = {"note": "Mine.", "csrf_token": token}
    decision = {note: "Mine.", "decision": "reject", "csrf_token": token}
    assert client.post(alert, data=answer).status_code == 404
    assert client.post(f"{excursion}/lots/{lot}", data=decision).status_code == 404
    client.get("/coldchain")
    assert "Fridge F1" not in client.page.text


def test_nobody_reads_the_cold_chain_without_signing_in(client: PageClient, night: Night) -> None:
    """The public is sent to the door."""
    assert client.get("/coldchain").status_code == 302
    assert client.get("/coldchain/live", headers={"Accept": "text/event-stream"}).status_code == 401


def test_live_stream_begins_and_gives_its_place_back(
    client: PageClient, app: Flask, night: Night
) -> None:
    """The first thing said is that there is something to fetch; closing frees the place."""
    viewers = app.extensions[blueprint.VIEWERS] = Viewers(limit=1)
    client.sign_in(Role.PHARMACIST)

    response = client.get("/coldchain/live")
    said = [next(response.iter_encoded()) for _ in range(2)]
    full = client.get("/coldchain/live")
    response.close()

    assert said[1] == b"event: changed\ndata: 1\n\n"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert (full.status_code, full.headers["Retry-After"]) == (503, "5")
    assert viewers.enter()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("above 8.0 °C: 2 h; below 2.0 °C: 0 s; unknown: 20 h", "83.144 kJ/mol")),
        ("zh", ("：2小时；", "无数据：20小时", "83.144 kJ/mol")),
    ],
)
def test_excursion_says_how_long_and_how_warm_on_the_whole(
    client: PageClient, night: Night, language: str, words: tuple[str, ...]
) -> None:
    """Two hours at 10.9 in 24, of which 20 are unknown; the heat of activation stands by it."""
    client.sign_in(Role.PHARMACIST)

    client.get(f"/coldchain/excursions/{night.excursion_id}", language=language)

    for one in words:
        assert one in client.page.text
