"""What the engine is asked, as the database knows it: here and elsewhere, also taken back."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests.build import booking, clinic, stock
from tests.build.clinic import OPENED, TODAY, Clinic
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Role
from vaxsite.record import queries, services
from vaxsite.record.models import EarlierDose
from vaxsite.record.outlook import outlook
from vaxsite.record.rules import Source, Turn, next_dose
from vaxsite.visits import queries as visits

DAY = timedelta(days=1)


@pytest.fixture
def place(session: Session) -> Clinic:
    return clinic.a_stocked_clinic(session)


@pytest.fixture
def ana(session: Session, place: Clinic) -> UUID:
    """Somebody with an appointment."""
    appointment_id = clinic.booked(session, place)
    return visits.get_entry(session, appointment_id=appointment_id, actor=place.nurse).person.id


def number(session: Session, person_id: UUID) -> object:
    """Which dose would be next today, or why none."""
    history = queries.history(session, person_id=person_id, at=OPENED)
    turn = next_dose(history, "511", day=TODAY)
    return turn.number if isinstance(turn, Turn) else turn.reason


def test_a_dose_given_elsewhere_counts_and_one_taken_back_does_not(
    session: Session, place: Clinic, ana: UUID
) -> None:
    """Entered from a card it makes the next one dose 2; the row stays when it was wrong."""
    day = TODAY - 30 * DAY
    earlier_id = booking.an_earlier_dose(session, ana, day, site_id=place.site.id)
    assert number(session, ana) == 2

    for _ in range(2):
        services.withdraw_earlier(
            session,
            earlier_id=earlier_id,
            person_id=ana,
            reason="Not hers",
            actor=place.nurse,
            now=OPENED,
        )

    assert number(session, ana) == 1
    row = session.get_one(EarlierDose, earlier_id)
    assert (row.withdrawn_reason, row.withdrawn_by) == ("Not hers", place.nurse.id)
    actions = [entry.action for entry in session.query(AuditEntry) if "earlier" in entry.action]
    assert actions == ["earlier-dose:add", "earlier-dose:withdraw"]


def test_the_same_form_sent_twice_is_one_dose(session: Session, place: Clinic, ana: UUID) -> None:
    """The number of the form keeps the second one out."""
    told = services.Told(given_on=TODAY - DAY, code=" 511 ", source=Source.OTHER_CLINIC)
    again = UUID(int=7)
    for _ in range(2):
        services.add_earlier(
            session,
            person_id=ana,
            told=told,
            site_id=place.site.id,
            earlier_id=again,
            actor=place.nurse,
            now=OPENED,
        )

    (one,) = queries.earlier_doses(session, person_id=ana)
    assert (one.id, one.code) == (again, "511")


@pytest.mark.parametrize("day", [date(1800, 1, 1), date(2200, 12, 31), TODAY + DAY])
@pytest.mark.parametrize("code", ["511", "no such code"])
def test_whatever_a_card_says_is_kept_and_breaks_nothing(
    session: Session, place: Clinic, ana: UUID, day: date, code: str
) -> None:
    """Before birth, in the future, unknown: recorded, flagged, and the turn is as before."""
    booking.an_earlier_dose(session, ana, day, code=code, site_id=place.site.id)

    history = queries.history(session, person_id=ana, at=OPENED)
    (line,) = outlook(history, on=TODAY).doses
    assert line.flagged
    assert number(session, ana) == 1


def test_doses_here_and_elsewhere_count_in_any_order_of_entry(
    session: Session, place: Clinic
) -> None:
    """Dose 1 from a card, entered after dose 2 was given here."""
    appointment_id = clinic.booked(session, place, given_on=[TODAY - 30 * DAY])
    visit_id = clinic.screened(session, place, appointment_id)
    clinic.given(session, place, visit_id)
    entry = visits.get_visit(session, visit_id=visit_id, actor=place.nurse)

    history = queries.history(session, person_id=entry.person.id, at=OPENED)

    assert [one.counts for one in outlook(history, on=TODAY).doses] == [True, True]
    assert number(session, entry.person.id) == "complete"


def test_staff_of_another_clinic_and_pharmacists_enter_nothing(
    session: Session, place: Clinic, ana: UUID
) -> None:
    """What a nurse of the site may do nobody else may."""
    told = services.Told(given_on=TODAY, code="511", source=Source.PAPER_CARD)
    for actor in (place.pharmacist, stock.staff_of(place.site.id + 1, Role.NURSE)):
        with pytest.raises(NotFound):
            services.add_earlier(
                session, person_id=ana, told=told, site_id=place.site.id, actor=actor, now=OPENED
            )
