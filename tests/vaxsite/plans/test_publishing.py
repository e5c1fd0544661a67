"""A plan is published only where second doses are covered, on both databases."""

from datetime import date, time

import pytest
from sqlalchemy.orm import Session

from tests.build.booking import NOW
from tests.build.plans import FIRST, FIRST_ON, LATER, Planned, a_plan, hours, publish, sessions_of
from vaxsite.core.errors import RefusedAct
from vaxsite.plans import queries
from vaxsite.plans.rules.texts import Reason
from vaxsite.plans.services import drafting, laying, publishing
from vaxsite.plans.services.publishing import Choice, everything
from vaxsite.slots import queries as slots
from vaxsite.slots import services as slot_services
from vaxsite.slots.rules import Doses
from vaxsite.slots.rules import Reason as SessionReason


def refusal(
    session: Session, plan: Planned, *, choice: Choice = everything, only_covered: bool = False
) -> RefusedAct:
    with pytest.raises(RefusedAct) as caught:
        publish(session, plan, choice=choice, only_covered=only_covered)
    return caught.value


def later_only(one: queries.PlanSession) -> bool:
    return one.doses is Doses.LATER


def first_only(one: queries.PlanSession) -> bool:
    return one.doses is Doses.FIRST


def test_a_plan_that_is_covered_is_published_whole(session: Session) -> None:
    """A hundred first seats, enough second ones, two hundred doses: residents can book."""
    plan = a_plan(session, FIRST, LATER, doses=200)

    assert publish(session, plan) == 49

    free = slots.free_days(session, now=NOW, number=1)
    assert sum(one.free for one in free) == 100
    assert min(one.day for one in free) == FIRST_ON


def test_first_seats_without_second_ones_are_refused_with_the_weeks(session: Session) -> None:
    """The refusal names how many are missing, from which week, and what is possible."""
    plan = a_plan(session, FIRST, hours(Doses.LATER, until=date(2026, 3, 25)), doses=500)

    refused = refusal(session, plan)

    # Second doses of 2 to 4 March can be given on 23 to 25 March only: thirty seats.
    assert refused.decision.reason == Reason.NOT_COVERED_SEATS
    assert refused.decision.detail == {
        "seats": 70,
        "doses": 0,
        "week": date(2026, 3, 23),
        "possible": 30,
        "offered": 100,
    }
    assert slots.free_days(session, now=NOW) == []


def test_doses_that_do_not_come_are_missing_as_seats_are(session: Session) -> None:
    """Enough second seats, and vaccine for 150 of 200 injections."""
    plan = a_plan(session, FIRST, LATER, doses=150)

    refused = refusal(session, plan)

    assert refused.decision.reason == Reason.NOT_COVERED_DOSES
    assert refused.decision.detail["doses"] == 50


def test_what_is_covered_can_be_published_alone(session: Session) -> None:
    """Three of ten first days, and all second seats; the plan then stands."""
    plan = a_plan(session, FIRST, hours(Doses.LATER, until=date(2026, 3, 25)), doses=500)

    published = publish(session, plan, only_covered=True)

    offered = slots.free_days(session, now=NOW, number=1)
    assert sum(one.free for one in offered) == 30
    assert published == 3 + 18
    view = queries.get_plan(session, plan.plan_id)
    assert publishing.standing(session, view, now=NOW).feasible
    assert refusal(session, plan).decision.detail["possible"] == 30


def test_second_seats_may_be_published_at_any_time(session: Session) -> None:
    """They help those who wait; without them the first seats are refused."""
    plan = a_plan(session, FIRST, LATER, doses=200)

    assert refusal(session, plan, choice=first_only).decision.reason == Reason.NOT_COVERED_SEATS
    assert publish(session, plan, choice=later_only) == 39
    assert publish(session, plan, choice=first_only) == 10
    assert refusal(session, plan).decision.reason == Reason.NOTHING_TO_PUBLISH


@pytest.mark.parametrize("together", [False, True])
def test_another_clinic_may_give_the_second_dose_where_the_plan_says_so(
    session: Session, together: bool
) -> None:
    """Twenty first seats here, ten second ones here and ten at the other clinic."""
    first = hours(Doses.FIRST, stations=2, until=FIRST_ON)
    monday = date(2026, 3, 23)
    later = hours(Doses.LATER, since=monday, until=monday)
    codes = ("riverside", "taihu")
    plan = a_plan(session, first, later, codes=codes, doses=40, together=together)
    drafting.set_day(
        session,
        site_id=plan.site_ids[1],
        day=FIRST_ON,
        opened=False,
        reason="Training",
        actor=plan.manager,
        now=NOW,
    )
    laying.lay_out(session, plan_id=plan.plan_id, actor=plan.manager, now=NOW)

    if together:
        assert publish(session, plan) == 3
    else:
        assert refusal(session, plan).decision.detail["seats"] == 10


def test_a_session_of_a_plan_is_not_published_by_itself(session: Session) -> None:
    """Nobody goes round the check by opening one session."""
    plan = a_plan(session, FIRST)
    one = sessions_of(session, plan)[0]

    with pytest.raises(RefusedAct) as refused:
        slot_services.publish_session(session, session_id=one.id, actor=plan.manager, now=NOW)

    assert refused.value.decision.reason == SessionReason.THROUGH_PLAN


def test_the_plan_of_zurich_is_refused_before_anybody_sees_it(session: Session) -> None:
    """Nine clinics, 52,200 first seats, 17,280 second ones: refused with the first short week."""
    first = hours(Doses.FIRST, ends=time(19), stations=2, until=date(2026, 4, 10))
    later = hours(Doses.LATER, ends=time(17), since=date(2026, 3, 23))
    codes = tuple(f"centre-{number}" for number in range(9))
    plan = a_plan(session, first, later, codes=codes, doses=20_000)

    refused = refusal(session, plan)

    assert refused.decision.reason == Reason.NOT_COVERED_SEATS
    assert refused.decision.detail == {
        "seats": 34_920,
        "doses": 0,
        "week": date(2026, 3, 30),
        "possible": 17_280,
        "offered": 52_200,
    }
    assert slots.free_days(session, now=NOW) == []
