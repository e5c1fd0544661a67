"""A record is never edited: corrections, withdrawals, and what booking and others see of them."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.build import clinic, places, stock
from tests.build.clinic import MINUTE, OPENED, TODAY, Clinic
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.doses import queries, services
from vaxsite.doses.rules import Afterwards, BodySite, RecordReason, Stop
from vaxsite.record import queries as record
from vaxsite.record.models import Dose
from vaxsite.record.rules import assess
from vaxsite.schedule.engine import status_of
from vaxsite.schedule.rules import DoseStatus
from vaxsite.stock.models import LotPlacement
from vaxsite.stock.queries import FoundLot, find_lot, get_lots
from vaxsite.stock.rules import Decision, parse_scan
from vaxsite.stock.services import dispose
from vaxsite.visits import queries as visits
from vaxsite.visits.models import Visit
from vaxsite.visits.services import answer_questions

AT = OPENED + 5 * MINUTE


@pytest.fixture
def place(session: Session) -> Clinic:
    """An open, stocked clinic."""
    return clinic.a_stocked_clinic(session)


@pytest.fixture
def visit_id(session: Session, place: Clinic) -> UUID:
    """Ana, checked in and well."""
    return clinic.screened(session, place, clinic.booked(session, place))


def counted_days(session: Session, person_id: UUID, at: datetime) -> list[date]:
    """The days of the doses that count, as booking and the check before the needle see them."""
    said = assess(record.history(session, person_id=person_id, at=at), on=TODAY)
    return [each.dose.given_on for each in said.doses if status_of(each, "")[0] is DoseStatus.VALID]


def correct(session: Session, place: Clinic, dose_id: UUID, **changes: object) -> UUID:
    """Correct the dose; only the changes differ."""
    lots = get_lots(session, lot_ids=[place.lot_id])
    values = {
        "reason": "Wrong arm ticked",
        "found": FoundLot(lots[place.lot_id]),
        "body_site": BodySite.RIGHT_ARM,
        "given_at": AT,
    } | changes
    return services.correct(
        session,
        dose_id=dose_id,
        actor=place.nurse,
        now=AT + 10 * MINUTE,
        language="en",
        **values,  # type: ignore[arg-type]  # The named arguments above.
    )


def give(session: Session, place: Clinic, visit_id: UUID, needle: services.Needle) -> UUID:
    """Ask for the needle."""
    return services.give(
        session, visit_id=visit_id, needle=needle, actor=place.nurse, now=AT, language="en"
    )


def test_correction_is_a_new_row_that_hides_the_old(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """The history has one dose, the table two rows, and the old one is as it was."""
    old_id = clinic.given(session, place, visit_id)

    new_id = correct(session, place, old_id, given_at=AT - 2 * MINUTE)

    entry = visits.get_visit(session, visit_id=visit_id, actor=place.nurse)
    (dose,) = queries.history(session, person_id=entry.person.id)
    assert (dose.id, dose.body_site, dose.verdict) == (new_id, BodySite.RIGHT_ARM, "valid")
    assert dose.correction_reason == "Wrong arm ticked"
    assert session.get_one(Dose, old_id).body_site == "left_arm"
    assert entry.visit is not None
    assert entry.visit.observed_from == AT - 2 * MINUTE


def test_row_is_corrected_once(session: Session, place: Clinic, visit_id: UUID) -> None:
    """The newest row is the one to correct."""
    old_id = clinic.given(session, place, visit_id)
    new_id = correct(session, place, old_id)

    with pytest.raises(RefusedAct) as refused:
        correct(session, place, old_id)

    assert refused.value.decision.reason is RecordReason.CORRECTED_BEFORE
    correct(session, place, new_id, body_site=BodySite.LEFT_ARM)


def test_correction_needs_a_reason(session: Session, place: Clinic, visit_id: UUID) -> None:
    """Spaces are not one."""
    dose_id = clinic.given(session, place, visit_id)

    with pytest.raises(RefusedAct) as refused:
        correct(session, place, dose_id, reason=" ")

    assert refused.value.decision.reason is RecordReason.REASON_MISSING


def test_withdrawn_dose_takes_the_person_back_before_the_needle(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """Nothing was given: the history is empty and the dose can be given."""
    dose_id = clinic.given(session, place, visit_id)

    services.withdraw(
        session, dose_id=dose_id, reason="Pressed by mistake", actor=place.nurse, now=AT + MINUTE
    )

    entry = visits.get_visit(session, visit_id=visit_id, actor=place.nurse)
    assert (entry.stage, entry.appointment_state) == ("screened", "arrived")
    assert queries.history(session, person_id=entry.person.id) == []
    assert queries.dose_of_visit(session, visit_id=visit_id) is None
    clinic.given(session, place, visit_id, at=AT + 2 * MINUTE)


def test_booking_learns_the_local_days_of_valid_doses(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """A dose counts on the day of its clinic; a withdrawn one does not."""
    dose_id = clinic.given(session, place, visit_id)
    person_id = queries.get_dose(session, dose_id=dose_id, actor=place.nurse).person_id

    def days() -> list[object]:
        return counted_days(session, person_id, at=AT + 9 * MINUTE)

    assert days() == [TODAY]
    services.withdraw(
        session, dose_id=dose_id, reason="Pressed by mistake", actor=place.nurse, now=AT + MINUTE
    )
    assert days() == []


def test_nurse_of_another_clinic_finds_no_dose(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """Not to give, not to see, not to correct."""
    dose_id = clinic.given(session, place, visit_id)
    place.nurse = clinic.a_stocked_clinic(session, code="hillside").nurse

    with pytest.raises(NotFound):
        clinic.given(session, place, visit_id)
    with pytest.raises(NotFound):
        queries.get_dose(session, dose_id=dose_id, actor=place.nurse)
    with pytest.raises(NotFound):
        correct(session, place, dose_id)


def test_correcting_the_arm_of_a_coded_package_leaves_the_dose_valid(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """The package was used by this very dose: that is no second use."""
    code = "88888888888888888802"
    stock.a_lot(session, product_id=place.product_id, unit=place.fridge, trace_codes=(code,), at=AT)
    found = find_lot(session, scan=parse_scan(code))
    assert isinstance(found, FoundLot)
    old_id = give(session, place, visit_id, replace(clinic.needle(session, place), found=found))

    new_id = correct(session, place, old_id, found=found)

    assert queries.get_dose(session, dose_id=new_id, actor=place.nurse).verdict == "valid"


def test_correction_is_judged_by_the_fridge_of_the_needle_not_of_today(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """The fridge failed, and the lot was rejected, after the dose was given."""
    old_id = clinic.given(session, place, visit_id)
    later = places.an_excursion(session, sensor=place.probe, began_at=AT + MINUTE)
    new_id = correct(session, place, old_id)
    dispose(
        session,
        excursion_id=later.id,
        lot_id=place.lot_id,
        decision=Decision.REJECT,
        note="Warm for hours",
        actor=place.pharmacist,
        now=AT + 5 * MINUTE,
    )
    newest_id = correct(session, place, new_id)

    for dose_id in (new_id, newest_id):
        assert queries.get_dose(session, dose_id=dose_id, actor=place.nurse).verdict == "valid"


def test_first_dose_is_corrected_after_the_second_was_given(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """A later dose does not make the one before it come too early."""
    first_id = clinic.given(session, place, visit_id)
    first = session.get_one(Dose, first_id)
    first.given_at = AT - timedelta(days=30)
    session.get_one(Visit, visit_id).checked_in_at = first.given_at
    session.execute(update(LotPlacement).values(placed_at=AT - timedelta(days=60)))
    session.flush()
    second = clinic.booked(session, place)
    clinic.given(session, place, clinic.screened(session, place, second))

    new_id = correct(session, place, first_id, given_at=AT - timedelta(days=30))

    assert queries.get_dose(session, dose_id=new_id, actor=place.nurse).verdict == "valid"


def test_second_dose_of_one_visit_stays_too_early_when_its_arm_is_corrected(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """Of two needles in one visit one counts; a correction does not make it two."""
    first_id = clinic.given(session, place, visit_id)
    second_id = services.record(
        session,
        visit_id=visit_id,
        needle=clinic.needle(session, place),
        why=Afterwards.GIVEN_BEFORE_SCAN,
        actor=place.nurse,
        now=AT,
        language="en",
    )

    corrected = [correct(session, place, second_id), correct(session, place, first_id)]

    verdicts = [
        queries.get_dose(session, dose_id=dose_id, actor=place.nurse).verdict
        for dose_id in corrected
    ]
    assert verdicts == ["too_soon", "valid"]


def test_deferred_person_is_deferred_again_when_the_dose_was_not_given(
    session: Session, place: Clinic
) -> None:
    """A dose that was recorded by mistake and withdrawn does not open the way to the needle."""
    visit_id = clinic.arrived(session, place, clinic.booked(session, place))
    answer_questions(
        session,
        visit_id=visit_id,
        answers=clinic.well(allergy="yes"),
        actor=place.nurse,
        now=OPENED,
    )
    dose_id = services.record(
        session,
        visit_id=visit_id,
        needle=clinic.needle(session, place),
        why=Afterwards.GIVEN_BEFORE_SCAN,
        actor=place.nurse,
        now=AT,
        language="en",
    )

    services.withdraw(session, dose_id=dose_id, reason="Wrong visit", actor=place.nurse, now=AT)

    assert visits.get_visit(session, visit_id=visit_id, actor=place.nurse).stage == "deferred"
    with pytest.raises(services.Stopped) as stopped:
        clinic.given(session, place, visit_id)
    assert stopped.value.decision.reason is Stop.DEFERRED


def test_booking_counts_a_dose_of_a_held_lot_once_the_lot_is_released(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """Booking and the check before the needle count the same doses."""
    warm = places.an_excursion(session, sensor=place.probe, began_at=AT - 120 * MINUTE)
    dose_id = services.record(
        session,
        visit_id=visit_id,
        needle=clinic.needle(session, place),
        why=Afterwards.GIVEN_BEFORE_SCAN,
        actor=place.nurse,
        now=AT,
        language="en",
    )
    person_id = queries.get_dose(session, dose_id=dose_id, actor=place.nurse).person_id

    def days() -> list[object]:
        return counted_days(session, person_id, at=AT + 9 * MINUTE)

    assert days() == []
    warm.ended_at = AT
    session.flush()
    dispose(
        session,
        excursion_id=warm.id,
        lot_id=place.lot_id,
        decision=Decision.RELEASE,
        note="Stability data read",
        actor=place.pharmacist,
        now=AT + MINUTE,
    )
    assert days() == [TODAY]


def test_form_of_a_withdrawn_dose_records_no_other(
    session: Session, place: Clinic, visit_id: UUID
) -> None:
    """A page kept from before says so: it must not look as if the second needle were recorded."""
    needle = clinic.needle(session, place)
    dose_id = give(session, place, visit_id, needle)
    services.withdraw(session, dose_id=dose_id, reason="Dropped it", actor=place.nurse, now=AT)

    with pytest.raises(services.OtherDose):
        give(session, place, visit_id, needle)
