"""Readings go by the rule of retention only, whole days at a time, and nothing notices the loss."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.readings import Reading
from sensors.services import ingest, known
from sensors.services import verify as checks
from sensors.store import rollup
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.places import Sensor
from sensors.store.readings import ReadingDay, ReadingHour, ReadingRow
from sensors.store.transaction import transaction
from tests.build import places
from tests.build import stock as build
from vaxsite.cli import context
from vaxsite.cli.main import main
from vaxsite.coldchain import deletion, retention
from vaxsite.coldchain.queries import retained
from vaxsite.coldchain.retention import Stay
from vaxsite.core import actor
from vaxsite.core.audit import AuditEntry
from vaxsite.core.permissions import Role
from vaxsite.logbook import services as logbook
from vaxsite.logbook.months import Month
from vaxsite.logbook.queries import signatures

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OVER = date(2025, 5, 31)  # Five years after it ended before the first of June 2030.
NOW = datetime(2030, 6, 1, 4, 0, tzinfo=UTC)
OPERATOR = actor.system("shell")
DAYS = 20
HOT = range(10 * 48, 10 * 48 + 6)  # Three hours of the eleventh day.


def taken_in(
    sessions: sessionmaker[Session], sensor_id: int, centis: list[int], first_at: datetime
) -> ingest.IngestResult:
    """Let the ingest judge a reading every half hour, as it came."""
    readings = [
        Reading(sensor_id, first_at + n * HOUR / 2, first_at + n * HOUR / 2, centi)
        for n, centi in enumerate(centis)
    ]
    with sessions() as session, transaction(session):
        world = known.load(session)
        found = {one.id: one for one in world.sensors.values()}
        return ingest.store_and_judge(session, readings, found, known=world, now=NOW)


@pytest.fixture
def old_fridge(machine: sessionmaker[Session], session: Session) -> Sensor:
    """Store twenty days of a fridge with an excursion, its lot over, and a second one after it."""
    fridge = places.a_fridge(session, site=places.a_site(session), rule_set="cn-clinic")
    sensor = places.a_probe(session, unit=fridge)
    build.a_lot(
        session,
        product_id=build.a_vaccine(session),
        unit=fridge,
        expires_on=OVER,
        at=FIRST,
    )
    session.commit()
    sensor_id = sensor.id
    session.rollback()
    centis = [1100 if n in HOT else 450 + n % 7 for n in range(DAYS * 48)]
    taken_in(machine, sensor_id, centis, FIRST)
    session.expire_all()
    return session.get_one(Sensor, sensor_id)


@pytest.fixture
def machine(sessions: sessionmaker[Session]) -> sessionmaker[Session]:
    """Return sessions without the guard: the ingest is the machine's work and not audited."""
    return sessionmaker(sessions.kw["bind"])


def delete_all(sessions: sessionmaker[Session], sensor_id: int) -> list[deletion.Deleted]:
    done: list[deletion.Deleted] = []
    while True:
        with sessions() as session, transaction(session):
            one = deletion.delete_next(session, sensor_id=sensor_id, actor=OPERATOR, now=NOW)
        if one is None:
            return done
        done.append(one)


def days_left(session: Session) -> list[int]:
    found = {(at - FIRST).days for at in session.scalars(select(ReadingRow.measured_at))}
    return sorted(found)


def sums(session: Session) -> list[object]:
    days = select(ReadingDay.day, ReadingDay.low_centi, ReadingDay.sum_centi, ReadingDay.faults)
    hours = select(ReadingHour.hour, ReadingHour.high_centi, ReadingHour.temperatures)
    return [tuple(row) for one in (days, hours) for row in sorted(session.execute(one).all())]


def test_days_whose_term_is_over_go_and_evidence_stays(
    sessions: sessionmaker[Session], old_fridge: Sensor, session: Session
) -> None:
    """Two days around the excursion and the newest day stay; roll-ups, episodes, alerts as well."""
    sensor_id, before = old_fridge.id, sums(session)
    episodes = session.scalars(select(ExcursionRow.id)).all()
    assert checks.verify(session) == []
    session.rollback()

    done = delete_all(sessions, sensor_id)

    assert days_left(session) == [8, 9, 10, 11, 12, 19]
    assert [(one.readings, one.days) for one in done] == [(14 * 48, 14)]
    assert sums(session) == before
    assert session.scalars(select(ExcursionRow.id)).all() == episodes
    assert session.scalar(select(func.count()).select_from(AlertRow)) == 1
    assert checks.verify(session) == []


