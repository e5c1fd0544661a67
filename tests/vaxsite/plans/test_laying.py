"""A template becomes sessions, and they follow it, on both databases."""

from dataclasses import replace
from datetime import date, time

import pytest
from sqlalchemy.orm import Session

from sensors.store.places import Site
from tests.build import stock
from tests.build.booking import NOW, holder
from tests.build.plans import (
    FIRST,
    FIRST_ON,
    LATER,
    a_plan,
    an_open_plan,
    hours,
    sessions_of,
    slot_of,
)
from vaxsite.booking.services import holds
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.plans import queries
from vaxsite.plans.rules.texts import Reason
from vaxsite.plans.services import drafting, laying, publishing
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import Doses, SessionState
from vaxsite.slots.rules import Reason as SessionReason


def test_a_template_becomes_sessions_of_every_week(session: Session) -> None:
    """Ten days of first doses, forty less the one public holiday of second doses."""
    plan = a_plan(session, FIRST, LATER)

    found = sessions_of(session, plan)

    first = [one for one in found if one.doses is Doses.FIRST]
    assert [(one.day, one.slots, one.capacity) for one in first[:1]] == [(FIRST_ON, 2, 10)]
    assert len(first) == 10
    assert len(found) - len(first) == 39  # Not on Monday 6 April, Qingming.
    assert {one.state for one in found} == {SessionState.PLANNED}


def test_staff_may_add_as_many_seats_as_the_template_says(session: Session) -> None:
    """To each time of a session that is made; those that were made before keep theirs."""
    plan = a_plan(session, FIRST)
    before = queries.get_plan(session, plan.plan_id).template
    changed = replace(before, overbook=2)
    drafting.change(session, plan_id=plan.plan_id, template=changed, actor=plan.manager, now=NOW)
    drafting.add_pattern(session, plan_id=plan.plan_id, pattern=LATER, actor=plan.manager, now=NOW)

    found = laying.lay_out(session, plan_id=plan.plan_id, actor=plan.manager, now=NOW)

    assert (len(found.obsolete), found.unchanged) == (0, 10)
    added: dict[Doses, set[int]] = {Doses.FIRST: set(), Doses.LATER: set()}
    for one in sessions_of(session, plan):
        times = slots.slots_of_session(session, one.id)
        added[one.doses] |= {slot.overbook_limit for slot in times}
    assert added == {Doses.FIRST: {0}, Doses.LATER: {2}}


@pytest.mark.parametrize("overbook", [-1, 21])
def test_seats_to_add_are_few(session: Session, overbook: int) -> None:
    """More than twenty to a time is a plan of its own."""
    plan = a_plan(session, FIRST)
    before = queries.get_plan(session, plan.plan_id).template

    with pytest.raises(RefusedAct) as refused:
        drafting.change(
            session,
            plan_id=plan.plan_id,
            template=replace(before, overbook=overbook),
            actor=plan.manager,
            now=NOW,
        )
    assert refused.value.decision.reason is Reason.ADDED


def test_a_break_divides_the_day_and_a_station_without_staff_is_not_planned(
    session: Session,
) -> None:
    """Three stations, two vaccinators: ten seats a slot, none between 11 and 12."""
    pause = (time(11), time(12))
    plan = a_plan(
        session, hours(Doses.FIRST, ends=time(13), stations=3, vaccinators=2, pause=pause)
    )

    monday = [one for one in sessions_of(session, plan) if one.day == FIRST_ON]

    assert [(one.slots, one.capacity) for one in monday] == [(4, 40), (2, 20)]


def test_hours_without_any_vaccinator_are_skipped_and_say_so(session: Session) -> None:
    """Nothing is planned; every day of the template gives the reason."""
    plan = a_plan(session, hours(Doses.FIRST, vaccinators=0))

    view = queries.get_plan(session, plan.plan_id)
    found = laying.difference(session, view, now=NOW)

    assert sessions_of(session, plan) == []
    assert {one.why.reason for one in found.skipped} == {Reason.NO_STAFF, Reason.CLOSED}


def test_unbooked_sessions_follow_a_changed_template(session: Session) -> None:
    """One session has a seat that somebody holds: it stays and is listed for a person."""
    plan = an_open_plan(session)
    slot = slot_of(session, plan, Doses.FIRST)
    holds.hold(session, slot_id=slot.id, holder=holder("ana"), now=NOW)
    pattern = next(
        one
        for one in queries.get_plan(session, plan.plan_id).template.patterns
        if one.doses is Doses.FIRST
    )
    drafting.staff_pattern(
        session,
        plan_id=plan.plan_id,
        pattern_id=pattern.id,
        stations=2,
        vaccinators=2,
        actor=plan.manager,
        now=NOW,
    )

    found = laying.lay_out(session, plan_id=plan.plan_id, actor=plan.manager, now=NOW)

    assert [one.id for one in found.differing] == [slot.session_id]
    first = [one for one in sessions_of(session, plan) if one.doses is Doses.FIRST]
    assert sorted(one.capacity for one in first) == [10, *[20] * 9]
    assert [one.state for one in first if one.capacity == 20] == [SessionState.PLANNED] * 9
    laying.keep(
        session, plan_id=plan.plan_id, session_id=slot.session_id, actor=plan.manager, now=NOW
    )
    view = queries.get_plan(session, plan.plan_id)
    assert laying.difference(session, view, now=NOW).differing == ()


