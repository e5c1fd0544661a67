"""A dose before, at and after the needle, on both databases."""

import dataclasses
import threading
import time
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.episodes import ExcursionRow
from sensors.store.transaction import transaction
from tests.build import booking, clinic, places, stock
from tests.build.clinic import MINUTE, OPENED, Clinic
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import RefusedAct
from vaxsite.doses import queries, services
from vaxsite.doses.rules import Afterwards, RecordReason, Stop
from vaxsite.record.models import Dose
from vaxsite.record.rules import Reason
from vaxsite.stock import queries as stock_queries
from vaxsite.stock import services as stock_services
from vaxsite.stock.queries import FoundLot
from vaxsite.stock.rules import Decision, parse_scan
from vaxsite.visits import queries as visits
from vaxsite.visits import services as visit_services
from vaxsite.visits.rules import LeaveReason

AT = OPENED + 5 * MINUTE
DAY = timedelta(days=1)


@pytest.fixture
def place(session: Session) -> Clinic:
    """An open, stocked clinic."""
    return clinic.a_stocked_clinic(session)


@pytest.fixture
def visit_id(session: Session, place: Clinic) -> UUID:
    """Ana, checked in and well."""
    return clinic.screened(session, place, clinic.booked(session, place))


def give(session: Session, place: Clinic, visit_id: UUID, needle: services.Needle) -> UUID:
    """Ask for the needle."""
    return services.give(
        session, visit_id=visit_id, needle=needle, actor=place.nurse, now=AT, language="en"
    )


def record(
    session: Session, place: Clinic, visit_id: UUID, needle: services.Needle
) -> queries.DoseView:
    """Record what happened already."""
    dose_id = services.record(
        session,
        visit_id=visit_id,
        needle=needle,
        why=Afterwards.GIVEN_BEFORE_SCAN,
        actor=place.nurse,
        now=AT,
        language="en",
    )
    return queries.get_dose(session, dose_id=dose_id, actor=place.nurse)


def stage(session: Session, place: Clinic, visit_id: UUID) -> str:
    """Where the person is."""
    return visits.get_visit(session, visit_id=visit_id, actor=place.nurse).stage


def warm(session: Session, place: Clinic) -> ExcursionRow:
    """The fridge left its range two hours ago and still is out of it."""
    return places.an_excursion(session, sensor=place.probe, began_at=AT - 120 * MINUTE)


