"""A record is never edited: corrections, withdrawals, and what booking and others see of them."""

from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests.build import clinic
from tests.build.clinic import MINUTE, OPENED, TODAY, Clinic
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.doses import queries, services
from vaxsite.doses.models import Dose
from vaxsite.doses.rules import BodySite, DoseReason
from vaxsite.stock.queries import FoundLot, get_lots
from vaxsite.visits import queries as visits

AT = OPENED + 5 * MINUTE


@pytest.fixture
def place(session: Session) -> Clinic:
    """An open, stocked clinic."""
    return clinic.a_stocked_clinic(session)


@pytest.fixture
def visit_id(session: Session, place: Clinic) -> UUID:
    """Ana, checked in and well."""
    return clinic.screened(session, place, clinic.booked(session, place))


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

    assert refused.value.decision.reason is DoseReason.CORRECTED_BEFORE
    correct(session, place, new_id, body_site=BodySite.LEFT_ARM)


def test_correction_needs_a_reason(session: Session, place: Clinic, visit_id: UUID) -> None:
    """Spaces are not one."""
    dose_id = clinic.given(session, place, visit_id)

    with pytest.raises(RefusedAct) as refused:
        correct(session, place, dose_id, reason=" ")

    assert refused.value.decision.reason is DoseReason.REASON_MISSING


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
        return list(queries.valid_days(session, person_id=person_id, product_id=place.product_id))

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
