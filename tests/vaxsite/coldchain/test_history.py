"""The search of the past: all kinds, every page once, only one's own sites, nobody's dose."""

import csv
import io
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from sensors.store.base import Base
from sensors.store.episodes import AlertAct, AlertRow, ExcursionRow
from sensors.store.maintenance import MaintenanceWindow
from tests.build import clinic as build
from tests.build import places
from tests.build.clinic import Clinic
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain.history import Kind, Place, Search, read_place
from vaxsite.coldchain.models import FollowUp, LateNote, UnitCheck
from vaxsite.coldchain.queries import history
from vaxsite.coldchain.queries.history import Found
from vaxsite.core.permissions import Role
from vaxsite.stock.models import Disposition
from vaxsite.web.db import db

NOW = build.OPENED
HOUR = timedelta(hours=1)
STEPS = [Kind.SIGNATURE, Kind.ACTION, Kind.FIRST_CHECKS]
LAST_DAYS = Search(NOW - timedelta(days=90), NOW)


def a_night(session: Session, *, code: str = "riverside") -> tuple[Clinic, ExcursionRow]:
    """Return a clinic in which one of every kind has happened, an hour after the other."""
    clinic = build.a_stocked_clinic(session, code=code)
    excursion = places.an_excursion(
        session, sensor=clinic.probe, began_at=NOW - 9 * HOUR, ended_at=NOW - 8 * HOUR
    )
    alert = places.an_alert(
        session, sensor=clinic.probe, opened_at=NOW - 8 * HOUR, excursion=excursion
    )
    session.add_all(
        [
            *_said_and_done(alert.id, clinic.fridge.id),
            _followed_up(excursion.id),
            Disposition(
                excursion_id=excursion.id,
                lot_id=clinic.lot_id,
                decision="release",
                note="maker says good",
                decided_by="staff-chen",
                decided_at=NOW - 6 * HOUR,
                covers_from=excursion.began_at,
                covers_until=NOW - 8 * HOUR,
                covers_peak_centi=1_090,
            ),
        ]
    )
    session.flush()
    return clinic, excursion


def _followed_up(excursion_id: int) -> FollowUp:
    """Return what people did about an excursion, step by step."""
    return FollowUp(
        id=excursion_id,
        state="signed",
        checks={},
        check_note="door was shut",
        checked_by="staff-li",
        checked_at=NOW - 5.75 * HOUR,
        action="power_restored",
        action_note="",
        acted_by="staff-li",
        acted_at=NOW - 5.5 * HOUR,
        signed_by="staff-chen",
        signed_at=NOW - 5.25 * HOUR,
    )


def _said_and_done(alert_id: int, unit_id: int) -> list[Base]:
    """Return what people did with an alert and a unit."""
    li = "staff-li"
    return [
        AlertAct(alert_id=alert_id, at=NOW - 7 * HOUR, by=li, act="alert:acknowledge", note="I go"),
        MaintenanceWindow(
            unit_id=unit_id,
            kind="defrost",
            reason="=ice",
            from_at=NOW - 5 * HOUR,
            to_at=NOW - 4 * HOUR,
            entered_at=NOW - 5 * HOUR,
            entered_by=li,
        ),
        UnitCheck(
            unit_id=unit_id,
            day=NOW.date(),
            part="morning",
            checked_at=NOW - 3 * HOUR,
            checked_by=li,
            shown_centi=480,
            probe_centi=470,
            note="",
            rule="cn-storage-2017",
        ),
        LateNote(
            unit_id=unit_id,
            day=NOW.date(),
            written_at=NOW - 2 * HOUR,
            written_by="staff-chen",
            note="power cut",
        ),
    ]


def found(session: Session, clinic: Clinic, wanted: Search = LAST_DAYS) -> list[Found]:
    """Return what the clinic's pharmacist finds."""
    return history.search(session, actor=clinic.pharmacist, wanted=wanted)[0]


def test_every_kind_is_found_newest_first(session: Session) -> None:
    """Ten things happened, one after the other, and each is told."""
    clinic, _ = a_night(session)

    told = found(session, clinic)

    assert [one.kind for one in told] == list(reversed(Kind))
    ago = (2, 3, 5, 5.25, 5.5, 5.75, 6, 7, 8, 9)
    assert [one.at for one in told] == [NOW - hours * HOUR for hours in ago]


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({"kind": Kind.CHECK}, [Kind.CHECK]),
        ({"by": "staff-chen"}, [Kind.NOTE, Kind.SIGNATURE, Kind.DISPOSITION]),
        ({"kind": Kind.ACTION}, [Kind.ACTION]),
        (
            {"lot": "L2026A"},
            [*STEPS, Kind.DISPOSITION, Kind.ANSWER, Kind.ALERT, Kind.EXCURSION],
        ),
        ({"lot": "L2026A", "by": "staff-li"}, [Kind.ACTION, Kind.FIRST_CHECKS, Kind.ANSWER]),
        ({"lot": "OTHER"}, []),
        ({"since": NOW - 3 * HOUR}, [Kind.NOTE, Kind.CHECK]),
        ({"until": NOW - 8 * HOUR}, [Kind.EXCURSION]),
        ({"unit_id": 10_000}, []),
    ],
)
def test_search_is_narrowed_by_what_is_asked(
    session: Session,
    asked: dict[str, Any],  # Any: by field of the search.
    kinds: list[Kind],
) -> None:
    """Kind, person, lot, period and unit; the beginning of a period is in it, its end is not."""
    clinic, _ = a_night(session)

    told = found(session, clinic, replace(LAST_DAYS, **asked))

    assert [one.kind for one in told] == kinds


