"""What the check weighs, as the database knows it, on both databases."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.places import Site
from tests.build import booking, clinic, places, stock
from tests.build.booking import NOW, details_of, holder
from tests.build.plans import FIRST, FIRST_ON, Planned, a_delivery, a_plan, an_open_plan, slot_of
from vaxsite.booking.rules import Place
from vaxsite.booking.services import holds
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import RefusedAct
from vaxsite.plans import coverage, queries
from vaxsite.plans.rules.check import judge
from vaxsite.slots.rules import Doses, SeatReason
from vaxsite.stock import deliveries
from vaxsite.stock import queries as stock_queries
from vaxsite.stock.deliveries import DeliveryState


def book(session: Session, *slot_ids: int, index: int = 1) -> None:
    places = [Place(slot_id, 1, part) for part, slot_id in enumerate(slot_ids, start=1)]
    held = holds.hold_places(session, places=places, holder=holder(f"p{index}"), now=NOW)
    booking.confirmed(session, held=held, secret=f"p{index}", details=details_of(index=index))


def test_seats_of_second_doses_are_kept_for_them(session: Session) -> None:
    """Somebody who had none is refused in words; both doses together find their seats."""
    plan = an_open_plan(session)
    first = slot_of(session, plan, Doses.FIRST)
    second = slot_of(session, plan, Doses.LATER, after=21)

    with pytest.raises(RefusedAct) as refused, session.begin_nested():
        book(session, second.id)
    book(session, first.id, second.id)

    assert refused.value.decision.reason == SeatReason.OTHER_DOSE
    assert refused.value.decision.detail == {"number": 1}


def situation(session: Session, plan: Planned, *, now: datetime = NOW) -> coverage.Situation:
    view = queries.get_plan(session, plan.plan_id)
    scope = coverage.Scope(view.product, view.template.site_ids, together=False)
    return coverage.situation(session, scope, now=now)


def test_who_books_only_the_first_dose_is_owed_the_second(session: Session) -> None:
    """The seat is no longer offered but promised, with the window of 21 to 56 days."""
    plan = an_open_plan(session)
    before = situation(session, plan)

    book(session, slot_of(session, plan, Doses.FIRST).id)

    after = situation(session, plan)
    (owed,) = [need for need in after.needs if not need.offered]
    assert (owed.given_on, owed.count) == (FIRST_ON, 1)
    assert owed.earliest == date(2026, 3, 23)
    assert owed.latest == date(2026, 4, 27)
    assert sum(need.count for need in before.needs) == sum(need.count for need in after.needs)
    assert after.booked == {(plan.site_ids[0], FIRST_ON): 1}


def test_who_has_both_seats_needs_no_further_one(session: Session) -> None:
    """Two doses are spoken for, nothing is owed, and one second seat is gone."""
    plan = an_open_plan(session)
    before = situation(session, plan)
    second = slot_of(session, plan, Doses.LATER, after=21)

    book(session, slot_of(session, plan, Doses.FIRST).id, second.id)

    after = situation(session, plan)
    assert all(need.offered for need in after.needs)
    assert sum(after.booked.values()) == 2
    assert sum(before.seats.values()) - sum(after.seats.values()) == 1
    assert judge(after).feasible


def test_a_first_dose_that_was_given_is_owed_the_second(session: Session) -> None:
    """Given today at an ordinary session: the person has a window and no seat."""
    place = clinic.a_stocked_clinic(session)
    visit_id = clinic.screened(session, place, clinic.booked(session, place))
    clinic.given(session, place, visit_id)
    view = stock_queries.find_product(session, product_id=place.product_id)
    assert view is not None
    scope = coverage.Scope(view, (place.site.id,), together=False)

    found = coverage.situation(session, scope, now=clinic.OPENED + timedelta(hours=1))

    (owed,) = found.needs
    assert (owed.given_on, owed.earliest, owed.count) == (clinic.TODAY, date(2026, 2, 3), 1)
    # Fifty vials of one dose, less the one that was given.
    assert [one.doses for one in found.supplies] == [49]


def test_only_doses_that_may_be_given_count(session: Session) -> None:
    """An expired lot, a held one and a late delivery are nothing; the good lot is counted."""
    plan = a_plan(session, FIRST)
    site = session.get_one(Site, plan.site_ids[0])
    fridge, hot = (
        places.a_fridge(session, site=site),
        places.a_fridge(session, site=site, code="F2"),
    )
    stock.a_lot(session, product_id=plan.product_id, unit=fridge, number="GOOD")
    stock.a_lot(
        session,
        product_id=plan.product_id,
        unit=fridge,
        number="OLD",
        expires_on=date(2026, 1, 11),
    )
    stock.a_lot(session, product_id=plan.product_id, unit=hot, number="HOT")
    probe = places.a_probe(session, unit=hot)
    places.an_excursion(session, sensor=probe, began_at=NOW - timedelta(hours=2))
    a_delivery(session, site_id=site.id, product_id=plan.product_id, on=date(2026, 1, 11))

    found = situation(session, plan)

    assert [(one.doses, one.last_on) for one in found.supplies] == [(50, date(2026, 12, 31))]


def test_a_delivery_moves_and_ends_with_a_row_of_the_audit(session: Session) -> None:
    """Later and fewer; then it does not come: nothing of it is counted."""
    plan = a_plan(session, FIRST)
    delivery_id = a_delivery(session, site_id=plan.site_ids[0], product_id=plan.product_id)
    manager = plan.manager

    deliveries.change(
        session,
        delivery_id=delivery_id,
        arrives_on=date(2026, 4, 1),
        doses=60,
        actor=manager,
        now=NOW,
    )
    assert [(one.first_on, one.doses) for one in situation(session, plan).supplies] == [
        (date(2026, 4, 1), 60)
    ]
    deliveries.close(
        session, delivery_id=delivery_id, target=DeliveryState.CANCELLED, actor=manager, now=NOW
    )

    assert situation(session, plan).supplies == ()
    acts = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject == f"delivery:{delivery_id}")
    )
    assert sorted(acts) == ["delivery:announce", "delivery:cancel", "delivery:change"]
