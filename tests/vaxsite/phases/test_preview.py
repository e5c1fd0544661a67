"""What a change of a phase would do, against what residents can book before and after it."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import rehearsal, transaction
from tests.build.booking import (
    NOW,
    TOMORROW,
    OpenClinic,
    a_booked_resident,
    an_open_clinic,
    confirmed,
    details_of,
    holder,
)
from vaxsite.booking import queries as booking
from vaxsite.booking.services import holds
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.core.errors import RefusedAct
from vaxsite.core.permissions import ROLES, Role
from vaxsite.eligibility import queries, services
from vaxsite.eligibility.rules import Attributes, Occupation, Reach, Reason
from vaxsite.phases import preview
from vaxsite.slots import setting_aside

OLD = Attributes(date(1950, 1, 1), Occupation.OTHER, False)


@pytest.fixture
def clinics(sessions: sessionmaker[Session]) -> list[OpenClinic]:
    """Two clinics of one district, open to everybody from 18."""
    with sessions() as session, transaction(session):
        first = an_open_clinic(session)
        return [first, an_open_clinic(session, code="taihu", product_id=first.product_id)]


@pytest.fixture
def chief(clinics: list[OpenClinic]) -> Actor:
    """Return a manager of both."""
    grants = {one.site_id: ROLES[Role.MANAGER] for one in clinics}
    return Actor(ActorKind.STAFF, "chief", grants)


def opens(session: Session, reach: Reach, actor: Actor, on: date, group: str = "from-60") -> int:
    return services.open_phase(
        session,
        reach=reach,
        group_code=group,
        opens_on=on,
        closes_on=None,
        actor=actor,
        now=NOW,
    )


def test_the_earliest_of_site_district_and_everywhere_opens(
    sessions: sessionmaker[Session], clinics: list[OpenClinic], chief: Actor
) -> None:
    """And the answer names it: the district here, where it opened before the clinic's own."""
    here, there = (one.site_id for one in clinics)
    with sessions() as session, transaction(session):
        for phase in queries.phases(session):
            services.withdraw_phase(session, phase_id=phase.id, actor=chief, now=NOW)
        opens(session, Reach(site_id=here), chief, TOMORROW + timedelta(days=9))
        opens(session, Reach(district="Binhu"), chief, TOMORROW)
        opens(session, Reach(), chief, TOMORROW + timedelta(days=5))
    with sessions() as session:
        turns = {one.clinic.site_id: one for one in booking.turns(session, who=OLD, now=NOW)}
        later = queries.phases(session, site_ids=[here], since=TOMORROW)

    assert [one.reach.district for one in later] == ["Binhu", None, None]
    for site_id in (here, there):
        assert [day.day for day in turns[site_id].days] == [TOMORROW]
        phase = turns[site_id].phase
        assert phase is not None
        assert (phase.reach, phase.district("zh")) == (Reach(district="Binhu"), "滨湖区")


def test_the_preview_counts_what_becomes_bookable(
    sessions: sessionmaker[Session], clinics: list[OpenClinic], chief: Actor
) -> None:
    """In the district: 20 seats less one that is taken, and less 5 that another group has."""
    with sessions() as session, transaction(session):
        a_booked_resident(session, slot_id=clinics[0].slot_ids[0])
        setting_aside.set_aside(
            session,
            session_id=clinics[1].session_id,
            slot_ids=clinics[1].slot_ids[:1],
            group_code="key-occupations-1",
            actor=clinics[1].manager,
            now=NOW,
        )
    sites = [one.site_id for one in clinics]
    with sessions() as session, rehearsal(session):
        before = queries.phases_by_site(session, site_ids=sites)
        opens(session, Reach(district="Binhu"), chief, TOMORROW)
        seen = preview.compare(
            session,
            group_code="from-60",
            site_ids=sites,
            before=before,
            after=queries.phases_by_site(session, site_ids=sites),
            now=NOW,
        )

    assert seen.gained.days == (preview.DayChange(TOMORROW, 2, 2, 14),)
    assert [one.open_groups for one in seen.gained.clinics] == [("everyone-from-18",)] * 2
    assert (seen.lost.days, seen.booked, seen.held) == ((), 0, 0)
    with sessions() as session:
        assert {one.group_code for one in queries.phases(session)} == {"everyone-from-18"}


def test_the_preview_of_closing_says_who_keeps_what(
    sessions: sessionmaker[Session], clinics: list[OpenClinic], chief: Actor
) -> None:
    """One is booked, one fills in the form: both are named, and both keep their seats."""
    clinic = clinics[0]
    with sessions() as session, transaction(session):
        a_booked_resident(session, slot_id=clinic.slot_ids[0])
        held = holds.hold(session, slot_id=clinic.slot_ids[0], holder=holder("bo"), now=NOW)
        phase = queries.phases(session, site_ids=[clinic.site_id])[0]
    later = NOW + timedelta(minutes=1)
    with sessions() as session, transaction(session):
        before = queries.phases_by_site(session, site_ids=[clinic.site_id])
        services.withdraw_phase(session, phase_id=phase.id, actor=chief, now=later)
        seen = preview.compare(
            session,
            group_code=phase.group_code,
            site_ids=[clinic.site_id],
            before=before,
            after=queries.phases_by_site(session, site_ids=[clinic.site_id]),
            now=later,
        )

    assert (seen.lost.seats, seen.booked, seen.held) == (8, 1, 1)
    soon = NOW + timedelta(minutes=2)

    with sessions() as session, transaction(session):
        done = confirmed(session, held=held, secret="bo", details=details_of(index=2), now=soon)
        assert booking.get_appointment(session, done.appointment_id).group_code == phase.group_code


def test_who_comes_after_the_closing_is_refused(
    sessions: sessionmaker[Session], clinics: list[OpenClinic], chief: Actor
) -> None:
    """A hold of later does not open what was closed before it, nor does one that ran out."""
    clinic = clinics[0]
    with sessions() as session, transaction(session):
        early = holds.hold(session, slot_id=clinic.slot_ids[0], holder=holder("bo"), now=NOW)
        phase = queries.phases(session, site_ids=[clinic.site_id])[0]
    later = NOW + timedelta(minutes=1)
    with sessions() as session, transaction(session):
        services.withdraw_phase(session, phase_id=phase.id, actor=chief, now=later)
        held = holds.hold(session, slot_id=clinic.slot_ids[1], holder=holder("cy"), now=later)

    hour = NOW + timedelta(hours=1)
    for one, secret, now in ((held, "cy", later), (early, "bo", hour)):
        with sessions() as session, pytest.raises(RefusedAct) as refused, transaction(session):
            confirmed(session, held=one, secret=secret, now=now)
        assert refused.value.decision.reason == Reason.NO_PHASE
