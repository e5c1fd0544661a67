"""Since when a unit is out of its range, before that is an excursion."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services import calibrating
from sensors.services.calibrating import Certificate
from sensors.store.places import Sensor, Site
from tests.build import places as build
from vaxsite.coldchain.queries import wall
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.core.permissions import ROLES, Role

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_probe_that_read(session: Session, centis: list[int | None], *, every_s: int = 300) -> Sensor:
    """Return a fridge's probe whose last reading, the last of *centis*, was at noon."""
    sensor = build.a_probe(session, unit=build.a_fridge(session, site=build.a_site(session)))
    first_at = NOON - timedelta(seconds=(len(centis) - 1) * every_s)
    build.readings(session, sensor=sensor, first_at=first_at, centis=centis, every_s=every_s)
    build.heard(session, sensor=sensor, at=NOON, centi=centis[-1])
    return sensor


def since(session: Session) -> datetime | None:
    """Return since when the wall says that its one unit is out of range."""
    site_id = session.scalars(select(Site.id)).one()
    actor = Actor(ActorKind.STAFF, "staff-li", {site_id: ROLES[Role.PHARMACIST]})
    (view,) = wall.read_wall(session, actor=actor, now=NOON).units
    return view.outside_since


@pytest.mark.parametrize(
    ("centis", "minutes"),
    [
        ([500, 500, 810], 0),
        ([500, 810, 810, 900], 10),
        ([810, 800, 810], 0),  # The limit itself is inside.
        ([500, 810, None, 810], 10),  # A fault says nothing.
        ([190, 810], 5),  # From one side to the other without a reading inside.
        ([810], 0),
    ],
)
def test_unit_is_out_since_the_first_reading_of_the_run(
    session: Session, centis: list[int | None], minutes: int
) -> None:
    """The run goes back to the reading after the last one inside."""
    a_probe_that_read(session, centis)

    assert since(session) == NOON - minutes * MINUTE


def test_hole_begins_a_new_run(session: Session) -> None:
    """Two warm readings with an hour between them are not a warm hour."""
    sensor = a_probe_that_read(session, [810, 810])
    build.readings(session, sensor=sensor, first_at=NOON - 65 * MINUTE, centis=[810])

    assert since(session) == NOON - 5 * MINUTE


def test_wall_looks_back_for_a_day_at_most(session: Session) -> None:
    """A fridge that was never right is out for 24 hours: the wall reads no further."""
    a_probe_that_read(session, [810] * 100, every_s=1_500)

    found = since(session)

    assert found is not None
    assert timedelta(hours=23) < NOON - found <= timedelta(hours=24)


def test_unit_in_range_is_out_since_never(session: Session) -> None:
    """Nor is a unit that came back."""
    a_probe_that_read(session, [810, 500])

    assert since(session) is None


def test_certificate_decides_what_is_out(session: Session) -> None:
    """A probe that shows 0.3 °C too little was out from 7.8 °C on."""
    sensor = a_probe_that_read(session, [760, 780, 790])
    calibrating.add(
        session,
        sensor_id=sensor.id,
        certificate=Certificate("C-1", "Lab", date(2026, 1, 1), date(2027, 1, 1), 30),
        from_at=NOON - timedelta(days=30),
        actor_id="li",
        now=NOON,
    )
    session.flush()

    assert since(session) == NOON - 5 * MINUTE


def test_lasting_excursion_says_it_already(session: Session) -> None:
    """There is one answer to since when, not two."""
    sensor = a_probe_that_read(session, [500, 810, 810])
    build.an_excursion(session, sensor=sensor, began_at=NOON - 5 * MINUTE)

    assert since(session) is None
