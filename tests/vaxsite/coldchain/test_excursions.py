"""An excursion with who depends on its lots, and its story."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.build import clinic as build
from tests.build import stock
from tests.build.clinic import OPENED, Clinic
from tests.build.places import an_alert, an_excursion
from vaxsite.coldchain.queries.excursions import get_excursion
from vaxsite.coldchain.queries.impact import Seats
from vaxsite.coldchain.rules import LotState, lot_state
from vaxsite.coldchain.story import Step
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Role
from vaxsite.doses import services as doses
from vaxsite.stock import services as stock_services
from vaxsite.stock.rules import Decision

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(session: Session) -> Clinic:
    """Return a clinic at nine with a lot in its fridge."""
    return build.a_stocked_clinic(session)


def test_doses_given_since_it_began_are_counted(session: Session, clinic: Clinic) -> None:
    """Ana had hers before the excursion was known; Bai's was written down in error."""
    ana = build.screened(session, clinic, build.booked(session, clinic, name="陈安娜", index=1))
    build.given(session, clinic, ana, at=OPENED + 5 * MINUTE)
    bai = build.screened(session, clinic, build.booked(session, clinic, name="白洁", index=2))
    written = build.given(session, clinic, bai, at=OPENED + 6 * MINUTE)
    doses.withdraw(
        session,
        dose_id=written,
        reason="Wrong person",
        actor=clinic.nurse,
        now=OPENED + 7 * MINUTE,
    )
    excursion = an_excursion(session, sensor=clinic.probe, began_at=OPENED)

    def seen_by(role: Role) -> tuple[int, int]:
        found = get_excursion(
            session,
            actor=stock.staff_of(clinic.site.id, role),
            excursion_id=excursion.id,
            now=OPENED + 40 * MINUTE,
        ).doses
        return found.count, len(found.references)

    assert seen_by(Role.PHARMACIST) == (1, 0)
    assert seen_by(Role.NURSE) == (1, 1)


def test_dose_given_before_it_began_is_not_counted(session: Session, clinic: Clinic) -> None:
    """The vial had left the fridge when it warmed up."""
    ana = build.screened(session, clinic, build.booked(session, clinic))
    build.given(session, clinic, ana, at=OPENED + 5 * MINUTE)
    excursion = an_excursion(session, sensor=clinic.probe, began_at=OPENED + 6 * MINUTE)

    found = get_excursion(session, actor=clinic.nurse, excursion_id=excursion.id, now=OPENED + HOUR)

    assert found.doses.count == 0


def test_seats_are_counted_by_the_days_of_the_site(session: Session, clinic: Clinic) -> None:
    """The evening before in Shanghai, today's appointments are still tomorrow's."""
    build.booked(session, clinic)
    evening = OPENED - 12 * HOUR
    excursion = an_excursion(session, sensor=clinic.probe, began_at=evening - HOUR)

    def at(instant: timedelta) -> Seats:
        return get_excursion(
            session, actor=clinic.nurse, excursion_id=excursion.id, now=evening + instant
        ).seats

    assert at(timedelta(0)) == Seats(today=0, tomorrow=1)
    assert at(4 * HOUR) == Seats(today=1, tomorrow=0)


def test_decided_lot_keeps_nobody_waiting(session: Session, clinic: Clinic) -> None:
    """Once the lot is released, no seat depends on a decision."""
    build.booked(session, clinic)
    excursion = an_excursion(session, sensor=clinic.probe, began_at=OPENED - HOUR, ended_at=OPENED)
    stock_services.dispose(
        session,
        excursion_id=excursion.id,
        lot_id=clinic.lot_id,
        decision=Decision.RELEASE,
        note="Maker asked.",
        actor=clinic.pharmacist,
        now=OPENED + MINUTE,
    )

    found = get_excursion(
        session, actor=clinic.nurse, excursion_id=excursion.id, now=OPENED + 2 * MINUTE
    )

    assert found.undecided == 0
    assert found.seats == Seats(today=0, tomorrow=0)


def test_timeline_tells_what_happened_in_order(session: Session, clinic: Clinic) -> None:
    """From leaving the range to the decision, with who and why."""
    excursion = an_excursion(session, sensor=clinic.probe, began_at=OPENED - HOUR, ended_at=OPENED)
    an_alert(
        session,
        sensor=clinic.probe,
        opened_at=OPENED - 30 * MINUTE,
        excursion=excursion,
        state="acknowledged",
        acknowledged_at=OPENED - 20 * MINUTE,
    )
    stock_services.dispose(
        session,
        excursion_id=excursion.id,
        lot_id=clinic.lot_id,
        decision=Decision.REJECT,
        note="Too long.",
        actor=clinic.pharmacist,
        now=OPENED + MINUTE,
    )

    found = get_excursion(
        session, actor=clinic.nurse, excursion_id=excursion.id, now=OPENED + 2 * MINUTE
    )

    assert [(one.step, one.at - OPENED, one.note) for one in found.timeline] == [
        (Step.BEGAN, -HOUR, None),
        (Step.CONFIRMED, -30 * MINUTE, None),
        (Step.ACKNOWLEDGED, -20 * MINUTE, "Door was open"),
        (Step.ENDED, timedelta(0), None),
        (Step.REJECTED, MINUTE, "Too long."),
    ]


def test_excursion_of_another_site_is_not_found(session: Session, clinic: Clinic) -> None:
    """What is not theirs does not exist."""
    excursion = an_excursion(session, sensor=clinic.probe, began_at=OPENED)
    stranger = stock.staff_of(clinic.site.id + 1, Role.PHARMACIST)

    with pytest.raises(NotFound):
        get_excursion(session, actor=stranger, excursion_id=excursion.id, now=OPENED)


@pytest.mark.parametrize(
    ("held", "decisions", "state"),
    [
        (True, [], LotState.HELD),
        (False, [Decision.RELEASE], LotState.RELEASED),
        (True, [Decision.RELEASE], LotState.HELD),
        (False, [Decision.REJECT], LotState.REJECTED),
        (False, [Decision.RELEASE, Decision.REJECT], LotState.REJECTED),
        (False, [], LotState.FREE),
    ],
    ids=["undecided", "released", "goes on after release", "rejected", "rejected later", "free"],
)
def test_state_of_a_lot_follows_its_decisions(
    held: bool, decisions: list[Decision], state: LotState
) -> None:
    """A release ends with the stretch that it covers, a rejection never."""
    assert lot_state(held=held, decisions=decisions) is state
