"""A month of a unit with all that a log tells of: readings, checks, an excursion, a gap, notes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from sensors.domain.units import Maintenance, MaintenanceKind
from sensors.services import calibrating, maintenance
from sensors.services.calibrating import Certificate
from sensors.store.episodes import ExcursionRow
from sensors.store.places import Sensor, Site, StorageUnit
from tests.build import places
from vaxsite.coldchain.models import LateNote, UnitCheck
from vaxsite.logbook.months import Month

JANUARY = Month(2026, 1)
BEGINS = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)  # Midnight in Shanghai.
OVER = datetime(2026, 2, 2, 1, 0, tzinfo=UTC)  # Nine in the morning of 2 February.
HOURLY = timedelta(hours=1)
QUARTER_S = 900


@dataclass
class LoggedUnit:
    """A fridge with its month."""

    site: Site
    unit: StorageUnit
    probe: Sensor
    excursion: ExcursionRow


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of January 2026 on the clock of Shanghai."""
    return BEGINS + timedelta(days=day - 1, hours=hour, minutes=minute)


def a_month(session: Session, *, code: str = "chaoyang", by: str = "nurse-li") -> LoggedUnit:
    """A probe every quarter of an hour, silent from six to ten on the 9th, too warm on the 12th."""
    site = places.a_site(session, code=code)
    unit = places.a_fridge(session, site=site)
    probe = places.a_probe(session, unit=unit, device=f"probe-{code}")
    whole = 31 * 96
    centis: list[int | None] = [450 + 10 * (place % 8) for place in range(whole)]
    warm = (12 - 1) * 96 + 10 * 4  # Ten o'clock on the 12th.
    centis[warm : warm + 8] = [910] * 8
    silent = (9 - 1) * 96 + 6 * 4
    places.readings(
        session, sensor=probe, first_at=BEGINS, centis=centis[: silent + 1], every_s=QUARTER_S
    )
    again = silent + 4 * 4
    places.readings(
        session,
        sensor=probe,
        first_at=BEGINS + timedelta(seconds=again * QUARTER_S),
        centis=centis[again:],
        every_s=QUARTER_S,
    )
    row = places.an_excursion(
        session, sensor=probe, began_at=local(12, 10), ended_at=local(12, 12), peak_centi=910
    )
    _people(session, unit, by)
    _papers(session, unit, probe, by)
    session.flush()
    return LoggedUnit(site, unit, probe, row)


def a_check(
    session: Session, unit: StorageUnit, *, day: int, part: str, by: str, shown: int = 480
) -> UnitCheck:
    """Return what a person read on a day of January, at 8:05 or 15:10."""
    at = local(day, 8, 5) if part == "morning" else local(day, 15, 10)
    row = UnitCheck(
        unit_id=unit.id,
        day=date(2026, 1, day),
        part=part,
        checked_at=at,
        checked_by=by,
        shown_centi=shown,
        probe_centi=470,
        note="",
        rule="cn-storage-2017",
    )
    session.add(row)
    return row


def _people(session: Session, unit: StorageUnit, by: str) -> None:
    """Every reading of people but the afternoon of the 20th."""
    for day in range(1, 32):
        for part in ("morning", "afternoon"):
            if (day, part) != (20, "afternoon"):
                a_check(session, unit, day=day, part=part, by=by, shown=480 if day != 25 else 610)
    a_note(session, unit, day=20, note="全员参加急救培训", by=by)


def a_note(
    session: Session, unit: StorageUnit, *, day: int, note: str, by: str = "nurse-li"
) -> None:
    """What somebody wrote about a day of January on the morning after it."""
    session.add(
        LateNote(
            unit_id=unit.id,
            day=date(2026, 1, day),
            written_at=local(day + 1, 9),
            written_by=by,
            note=note,
        )
    )


def _papers(session: Session, unit: StorageUnit, probe: Sensor, by: str) -> None:
    calibrating.add(
        session,
        sensor_id=probe.id,
        certificate=Certificate("C-2025-17", "无锡计量院", date(2025, 6, 1), date(2026, 6, 1), -20),
        from_at=datetime(2025, 6, 1, tzinfo=UTC),
        actor_id=by,
        now=datetime(2025, 6, 2, tzinfo=UTC),
    )
    work = Maintenance(MaintenanceKind.DEFROST, "Ice on the wall", local(15, 10), local(15, 11))
    maintenance.begin(session, unit_id=unit.id, work=work, actor_id=by, now=local(15, 10))
