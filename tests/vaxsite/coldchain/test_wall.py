"""The wall as a pharmacist of one site reads it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from sensors.services.pulse import Part, Stopped
from sensors.store.outbox import Lease
from sensors.store.places import Sensor
from sensors.store.readings import SensorState
from tests.build import places as build
from vaxsite.coldchain.queries import marks, wall
from vaxsite.coldchain.rules import Trend, UnitState
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


def a_fridge_that_is_well(session: Session) -> Actor:
    """Store a fridge at 4.6 °C, heard just now; return the pharmacist of its site."""
    site = build.a_site(session)
    sensor = build.a_probe(session, unit=build.a_fridge(session, site=site))
    build.heard(session, sensor=sensor, at=NOON, centi=460)
    return pharmacist_of(site.id)


@pytest.mark.parametrize(("name", "part"), [("listening", Part.SUBSCRIBER), ("watch", Part.WATCH)])
def test_no_fridge_is_well_while_nobody_watches(session: Session, name: str, part: Part) -> None:
    """Twenty seconds after the last sign of subscriber or watch, nothing on the wall is green."""
    li = a_fridge_that_is_well(session)
    lasts = timedelta(seconds=30 if part is Part.SUBSCRIBER else 60)
    session.get_one(Lease, name).expires_at = NOON + lasts

    (calm,) = wall.read_wall(session, actor=li, now=NOON + timedelta(seconds=20)).units
    later = wall.read_wall(session, actor=li, now=NOON + timedelta(seconds=21))

    assert calm.state is UnitState.OK
    assert later.units[0].state is UnitState.UNWATCHED
    assert later.stopped == (Stopped(part, NOON),)


def test_no_fridge_is_well_where_nothing_ever_watched(session: Session) -> None:
    """A subscriber that was never started, or has left in an orderly way, is no subscriber."""
    li = a_fridge_that_is_well(session)
    session.execute(delete(Lease))

    result = wall.read_wall(session, actor=li, now=NOON)

    assert result.units[0].state is UnitState.UNWATCHED
    assert [one.part for one in result.stopped] == [Part.SUBSCRIBER, Part.WATCH]


def test_trouble_stays_trouble_while_nobody_watches(session: Session) -> None:
    """What was wrong before is not made softer."""
    li = a_fridge_that_is_well(session)
    session.execute(update(SensorState).values(centi=1090))
    session.execute(delete(Lease))

    (view,) = wall.read_wall(session, actor=li, now=NOON).units

    assert view.state is UnitState.OUT_OF_BAND


def test_mark_changes_when_the_subscriber_stops(session: Session) -> None:
    """Whoever looks at a wall is told at once, not at the next fetch."""
    li = a_fridge_that_is_well(session)
    session.get_one(Lease, "listening").expires_at = NOON + timedelta(seconds=30)
    before = marks.read_mark(session, actor=li, now=NOON)

    assert marks.read_mark(session, actor=li, now=NOON + timedelta(seconds=10)) == before
    assert marks.read_mark(session, actor=li, now=NOON + timedelta(seconds=21)) != before


def looked_at(
    session: Session, centis: list[int | None], *, door_at: int | None = None
) -> wall.Outlook:
    """Store *centis*, five minutes apart and the last at noon; return what the wall says of them.

    At the reading *door_at* the door was seen open.
    """
    li = a_fridge_that_is_well(session)
    sensor = session.scalars(select(Sensor)).one()
    for place, centi in enumerate(centis):
        at = NOON - 5 * MINUTE * (len(centis) - 1 - place)
        build.readings(
            session, sensor=sensor, first_at=at, centis=[centi], door_open=place == door_at
        )
    (view,) = wall.read_wall(session, actor=li, now=NOON).units
    assert view.probe is not None
    return view.probe.outlook


@pytest.mark.parametrize(
    ("centis", "trend", "rate"),
    [
        ([410, 415, 420, 425, 430], Trend.RISING, 60),
        ([430, 420, 410, 400], Trend.FALLING, -120),
        ([430, 431, 432, 433], Trend.STEADY, None),
        ([430, 480, 430, 480, 440], Trend.STEADY, None),
        ([430, None, 470], None, None),
        ([430, 440], None, None),
        ([], None, None),
    ],
)
def test_wall_shows_where_the_temperature_goes(
    session: Session, centis: list[int | None], trend: Trend | None, rate: int | None
) -> None:
    """At half a degree an hour or more with its rate; ups and downs are steady; two are too few."""
    found = looked_at(session, centis)

    assert (found.trend, found.centi_per_h) == (trend, rate)
    assert found.leaves_in_min is None  # Far from its limits.


@pytest.mark.parametrize(
    ("centis", "minutes"),
    [
        ([700, 710, 720, 730], 35),
        ([760, 780, 799], 1),
        ([270, 260, 250, 240], 20),
        ([700, 701, 702, 703], None),
        ([610, 620, 630, 640], None),
        ([790, 805, 820], None),
        ([400, 500, 600], None),
    ],
)
def test_wall_says_when_a_unit_leaves_its_range(
    session: Session, centis: list[int | None], minutes: int | None
) -> None:
    """To five minutes from ten on; not of hours, nor far from a limit, nor when it is outside."""
    assert looked_at(session, centis).leaves_in_min == minutes


def test_wall_says_door_and_no_trend_after_it_was_open(session: Session) -> None:
    """For half an hour what was measured is the room's air too."""
    found = looked_at(session, [500, 600, 700, 790, 780, 795], door_at=2)

    assert found == wall.Outlook(None, None, None, door=True)
