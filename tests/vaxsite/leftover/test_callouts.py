"""A call-out from the first wave to the last dose, on both databases."""

from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import OutboxMessage
from sensors.store.places import Site
from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.sites import a_unit
from tests.build.stock import a_lot, staff_of
from tests.build.waiting import offered, states, waits
from vaxsite.calls import queries as calls
from vaxsite.core.actor import RESIDENT
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.ids import new_id
from vaxsite.core.permissions import Role
from vaxsite.leftover import queries
from vaxsite.leftover.models import Callout, OpenVial
from vaxsite.leftover.rules.states import InvitedState, Reason
from vaxsite.leftover.services import callouts, claiming, vials
from vaxsite.stock.models import Lot
from vaxsite.waiting_list.rules.fits import Reach

LINK = "https://vaccination.example/leftover"
TODAY = NOW.date()


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """A clinic that opened a vial of ten doses of which two are left."""
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session, slots_count=1, seats=1)
        lot = Lot(product_id=clinic.product_id, number="L1", expires_on=NOW.date())
        session.add(lot)
        session.flush()
        session.add(
            OpenVial(
                id=new_id(NOW),
                site_id=clinic.site_id,
                lot_id=lot.id,
                opened_at=NOW,
                discard_at=NOW + timedelta(hours=6),
                doses=10,
                used=8,
                opened_by="nurse",
            )
        )
        callouts.checks.record(session, "test:prepare", "test:1", RESIDENT, NOW)
    return clinic


def waiting(
    sessions: sessionmaker[Session], clinic: OpenClinic, count: int, **changed: object
) -> list[UUID]:
    with sessions() as session, transaction(session):
        return [
            waits(session, clinic, (index,), now=NOW + timedelta(seconds=index), **changed)
            for index in range(1, count + 1)
        ]


def started(sessions: sessionmaker[Session], clinic: OpenClinic) -> UUID:
    with sessions() as session, transaction(session):
        return callouts.start(
            session,
            site_id=clinic.site_id,
            product_id=clinic.product_id,
            closes_at=NOW + timedelta(hours=4),
            widened_reason=None,
            actor=staff_of(clinic.site_id, Role.NURSE),
            now=NOW,
        )


def invitations(sessions: sessionmaker[Session], callout_id: UUID) -> list[queries.InvitedView]:
    with sessions() as session:
        return queries.invited(session, callout_id=callout_id)


def claims(sessions: sessionmaker[Session], invitation_id: UUID) -> bool:
    with sessions() as session, transaction(session):
        return claiming.claim(session, invitation_id=invitation_id, actor=RESIDENT, now=NOW)


def counts(sessions: sessionmaker[Session], callout_id: UUID) -> tuple[int, int]:
    with sessions() as session:
        row = session.get_one(Callout, callout_id)
        return row.offered, row.promised


