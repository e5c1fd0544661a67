"""When an excursion got worse, in a story that stays short."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from sensors.domain.units import Maintenance, MaintenanceKind
from sensors.services import maintenance
from sensors.store.conditions import ConditionRow
from tests.build import clinic as build
from tests.build import places
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain.queries.excursions import get_excursion
from vaxsite.coldchain.story import Step
from vaxsite.coldchain.worsening import STEPS_AT_MOST, worse_steps
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

BEGAN = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def at_minutes(centis: list[int]) -> list[tuple[datetime, int]]:
    """Return a reading a minute."""
    return [(BEGAN + timedelta(minutes=place), centi) for place, centi in enumerate(centis)]


@pytest.mark.parametrize(
    ("direction", "centis", "told"),
    [
        ("hot", [810], []),
        ("hot", [810, 810, 500], []),
        ("hot", [810, 840], [840]),  # The furthest is always told.
        ("hot", [810, 910, 950, 940], [910, 950]),
        ("hot", [810, 850, 905, 920, 1_020], [920, 1_020]),
        ("hot", [810, 910, 500, 860], [910]),
        ("cold", [190, 90, 100, -60], [90, -60]),
        ("hot", [800, 4_000], [4_000]),
    ],
)
def test_story_tells_each_degree_and_the_furthest(
    direction: str, centis: list[int], told: list[int]
) -> None:
    """What comes back, or goes on by less than a degree, is left out."""
    assert [centi for _, centi in worse_steps(at_minutes(centis), direction)] == told


@given(st.lists(st.integers(-10_000, 15_000), max_size=200), st.sampled_from(["hot", "cold"]))
def test_story_is_short_goes_one_way_and_ends_at_the_furthest(
    centis: list[int], direction: str
) -> None:
    """However long an excursion is and however far it went."""
    told = [centi for _, centi in worse_steps(at_minutes(centis), direction)]
    signed = [-centi if direction == "cold" else centi for centi in told]

    assert len(told) <= STEPS_AT_MOST + 1
    assert signed == sorted(set(signed))
    furthest = (min if direction == "cold" else max)(centis, default=None)
    assert not told or told[-1] == furthest
    assert told or not centis or centis[0] == furthest


def test_timeline_tells_what_warned_and_when_it_got_worse(session: Session) -> None:
    """The supply failed before, the temperature rose by degrees: both stand in the story."""
    clinic = build.a_stocked_clinic(session)
    began = build.OPENED - timedelta(hours=2)
    places.readings(
        session,
        sensor=clinic.probe,
        first_at=began,
        centis=[810, 920, 1_030, 1_000, 1_010, 500],
    )
    excursion = places.an_excursion(
        session, sensor=clinic.probe, began_at=began, ended_at=began + timedelta(minutes=25)
    )
    for signal, withdrawn in (("power", None), ("door", began)):
        session.add(
            ConditionRow(
                sensor_id=clinic.probe.id,
                unit_id=clinic.fridge.id,
                signal=signal,
                rule=f"some-{signal}@1",
                began_at=began - timedelta(minutes=20),
                confirmed_at=began,
                ended_at=began + timedelta(minutes=10),
                end_reason="recovered",
                peak_centi=0,
                recorded_at=began,
                withdrawn_at=withdrawn,
            )
        )
    session.flush()

    found = get_excursion(
        session, actor=clinic.pharmacist, excursion_id=excursion.id, now=build.OPENED
    )

    told = [(one.step, one.centi, one.label, one.lasted_s) for one in found.timeline]
    assert told[0] == (Step.WARNED, None, ("some-power@1", "some-power@1"), 1_800)
    assert [one[1] for one in told if one[0] is Step.WORSENED] == [920, 1_030]
    assert len([one for one in told if one[0] is Step.WARNED]) == 1


def test_chart_shades_and_names_work_on_its_unit(
    app: Flask, client: PageClient, clock: FrozenClock
) -> None:
    """Defrosting of the last hour is drawn and told; that of last week is not, in a day."""
    clock.now = build.OPENED
    with app.app_context(), Session(db.engine) as store:
        clinic = build.a_stocked_clinic(store)
        places.readings(
            store, sensor=clinic.probe, first_at=clock.now - timedelta(hours=3), centis=[500] * 30
        )
        places.heard(store, sensor=clinic.probe, at=clock.now, centi=500)
        for ago, reason in ((1, "much ice"), (170, "long ago")):
            from_at = clock.now - timedelta(hours=ago)
            maintenance.begin(
                store,
                unit_id=clinic.fridge.id,
                work=Maintenance(
                    MaintenanceKind.DEFROST, reason, from_at, from_at + timedelta(minutes=30)
                ),
                actor_id="li",
                now=from_at,
            )
        store.commit()
        fridge = clinic.fridge.id
    client.sign_in(Role.PHARMACIST)

    client.get(f"/coldchain/units/{fridge}?window=24h")

    assert "Defrosting from 13 January 2026 08:00 to 13 January 2026 08:30 (much ice)." in (
        client.page.text
    )
    assert "long ago" not in client.page.text
    until = int(clock.now.timestamp())
    answer = client.get(f"/coldchain/units/{fridge}/readings.json?from={until - 7_200}&to={until}")
    assert answer.json is not None
    (chart,) = answer.json["charts"]
    assert chart["data"]["work"] == [[until - 3_600, until - 1_800]]
    assert "much ice" in chart["summary"]
