"""Readings by people: twice a day, six hours apart, never filled in afterwards."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.build import clinic as build
from tests.build import places, stock
from tests.build.clinic import OPENED, Clinic
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain import checking, daily_checks
from vaxsite.coldchain.daily_checks import CheckReason, Made, PartOfDay
from vaxsite.coldchain.models import UnitCheck
from vaxsite.coldchain.queries import daily_checks as queries
from vaxsite.core.audit import AuditEntry
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SHANGHAI = "Asia/Shanghai"
DAY = date(2026, 1, 13)
NINE = datetime(2026, 1, 13, 9, tzinfo=ZoneInfo(SHANGHAI))


def a_reading(at: datetime) -> Made:
    return Made(at.date(), daily_checks.part_of(at), at)


@pytest.mark.parametrize(
    ("made", "at", "reason"),
    [
        ([], NINE, None),
        ([NINE], NINE + HOUR, CheckReason.ALREADY_DONE),
        ([NINE], NINE + 6 * HOUR - MINUTE, CheckReason.TOO_SOON),
        ([NINE], NINE + 6 * HOUR, None),
        ([NINE], NINE + 6 * HOUR + MINUTE, None),
        ([NINE, NINE + 6 * HOUR], NINE + 12 * HOUR, CheckReason.ALREADY_DONE),
        # From half past eleven at night to the next morning.
        ([NINE + 14 * HOUR + 30 * MINUTE], NINE + 20 * HOUR, CheckReason.TOO_SOON),
        ([NINE + 14 * HOUR + 30 * MINUTE], NINE + 20 * HOUR + 30 * MINUTE, None),
    ],
)
def test_reading_is_due_once_in_each_part_of_the_day_and_six_hours_apart(
    made: list[datetime], at: datetime, reason: CheckReason | None
) -> None:
    """At the edge of six hours it is allowed; a minute before it is not."""
    verdict = daily_checks.may_check(at, [a_reading(one) for one in made], SHANGHAI)

    assert (verdict.reason if isinstance(verdict, Refused) else None) == reason


@pytest.mark.parametrize(
    ("shown", "probe", "differs"),
    [(500, 400, False), (500, 399, True), (500, 600, False), (500, 601, True), (500, None, False)],
)
def test_difference_beyond_one_degree_is_pointed_out(
    shown: int, probe: int | None, differs: bool
) -> None:
    """One degree exactly may be the error of the thermometer."""
    assert daily_checks.differs(shown, probe) is differs


@pytest.fixture
def clinic(session: Session) -> Clinic:
    """Return a clinic at nine whose fridge reads 4.7 °C."""
    found = build.a_stocked_clinic(session)
    places.heard(session, sensor=found.probe, at=OPENED - MINUTE, centi=470)
    return found


def check(session: Session, clinic: Clinic, *, at: datetime, centi: int = 480) -> None:
    checking.check(
        session, unit_id=clinic.fridge.id, shown_centi=centi, note="", actor=clinic.nurse, now=at
    )


def test_reading_keeps_who_when_and_what_the_probe_told(session: Session, clinic: Clinic) -> None:
    """A nurse reads 6.0 °C where the probe tells 4.7."""
    check(session, clinic, at=OPENED, centi=600)

    row = session.scalars(select(UnitCheck)).one()
    assert (row.day, row.part, row.checked_by) == (DAY, "morning", clinic.nurse.id)
    assert (row.shown_centi, row.probe_centi, row.checked_at) == (600, 470, OPENED)
    (unit,) = queries.list_units(session, actor=clinic.nurse, now=OPENED)
    assert unit.done[PartOfDay.MORNING].differs
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "unit:check")).one()
    assert entry.actor_id == clinic.nurse.id


def test_silent_probe_is_compared_with_nothing(session: Session, clinic: Clinic) -> None:
    """What it told an hour ago says nothing about now."""
    check(session, clinic, at=OPENED + HOUR)

    assert session.scalars(select(UnitCheck.probe_centi)).one() is None


def test_missed_reading_stays_blank(session: Session, clinic: Clinic) -> None:
    """The afternoon passed: nothing writes into it, and a note stands beside it as late."""
    check(session, clinic, at=OPENED)
    tomorrow = OPENED + 24 * HOUR

    check(session, clinic, at=tomorrow)
    checking.note_late(
        session,
        unit_id=clinic.fridge.id,
        day=DAY,
        note="All at a training",
        actor=clinic.nurse,
        now=tomorrow,
    )

    (unit,) = queries.list_units(session, actor=clinic.nurse, now=tomorrow)
    assert unit.missed == ((DAY, PartOfDay.AFTERNOON),)
    assert [(one.day, one.at) for one in unit.notes] == [(DAY, tomorrow)]
    assert session.scalars(select(UnitCheck.part)).all() == ["morning", "morning"]


def test_note_about_a_day_to_come_is_refused(session: Session, clinic: Clinic) -> None:
    """Nobody can know why tomorrow's reading will be missed."""
    with pytest.raises(NotFound):
        checking.note_late(
            session,
            unit_id=clinic.fridge.id,
            day=DAY + timedelta(days=1),
            note="Closed",
            actor=clinic.nurse,
            now=OPENED,
        )