def test_a_wave_goes_out_and_two_doses_are_promised_twice(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Four are asked for two doses: the first two have one, the third is told at once and waits."""
    people = waiting(sessions, clinic, 4)
    callout = started(sessions, clinic)
    assert callouts.look_due(sessions, url=LINK, now=NOW) == 4
    assert callouts.look_due(sessions, url=LINK, now=NOW) == 0  # Until five minutes are over.
    assert offered(sessions) == 0  # Nobody has two offers at once.
    asked = [one.id for one in invitations(sessions, callout)]
    assert [claims(sessions, one) for one in asked[:3]] == [True, True, False]
    assert claims(sessions, asked[0])  # Twice is once.
    assert counts(sessions, callout) == (2, 2)
    assert sorted(states(sessions, people)) == ["offered", "offered", "offered", "waiting"]
    with sessions() as session:
        query = select(func.count()).where(OutboxMessage.kind == "leftover:invitation")
        assert session.scalar(query) == 4


def test_people_at_the_same_moment_share_two_doses(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Six say yes at once: exactly two doses are promised, whoever is first."""
    waiting(sessions, clinic, 6)
    callout = started(sessions, clinic)
    callouts.look_due(sessions, url=LINK, now=NOW)
    asked = [one.id for one in invitations(sessions, callout)]
    together, answers = Barrier(len(asked)), list[bool]()

    def answer(invitation_id: UUID) -> None:
        together.wait()
        answers.append(claims(sessions, invitation_id))

    threads = [Thread(target=answer, args=(one,)) for one in asked]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == [False] * 4 + [True] * 2
    assert counts(sessions, callout) == (2, 2)


def test_a_dose_not_fetched_in_time_goes_to_somebody_else(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """After the time to come the dose is free again, and the person keeps the place."""
    people = waiting(sessions, clinic, 1)
    callout = started(sessions, clinic)
    callouts.look_due(sessions, url=LINK, now=NOW)
    (asked,) = invitations(sessions, callout)
    claims(sessions, asked.id)
    come_by = invitations(sessions, callout)[0].come_by
    assert come_by == NOW + timedelta(minutes=155)
    callouts.look_due(sessions, url=LINK, now=come_by)
    assert invitations(sessions, callout)[0].state is InvitedState.MISSED
    assert (counts(sessions, callout)[1], states(sessions, people)) == (0, ["waiting"])


def test_who_comes_gets_the_dose_and_leaves_the_list(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Arriving takes the promised dose out of the vial; the promise and the place are used up."""
    people = waiting(sessions, clinic, 1)
    callout = started(sessions, clinic)
    callouts.look_due(sessions, url=LINK, now=NOW)
    (asked,) = invitations(sessions, callout)
    claims(sessions, asked.id)
    with sessions() as session, transaction(session):
        actor = staff_of(clinic.site_id, Role.NURSE)
        claiming.arrive(session, invitation_id=asked.id, actor=actor, now=NOW)
        (vial,) = queries.open_vials(session, site_id=clinic.site_id, now=NOW)
        assert vial.left == 1
    assert (counts(sessions, callout), states(sessions, people)) == ((1, 0), ["left"])


def test_a_dose_that_is_used_is_offered_to_nobody(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Booked people took both doses before anybody answered: a yes is told that they have gone."""
    waiting(sessions, clinic, 1)
    callout = started(sessions, clinic)
    callouts.look_due(sessions, url=LINK, now=NOW)
    with sessions() as session, transaction(session):
        (vial,) = queries.open_vials(session, site_id=clinic.site_id, now=NOW)
        actor = staff_of(clinic.site_id, Role.NURSE)
        for _ in range(2):
            vials.use_dose(session, vial_id=vial.id, actor=actor, now=NOW)
        with pytest.raises(RefusedAct) as refused:
            vials.use_dose(session, vial_id=vial.id, actor=actor, now=NOW)
        assert refused.value.decision.reason == Reason.VIAL_EMPTY
    assert not claims(sessions, invitations(sessions, callout)[0].id)


def test_the_end_gives_everybody_their_place_back(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """When the clinic closes, who has not answered waits on, and a late yes is refused."""
    people = waiting(sessions, clinic, 2)
    callout = started(sessions, clinic)
    callouts.look_due(sessions, url=LINK, now=NOW)
    callouts.look_due(sessions, url=LINK, now=NOW + timedelta(hours=4))
    assert states(sessions, people) == ["waiting", "waiting"]
    with pytest.raises(RefusedAct):
        claims(sessions, invitations(sessions, callout)[0].id)


def test_the_nearest_come_first_and_who_is_called_stands_on_the_list(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Nobody is asked who cannot be there before the vial ends; without e-mail staff call."""
    waiting(sessions, clinic, 1, reach=Reach.CALL, email=None)
    callout = started(sessions, clinic)
    with sessions() as session:
        view = queries.get_callout(session, callout)
        late = NOW + timedelta(hours=2)
        assert callouts.candidates(session, view, late) == []
        assert len(callouts.candidates(session, view, NOW)) == 1
    callouts.look_due(sessions, url=LINK, now=NOW)
    with sessions() as session:
        assert len(calls.pending(session, site_id=clinic.site_id)) == 1


def test_a_pick_by_hand_is_written_down_with_its_reason(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Out of turn somebody is invited only with a reason, and the audit names who picked."""
    callout = started(sessions, clinic)
    callouts.look_due(sessions, url=LINK, now=NOW)
    waiting(sessions, clinic, 2)
    with sessions() as session:
        view = queries.get_callout(session, callout)
        last = callouts.candidates(session, view, NOW)[-1]
    actor = staff_of(clinic.site_id, Role.NURSE)

    def picks_for(reason: str) -> None:
        with sessions() as session, transaction(session):
            callouts.pick(
                session,
                callout_id=callout,
                number=last.number,
                reason=reason,
                url=LINK,
                actor=actor,
                now=NOW,
            )

    with pytest.raises(RefusedAct) as refused:
        picks_for(" ")
    assert refused.value.decision.reason == Reason.NO_REASON
    picks_for("stands here")
    with sessions() as session:
        picks = select(AuditEntry.actor_id).where(AuditEntry.action == "callout-invitation:pick")
        assert list(session.scalars(picks)) == [actor.id]


def test_only_who_opens_phases_widens_a_callout(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A nurse alone does not invite people whose group has no open phase."""
    with sessions() as session, pytest.raises(NotFound):
        callouts.start(
            session,
            site_id=clinic.site_id,
            product_id=clinic.product_id,
            closes_at=NOW + timedelta(hours=4),
            widened_reason="nobody else near",
            actor=staff_of(clinic.site_id, Role.NURSE),
            now=NOW,
        )


def test_no_vial_of_an_expired_lot_is_opened(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Nobody is called out for vaccine that must not be given; on its last day it may be."""
    nurse = staff_of(clinic.site_id, Role.NURSE)
    with sessions() as session, transaction(session):
        unit = a_unit(session, site=session.get_one(Site, clinic.site_id))
        lots = [
            a_lot(
                session, product_id=clinic.product_id, unit=unit, number=number, expires_on=last_day
            )
            for number, last_day in (("OLD", TODAY - timedelta(days=1)), ("LAST", TODAY))
        ]

    with pytest.raises(RefusedAct) as caught, sessions() as session, transaction(session):
        vials.open_vial(session, site_id=clinic.site_id, lot_id=lots[0], actor=nurse, now=NOW)
    assert caught.value.decision.reason is Reason.LOT_EXPIRED
    with sessions() as session, transaction(session):
        vials.open_vial(session, site_id=clinic.site_id, lot_id=lots[1], actor=nurse, now=NOW)