def test_past_of_other_sites_is_absent(session: Session) -> None:
    """A pharmacist of another clinic finds only what happened there, whatever they ask."""
    clinic, _ = a_night(session)
    other, _ = a_night(session, code="hillside")

    told = found(session, other)
    assert {one.unit.site_id for one in told} == {other.site.id}
    assert len(told) == len(Kind)
    asked = Search(LAST_DAYS.since, NOW, unit_id=clinic.fridge.id)
    assert found(session, other, asked) == []


def test_pages_show_everything_once(session: Session) -> None:
    """Many happenings of few instants, pages of seven: nothing twice, nothing left out."""
    clinic, _ = a_night(session)
    chance = random.Random(3)
    for number in range(60):
        at = NOW - chance.randrange(5) * HOUR - 12 * HOUR
        places.an_alert(session, sensor=clinic.probe, opened_at=at).cause = f"test:{number}"
        session.add(
            LateNote(
                unit_id=clinic.fridge.id,
                day=at.date(),
                written_at=at,
                written_by="staff-li",
                note=str(number),
            )
        )
        session.flush()
    everything, _ = history.search(session, actor=clinic.pharmacist, wanted=LAST_DAYS, limit=1_000)

    pages: list[Found] = []
    after: Place | None = None
    while True:
        page, after = history.search(
            session, actor=clinic.pharmacist, wanted=LAST_DAYS, after=after, limit=7
        )
        pages += page
        if after is None:
            break
        after = read_place(str(after))

    assert pages == everything
    assert len(everything) == 120 + len(Kind)


@given(st.text(alphabet="0123456789-alert. ", max_size=40))
def test_place_of_nonsense_is_none_or_a_place(told: str) -> None:
    """An address that was changed by hand breaks nothing, and what is a place stays the same."""
    place = read_place(told)

    assert place is None or read_place(str(place)) == place


def test_search_reads_no_further_than_its_page(session: Session) -> None:
    """With many alerts the newest are taken from an index of their time, not sorted."""
    clinic, _ = a_night(session)
    session.execute(
        insert(AlertRow),
        [
            {
                "cause": f"test:{number}",
                "kind": "silence",
                "severity": "warning",
                "unit_id": clinic.fridge.id,
                "sensor_id": clinic.probe.id,
                "state": "resolved",
                "opened_at": NOW - timedelta(minutes=number),
            }
            for number in range(20_000)
        ],
    )
    session.execute(text("ANALYZE"))
    source = next(one for one in history.SOURCES if one.kind is Kind.ALERT)
    units = history.places.visible_ids(clinic.pharmacist)
    query = history._asked(source, LAST_DAYS, units, None).limit(51)  # noqa: SLF001 - its plan

    dialect = session.get_bind().dialect
    sql = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN"
    plan = " ".join(str(row) for row in session.execute(text(f"{explain} {sql}")))

    assert "ix_alert_opened_at" in plan


@pytest.fixture
def night(app: Flask, clock: FrozenClock) -> int:
    """Return the fridge of the clinic whose pages are opened."""
    clock.now = NOW
    with app.app_context(), Session(db.engine) as store:
        clinic, _ = a_night(store)
        store.commit()
        return clinic.fridge.id


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_shows_what_was_found(client: PageClient, night: int, language: str) -> None:
    """Every kind in words, in both languages, and the search stays in its form."""
    client.sign_in(Role.PHARMACIST)

    shown = client.get(f"/coldchain/history?unit={night}", language=language)

    assert shown.status_code == 200
    text_of_page = client.page.text
    assert "maker says good" in text_of_page
    assert "10.9 °C" in text_of_page
    assert ("Too warm" if language == "en" else "过热") in text_of_page


def test_page_with_a_wrong_day_says_so(client: PageClient, night: int) -> None:
    """What cannot be a search is refused beside its field."""
    client.sign_in(Role.PHARMACIST)

    shown = client.get("/coldchain/history?since=2026-13-40")

    assert shown.status_code == 422
    assert "Enter a real date" in client.page.text


def test_days_are_those_of_the_site(client: PageClient, night: int) -> None:
    """The thirteenth in Shanghai begins at 16:00 UTC of the twelfth: the excursion at 00:00."""
    client.sign_in(Role.PHARMACIST)

    client.get("/coldchain/history?since=2026-01-13&until=2026-01-13&kind=excursion")
    assert "10.9 °C" in client.page.text
    client.get("/coldchain/history?since=2026-01-14&until=2026-01-14")
    assert "There is none." in client.page.text


def test_csv_has_the_same_and_no_formula(client: PageClient, night: int) -> None:
    """A line for each happening; a note that begins like a formula is only text."""
    client.sign_in(Role.PHARMACIST)

    answer = client.get("/coldchain/history.csv")

    assert answer.mimetype == "text/csv"
    lines = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert len(lines) == 1 + len(Kind)
    assert {line[4] for line in lines[1:]} == {kind.value for kind in Kind}
    assert "'=ice" in {line[9] for line in lines}