def test_second_reading_of_a_morning_changes_nothing(session: Session, clinic: Clinic) -> None:
    """The first stands."""
    check(session, clinic, at=OPENED)

    with pytest.raises(RefusedAct):
        check(session, clinic, at=OPENED + MINUTE, centi=900)

    assert session.scalars(select(UnitCheck.shown_centi)).all() == [480]


def test_only_who_works_at_the_site_writes(session: Session, clinic: Clinic) -> None:
    """A manager reads; somebody of another site finds nothing."""
    for actor in (
        stock.staff_of(clinic.site.id, Role.MANAGER),
        stock.staff_of(clinic.site.id + 1, Role.NURSE),
    ):
        with pytest.raises(NotFound):
            checking.check(
                session,
                unit_id=clinic.fridge.id,
                shown_centi=480,
                note="",
                actor=actor,
                now=OPENED,
            )


@pytest.fixture
def fridge(app: Flask, clock: FrozenClock) -> int:
    """Return the fridge of a clinic of the web application, at nine."""
    clock.now = OPENED
    with app.app_context(), Session(db.engine) as store:
        found = build.a_stocked_clinic(store)
        places.heard(store, sensor=found.probe, at=OPENED - MINUTE, centi=470)
        store.commit()
        return found.fridge.id


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Display and probe differ", "at least 6 hours apart", "Out of range")),
        ("zh", ("显示与探头不一致", "间隔至少 6 小时", "超出范围")),
    ],
)
def test_nurse_writes_a_reading_on_the_page(
    client: PageClient, clock: FrozenClock, fridge: int, language: str, words: tuple[str, ...]
) -> None:
    """What she typed is shown, what is wrong with it too, and when the next one is due."""
    client.sign_in(Role.NURSE)
    fields = {f"shown-{fridge}": "9,1" if language == "zh" else "9.1", f"note-{fridge}": ""}
    answer = client.submit("/coldchain/checks", language=language, **fields)
    assert answer.status_code == 303

    clock.now = OPENED + 4 * HOUR
    client.sign_in(Role.NURSE)
    client.get("/coldchain/checks", language=language)

    for word in ("9.1 °C", *words):
        assert word in client.page.text


@pytest.mark.parametrize("typed", ["", "cold", "nan", "480", "-130", "inf"])
def test_what_is_no_temperature_is_asked_again(
    client: PageClient, app: Flask, fridge: int, typed: str
) -> None:
    """A slip of the finger is not kept as a reading."""
    client.sign_in(Role.NURSE)

    answer = client.submit("/coldchain/checks", **{f"shown-{fridge}": typed})

    assert answer.status_code == 422
    assert "Enter the temperature in °C" in client.page.text
    with app.app_context():
        assert db.session().scalars(select(UnitCheck)).all() == []


def test_late_note_is_marked_on_the_page(
    client: PageClient, clock: FrozenClock, fridge: int
) -> None:
    """The day after, somebody says why the afternoon is blank."""
    client.sign_in(Role.NURSE)
    client.submit("/coldchain/checks", **{f"shown-{fridge}": "4.8"})
    clock.now = datetime(2026, 1, 14, 1, tzinfo=UTC)
    client.sign_in(Role.NURSE)

    client.submit(
        "/coldchain/checks",
        **{f"day-{fridge}": "2026-01-13", f"late-{fridge}": "All at a training"},
    )

    client.get("/coldchain/checks")
    assert "Missed in the last days: 13 January 2026 Afternoon" in client.page.text
    assert "Written afterwards" in client.page.text
    assert "All at a training" in client.page.text
