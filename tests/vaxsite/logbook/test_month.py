"""The log of a month is gathered whole, stays the same for ever, and knows its gaps."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from sensors.services import placing
from sensors.store.places import RuleChoice, StorageUnit
from sensors.store.readings import ReadingRow
from tests.build import logbook as build
from tests.build import places, stock
from tests.build.logbook import JANUARY, OVER, LoggedUnit, local
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Role
from vaxsite.logbook import content
from vaxsite.logbook.facts import GapFact, LotFact, MonthLog, RulesFact, Stay
from vaxsite.logbook.months import Month
from vaxsite.logbook.queries.months import read_month
from vaxsite.stock import services as stock_services
from vaxsite.stock.rules import Decision

MINUTE = timedelta(minutes=1)


@pytest.fixture
def logged(session: Session) -> LoggedUnit:
    """Return a fridge with a month behind it."""
    return build.a_month(session)


def log_of(session: Session, unit: StorageUnit, *, now: datetime = OVER) -> MonthLog:
    return read_month(session, unit_id=unit.id, month=JANUARY, now=now)


def test_log_has_everything_of_the_month(session: Session, logged: LoggedUnit) -> None:
    """Readings by people, corrected extremes, excursion, gap, work, note, rules, certificate."""
    log = log_of(session, logged.unit)

    assert (log.unit.site, log.unit.code, log.unit.low_centi) == ("chaoyang", "F1", 200)
    assert len(log.checks) == 61
    assert len(log.temperatures) == 31
    twelfth = log.temperatures[11]
    assert (twelfth.low_centi, twelfth.high_centi, twelfth.readings) == (430, 890, 96)
    assert [one.excursion_id for one in log.excursions] == [logged.excursion.id]
    assert log.gaps[0] == GapFact("probe-chaoyang", local(9, 6), local(9, 10))
    assert [(one.kind, one.reason) for one in log.maintenance] == [("defrost", "Ice on the wall")]
    assert [(one.day, one.note) for one in log.notes] == [(date(2026, 1, 20), "全员参加急救培训")]
    assert log.rules == (RulesFact(local(1, 0), "cn-clinic"),)
    assert log.probes == (Stay("probe-chaoyang", local(1, 0), local(32, 0)),)
    assert [(one.number, one.offset_centi) for one in log.certificates] == [("C-2025-17", -20)]


def test_log_of_a_month_that_is_over_is_the_same_a_year_later(
    session: Session, logged: LoggedUnit
) -> None:
    """To the byte, though the unit went on: readings, rules, a move, all after the month."""
    signed = content.canonical(log_of(session, logged.unit))
    places.readings(session, sensor=logged.probe, first_at=local(32, 0), centis=[450] * 96)
    session.add(
        RuleChoice(
            unit_id=logged.unit.id,
            from_at=local(40, 0),
            rule_set="who-appliance",
            chosen_by="li",
            reason="New edition",
        )
    )
    placing.place(session, sensor_id=logged.probe.id, unit_id=None, at=local(50, 0), now=OVER)
    session.flush()

    again = content.canonical(log_of(session, logged.unit, now=OVER + timedelta(days=365)))

    # The probe was silent until the next reading of February, a quarter of an hour: no gap.
    assert [one.key for one in content.differences(signed, log_of(session, logged.unit))] == [
        f"probe-chaoyang {local(31, 23, 45).isoformat()}"
    ]
    assert again == content.canonical(log_of(session, logged.unit))


@pytest.mark.parametrize(
    ("last", "following", "gaps"),
    [
        (local(31, 23, 45), local(32, 0, 15), []),
        (local(31, 23, 45), local(32, 0, 16), [(local(31, 23, 45), local(32, 0))]),
        (local(31, 23, 29), local(32, 0), [(local(31, 23, 29), local(32, 0))]),
        (local(31, 23, 30), local(32, 0), []),
    ],
)
def test_gap_across_the_end_of_the_month_is_told_by_its_whole_length(
    session: Session, last: datetime, following: datetime, gaps: list[tuple[datetime, datetime]]
) -> None:
    """Thirty minutes are none; one minute more is, and the part in the month stands in its log."""
    unit = places.a_fridge(session, site=places.a_site(session))
    probe = places.a_probe(session, unit=unit)
    count = int((last - local(1, 0)) / (15 * MINUTE)) + 2  # From before the month.
    places.readings(
        session,
        sensor=probe,
        first_at=last - count * 15 * MINUTE,
        centis=[450] * (count + 1),
        every_s=900,
    )
    places.readings(session, sensor=probe, first_at=following, centis=[450])

    log = log_of(session, unit)

    assert [(one.from_at, one.to_at) for one in log.gaps] == gaps


def test_fault_is_no_temperature(session: Session) -> None:
    """An hour of faults is an hour without a temperature; the readings are counted."""
    unit = places.a_fridge(session, site=places.a_site(session))
    probe = places.a_probe(session, unit=unit)
    centis: list[int | None] = [450] * 96
    centis[40:44] = [None] * 4
    places.readings(session, sensor=probe, first_at=local(1, 0), centis=centis, every_s=900)

    log = log_of(session, unit, now=local(1, 23, 50))

    assert [(one.from_at, one.to_at) for one in log.gaps] == [(local(1, 9, 45), local(1, 11))]
    assert (log.temperatures[0].readings, log.temperatures[0].faults) == (96, 4)


def test_month_without_a_reading_is_one_gap(session: Session) -> None:
    """Nobody knows anything of it."""
    unit = places.a_fridge(session, site=places.a_site(session))
    places.a_probe(session, unit=unit)

    log = log_of(session, unit)

    assert [(one.from_at, one.to_at) for one in log.gaps] == [(local(1, 0), local(32, 0))]
    assert log.temperatures == ()


def test_unit_tells_only_what_its_probes_read_in_it(session: Session, logged: LoggedUnit) -> None:
    """A probe that moved on the tenth leaves its later readings to the other unit."""
    other = places.a_fridge(session, site=logged.site, code="F2")
    placing.place(
        session, sensor_id=logged.probe.id, unit_id=other.id, at=local(10, 12), now=local(10, 13)
    )

    first, second = log_of(session, logged.unit), log_of(session, other)

    assert [one.day.day for one in first.temperatures] == list(range(1, 11))
    assert [one.day.day for one in second.temperatures] == list(range(10, 32))
    assert first.temperatures[-1].readings + second.temperatures[0].readings == 96
    assert first.probes == (Stay("probe-chaoyang", local(1, 0), local(10, 12)),)
    assert second.probes == (Stay("probe-chaoyang", local(10, 12), local(32, 0)),)
    assert second.checks == ()


def test_readings_from_a_file_are_counted_by_themselves(
    session: Session, logged: LoggedUnit
) -> None:
    """Late data is evidence of its own kind."""
    at = local(9, 7)
    session.add(
        ReadingRow(
            sensor_id=logged.probe.id,
            measured_at=at,
            received_at=at + timedelta(days=7),
            centi=80,
            clock="device",
            source="imported",
        )
    )
    session.flush()

    ninth = log_of(session, logged.unit).temperatures[8]

    assert (ninth.low_centi, ninth.imported, ninth.readings) == (60, 1, 82)


def test_lot_and_each_decision_about_it_stand_in_the_log(
    session: Session, logged: LoggedUnit
) -> None:
    """Before a decision it waits; afterwards it says who decided what, when and why."""
    product = stock.a_vaccine(session, code="V", gtin=None)
    lot_id = stock.a_lot(session, product_id=product, unit=logged.unit, number="A7")
    (before,) = log_of(session, logged.unit).lots
    pharmacist = stock.staff_of(logged.site.id, Role.PHARMACIST)
    stock_services.dispose(
        session,
        excursion_id=logged.excursion.id,
        lot_id=lot_id,
        decision=Decision.REJECT,
        note="Too long",
        seen_until=logged.excursion.ended_at,
        seen_peak=logged.excursion.peak_centi,
        actor=pharmacist,
        now=OVER,
    )

    (after,) = log_of(session, logged.unit).lots

    assert before == LotFact(logged.excursion.id, "A7", True, 0, None, None, None, None)
    assert after == LotFact(
        logged.excursion.id, "A7", False, 1, "reject", pharmacist.id, OVER, "Too long"
    )


def test_withdrawn_excursion_is_not_told(session: Session, logged: LoggedUnit) -> None:
    """It never was."""
    logged.excursion.withdrawn_at = OVER
    session.flush()

    assert log_of(session, logged.unit).excursions == ()


def test_unknown_unit_is_not_found(session: Session) -> None:
    """Whoever asks for it gets no empty log."""
    with pytest.raises(NotFound):
        read_month(session, unit_id=99, month=Month(2026, 1), now=datetime(2026, 2, 2, tzinfo=UTC))