def test_dose_is_given_and_observed_from_the_needle(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """Recorded as valid, the clock runs from the time given."""
    dose_id = give(session, place, visit_id, clinic.needle(session, place))

    dose = queries.get_dose(session, dose_id=dose_id, actor=place.nurse)
    assert (dose.verdict, dose.dose_number, dose.lot.number) == ("valid", 1, "L2026A")
    entry = visits.get_visit(session, visit_id=visit_id, actor=place.nurse)
    assert entry.visit is not None
    assert (entry.stage, entry.visit.observed_from) == ("vaccinated", AT)


def test_form_sent_twice_records_one_dose(session: Session, place: Clinic, visit_id: UUID) -> None:
    """The number of the form makes it count once."""
    needle = clinic.needle(session, place)

    assert give(session, place, visit_id, needle) == give(session, place, visit_id, needle)

    assert session.scalar(select(func.count()).select_from(Dose)) == 1


def test_form_of_another_visit_is_refused(session: Session, place: Clinic, visit_id: UUID) -> None:
    """A number that belongs to another person's dose records nothing."""
    needle = clinic.needle(session, place)
    give(session, place, visit_id, needle)
    other = clinic.screened(session, place, clinic.booked(session, place, name="王博", index=2))

    with pytest.raises(services.OtherDose):
        give(session, place, other, needle)


def test_second_dose_in_one_visit_is_stopped(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """Two tablets with two forms record one dose."""
    give(session, place, visit_id, clinic.needle(session, place))

    with pytest.raises(services.Stopped) as stopped:
        give(session, place, visit_id, clinic.needle(session, place))

    assert stopped.value.decision.reason is Stop.ALREADY_VACCINATED


def test_lot_held_since_the_scan_is_stopped_at_the_needle(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """What was free when it was scanned is asked again when the dose is recorded."""
    needle = clinic.needle(session, place)
    seen = services.check(
        session,
        visit_id=visit_id,
        found=needle.found,
        presented_id=None,
        actor=place.nurse,
        now=AT,
        language="zh",
    )
    warm(session, place)

    with pytest.raises(services.Stopped) as stopped:
        give(session, place, visit_id, needle)

    assert not any(check.stops for check in seen)
    assert stopped.value.decision.reason is Stop.HELD_STILL_LASTS
    assert stage(session, place, visit_id) == "screened"


def test_released_lot_is_given_and_rejected_lot_is_not(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """The pharmacist's word counts from the moment it is written."""
    row = warm(session, place)
    row.ended_at = AT - 60 * MINUTE
    session.flush()

    def decide(decision: Decision, excursion_id: int) -> None:
        stock_services.dispose(
            session,
            excursion_id=excursion_id,
            lot_id=place.lot_id,
            decision=decision,
            note="Stability data read",
            actor=place.pharmacist,
            now=AT,
        )

    decide(Decision.RELEASE, row.id)
    give(session, place, visit_id, clinic.needle(session, place))
    again = places.an_excursion(session, sensor=place.probe, began_at=AT - MINUTE)
    decide(Decision.REJECT, again.id)
    other = clinic.screened(session, place, clinic.booked(session, place, name="王博", index=2))
    with pytest.raises(services.Stopped) as stopped:
        give(session, place, other, clinic.needle(session, place))

    assert stopped.value.decision.reason is Stop.REJECTED


def test_stopped_scan_leaves_its_reasons_in_the_audit(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """Codes and the lot, nothing about the person."""
    warm(session, place)

    services.check(
        session,
        visit_id=visit_id,
        found=clinic.needle(session, place).found,
        presented_id=None,
        actor=place.nurse,
        now=AT,
        language="en",
    )

    session.flush()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "dose:stop")).one()
    assert entry.detail == {"lot": place.lot_id, "reasons": ["held_still_lasts"]}


def test_dose_that_happened_is_recorded_and_judged(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """A held lot was given: the record says so instead of losing the dose."""
    warm(session, place)

    dose = record(session, place, visit_id, clinic.needle(session, place))

    assert dose.verdict == "held_still_lasts"
    assert stage(session, place, visit_id) == "vaccinated"


def test_dose_that_happened_before_the_questions_is_recorded(
    session: Session, place: Clinic
) -> None:
    """The procedure was broken, the dose is valid."""
    visit_id = clinic.arrived(session, place, clinic.booked(session, place))

    dose = record(session, place, visit_id, clinic.needle(session, place))

    assert dose.verdict == "valid"
    assert stage(session, place, visit_id) == "vaccinated"


def test_second_dose_of_one_visit_that_happened_is_recorded(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """A mistake at the needle is kept too, also when the person has left."""
    give(session, place, visit_id, clinic.needle(session, place))

    second = record(session, place, visit_id, clinic.needle(session, place))
    visit_services.leave(
        session, visit_id=visit_id, reason=LeaveReason.EMERGENCY, actor=place.nurse, now=AT
    )
    third = record(session, place, visit_id, clinic.needle(session, place))

    assert (second.verdict, third.verdict) == ("too_soon", "too_soon")
    assert stage(session, place, visit_id) == "left"
    assert len(queries.history(session, person_id=second.person_id)) == 3


@pytest.mark.parametrize(
    ("given_at", "reason"),
    [(AT + MINUTE, RecordReason.IN_THE_FUTURE), (AT - DAY, RecordReason.NOT_THAT_DAY)],
)
def test_time_of_the_needle_must_be_possible(
    session: Session, place: Clinic, visit_id: UUID, given_at: object, reason: RecordReason
) -> None:
    """Not in a minute, not yesterday."""
    needle = dataclasses.replace(clinic.needle(session, place), given_at=given_at)  # type: ignore[arg-type]  # A datetime.

    with pytest.raises(RefusedAct) as refused:
        record(session, place, visit_id, needle)

    assert refused.value.decision.reason is reason


def test_second_dose_waits_for_the_interval(session: Session, place: Clinic) -> None:
    """Booking believed a record that was corrected since; the door knows better."""
    first = clinic.screened(session, place, clinic.booked(session, place))
    early = clinic.given(session, place, first)
    dose = session.get_one(Dose, early)
    dose.given_at = AT - 30 * DAY
    session.flush()
    second = clinic.screened(session, place, clinic.booked(session, place))
    dose.given_at = AT - 20 * DAY
    session.flush()

    with pytest.raises(services.Stopped) as stopped:
        give(session, place, second, clinic.needle(session, place))

    assert stopped.value.decision.reason is Reason.TOO_SOON
    dose.given_at = AT - 21 * DAY
    session.flush()
    give(session, place, second, clinic.needle(session, place))


def test_package_is_used_once(session: Session, place: Clinic, visit_id: UUID) -> None:
    """The code of a single-dose package that was given is stopped for the next person."""
    code = "88888888888888888801"
    stock.a_lot(session, product_id=place.product_id, unit=place.fridge, trace_codes=(code,), at=AT)
    found = stock_queries.find_lot(session, scan=parse_scan(code))
    assert isinstance(found, FoundLot)
    needle = dataclasses.replace(clinic.needle(session, place), found=found)
    give(session, place, visit_id, needle)
    other = clinic.screened(session, place, clinic.booked(session, place, name="王博", index=2))
    again = dataclasses.replace(clinic.needle(session, place), found=found)

    with pytest.raises(services.Stopped) as stopped:
        give(session, place, other, again)

    assert stopped.value.decision.reason is Stop.PACKAGE_USED


def test_lot_of_another_clinic_is_stopped(session: Session, place: Clinic, visit_id: UUID) -> None:
    """A lot that stands in no fridge here has no proof of cold."""
    other = places.a_fridge(session, site=booking.a_clinic(session, code="hillside"))
    lot_id = stock.a_lot(session, product_id=place.product_id, unit=other, number="H1")

    with pytest.raises(services.Stopped) as stopped:
        give(session, place, visit_id, clinic.needle(session, place, lot_id=lot_id))

    assert stopped.value.decision.reason is Stop.NOT_IN_STOCK


def test_two_tablets_at_once_record_one_dose(sessions: sessionmaker[Session]) -> None:
    """Both saw every check say yes; the database lets one of them through."""
    with sessions() as session, transaction(session):
        place = clinic.a_stocked_clinic(session)
        visit_id = clinic.screened(session, place, clinic.booked(session, place))
        needles = [clinic.needle(session, place) for _ in range(2)]
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def tablet(needle: services.Needle) -> None:
        with sessions() as session:
            start.wait()
            try:
                with transaction(session):
                    give(session, place, visit_id, needle)
                outcomes.append("given")
            except services.Stopped as stopped:
                outcomes.append(stopped.decision.reason.value)

    threads = [threading.Thread(target=tablet, args=(needle,)) for needle in needles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["already_vaccinated", "given"]


def test_one_package_at_two_needles_at_once_is_used_once(sessions: sessionmaker[Session]) -> None:
    """Two tablets, two people, one code: the second tablet sees the first one's dose."""
    code = "88888888888888888803"
    with sessions() as session, transaction(session):
        place = clinic.a_stocked_clinic(session)
        stock.a_lot(session, product_id=place.product_id, unit=place.fridge, trace_codes=(code,))
        found = stock_queries.find_lot(session, scan=parse_scan(code))
        assert isinstance(found, FoundLot)
        visit_ids = [
            clinic.screened(session, place, clinic.booked(session, place, name=name, index=index))
            for index, name in enumerate(("陈安娜", "王博"), start=1)
        ]
        needles = [
            dataclasses.replace(clinic.needle(session, place), found=found) for _ in visit_ids
        ]
    outcomes: list[str] = []
    first_checked, second_began = threading.Event(), threading.Event()

    def tablet(number: int) -> None:
        with sessions() as session:
            if number:
                first_checked.wait(10)
                second_began.set()
            try:
                with transaction(session):
                    give(session, place, visit_ids[number], needles[number])
                    first_checked.set()
                    if not number:
                        second_began.wait(10)
                        time.sleep(0.3)  # The second looks while the first is not committed.
                outcomes.append("given")
            except services.Stopped as stopped:
                outcomes.append(stopped.decision.reason.value)

    threads = [threading.Thread(target=tablet, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    [thread.join(timeout=30) for thread in threads]

    assert outcomes == ["given", "package_used"]


def test_dose_given_before_the_fridge_failed_is_judged_valid(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """Written down later, when the lot is held for what happened after the needle."""
    places.an_excursion(session, sensor=place.probe, began_at=AT - MINUTE)

    dose = record(session, place, visit_id, clinic.needle(session, place, at=AT - 3 * MINUTE))

    assert dose.verdict == "valid"


def test_hold_hides_no_other_fault_of_a_recorded_dose(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """Too early and from a held lot: a release of the lot must not make it count."""
    give(session, place, visit_id, clinic.needle(session, place))
    warm(session, place)

    second = record(session, place, visit_id, clinic.needle(session, place))

    assert second.verdict == "too_soon"