def test_every_transaction_is_bounded_and_audited(
    sessions: sessionmaker[Session],
    old_fridge: Sensor,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What went from when to when, how many, and by which rule."""
    monkeypatch.setattr(deletion, "READINGS_AT_ONCE", 300)
    sensor_id = old_fridge.id
    session.rollback()

    done = delete_all(sessions, sensor_id)

    rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "reading:delete")).all()
    assert [one.days for one in done] == [6, 6, 2]
    assert [row.detail["readings"] for row in rows] == [288, 288, 96]
    assert rows[0].detail["first"] == "2020-01-01"
    assert rows[0].detail["rule"] == retention.RULE
    assert rows[0].subject == f"sensor:{sensor_id}"


def test_deleted_reading_that_comes_again_is_a_repetition(
    sessions: sessionmaker[Session],
    machine: sessionmaker[Session],
    old_fridge: Sensor,
    session: Session,
) -> None:
    """A logger file of long ago, imported once more, adds nothing to what was added up."""
    sensor_id, before = old_fridge.id, sums(session)
    session.rollback()
    delete_all(sessions, sensor_id)

    again = taken_in(machine, sensor_id, [450] * 48, FIRST)

    assert (again.new, again.duplicates) == (0, 48)
    assert sums(session) == before
    assert checks.verify(session) == []


def test_roll_ups_made_again_keep_what_has_no_readings_any_more(
    sessions: sessionmaker[Session], old_fridge: Sensor, session: Session
) -> None:
    """A repair cannot forget years of sums."""
    sensor_id, before = old_fridge.id, sums(session)
    session.rollback()
    delete_all(sessions, sensor_id)

    rollup.rebuild(session.connection(), sensor_id)

    assert sums(session) == before


def test_reading_deleted_by_hand_is_found(
    sessions: sessionmaker[Session], old_fridge: Sensor, session: Session
) -> None:
    """What went by the rule is known, so that what went otherwise is still a fault."""
    sensor_id = old_fridge.id
    session.rollback()
    delete_all(sessions, sensor_id)
    victim = session.scalars(select(ReadingRow).order_by(ReadingRow.measured_at)).first()
    session.delete(victim)
    session.flush()

    assert {one.kind for one in checks.verify(session)} == {checks.FaultKind.HOUR_DIFFERENT}


def test_probe_whose_excursion_needs_all_readings_is_kept(
    sessions: sessionmaker[Session], old_fridge: Sensor, session: Session
) -> None:
    """What could not be shown any more is found before anything is deleted."""
    sensor_id = old_fridge.id
    assert deletion.unprovable(session, sensor_id=sensor_id, now=NOW) == []
    row = session.scalars(select(ExcursionRow)).one()
    row.began_at -= 4 * DAY
    session.flush()

    assert deletion.unprovable(session, sensor_id=sensor_id, now=NOW)


def test_lot_entered_meanwhile_keeps_its_readings(
    sessions: sessionmaker[Session],
    old_fridge: Sensor,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rule is asked in every transaction anew."""
    monkeypatch.setattr(deletion, "DAYS_AT_ONCE", 3)
    sensor_id = old_fridge.id
    session.rollback()
    with sessions() as other, transaction(other):
        deletion.delete_next(other, sensor_id=sensor_id, actor=OPERATOR, now=NOW)
        unit = other.get_one(Sensor, sensor_id).unit_id
        build.a_lot(
            other,
            product_id=build.a_vaccine(other, code="late", gtin=None),
            unit=other.get_one(places.StorageUnit, unit),
            number="LATE",
            expires_on=date(2025, 6, 1),
            at=FIRST + 5 * DAY,
        )

    assert [one.days for one in delete_all(sessions, sensor_id)] == [2]
    assert days_left(session) == list(range(5, DAYS))


def test_a_month_says_what_was_signed_when_its_readings_are_gone(
    sessions: sessionmaker[Session], old_fridge: Sensor, session: Session
) -> None:
    """The same log under the same digest; it does not seem to have changed, and says why."""
    sensor_id, unit_id = old_fridge.id, old_fridge.unit_id
    assert unit_id is not None
    asked = {"unit_id": unit_id, "month": Month(2020, 1)}
    site_id = session.get_one(places.StorageUnit, unit_id).site_id
    pharmacist = build.staff_of(site_id, Role.PHARMACIST)
    session.rollback()
    with sessions() as other, transaction(other):
        before = signatures.signed_month(other, **asked, now=NOW)  # type: ignore[arg-type]  # As above.
        logbook.sign(other, **asked, seen=before.digest, actor=pharmacist, now=NOW)  # type: ignore[arg-type]  # As above.

    assert sum(one.days for one in delete_all(sessions, sensor_id)) > 0

    with sessions() as other:
        after = signatures.signed_month(other, **asked, now=NOW)  # type: ignore[arg-type]  # As above.
        assert (after.log, after.digest) == (before.log, before.digest)
        assert (after.changed, after.gone_at) == (False, NOW)
        assert list(signatures.faults(other, now=NOW)) == []


INSTANTS = st.integers(0, 400).map(lambda n: FIRST + n * 6 * HOUR)
STAYS = st.lists(
    st.builds(
        lambda lot, years, since, length: Stay(
            f"L{lot}", date(2020 + years, 3, 1), since, length and since + length * DAY
        ),
        st.integers(0, 3),
        st.integers(0, 9),
        INSTANTS,
        st.none() | st.integers(1, 90),
    ),
    max_size=4,
)
SPANS = st.lists(
    st.builds(
        lambda since, length: (since, None if length is None else since + length * HOUR),
        INSTANTS,
        st.none() | st.integers(0, 200),
    ),
    max_size=2,
)


@given(stays=STAYS, spans=SPANS, first=INSTANTS, newest=INSTANTS, days=st.integers(0, 2000))
def test_nothing_young_or_concerned_ever_goes(
    stays: list[Stay],
    spans: list[tuple[datetime, datetime | None]],
    first: datetime,
    newest: datetime,
    days: int,
) -> None:
    """Asked hour by hour of every day that may go, by the words of the law and by nothing else."""
    today = date(2025, 1, 1) + timedelta(days=days)
    before = retention.judge(stays, first=first, today=today).goes_before
    kept = retention.evidence(spans)
    for place in range(100):
        day = FIRST + place * DAY
        if day < first or not retention.goes(day, before=before, kept=kept, newest=newest):
            continue
        for hour in (day + n * HOUR for n in range(24)):
            lots = [stay for stay in stays if stay.covers(hour)]
            assert lots
            assert all(retention.kept_until(one.expires_on) < today for one in lots)
            leap = (hour.month, hour.day) == (2, 29)
            assert leap or hour.replace(year=hour.year + 5).date() < today
            assert hour < newest
            assert not any(
                since - 2 * DAY <= hour and (until is None or hour <= until + 2 * DAY)
                for since, until in spans
            )


def test_dry_run_counts_what_goes(session: Session, old_fridge: Sensor) -> None:
    """The days that would go, and nothing else."""
    (one,) = retained.read_retained(session, now=NOW)

    assert one.may_go == 14 * 48


def test_command_deletes_only_when_it_is_told_to(
    old_fridge: Sensor,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    database_url: str,
) -> None:
    """Without the word it shows, fails and changes nothing; with it, it says how many went."""
    session.rollback()
    monkeypatch.setenv("VAXSITE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VAXSITE_DATABASE_URL", database_url)
    monkeypatch.setattr(context, "now", lambda: NOW)
    runner = CliRunner()
    runner.invoke(main, ["db", "init", str(tmp_path)])

    refused = runner.invoke(main, ["retention", "run"])
    left = days_left(session)
    session.rollback()
    done = runner.invoke(main, ["retention", "run", "--delete"])
    shown = runner.invoke(main, ["retention"])

    assert (refused.exit_code, left) == (1, list(range(DAYS)))
    assert f"probe-1: {14 * 48} may go" in refused.output
    assert (done.exit_code, done.output) == (0, f"probe-1: {14 * 48} deleted\n")
    assert "probe-1: 0 may go" in shown.output
    assert days_left(session) == [8, 9, 10, 11, 12, 19]
