"""The wall as a pharmacist of one site reads it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from tests.build import places as build
from vaxsite.coldchain.queries import wall
from vaxsite.coldchain.rules import UnitState
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.core.permissions import ROLES, Role

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def pharmacist_of(site_id: int) -> Actor:
    """Return Li, pharmacist of one site."""
    return Actor(ActorKind.STAFF, "staff-li", {site_id: ROLES[Role.PHARMACIST]})


def test_wall_shows_the_newest_reading_and_its_age(session: Session) -> None:
    """A fridge heard two minutes ago at 4.6 °C is in range."""
    site = build.a_site(session)
    fridge = build.a_fridge(session, site=site)
    sensor = build.a_probe(session, unit=fridge)
    build.heard(session, sensor=sensor, at=NOON - 2 * MINUTE, centi=460)

    (view,) = wall.read_wall(session, actor=pharmacist_of(site.id), now=NOON).units

    assert view.state is UnitState.OK
    assert view.probe is not None
    assert (view.probe.centi, view.probe.age_s) == (460, 120)
    assert (view.unit.band.low_centi, view.unit.band.high_centi) == (200, 800)


def test_wall_is_never_green_when_the_reading_is_old(session: Session) -> None:
    """A fridge that read 4.6 °C sixteen minutes ago has no current reading."""
    site = build.a_site(session)
    sensor = build.a_probe(session, unit=build.a_fridge(session, site=site))
    build.heard(session, sensor=sensor, at=NOON - 16 * MINUTE, centi=460)

    result = wall.read_wall(session, actor=pharmacist_of(site.id), now=NOON)

    assert result.units[0].state is UnitState.STALE
    assert result.units[0].stale


def test_device_clock_ahead_does_not_keep_an_old_reading_fresh(session: Session) -> None:
    """Received 16 minutes ago but dated 12 minutes ago: 16 minutes old."""
    site = build.a_site(session)
    sensor = build.a_probe(session, unit=build.a_fridge(session, site=site))
    build.heard(
        session,
        sensor=sensor,
        at=NOON - 12 * MINUTE,
        received_at=NOON - 16 * MINUTE,
        centi=460,
    )

    (view,) = wall.read_wall(session, actor=pharmacist_of(site.id), now=NOON).units

    assert view.state is UnitState.STALE
    assert view.probe is not None
    assert view.probe.age_s == 960


def test_excursion_outlasts_the_silence_of_its_probe(session: Session) -> None:
    """A lasting excursion stays on the wall, and the silence is said beside it."""
    site = build.a_site(session)
    sensor = build.a_probe(session, unit=build.a_fridge(session, site=site))
    build.heard(session, sensor=sensor, at=NOON - 40 * MINUTE, centi=1090)
    excursion = build.an_excursion(session, sensor=sensor, began_at=NOON - 90 * MINUTE)
    build.an_alert(session, sensor=sensor, opened_at=NOON - 60 * MINUTE, excursion=excursion)

    (view,) = wall.read_wall(session, actor=pharmacist_of(site.id), now=NOON).units

    assert (view.state, view.stale, view.open_alerts) == (UnitState.EXCURSION, True, 1)
    assert view.excursion_since == NOON - 90 * MINUTE


def test_excursion_stays_on_its_unit_when_the_probe_is_taken_away(session: Session) -> None:
    """Hanging the probe elsewhere does not cool the fridge that it came from."""
    site = build.a_site(session)
    fridge = build.a_fridge(session, site=site)
    sensor = build.a_probe(session, unit=fridge)
    build.an_excursion(session, sensor=sensor, began_at=NOON - 90 * MINUTE)
    sensor.unit_id = None
    session.flush()

    (view,) = wall.read_wall(session, actor=pharmacist_of(site.id), now=NOON).units

    assert (view.state, view.probe) == (UnitState.EXCURSION, None)
    assert view.excursion_since == NOON - 90 * MINUTE


def test_ended_and_withdrawn_excursions_leave_the_wall(session: Session) -> None:
    """What is over, or never was, does not colour a fridge that is well now."""
    site = build.a_site(session)
    sensor = build.a_probe(session, unit=build.a_fridge(session, site=site))
    build.heard(session, sensor=sensor, at=NOON, centi=460)
    build.an_excursion(
        session, sensor=sensor, began_at=NOON - 90 * MINUTE, ended_at=NOON - 9 * MINUTE
    )
    build.an_excursion(
        session, sensor=sensor, began_at=NOON - 200 * MINUTE, withdrawn_at=NOON - 9 * MINUTE
    )

    (view,) = wall.read_wall(session, actor=pharmacist_of(site.id), now=NOON).units

    assert view.state is UnitState.OK


def test_wall_begins_with_what_is_worst(session: Session) -> None:
    """Trouble is never below the fold."""
    site = build.a_site(session)
    well = build.a_probe(session, unit=build.a_fridge(session, site=site, code="A"), device="a")
    warm = build.a_probe(session, unit=build.a_fridge(session, site=site, code="B"), device="b")
    build.a_fridge(session, site=site, code="C")
    build.heard(session, sensor=well, at=NOON, centi=460)
    build.heard(session, sensor=warm, at=NOON, centi=860)

    result = wall.read_wall(session, actor=pharmacist_of(site.id), now=NOON)

    assert [(view.unit.code, view.state) for view in result.units] == [
        ("B", UnitState.OUT_OF_BAND),
        ("C", UnitState.NO_SENSOR),
        ("A", UnitState.OK),
    ]


def test_wall_shows_only_the_sites_of_the_reader(session: Session) -> None:
    """A pharmacist of Chaoyang does not see the fridges of Haidian."""
    chaoyang = build.a_site(session)
    haidian = build.a_site(session, code="haidian")
    build.a_fridge(session, site=chaoyang, code="F1")
    build.a_fridge(session, site=haidian, code="F2")

    result = wall.read_wall(session, actor=pharmacist_of(chaoyang.id), now=NOON)

    assert [view.unit.code for view in result.units] == ["F1"]
