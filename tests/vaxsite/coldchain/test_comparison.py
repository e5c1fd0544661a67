"""Units over each other: bounded, honest, only what its reader may see, and without JavaScript."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from sensors.domain.readings import EARLIEST
from sensors.store.places import ProbePlacement
from tests.build import clinic as build
from tests.build import places
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain.queries import comparison
from vaxsite.coldchain.queries.series import POINTS
from vaxsite.coldchain.zoom import Period
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

HOUR = timedelta(hours=1)
NOON = build.OPENED
DAY = Period(NOON - 24 * HOUR, NOON)


def three_fridges(session: Session) -> tuple[list[int], Actor]:
    """Return a warm fridge, a cold one and a well one of a clinic, and its pharmacist."""
    clinic = build.a_stocked_clinic(session)
    ids = []
    for code, centis in (
        ("W", [500] * 200 + [1_090] * 12 + [500] * 76),
        ("C", [300] * 100 + [-60] + [300] * 187),
        ("V", [480] * 100 + [None] + [480] * 100),
    ):
        unit = places.a_fridge(session, site=clinic.site, code=code)
        probe = places.a_probe(session, unit=unit, device=f"probe-{code}")
        places.readings(session, sensor=probe, first_at=DAY.since, centis=centis)
        if code == "W":
            places.an_excursion(
                session, sensor=probe, began_at=NOON - 7 * HOUR, ended_at=NOON - 6 * HOUR
            )
        ids.append(unit.id)
    return ids, clinic.pharmacist


def test_units_stand_side_by_side_with_what_went_wrong(session: Session) -> None:
    """Extremes, mean, time out of range, excursions and silence, each of its own unit."""
    ids, actor = three_fridges(session)

    warm, cold, well = comparison.compare(session, actor=actor, unit_ids=ids, period=DAY)

    assert (warm.low_centi, warm.high_centi, warm.above_s) == (500, 1_090, HOUR.seconds)
    assert (warm.mean_centi, warm.excursions, warm.gaps) == (525, 1, 0)
    assert (cold.low_centi, cold.below_s, cold.excursions) == (-60, 300, 0)
    assert (well.above_s, well.below_s, well.gaps) == (0, 0, 1)
    assert well.missing_s > 7 * HOUR.seconds


@pytest.mark.parametrize("days", [1, 7, 30, 365])
def test_all_lines_together_have_no_more_points_than_one_chart(session: Session, days: int) -> None:
    """Six units at any zoom: few points, and the hot hour is in them."""
    clinic = build.a_stocked_clinic(session)
    ids = []
    for number in range(6):
        unit = places.a_fridge(session, site=clinic.site, code=f"M{number}")
        probe = places.a_probe(session, unit=unit, device=f"many-{number}")
        places.readings(
            session,
            sensor=probe,
            first_at=NOON - 24 * HOUR,
            centis=[500] * 700 + [1_090] + [500] * 700,
            every_s=60,
        )
        ids.append(unit.id)
    period = Period(NOON - timedelta(days=days), NOON)

    found = comparison.compare(session, actor=clinic.pharmacist, unit_ids=ids, period=period)

    assert sum(len(one.series[0].buckets) for one in found) <= POINTS + len(ids)
    assert {one.high_centi for one in found} == {1_090}
    assert all(max(b.high_centi or 0 for b in one.series[0].buckets) > 800 for one in found)


def test_probe_draws_only_while_it_hung_there(session: Session) -> None:
    """What it read in another unit before is not laid over the others."""
    clinic = build.a_stocked_clinic(session)
    other = places.a_fridge(session, site=clinic.site, code="F9")
    places.readings(
        session,
        sensor=clinic.probe,
        first_at=NOON - 10 * HOUR,
        centis=[1_500] * 60 + [500] * 60,
    )
    placed = session.query(ProbePlacement).filter_by(sensor_id=clinic.probe.id).one()
    placed.unit_id, placed.to_at = other.id, NOON - 5 * HOUR
    session.add(
        ProbePlacement(sensor_id=clinic.probe.id, unit_id=clinic.fridge.id, from_at=NOON - 5 * HOUR)
    )
    session.flush()
    assert placed.from_at == EARLIEST

    here, there = comparison.compare(
        session,
        actor=clinic.pharmacist,
        unit_ids=[clinic.fridge.id, other.id],
        period=DAY,
    )

    assert (here.low_centi, here.high_centi) == (500, 500)
    assert (there.low_centi, there.high_centi) == (1_500, 1_500)


def test_units_of_others_are_absent(session: Session) -> None:
    """A unit of another clinic cannot be compared, nor its existence learnt."""
    ids, _ = three_fridges(session)
    stranger = build.a_stocked_clinic(session, code="hillside")

    with pytest.raises(NotFound):
        comparison.compare(session, actor=stranger.pharmacist, unit_ids=ids[:1], period=DAY)


@pytest.fixture
def ids(app: Flask, clock: FrozenClock) -> list[int]:
    """Return the units of the clinic whose pages are opened."""
    clock.now = NOON
    with app.app_context(), Session(db.engine) as store:
        found, _ = three_fridges(store)
        store.commit()
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_says_it_all_in_words_and_tables(
    client: PageClient, ids: list[int], language: str
) -> None:
    """Without JavaScript there are a summary, a table of units and a table of times."""
    client.sign_in(Role.PHARMACIST)
    asked = "&".join(f"unit={one}" for one in ids)

    shown = client.get(f"/coldchain/compare?{asked}", language=language)

    assert shown.status_code == 200
    text = client.page.text
    assert "10.9 °C" in text
    assert "-0.6 °C" in text or "−0.6 °C" in text
    if language == "en":
        assert "Warmest: Fridge W, 10.9 °C." in text
        assert "Out of range: Fridge W, Fridge C." in text


def test_page_asks_for_units_first_and_refuses_too_many(client: PageClient, ids: list[int]) -> None:
    """Nothing chosen shows the choice; more than six are told why not."""
    client.sign_in(Role.PHARMACIST)

    client.get("/coldchain/compare")
    assert "Units, at most 6" in client.page.text
    client.get("/coldchain/compare?" + "&".join(f"unit={one}" for one in range(1, 9)))
    assert "Choose at most 6 units" in client.page.text


def test_page_of_a_unit_of_others_is_absent(client: PageClient, ids: list[int]) -> None:
    """An address made up by hand gives no more than the links do."""
    client.sign_in(Role.PHARMACIST)

    assert client.get(f"/coldchain/compare?unit={ids[0]}&unit=9999").status_code == 404


def test_controls_keep_the_units_and_the_data_is_that_of_the_time(
    client: PageClient, ids: list[int]
) -> None:
    """Zooming out keeps the choice; what the chart gets is what the page says."""
    client.sign_in(Role.PHARMACIST)
    client.get(f"/coldchain/compare?unit={ids[0]}&unit={ids[1]}")
    wider = next(one for one in client.page.all("a") if one.attributes.get("data-move") == "wider")

    shown = client.get(wider.attributes["href"]).get_data(as_text=True)

    data = json.loads(shown.split('id="compare-data">')[1].split("</script>")[0])
    assert data["window"][1] - data["window"][0] == 7 * 86_400
    assert [len(unit) for unit in data["units"]] == [1, 1]
    assert data["band"] == [2.0, 8.0]