def test_laying_out_twice_changes_nothing(session: Session) -> None:
    """The second time every session is as the template wants it."""
    plan = a_plan(session, FIRST, LATER)
    before = sessions_of(session, plan)

    again = laying.lay_out(session, plan_id=plan.plan_id, actor=plan.manager, now=NOW)

    assert again.nothing
    assert again.unchanged == 49
    assert sessions_of(session, plan) == before


def test_a_closed_day_loses_its_session_and_an_opened_holiday_gains_one(
    session: Session,
) -> None:
    """The clinic's own word stands before the calendar of holidays."""
    plan = a_plan(session, LATER)
    word = {"site_id": plan.site_ids[0], "actor": plan.manager, "now": NOW}
    drafting.set_day(session, day=FIRST_ON, opened=False, reason="Building work", **word)
    drafting.set_day(session, day=date(2026, 4, 6), opened=True, reason="Many wait", **word)

    laying.lay_out(session, plan_id=plan.plan_id, actor=plan.manager, now=NOW)

    days = {one.day for one in sessions_of(session, plan)}
    assert FIRST_ON not in days
    assert date(2026, 4, 6) in days
    assert len(days) == 39


def test_a_part_is_withdrawn_unless_somebody_has_a_seat(session: Session) -> None:
    """Refused with the number of seats; the other part goes."""
    plan = an_open_plan(session)
    slot = slot_of(session, plan, Doses.FIRST)
    holds.hold(session, slot_id=slot.id, holder=holder("ana"), now=NOW)

    def withdraw(last: date) -> int:
        return publishing.withdraw(
            session,
            plan_id=plan.plan_id,
            choice=lambda one: one.doses is Doses.FIRST and one.day >= last,
            actor=plan.manager,
            now=NOW,
        )

    with pytest.raises(RefusedAct) as refused, session.begin_nested():
        withdraw(FIRST_ON)
    assert refused.value.decision.reason == Reason.SEATS_TAKEN
    assert refused.value.decision.detail == {"seats": 1, "sessions": 1}
    assert withdraw(date(2026, 3, 3)) == 9
    assert slots.get_session(session, slot.session_id).state is SessionState.PUBLISHED


def test_hours_for_the_same_doses_do_not_meet(session: Session) -> None:
    """The same weekday and time twice is refused; another week or another dose is not."""
    plan = a_plan(session, FIRST)
    add = {"plan_id": plan.plan_id, "actor": plan.manager, "now": NOW}

    with pytest.raises(RefusedAct) as refused:
        drafting.add_pattern(session, pattern=hours(Doses.FIRST, starts=time(9, 30)), **add)
    drafting.add_pattern(session, pattern=hours(Doses.LATER), **add)
    drafting.add_pattern(session, pattern=hours(Doses.FIRST, since=date(2026, 3, 16)), **add)

    assert refused.value.decision.reason == Reason.PATTERNS_MEET


def test_a_plan_of_two_clinics_is_nobodys_who_has_only_one(session: Session) -> None:
    """For a manager of one of them it does not exist."""
    plan = a_plan(session, FIRST, codes=("riverside", "taihu"))
    one = stock.staff_of(plan.site_ids[0], Role.MANAGER)

    with pytest.raises(NotFound):
        publishing.publish(session, plan_id=plan.plan_id, actor=one, now=NOW)
    assert queries.plans(session, site_ids=[plan.site_ids[0]]) == []
    assert len(queries.plans(session, site_ids=plan.site_ids)) == 1


def test_the_day_on_which_clocks_change_is_skipped_with_the_reason(session: Session) -> None:
    """Hours that do not exist in London on 29 March are told, the other Sundays are held."""
    plan = a_plan(session, LATER)
    site = session.get_one(Site, plan.site_ids[0])
    site.timezone = "Europe/London"
    session.flush()
    sunday = hours(Doses.FIRST, starts=time(1, 30), ends=time(4), weekdays=frozenset({6}))
    view = queries.get_plan(session, plan.plan_id)
    changed = replace(view, template=replace(view.template, patterns=(sunday,)))

    found = laying.difference(session, changed, now=NOW)

    assert [(one.day, one.why.reason) for one in found.skipped if one.day.weekday() == 6] == [
        (date(2026, 3, 29), SessionReason.CLOCK_SKIPS),
        (date(2026, 4, 5), Reason.CLOSED),
    ]
    assert len(found.new) == 5
