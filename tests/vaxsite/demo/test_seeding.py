"""The made-up world: nobody real in it, made through the services, usable at any hour."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.simulator import fleet
from sensors.store.places import Sensor
from sensors.store.transaction import transaction
from tests.conftest import FrozenClock
from vaxsite.booking.counting import count_seats
from vaxsite.core import audit
from vaxsite.core.audit import AuditEntry
from vaxsite.core.clinics import Clinic
from vaxsite.core.permissions import Role
from vaxsite.demo import appointments, rosters, sample, seeding
from vaxsite.demo.appointments import Booked
from vaxsite.residents.models import Person
from vaxsite.residents.rules import Reason as ResidentReason
from vaxsite.residents.rules import ResidentId, read_resident_id
from vaxsite.rosters import counting
from vaxsite.rosters import queries as roster_queries
from vaxsite.rosters.rules.rows import RowReason
from vaxsite.rosters.rules.states import RosterState, Stage
from vaxsite.slots.models import Slot
from vaxsite.stock.models import Vial
from vaxsite.stock.rules import parse_scan

Sessions = sessionmaker[Session]
PASSWORDS = dict.fromkeys([role.value for role in Role], "kept-in-a-folder-only")
URL = "http://127.0.0.1:8000"


def seed(sessions: Sessions, now: datetime) -> list[Booked]:
    """Fill the database as the command does."""
    with sessions() as session, transaction(session):
        made = seeding.seed(session, passwords=PASSWORDS, now=now)
        booked = appointments.book_today(session, made, url=URL, now=now)
        rosters.upload(session, made, url=URL)
        return booked


def test_world_is_made_with_an_audit_and_right_counts(
    sessions: Sessions, clock: FrozenClock
) -> None:
    """A guarded session takes it, the chain seals, and seats taken are seats counted."""
    booked = seed(sessions, clock.now)

    audit.seal_all(sessions)
    with sessions() as session:
        assert audit.broken_seals(session) == []
        acts = set(session.scalars(select(AuditEntry.action)))
        assert sum(session.scalars(select(Slot.taken))) == len(booked)
        assert all(seats.balanced for seats in count_seats(session))
    assert {"site:add", "unit:add", "lot:receive", "phase:open", "session:publish"} <= acts
    assert {"person:add", "appointment:book"} <= acts


def test_every_simulated_device_has_a_place(sessions: Sessions, clock: FrozenClock) -> None:
    """The fleet of the simulator and the probes of the sample are the same devices."""
    seed(sessions, clock.now)

    with sessions() as session:
        devices = set(session.scalars(select(Sensor.device)))

    assert devices == {device.name for device in fleet.load("demo")}


def test_identity_numbers_have_the_right_form_and_nobody_has_them(
    sessions: Sessions, clock: FrozenClock
) -> None:
    """Each number is taken in the demonstration only: elsewhere the province does not exist."""
    seed(sessions, clock.now)
    today = clock.now.date()

    with sessions() as session:
        numbers = [number or "" for number in session.scalars(select(Person.id_number))]

    assert len(numbers) == 8
    for number in numbers:
        assert isinstance(read_resident_id(number, today=today, allow_samples=True), ResidentId)
        assert not isinstance(read_resident_id(number, today=today), ResidentId)


@pytest.mark.parametrize(
    ("utc_hour", "first", "last"),
    [
        (16, "08:30", "10:00"),  # Midnight at the clinic: the first slots of the day.
        (1, "08:30", "10:00"),  # Nine in the morning.
        (6, "13:30", "15:00"),
        (15, "18:30", "20:00"),  # Eleven at night: the last slots of the day.
    ],
)
def test_people_are_expected_around_the_hour_of_the_start(
    sessions: Sessions, utc_hour: int, first: str, last: str
) -> None:
    """Whenever the demonstration starts, the day's list holds eight people near that time."""
    booked = seed(sessions, datetime(2026, 1, 12, utc_hour, 10, tzinfo=UTC))

    zone = seeding.ZoneInfo(sample.load()["timezone"])
    times = [f"{item.at.astimezone(zone):%H:%M}" for item in booked]
    assert (times[0], times[-1], len(times)) == (first, last, 8)
    assert set(Counter(times).values()) == {2}


def test_trace_codes_are_codes_that_a_scan_understands(
    sessions: Sessions, clock: FrozenClock
) -> None:
    """Every vial of the sample has a 20-digit code that the scan reads as a trace code."""
    seed(sessions, clock.now)

    with sessions() as session:
        codes = list(session.scalars(select(Vial.trace_code)))
        assert session.scalar(select(func.count(Vial.lot_id.distinct()))) == 8
    assert all(parse_scan(code).trace_code == code for code in codes)


def test_rosters_are_there_to_be_looked_at(sessions: Sessions, clock: FrozenClock) -> None:
    """An employer's people are invited, one is booked; three rows of a community have a problem."""
    seed(sessions, clock.now)

    with sessions() as session:
        assert counting.faults(session) == []
        site_ids = session.scalars(select(Clinic.site_id)).all()
        found = {one.state: one for one in roster_queries.rosters(session, site_ids=site_ids)}
        assert set(found) == {RosterState.IN_FORCE, RosterState.PREVIEWED}
        entered = roster_queries.members(session, found[RosterState.IN_FORCE])
        assert Counter(one.stage for one in entered) == {
            Stage.INVITED: 3,
            Stage.NOT_REACHED: 2,
            Stage.BOOKED: 1,
        }
        reading = roster_queries.reading_of(session, found[RosterState.PREVIEWED].id)
        assert (len(reading.rows), reading.faulty) == (4, 3)
        assert {one.reason for one in reading.problems} == {
            RowReason.CONTACT,
            RowReason.TWICE,
            ResidentReason.ID_CHECK,
        }
