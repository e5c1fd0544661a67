"""Where the controls of a chart lead, and that an episode crosses its limit at every zoom."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.build import clinic as build
from tests.build import places
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain import zoom
from vaxsite.coldchain.zoom import Move, Period
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (None, None),
        ("", ""),
        ("nonsense", "1"),
        ("1e9", "2e9"),
        ("9" * 40, "9" * 41),
        (seconds(NOON), seconds(NOON - HOUR)),
        (seconds(NOON + HOUR), seconds(NOON + 2 * HOUR)),
        (seconds(NOON - MINUTE), seconds(NOON)),
    ],
)
def test_period_of_nothing_or_nonsense_is_none(since: str | None, until: str | None) -> None:
    """Absent, no numbers, too large, backwards, in the future, too short."""
    assert zoom.read_period(since, until, now=NOON) is None


def test_period_is_cut_to_the_time_of_which_there_can_be_readings() -> None:
    """It ends now at the latest and is five years long at most."""
    found = zoom.read_period("0", seconds(NOON + DAY), now=NOON)

    assert found == Period(NOON - 5 * 366 * DAY, NOON)


def test_closer_keeps_the_middle_and_what_ends_now_ends_now() -> None:
    """Zooming in on last Tuesday does not jump to today; on today it stays with today."""
    old = Period(NOON - 10 * DAY, NOON - 3 * DAY)

    assert zoom.moves(old, now=NOON)[Move.CLOSER] == Period(NOON - 7 * DAY, NOON - 6 * DAY)
    assert zoom.moves(Period(NOON - DAY, NOON), now=NOON)[Move.CLOSER] == Period(
        NOON - 6 * HOUR, NOON
    )


def test_controls_end_where_there_is_nothing_more() -> None:
    """Nothing is later than now, closer than an hour or wider than five years."""
    assert Move.LATER not in zoom.moves(Period(NOON - DAY, NOON), now=NOON)
    assert Move.CLOSER not in zoom.moves(Period(NOON - HOUR, NOON), now=NOON)
    assert Move.WIDER not in zoom.moves(Period(NOON - zoom.LONGEST, NOON), now=NOON)


@pytest.fixture
def fridge(app: Flask, clock: FrozenClock) -> str:
    """Return the address of a fridge with a reading a day over five years, and one hot minute."""
    clock.now = build.OPENED
    with app.app_context(), Session(db.engine) as store:
        clinic = build.a_stocked_clinic(store)
        first = clock.now - 1_820 * DAY
        places.readings(
            store, sensor=clinic.probe, first_at=first, centis=[500] * 1_700, every_s=86_400
        )
        places.readings(
            store,
            sensor=clinic.probe,
            first_at=clock.now - 10 * DAY,
            centis=[500] * 600 + [1090] + [480] * 600,
            every_s=60,
        )
        places.heard(store, sensor=clinic.probe, at=clock.now, centi=500)
        store.commit()
        return f"/coldchain/units/{clinic.probe.unit_id}"


def the_chart(client: PageClient, fridge: str, since: datetime, until: datetime) -> Any:
    """Return what is drawn of the fridge's probe. Any: as JSON gives it."""
    answer = client.get(f"{fridge}/readings.json?from={seconds(since)}&to={seconds(until)}")
    assert answer.json is not None
    (chart,) = answer.json["charts"]
    return chart


def test_hot_minute_crosses_the_limit_at_every_zoom(
    client: PageClient, fridge: str, clock: FrozenClock
) -> None:
    """From an hour to five years: the highest is above 8 °C, the lowest is not drawn away."""
    hot_at = clock.now - 10 * DAY + 600 * MINUTE
    client.sign_in(Role.PHARMACIST)
    for length in (HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY, 1_800 * DAY):
        since = hot_at - length / 2 if length < 19 * DAY else clock.now - length
        chart = the_chart(client, fridge, since, since + length)
        drawn = chart["data"]
        assert max(one for one in drawn["high"] if one is not None) == 10.9, length
        assert min(one for one in drawn["low"] if one is not None) <= 5.0
        assert len(drawn["at"]) <= 2_001
        assert "10.9 °C" in chart["summary"]


def test_hole_stays_a_hole_at_every_zoom(
    client: PageClient, fridge: str, clock: FrozenClock
) -> None:
    """Between the daily readings and the minutes nothing was read for months."""
    client.sign_in(Role.PHARMACIST)
    for days in (200, 1_825):
        since = clock.now - days * DAY
        chart = the_chart(client, fridge, since, clock.now)

        assert None in chart["data"]["high"]
        assert "Readings are missing for" in chart["summary"]


@pytest.mark.parametrize("query", ["", "?from=1&to=x", "?from=5&to=4"])
def test_readings_of_no_period_are_refused(client: PageClient, fridge: str, query: str) -> None:
    """An address that says no time is a fault of the asker, not a page of everything."""
    client.sign_in(Role.PHARMACIST)

    assert (
        client.get(
            f"{fridge}/readings.json{query}", headers={"Accept": "application/json"}
        ).status_code
        == 400
    )


def test_page_without_javascript_moves_by_links(
    client: PageClient, fridge: str, clock: FrozenClock
) -> None:
    """The controls are links to the same page at another time; its tables follow."""
    client.sign_in(Role.PHARMACIST)
    client.get(f"{fridge}?window=24h")
    earlier = next(
        one for one in client.page.all("a") if one.attributes.get("data-move") == "earlier"
    )

    shown = client.get(earlier.attributes["href"])

    assert shown.status_code == 200
    assert "From 11 " in client.page.text or "From 12 " in client.page.text
